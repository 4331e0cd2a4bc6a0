import Foundation

/// Counts that fade: an event of age `a` counts `2^(−a/h)`.
///
/// The store adds up `2^((ts − L)/h)` in any order, also late, and is read as `S·2^(−(t − L)/h)` (forward decay, Cormode
/// et al. 2009).
public struct ForwardDecay: Hashable, Sendable {
    /// Milliseconds in which a count falls to a half.
    public let halfLife: Double
    /// The time L whose events count 1 in ``sum``.
    public let landmark: Timestamp
    /// The sum S at the landmark.
    public private(set) var sum: Double = 0

    /// An empty store; `halfLife` in milliseconds, more than 0.
    public init(landmark: Timestamp, halfLife: Double = Features.playHalfLife) {
        self.landmark = landmark
        self.halfLife = halfLife
    }

    /// Counts one event (or `count` of them) at `time`.
    public mutating func add(_ count: Double = 1, at time: Timestamp) {
        sum += count * exp2(Double(time.milliseconds - landmark.milliseconds) / halfLife)
    }

    /// The decayed count at `time`.
    public func value(at time: Timestamp) -> Double {
        sum * exp2(-Double(time.milliseconds - landmark.milliseconds) / halfLife)
    }
}

/// The features of a score: pure functions with the formulas of the sequencing design.
public enum Features {
    /// Plays count half after 7 days; in milliseconds.
    public static let playHalfLife = 7 * Double(Timestamp.day)
    /// A title is half as recent after 365 days; in milliseconds.
    public static let recencyHalfLife = 365 * Double(Timestamp.day)
    /// How many likes the population's taste counts for in a viewer's (kappa).
    public static let genreShrinkage = 10.0

    /// `ln(1 + c)/ln(1 + max c)`, from 0 to 1; 0 where nothing was ever played.
    public static func popularity(_ count: Double, largest: Double) -> Double {
        largest > 0 ? log1p(count) / log1p(largest) : 0
    }

    /// `2^(−age/365 d)` for a release `age` milliseconds ago, from 0 to 1; what is yet to come counts as new.
    public static func recency(age: Int64) -> Double {
        exp2(-Double(max(age, 0)) / recencyHalfLife)
    }
}

/// How much more, or less, than the population a viewer likes each genre.
///
/// `ln(p/prior)` with `p = (count + κ·prior)/(n + κ)`, in nats: with few likes `p` is the prior and the lift 0.
public struct GenreAffinity: Hashable, Sendable {
    /// The lift of each genre of the catalogue.
    public let lift: [String: Double]

    /// Lifts from a population's shares `prior` (they add up to 1, none is 0) and a viewer's likes per genre, `count`.
    ///
    /// Without likes every lift is exactly 0. A genre that `prior` does not know has no lift.
    public init(prior: [String: Double], count: [String: Double], shrinkage: Double = Features.genreShrinkage) {
        // Added up by rising genre: a dictionary's own order differs from run to run, and sums with it.
        let total = count.keys.sorted().reduce(0) { $0 + (count[$1] ?? 0) }
        guard total > 0 else {
            lift = prior.mapValues { _ in 0 }
            return
        }
        lift = Dictionary(
            uniqueKeysWithValues: prior.map { genre, share in
                (genre, log(((count[genre] ?? 0) + shrinkage * share) / (total + shrinkage) / share))
            })
    }

    /// The affinities of a snapshot's viewer.
    ///
    /// A liked title counts once, shared equally by its genres. The prior is the same over all likes of all viewers, with
    /// half a like added to each genre, so that no share is 0.
    public init(_ snapshot: Snapshot) {
        var prior: [String: Double] = [:]
        var count: [String: Double] = [:]
        for title in snapshot.titles {
            let share = 1 / Double(max(title.genres.count, 1))
            for genre in title.genres {
                prior[genre, default: 0.5] += Double(title.likes) * share
                if snapshot.viewer.liked.contains(title.id) { count[genre, default: 0] += share }
            }
        }
        let total = prior.keys.sorted().reduce(0) { $0 + (prior[$1] ?? 0) }
        self.init(prior: prior.mapValues { $0 / total }, count: count)
    }

    /// `Σ_g G[g]·lift[g]`, where the title's row G gives each of its genres the same share; 0 without genres.
    public func value(of genres: Set<String>) -> Double {
        let share = 1 / Double(max(genres.count, 1))
        return genres.sorted().reduce(0) { $0 + share * (lift[$1] ?? 0) }
    }
}
