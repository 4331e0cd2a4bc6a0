/// Finds hard cuts, black and still pictures in runs of consecutive frames.
///
/// A cut is a frame whose distance from the one before stands out from the distances around it, and after which the picture does not come
/// back, as it does after a flash of light. Fast motion makes all distances large and crossfades make none stand out, so neither is taken
/// for a cut (compare A. Hanjalic, "Shot-boundary detection: unraveled and resolved?", IEEE TCSVT 12 (2), 2002).
struct ShotScan {
    /// How strongly a frame begins a new shot.
    struct Change: Equatable, Sendable {
        /// From the frame before, in hundredths of a luma step.
        var distance: Int
        /// The distance over what is usual before it and after it, in percent: the smaller of the two.
        var lower: Int
        /// The larger of the two.
        var higher: Int
        /// Whether the picture stays changed.
        var lasts: Bool

        /// A hard cut, beyond doubt.
        var isCut: Bool {
            stands(out: ShotScan.leastRatio, of: ShotScan.leastDistance) && lower >= ShotScan.leastOnEachSide
        }
        /// Perhaps a hard cut: enough to leave a boundary where it is, if nothing near it is one.
        var mayBeCut: Bool { stands(out: ShotScan.leastRatio * 2 / 3, of: ShotScan.leastDistance / 2) }

        private func stands(out ratio: Int, of distance: Int) -> Bool {
            lasts && self.distance >= distance && lower * higher >= ratio * ratio
        }
    }

    /// Distances below this, in hundredths of a luma step, are noise.
    static let leastDistance = 180
    /// A cut's distance over that of its neighbours on both sides, in percent, in the geometric mean: shots with fast motion follow calm ones.
    static let leastRatio = 250
    /// The same on the side where it stands out less. Where motion begins, what follows is as different.
    static let leastOnEachSide = 170
    /// Frames on either side with which a change is compared.
    static let context = 6

    /// What may be a cut, by its first frame.
    private(set) var changes: [Int64: Change] = [:]
    /// Frames that are black.
    private(set) var black: [Range<Int64>] = []
    /// Frames that show what the one before shows.
    private(set) var still: [Range<Int64>] = []
    /// Perceptual hashes, where they were asked for.
    private(set) var hashes: [Int64: UInt64] = [:]

    private var frames: [PictureSignature] = []
    private var distances: [Int] = []
    /// The number of the first of `frames`.
    private var first: Int64 = 0
    private var judged = 0

    /// Takes the next frame; a number that does not follow the one before begins a new run.
    mutating func add(_ number: Int64, _ signature: PictureSignature) {
        if number != first + Int64(frames.count) { begin(at: number) }
        if let hash = signature.hash { hashes[number] = hash }
        if signature.isBlack { Self.extend(&black, number) }
        if let before = frames.last {
            distances.append(signature.distance(to: before))
            if signature.isStill(after: before) { Self.extend(&still, number) }
        } else {
            distances.append(0)
        }
        frames.append(signature)
        while judged + 2 * Self.context < frames.count { judge() }
        if frames.count >= 512 { shrink() }
    }

    /// Ends the run at hand.
    mutating func finish() {
        while judged < frames.count { judge() }
        frames = []
        distances = []
        judged = 0
    }

    private mutating func begin(at number: Int64) {
        finish()
        first = number
    }

    private static func extend(_ ranges: inout [Range<Int64>], _ number: Int64) {
        if let last = ranges.last, last.upperBound == number {
            ranges[ranges.count - 1] = last.lowerBound..<number + 1
        } else {
            ranges.append(number..<number + 1)
        }
    }

    /// Forgets frames that no comparison needs any more.
    private mutating func shrink() {
        let count = judged - 2 * Self.context
        guard count > 0 else { return }
        frames.removeFirst(count)
        distances.removeFirst(count)
        first += Int64(count)
        judged -= count
    }

    private mutating func judge() {
        defer { judged += 1 }
        let place = judged
        guard place > 0 else { return }
        let distance = distances[place]
        guard distance >= Self.leastDistance / 2 else { return }
        let before = ratio(distance, to: max(1, place - Self.context)..<place)
        let after = ratio(distance, to: place + 1..<min(frames.count, place + 1 + Self.context))
        guard let one = before ?? after, let two = after ?? before else { return }
        changes[first + Int64(place)] = Change(
            distance: distance, lower: min(one, two), higher: max(one, two), lasts: lasts(place, distance))
    }

    /// A distance over what is usual in a range, in percent; `nil` when the range is empty.
    private func ratio(_ distance: Int, to range: Range<Int>) -> Int? {
        let others = distances[range].sorted()
        guard let largest = others.last else { return nil }
        // Two of the neighbours may be the ends of a flash.
        let usual = others.count > 3 ? others[others.count - 3] : largest
        return distance * 100 / max(usual, Self.leastDistance / 3)
    }

    /// Whether no frame soon after resembles the last before the change, and none shortly before the first after it: a flash of light
    /// passes at its beginning, and has passed at its end.
    private func lasts(_ place: Int, _ distance: Int) -> Bool {
        let isOther = { (one: Int, two: Int) in frames[one].distance(to: frames[two]) * 100 >= distance * 40 }
        return (place...min(frames.count - 1, place + Self.context)).allSatisfy { isOther(place - 1, $0) }
            && (max(0, place - Self.context)..<place).allSatisfy { isOther($0, place) }
    }
}
