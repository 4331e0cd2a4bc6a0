import Foundation
import Plans
import Sequencing
import Testing

/// Whether two numbers agree to 1e-9.
private func agree(_ left: Double, _ right: Double) -> Bool { abs(left - right) < 1e-9 }

private func day(_ days: Double) -> Timestamp { Timestamp(milliseconds: Int64(days * 86_400_000)) }

/// The vectors of SEQUENCING, section 2.
@Suite struct FeatureTests {
    @Test func genreLiftIsShrunkTowardsThePopulation() {
        let affinity = GenreAffinity(prior: [0.5, 0.3, 0.2], count: [3, 1, 0])
        #expect(agree(affinity.lift[0], 0.133531392625))
        #expect(agree(affinity.lift[1], -0.048790164169))
        #expect(agree(affinity.lift[2], -0.336472236621))
        #expect(agree(affinity.value(of: [0, 1]), 0.042370614228))
        #expect(affinity.value(of: []) == 0)
    }

    @Test func anEmptyHistoryLiftsNothing() {
        // Shares that don't survive ten times and a tenth: without likes nothing may be computed at all.
        let affinity = GenreAffinity(prior: [0.96, 0.013, 0.027], count: [0, 0, 0])
        #expect(affinity.lift == [0, 0, 0])
        #expect(affinity.value(of: [0, 2]) == 0)
    }

    @Test func playsFadeByHalfIn7Days() {
        var store = ForwardDecay(landmark: day(0))
        store.add(5, at: day(0))
        store.add(at: day(10))
        #expect(agree(store.value(at: day(10)), 2.857492861421))
    }

    @Test func aForwardDecayedStoreTakesEventsInAnyOrder() {
        for days in [[0.0, 7, 10], [10, 0, 7], [7, 10, 0]] {
            var store = ForwardDecay(landmark: day(0))
            for time in days { store.add(at: day(time)) }
            #expect(agree(store.sum, 5.691800385265))
            #expect(agree(store.value(at: day(14)), 1.422950096316))
        }
        var late = ForwardDecay(landmark: day(3))
        late.add(at: day(0))
        #expect(agree(late.value(at: day(3)), 0.742997144568))
    }

    @Test func popularityIsTheShareOfTheMostPlayedOnALogScale() {
        #expect(Features.popularity(9, largest: 9) == 1)
        #expect(agree(Features.popularity(2, largest: 9), log(3) / log(10)))
        #expect(Features.popularity(0, largest: 9) == 0)
        #expect(Features.popularity(0, largest: 0) == 0)
    }

    @Test func recencyHalvesInAYear() {
        let ages = [0, 100, 365, -3].map { Features.recency(age: $0 * Timestamp.day) }
        #expect(zip(ages, [1, 0.827039074042, 0.5, 1]).allSatisfy(agree))
    }
}

@Suite struct SeedTests {
    @Test func isTheHashOfViewerEditionAndDay() throws {
        let at = try #require(Timestamp(rfc3339: "2026-11-24T23:59:59.999Z"))
        #expect(Seed.daily(viewer: "viewer-1", edition: "edition-a", at: at) == 0x7FF7_C0E9_E884_71DA)
        let tomorrow = Timestamp(milliseconds: at.milliseconds + 1)
        #expect(Seed.daily(viewer: "viewer-1", edition: "edition-a", at: tomorrow) != 0x7FF7_C0E9_E884_71DA)
    }

    @Test func splitMixGivesTheSameSequenceEverywhere() {
        var generator = SplitMix64(seed: 0x7FF7_C0E9_E884_71DA)
        #expect(
            (0..<3).map { _ in generator.next() }
                == [10_476_216_338_935_739_014, 12_714_252_319_936_020_195, 10_040_813_130_140_104_026])
        generator = SplitMix64(seed: 0x7FF7_C0E9_E884_71DA)
        let units = (0..<3).map { _ in generator.nextUnit() }
        #expect(zip(units, [0.567916825705, 0.689240999340, 0.544313570461]).allSatisfy(agree))
        var known = SplitMix64(seed: 1_234_567)
        #expect((0..<2).map { _ in known.next() } == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973])
    }
}

@Suite struct ScoringTests {
    private let at = Timestamp(milliseconds: 1_795_478_400_000)  // 2026-11-24T00:00:00Z

    /// The titles in order, and those that are left out.
    private func rank(
        _ titles: [TitleFacts], at: Timestamp? = nil, liked: Set<String> = [], _ circumstances: Circumstances = .init()
    ) -> (titles: [ScoredTitle], refused: [Refusal]) {
        let eligible = EligibleTitles(
            TitleTable(at: at ?? self.at, titles: titles, introducesNew: false), circumstances)
        return (eligible.ranking(for: ViewerFacts(id: "v", liked: liked)), eligible.refused)
    }

    private func titles() -> [TitleFacts] {
        [
            TitleFacts(
                id: "A", released: Moment("2026-11-24"), genres: ["drama"], popularity: 2, plays: 1, likes: 4),
            TitleFacts(id: "B", released: Moment("2025-11-24"), genres: ["comedy", "drama"], plays: 7, likes: 2),
            TitleFacts(id: "C", genres: ["comedy"], plays: 0.5, likes: 1),
            TitleFacts(id: "D", released: Moment("2027-05-01")),
        ]
    }

    /// All values follow from the formulas: prior (4 + 1 + .5, 1 + 1 + .5)/8 for drama and comedy; likes of A and B count
    /// 1.5 and .5 of 2.
    @Test func scoresAreTheFormulas() {
        let scores = rank(titles(), liked: ["A", "B", "gone"]).titles.sorted { $0.title < $1.title }
        let drama = log((1.5 + 10 * 5.5 / 8) / 12 / (5.5 / 8))
        let comedy = log((0.5 + 10 * 2.5 / 8) / 12 / (2.5 / 8))
        let mean = (1 + 0.5 + 1) / 3
        let expected: [(String, [Double])] = [
            ("A", [0.2 * drama, log(4) / log(8), 0.02]),
            ("B", [0.2 * (drama + comedy) / 2, 1, 0.02 * 0.5]),
            ("C", [0.2 * comedy, log(1.5) / log(8), 0.02 * mean]),
            ("D", [0, 0, 0.02]),
        ]
        #expect(scores.map(\.title) == expected.map(\.0))
        for (score, (title, products)) in zip(scores, expected) {
            #expect(score.terms.map(\.feature) == ["preference", "popularity", "recency"], "\(title)")
            #expect(zip(score.terms.map(\.product), products).allSatisfy(agree), "\(title)")
        }
        #expect(comedy < 0)
    }

    @Test func theScoreIsTheSumOfItsTermsFromLeftToRight() {
        for scored in rank(titles(), liked: ["A"]).titles {
            var sum = 0.0
            for term in scored.terms {
                #expect(term.product == term.weight * term.value)
                sum += term.product
            }
            #expect(scored.score == sum)
        }
    }

    @Test func aViewerNobodyKnowsGetsPopularityAndRecency() {
        let ranking = rank(titles()).titles
        #expect(ranking.map { $0.terms[0].product } == [0, 0, 0, 0])
        #expect(ranking.map(\.title) == ["B", "A", "C", "D"])
    }

    @Test func withoutAnyReleaseDateAllAreEquallyRecent() {
        let ranking = rank([TitleFacts(id: "B"), TitleFacts(id: "A")]).titles
        #expect(ranking.map(\.score) == [0, 0])
        #expect(ranking.map(\.title) == ["A", "B"])
    }

    @Test func theOrderOfTheTitlesDoesNotMatter() {
        #expect(rank(titles(), liked: ["A", "C"]).titles == rank(titles().reversed(), liked: ["A", "C"]).titles)
    }

    @Test func aRankingLeavesOutWhatMayNotBeShown() throws {
        var facts = titles()
        facts[0].isBlocked = true
        facts[1].regions = ["DE"]
        facts[2].availableFrom = Moment("2026-11-25")
        facts[3].availableUntil = Moment("2026-11-24")
        let from = try #require(Moment("2026-11-25"))
        let until = try #require(Moment("2026-11-24"))
        let others = [
            Refusal(title: "C", reason: .notYetAvailable(from: from)),
            Refusal(title: "D", reason: .noLongerAvailable(since: until)),
        ]
        let anywhere = rank(facts, Circumstances(needsRegion: false))
        #expect(anywhere.titles.map(\.title) == ["B"])
        #expect(anywhere.refused == [Refusal(title: "A", reason: .blocked)] + others)
        let france = rank(facts, Circumstances(region: "FR"))
        #expect(france.titles.isEmpty)
        #expect(
            france.refused == [
                Refusal(title: "A", reason: .blocked), Refusal(title: "B", reason: .notInRegion("FR")),
            ] + others)
        #expect(rank(facts, Circumstances(region: "de")).titles.map(\.title) == ["B"])
        // In the east it is the 25th already.
        let east = try #require(UTCOffset("+01:00"))
        let evening = Timestamp(milliseconds: at.milliseconds + 23 * 3_600_000)
        #expect(
            rank(facts, at: evening, Circumstances(offset: east, needsRegion: false)).titles.map(\.title) == ["B", "C"])
        #expect(rank(facts, at: evening, Circumstances(needsRegion: false)).titles.map(\.title) == ["B"])
    }

    @Test func ageAndLanguageAreHardRules() {
        var facts = titles()
        facts[0].maturity = 16
        facts[1].languages = ["en", "de"]
        facts[2].languages = ["fr"]
        #expect(rank(facts).refused == [])
        let child = rank(facts, Circumstances(maturity: 15, languages: ["DE", "it"]))
        #expect(
            child.refused == [
                Refusal(title: "A", reason: .tooMature(from: 16)), Refusal(title: "C", reason: .noLanguage),
            ])
        #expect(
            child.refused.map(\.reason.description) == ["too mature (from 16)", "in none of the viewer's languages"])
        #expect(rank(facts, Circumstances(maturity: 16)).refused == [])
    }
}

@Suite struct ReasonTests {
    private func words(_ terms: [(ScoreFeature, value: Double, weight: Double)]) -> String {
        terms.map { ReelPlan.Term(feature: $0.0.rawValue, value: $0.value, weight: $0.weight) }.words
    }

    @Test func whatCountsMostIsSaidFirst() {
        #expect(
            words([(.preference, 0.1, 1), (.popularity, 0.8, 1), (.recency, 0.95, 0.5)])
                == "among the most played of late; new; close to what the viewer likes")
        #expect(
            words([(.preference, -2, 1), (.popularity, 0.5, 1), (.recency, 0.4, 1), (.response, -1, 0.3)])
                == "unlike what the viewer likes; played often of late; older than a year; "
                + "chosen less often than its places let expect")
        #expect(
            words([(.skip, 0.5, -1), (.daypart, 0.2, 1)])
                == "skipped more often than its places let expect; of a kind that is watched at this hour")
    }

    /// What hardly counts is left out, and so is what has no weight.
    @Test func littleIsNotSaid() {
        #expect(
            words([(.preference, 0, 1), (.popularity, 1, 1), (.recency, 1, 0.02)]) == "among the most played of late")
        #expect(words([(.preference, 0, 1), (.recency, 0.7, 0)]) == "nothing speaks for it or against it")
        #expect(words([]) == "nothing speaks for it or against it")
    }
}
