/// Titles in groups of those that fit the same kinds of slots: for filling slots they are alike.
struct TitleGroups: Sendable {
    /// For each group, whether it fits each kind.
    private(set) var fits: [[Bool]] = []
    /// The titles of each group.
    private(set) var sizes: [Int] = []
    /// The group of each title.
    private(set) var group: [Int] = []

    /// - Parameters:
    ///   - titles: how many there are.
    ///   - kinds: how many there are.
    ///   - fits: whether a title fits a kind of slot.
    init(titles: Int, kinds: Int, fits: (_ title: Int, _ kind: Int) -> Bool) {
        var numbers: [[Bool]: Int] = [:]
        for title in 0..<titles {
            let row = (0..<kinds).map { fits(title, $0) }
            let number = numbers[row] ?? sizes.count
            if number == sizes.count {
                numbers[row] = number
                self.fits.append(row)
                sizes.append(0)
            }
            sizes[number] += 1
            group.append(number)
        }
    }

    /// Whether every title fits every kind.
    var isUniform: Bool { fits.allSatisfy { $0.allSatisfy(\.self) } }
}

/// How many slots can be filled with titles of which each fits some kinds of slots and stands once.
///
/// Titles of a group are counted together, so that the question costs little however many titles there are.
struct Fillability {
    private let groups: TitleGroups
    /// For each group of titles, whether it fits each slot.
    private let fits: [[Bool]]
    /// The titles of each group that are left.
    private var left: [Int]
    private let isUniform: Bool

    /// - Parameter kinds: the kind of each slot.
    init(_ groups: TitleGroups, kinds: [Int]) {
        self.groups = groups
        fits = groups.fits.map { row in kinds.map { row[$0] } }
        left = groups.sizes
        isUniform = groups.isUniform
    }

    /// The most of `slots` that can be filled with what is left, without one title of a group if that is named.
    private func most(_ slots: [Int], without spent: Int? = nil) -> Int {
        var capacity = left
        if let spent { capacity[spent] -= 1 }
        // The slots that each group fills; a slot is given on along a path to a group with room (Kuhn 1955).
        var filled: [[Int]] = Array(repeating: [], count: capacity.count)
        func seat(_ slot: Int, _ seen: inout [Bool]) -> Bool {
            for number in capacity.indices where fits[number][slot] && !seen[number] {
                seen[number] = true
                if filled[number].count < capacity[number] {
                    filled[number].append(slot)
                    return true
                }
                for place in filled[number].indices where seat(filled[number][place], &seen) {
                    filled[number][place] = slot
                    return true
                }
            }
            return false
        }
        var count = 0
        for slot in slots {
            var seen = Array(repeating: false, count: capacity.count)
            if seat(slot, &seen) { count += 1 }
        }
        return count
    }

    /// Those of `titles` that may fill `slot`, so that of `rest`, the slots that are open after it, as many can be filled as ever.
    func allowed(_ titles: [Int], in slot: Int, before rest: [Int]) -> [Int] {
        if isUniform { return titles }
        let whole = most([slot] + rest)
        let isAllowed = left.indices.map { number in
            left[number] > 0 && fits[number][slot] && 1 + most(rest, without: number) == whole
        }
        return titles.filter { isAllowed[groups.group[$0]] }
    }

    /// Notes that a title stands somewhere.
    mutating func take(_ title: Int) { left[groups.group[title]] -= 1 }
}
