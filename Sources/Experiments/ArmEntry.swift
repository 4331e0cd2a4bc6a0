import Diagnostics

/// An arm as it is written: with a share of the viewers, or with its buckets.
struct ArmEntry: Decodable {
    let name: String
    let share: Double?
    let buckets: [Int]?
    let changes: ReelChanges

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, share, buckets, changes
    }

    init(from decoder: any Decoder) throws {
        try refuseOtherKeys(than: CodingKeys.self, in: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        share = try container.decodeIfPresent(Double.self, forKey: .share)
        buckets = try container.decodeIfPresent([Int].self, forKey: .buckets)
        changes = try container.decodeIfPresent(ReelChanges.self, forKey: .changes) ?? ReelChanges()
    }

    /// The arms; shares are laid out one after the other from bucket 0, each end rounded to the nearest bucket.
    static func arms(_ entries: [ArmEntry]) throws(Fault) -> [Experiment.Arm] {
        var arms: [Experiment.Arm] = []
        var sum = 0.0
        for (index, entry) in entries.enumerated() {
            let place = "arms[\(index)]"
            guard (entry.share == nil) != (entry.buckets == nil) else {
                throw Fault(.badInput, "\(place): it needs either a share or buckets")
            }
            guard (entry.share == nil) == (entries[0].share == nil) else {
                throw Fault(.badInput, "\(place): either all arms have a share, or all have buckets")
            }
            let buckets: Range<Int>
            if let share = entry.share {
                buckets = try range(of: share, after: &sum, place)
            } else {
                buckets = try range(entry.buckets ?? [], place)
            }
            arms.append(.init(name: entry.name, buckets: buckets, changes: entry.changes))
        }
        return arms
    }

    private static func range(of share: Double, after sum: inout Double, _ place: String) throws(Fault) -> Range<Int> {
        guard share > 0, share <= 1 else {
            throw Fault(.badInput, "\(place).share: \(share) is not from 0 to 1, or is 0")
        }
        let from = bucket(sum)
        sum += share
        // Ten tenths may add up to a little more than 1.
        guard sum <= 1 + 1e-9 else {
            throw Fault(.badInput, "\(place).share: \(share) brings the sum of the shares to \(sum), more than 1")
        }
        let to = bucket(sum)
        guard from < to else {
            throw Fault(.badInput, "\(place).share: \(share) is less than a bucket, 1/\(Bucketing.count)")
        }
        return from..<to
    }

    private static func bucket(_ share: Double) -> Int { Int((share * Double(Bucketing.count)).rounded()) }

    private static func range(_ bounds: [Int], _ place: String) throws(Fault) -> Range<Int> {
        guard bounds.count == 2, bounds[0] < bounds[1] else {
            let found = bounds.map(String.init).joined(separator: ", ")
            throw Fault(.badInput, "\(place).buckets: [\(printable(found))] is not [from, to] with from below to")
        }
        return bounds[0]..<bounds[1]
    }
}

extension Experiment.Arm: Encodable {
    private enum CodingKeys: String, CodingKey {
        case name, buckets, changes
    }

    /// Encodes an arm with its buckets as `[from, to]`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode([buckets.lowerBound, buckets.upperBound], forKey: .buckets)
        if changes != ReelChanges() { try container.encode(changes, forKey: .changes) }
    }
}
