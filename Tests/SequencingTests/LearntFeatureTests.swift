import Foundation
import Plans
import TestSupport
import Testing

@testable import Sequencing

/// Features that are learnt of a deployment's own log: response, skips, part of the week, and what is lent to new titles.
@Suite struct LearntFeatureTests {
    private let at = Timestamp(milliseconds: 1_795_478_400_000)  // 2026-11-24T00:00:00Z, a Tuesday

    private func time(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

    private func value(_ feature: ScoreFeature, of titles: [TitleFacts], at: Timestamp? = nil, offset: String = "Z")
        throws -> [Double]
    {
        let circumstances = Circumstances(offset: try #require(UTCOffset(offset)), needsRegion: false)
        let eligible = EligibleTitles(TitleTable(at: at ?? self.at, titles: titles), circumstances)
        let place = try #require(ScoreFeature.allCases.firstIndex(of: feature))
        return try eligible.features(of: titles.map(\.id), for: ViewerFacts(id: "v")).map { try #require($0)[place] }
    }

    @Test func responseAndSkipAreCountsOverExpectedOnes() throws {
        var titles = ["A", "B", "C"].map { TitleFacts(id: $0) }
        (titles[0].clicks, titles[0].skips) = (
            ObservedCount(observed: 9, expected: 3), ObservedCount(observed: 0, expected: 10)
        )
        (titles[1].clicks, titles[1].skips) = (
            ObservedCount(observed: 0, expected: 3), ObservedCount(observed: 30, expected: 10)
        )
        // (9 + 3)/(3 + 3), (0 + 3)/(3 + 3), nothing known; (0 + 10)/20, (30 + 10)/20.
        #expect(try value(.response, of: titles) == [log(2), log(0.5), 0])
        #expect(try value(.skip, of: titles) == [log(0.5), log(2), 0])
        // They count as they weigh, with their sign.
        let eligible = EligibleTitles(TitleTable(at: at, titles: titles), Circumstances(needsRegion: false))
        func order(_ response: Double, _ skip: Double) -> [String] {
            let weights = ScoreWeights(preference: 0, popularity: 0, recency: 0, response: response, skip: skip)
            return eligible.ranking(for: ViewerFacts(id: "v"), weights: weights).map(\.title)
        }
        #expect(order(1, 0) == ["A", "C", "B"] && order(-1, 0) == ["B", "C", "A"] && order(0, 1) == ["B", "C", "A"])
        let terms = try #require(
            eligible.ranking(
                for: ViewerFacts(id: "v"), weights: ScoreWeights(preference: 1, popularity: 1, recency: 1, skip: -0.5)
            ).first)
        #expect(terms.terms.map(\.feature) == ["preference", "popularity", "recency", "skip"])
    }

    @Test(arguments: [
        ("2026-11-23T00:00:00Z", "Z", 0), ("2026-11-23T05:59:59.999Z", "Z", 0), ("2026-11-23T06:00:00Z", "Z", 1),
        ("2026-11-27T23:59:59Z", "Z", 3), ("2026-11-28T00:00:00Z", "Z", 4), ("2026-11-29T23:59:59Z", "Z", 7),
        ("2026-11-30T00:00:00Z", "Z", 0), ("2026-11-27T23:30:00Z", "+01:00", 4), ("2026-11-28T00:30:00Z", "-01:00", 3),
        ("1970-01-01T00:00:00Z", "Z", 0), ("1969-12-31T12:00:00Z", "Z", 2), ("1969-12-28T12:00:00Z", "Z", 6),
        ("2026-11-30T00:00:00Z", "-00:01", 7),
    ]) func partsOfTheWeek(text: String, offset: String, band: Int) throws {
        let moment = try time(text)
        #expect(Daypart.band(at: moment, offset: try #require(UTCOffset(offset))) == band)
    }

    /// Drama is liked on weekday evenings, comedy at weekends: the lift by hand.
    @Test func aPartOfTheWeekLiftsWhatIsLikedInIt() throws {
        var titles = [
            TitleFacts(id: "A", genres: ["drama"], likes: 600), TitleFacts(id: "B", genres: ["comedy"], likes: 400),
            TitleFacts(id: "C", genres: ["comedy", "drama"]), TitleFacts(id: "D"),
        ]
        (titles[0].likesByDaypart, titles[1].likesByDaypart) = (
            [0, 0, 0, 500, 0, 0, 0, 100], [0, 0, 0, 0, 0, 0, 0, 400]
        )
        // The population's shares, half a like added to each: 600.5 and 400.5 of 1,001.
        let (drama, comedy) = (600.5 / 1_001, 400.5 / 1_001)
        func lift(_ count: Double, _ total: Double, _ share: Double) -> Double {
            log((count + 500 * share) / (total + 500) / share)
        }
        func expected(_ drama: Double, _ comedy: Double) -> [Double] { [drama, comedy, 0.5 * comedy + 0.5 * drama, 0] }
        let cases: [(String, [Double])] = [
            ("2026-11-24T20:00:00Z", expected(lift(500, 500, drama), lift(0, 500, comedy))),
            ("2026-11-28T20:00:00Z", expected(lift(100, 500, drama), lift(400, 500, comedy))),
            ("2026-11-24T08:00:00Z", [0, 0, 0, 0]),
        ]
        for (text, values) in cases {
            let found = try value(.daypart, of: titles, at: time(text))
            #expect(zip(found, values).allSatisfy { abs($0 - $1) < 1e-12 }, "\(text): \(found)")
        }
        // It is the viewer's evening that counts.
        let noon = try time("2026-11-24T10:00:00Z")
        #expect(
            try value(.daypart, of: titles, at: noon, offset: "+10:00")
                == value(.daypart, of: titles, at: time("2026-11-24T20:00:00Z")))
        #expect(try value(.daypart, of: [TitleFacts(id: "A", genres: ["x"])]) == [0])
    }

    /// A new title counts, beside its own plays, what its genres' titles have on average, half of it after 14 days.
    @Test func aNewTitleIsLentThePlaysOfItsGenres() throws {
        func titles(_ released: String?) -> [TitleFacts] {
            [
                TitleFacts(id: "A", genres: ["drama"], plays: 90),
                TitleFacts(id: "B", genres: ["drama", "comedy"], plays: 30),
                TitleFacts(id: "new", released: released.flatMap { Moment($0) }, genres: ["comedy"]),
                TitleFacts(id: "none"),
            ]
        }
        // Comedy: B and the new one, (30 + 0)/2.
        for (released, lent) in [("2026-11-24", 15.0), ("2026-11-10", 7.5), ("2026-10-27", 3.75), ("2026-11-25", 0)] {
            let values = try value(.popularity, of: titles(released))
            let expected: [Double] = [1, log(31.0) / log(91.0), log(1 + lent) / log(91.0), 0]
            #expect(zip(values, expected).allSatisfy { abs($0 - $1) < 1e-12 }, "\(released): \(values)")
        }
        #expect(try value(.popularity, of: titles(nil))[2] == 0)
        // Of several genres the mean; without genres nothing is lent; and nothing where nothing was played.
        var two = titles("2026-11-24")
        two[2].genres = ["comedy", "drama"]
        // Comedy (30 + 0)/2, drama (90 + 30 + 0)/3.
        #expect(abs(try value(.popularity, of: two)[2] - log(28.5) / log(91.0)) < 1e-12)
        #expect(
            try value(.popularity, of: [TitleFacts(id: "a", released: Moment("2026-11-24")), TitleFacts(id: "b")]) == [
                0, 0,
            ])
    }
}

/// Responses that are drawn from what is known of them.
@Suite struct ThompsonPlanTests {
    /// Three titles that differ in their clicks only, for one slot.
    private func request(_ clicks: [(Double, Double)], slots: String = "80") throws -> TestRequest {
        let names = ["A", "B", "C"].prefix(clicks.count)
        var request = try SequencingTests.request(
            names.joined(separator: " "), names.map { "\($0):80 \($0):40" }.joined(separator: " "), slots: slots)
        let facts = zip(names, clicks).map { name, counts in
            var facts = TitleFacts(id: String(name))
            facts.clicks = ObservedCount(observed: counts.0, expected: counts.1)
            return facts
        }
        request.snapshot = Snapshot(at: request.snapshot.at, titles: facts, viewer: request.snapshot.viewer)
        request.policy = RankingPolicy(
            weights: ScoreWeights(preference: 0, popularity: 0, recency: 0, response: 1), exploration: .thompson)
        return request
    }

    /// How often each title is first, over seeds, beside the probability that its draw is the largest: for equal titles by symmetry, for two of
    /// different clicks by the F distribution, `P(X/Y > 1)` of two gammas with whole shapes as a sum of binomials.
    @Test func titlesAreFirstAsOftenAsTheirDrawIsTheLargest() throws {
        // Shapes 3 + clicks, rates 3 + expected: 6 of rate 6 and 3 of rate 6.
        let binomials = (0..<3).reduce(0.0) { sum, k in
            // P(gamma 6 > gamma 3) of equal rates: fewer than 6 of the first ones before the third of the others.
            sum + pow(0.5, 8) * Double([1, 8, 28][k])
        }
        let cases: [([(Double, Double)], [Double])] = [
            ([(0, 0), (0, 0), (0, 0)], [1.0 / 3, 1.0 / 3, 1.0 / 3]), ([(3, 3), (0, 3)], [1 - binomials, binomials]),
        ]
        for (clicks, expected) in cases {
            var request = try request(clicks)
            let rounds = 400
            var firsts: [String: Int] = [:]
            var propensities: [String: [Double]] = [:]
            // Seeds that are a step of the generator apart would draw the same numbers, one place on.
            var seeds = FixedRandom(state: 4)
            for _ in 0..<rounds {
                request.seed = seeds.next()
                let slot = try request.plan().plan.slots[0]
                firsts[slot.title, default: 0] += 1
                propensities[slot.title, default: []].append(try #require(slot.propensity))
            }
            for (name, probability) in zip(["A", "B", "C"], expected) {
                let deviation = (probability * (1 - probability) / Double(rounds)).squareRoot()
                let share = Double(firsts[name] ?? 0) / Double(rounds)
                #expect(abs(share - probability) < 4 * deviation, "\(name): \(share), not \(probability)")
                // What the plan says of its choice is that probability, as far as a thousand replays tell.
                let said = propensities[name] ?? []
                let error = (probability * (1 - probability) / 1_024).squareRoot()
                #expect(
                    said.allSatisfy { abs($0 - probability) < 5 * error },
                    "\(name): \(said.min() ?? 0)...\(said.max() ?? 0)")
                let mean = said.reduce(0, +) / Double(max(1, said.count))
                // The plan itself is one of what is counted.
                #expect(abs(mean - probability) < 5 * error / Double(max(1, said.count)).squareRoot() + 1.0 / 1_025)
            }
        }
    }

    @Test func whatIsKnownWellIsHardlyLeftToChance() throws {
        var request = try request([(3_000, 1_000), (1_000, 1_000), (300, 1_000)], slots: "80 40")
        for seed in UInt64(0)..<20 {
            request.seed = seed
            let plan = try request.plan().plan
            #expect(plan.slots.map(\.title) == ["A", "B"] && plan.slots.map(\.propensity) == [1, 1])
            #expect(try request.plan().plan == plan)
        }
        // Without weight nothing of it matters, and the seed orders what is equal.
        request.policy.weights.response = 0
        let seeds = try (UInt64(0)..<40).map { seed in
            request.seed = seed
            return try request.plan().plan.slots[0].title
        }
        #expect(Set(seeds) == ["A", "B", "C"])
    }
}
