public import Diagnostics
private import Foundation

/// Whether a list holds kinds of titles in the shares that a viewer likes them (Steck 2018).
public enum Calibration {
    /// `KL(p, (1 − a)·q + a·p)` in nats: 0 for equal shares, larger the more a list leaves out.
    ///
    /// The part a of p in q keeps it finite where the list has nothing of a genre.
    /// - Parameters:
    ///   - liked: p, the share of each genre among what the viewer likes; adds up to 1.
    ///   - shown: q, the share of each genre in the list; adds up to 1.
    ///   - mixing: a, more than 0 and at most 1.
    /// - Throws: `Fault` `.badInput` for different counts, shares that are negative, no number or don't add up to 1
    ///   (to 1e-6), and a wrong `mixing`.
    public static func divergence(
        liked: [Double], shown: [Double], mixing: Double = 0.01
    ) throws(Fault) -> Double {
        guard liked.count == shown.count else {
            throw Fault(.badInput, "\(liked.count) liked shares cannot be held against \(shown.count) shown shares")
        }
        guard mixing > 0, mixing <= 1 else {
            throw Fault(.badInput, "mixing \(mixing) is not more than 0 and at most 1")
        }
        try check(liked, "liked")
        try check(shown, "shown")
        return zip(liked, shown).reduce(0) { sum, share in
            // What a viewer doesn't like adds nothing: x·ln x goes to 0 with x.
            share.0 > 0 ? sum + share.0 * log(share.0 / ((1 - mixing) * share.1 + mixing * share.0)) : sum
        }
    }

    private static func check(_ shares: [Double], _ what: String) throws(Fault) {
        if let index = shares.firstIndex(where: { !($0 >= 0) }) {
            throw Fault(.badInput, "\(what) share \(index): \(shares[index]) is not a number from 0 to 1")
        }
        let sum = shares.reduce(0, +)
        guard abs(sum - 1) <= 1e-6 else { throw Fault(.badInput, "the \(what) shares add up to \(sum), not to 1") }
    }
}
