/// How many slots can be filled with titles of which each fits some kinds of slots and stands once.
///
/// Titles that fit the same kinds are alike and counted together, so that the question costs little however many titles there are.
struct Fillability {
    /// For each group of titles, whether it fits each slot.
    private let fits: [[Bool]]
    /// The titles of each group that are left.
    private var left: [Int]
    /// The group of each title.
    private let group: [Int]
    private let isUniform: Bool

    /// - Parameters:
    ///   - titles: how many there are.
    ///   - slots: how many there are.
    ///   - fits: whether a title fits a slot.
    init(titles: Int, slots: Int, fits: (_ title: Int, _ slot: Int) -> Bool) {
        var groups: [[Bool]: Int] = [:]
        var rows: [[Bool]] = []
        var left: [Int] = []
        var group: [Int] = []
        for title in 0..<titles {
            let row = (0..<slots).map { fits(title, $0) }
            let number = groups[row] ?? rows.count
            if number == rows.count {
                groups[row] = number
                rows.append(row)
                left.append(0)
            }
            left[number] += 1
            group.append(number)
        }
        self.fits = rows
        self.left = left
        self.group = group
        isUniform = rows.allSatisfy { $0.allSatisfy(\.self) }
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

    /// Whether each group of titles may fill `slot`, so that of `rest`, the slots that are open after it, as many can be filled as ever.
    func allowed(in slot: Int, before rest: [Int]) -> [Bool] {
        if isUniform { return left.map { $0 > 0 } }
        let whole = most([slot] + rest)
        return left.indices.map { number in
            left[number] > 0 && fits[number][slot] && 1 + most(rest, without: number) == whole
        }
    }

    /// Whether a title is of an allowed group.
    func isAllowed(_ title: Int, _ allowed: [Bool]) -> Bool { allowed[group[title]] }

    /// Notes that a title stands somewhere.
    mutating func take(_ title: Int) { left[group[title]] -= 1 }
}
