import Diagnostics
import MediaTime
import Plans
import Sequencing
import Testing

/// Clips from a short text: `A:80 A:40 B:hero=96`; each begins where the one before it ends.
func clips(_ text: String) throws -> [EditionClip] {
    var start: Int64 = 0
    return try text.split(separator: " ").map { word in
        let parts = word.split(separator: ":")
        let type = parts[1].split(separator: "=")
        let length = try #require(Int64(type[type.count - 1]))
        let range = try #require(FrameRange(start, start + length))
        start += length
        return EditionClip(title: String(parts[0]), type: String(type[0]), range: range)
    }
}

/// All that a plan is a function of, as one value.
struct TestRequest {
    var snapshot: Snapshot
    var clips: [EditionClip]
    var cadence: Cadence
    var region: String?
    var seed: UInt64?
    var policy = RankingPolicy.standard

    func table() throws -> PlanTable {
        let titles = TitleTable(at: snapshot.at, titles: snapshot.titles)
        return try PlanTable(
            EligibleTitles(titles, Circumstances(region: region)), edition: "edition-a", clips: clips, cadence: cadence)
    }

    func plan() throws -> PlanOutcome {
        try table().plan(
            PlanRequest(
                viewer: snapshot.viewer, audio: AudioSettings(mode: AudioSettings.Mode.none), seed: seed,
                policy: policy))
    }
}

/// A request for a viewer nobody knows and titles that differ only in their plays: the first is played most.
func request(
    _ titles: String, _ clipText: String, slots: String, minTitles: Int = 1, repeat rule: Cadence.Repeat = .init()
) throws -> TestRequest {
    let names = titles.split(separator: " ").map(String.init)
    let facts = names.enumerated().map { TitleFacts(id: $1, plays: Double(names.count - $0)) }
    let snapshot = Snapshot(
        at: Timestamp(milliseconds: 1_795_478_400_000), titles: facts, viewer: ViewerFacts(id: "viewer-1"))
    let cadence = Cadence(
        name: "test", minTitles: minTitles, repeat: rule,
        slots: slots.split(separator: " ").map { .init(type: String($0)) })
    return TestRequest(
        snapshot: snapshot, clips: try clips(clipText), cadence: cadence)
}

/// The slots of a plan as a short text: `A:80 B:40`.
func text(_ plan: ReelPlan) -> String {
    plan.slots.map { "\($0.title):\($0.type)" }.joined(separator: " ")
}

@Suite struct PlannerTests {
    @Test func higherScoresGetLongerAndEarlierSlots() throws {
        let request = try request(
            "A B C D", "A:80 A:40 B:80 B:40 C:80 C:40 D:80 D:40", slots: "40 80 40 80")
        let outcome = try request.plan()
        #expect(text(outcome.plan) == "C:40 A:80 D:40 B:80")
        #expect(outcome.refused == [])
        #expect(outcome.notes == [])
    }

    @Test func aPlanSaysWhatItIsAndWhy() throws {
        let request = try request("A B", "A:80 B:80", slots: "80 80")
        let plan = try request.plan().plan
        #expect(plan.edition == "edition-a")
        #expect(plan.viewer == "viewer-1")
        #expect(plan.cadence == "test")
        #expect(plan.seed == 0x7FF7_C0E9_E884_71DA)
        #expect(plan.at == "2026-11-24T00:00:00Z")
        #expect(plan.audio == AudioSettings(mode: AudioSettings.Mode.none))
        #expect(plan.reel == plan.identity(edition: "edition-a"))
        let titles = TitleTable(at: request.snapshot.at, titles: request.snapshot.titles)
        let scored = EligibleTitles(titles, Circumstances()).ranking(for: request.snapshot.viewer)
        #expect(
            plan.slots == scored.map { .init(title: $0.title, type: "80", score: $0.score, why: $0.terms) })
        #expect(plan.slots.map(\.propensity) == [nil, nil])
    }

    @Test func theSamePlanForTheSameRequest() throws {
        var request = try request("A B C D", "A:80 B:80 C:80 D:80 A:40 D:40", slots: "80 80 40 80")
        let first = try request.plan()
        request.clips.reverse()
        let facts = request.snapshot.titles.reversed()
        request.snapshot = Snapshot(at: request.snapshot.at, titles: Array(facts), viewer: request.snapshot.viewer)
        #expect(try request.plan() == first)
    }

    @Test func theSeedOrdersOnlyEqualScores() throws {
        var request = try request("A B C D E", "A:80 B:80 C:80 D:80 E:80", slots: "80 80 80 80 80")
        var facts = request.snapshot.titles
        for index in 1...3 { facts[index].plays = 3 }
        request.snapshot = Snapshot(at: request.snapshot.at, titles: facts, viewer: request.snapshot.viewer)
        var orders: Set<String> = []
        for seed in UInt64(0)..<64 {
            request.seed = seed
            let plan = try request.plan().plan
            #expect(plan.seed == seed)
            orders.insert(plan.slots.map(\.title).joined())
        }
        #expect(orders == ["ABCDE", "ABDCE", "ACBDE", "ACDBE", "ADBCE", "ADCBE"])
    }

    @Test func missingClipsDoNotCostMoreThanTheyMust() throws {
        // A has no 80: sorted to sorted is impossible, and the greedy choice (B, C, D, A) is not the best order of B and C.
        let request = try request("A B C D", "A:40 B:80 B:40 C:80 C:40 D:80 D:40", slots: "80 80 40 40")
        #expect(text(try request.plan().plan) == "B:80 C:80 A:40 D:40")
        // C fits only the long slot, so B, which fits both, makes room.
        let tight = try SequencingTests.request("B C", "B:80 B:40 C:80", slots: "80 40")
        #expect(text(try tight.plan().plan) == "C:80 B:40")
    }

    @Test func negativeScoresAreScoresToo() throws {
        var request = try request("A B C", "A:80 A:40 B:80 B:40 C:80 C:40", slots: "40 80")
        request.policy.weights = ScoreWeights(preference: 1, popularity: -1, recency: 0)
        let plan = try request.plan().plan
        #expect(text(plan) == "B:40 C:80")
        #expect(plan.slots.allSatisfy { ($0.score ?? 0) < 0 })
    }

    @Test func aClipOfAnotherLengthIsNotEligible() throws {
        let request = try request("A B C", "A:80=79 B:80 C:hero=80", slots: "80")
        let outcome = try request.plan()
        #expect(text(outcome.plan) == "B:80")
        #expect(
            outcome.refused == [
                Refusal(title: "A", reason: .noFittingClip), Refusal(title: "C", reason: .noFittingClip),
            ])
    }

    @Test func everyRefusalIsNamed() throws {
        var request = try request("A B C D E F G S", "A:80 B:80 C:80 D:80 E:80 F:40 S:opening=12 X:80", slots: "80")
        request.cadence.slots.append(.init(title: "S", type: "opening"))
        var facts = request.snapshot.titles
        facts[1].isBlocked = true
        let from = try #require(Moment("2026-11-25"))
        let until = try #require(Moment("2026-11-24T00:00:00Z"))
        facts[2].availableFrom = from
        facts[3].availableUntil = until
        facts[4].regions = ["DE", "FR"]
        facts[6].regions = ["DE"]
        request.snapshot = Snapshot(at: request.snapshot.at, titles: facts, viewer: request.snapshot.viewer)
        var expected = [
            Refusal(title: "B", reason: .blocked),
            Refusal(title: "C", reason: .notYetAvailable(from: from)),
            Refusal(title: "D", reason: .noLongerAvailable(since: until)),
            Refusal(title: "E", reason: .regionUnknown),
            Refusal(title: "F", reason: .noFittingClip),
            Refusal(title: "G", reason: .regionUnknown),
            Refusal(title: "S", reason: .bumper),
            Refusal(title: "X", reason: .notInCatalogue),
        ]
        #expect(try request.plan().refused == expected)
        #expect(text(try request.plan().plan) == "A:80 S:opening")
        request.region = "it"
        expected[3] = Refusal(title: "E", reason: .notInRegion("IT"))
        expected[5] = Refusal(title: "G", reason: .notInRegion("IT"))
        #expect(try request.plan().refused == expected)
        request.region = "de"
        expected[5] = Refusal(title: "G", reason: .noClip)
        expected.remove(at: 3)
        #expect(try request.plan().refused == expected)
    }
}

@Suite struct ReelShapeTests {
    @Test func bumpersStandWhereTheCadencePutsThem() throws {
        var request = try request("A B C", "A:80 B:80 C:80 Sizzle:opening=48 Sizzle:closing=24", slots: "80")
        request.cadence = .default
        let outcome = try request.plan()
        #expect(text(outcome.plan) == "Sizzle:opening A:80 B:80 C:80 Sizzle:closing")
        #expect(outcome.plan.slots[0] == .init(title: "Sizzle", type: "opening"))
    }

    @Test func optionalBumpersAreLeftOutAndSaidSo() throws {
        var request = try request("A B C", "A:80 B:80 C:80 Sizzle:closing=24", slots: "80")
        request.cadence = .default
        let outcome = try request.plan()
        #expect(text(outcome.plan) == "A:80 B:80 C:80 Sizzle:closing")
        #expect(
            outcome.notes == [
                "slot 1 is left out: the edition has no clip (Sizzle, opening)",
                "the reel is shortened from 10 to 3 ranked slots: too few titles fit",
            ])
    }

    @Test func aRequiredBumperMustBeThereAtItsLength() throws {
        var request = try request("A", "A:80 S:opening=12", slots: "80")
        request.cadence.slots.insert(.init(title: "S", type: "closing"), at: 0)
        let missing = Fault(
            .badInput,
            "cadence 'test': slot 1 needs a clip (S, closing), which edition edition-a has not; add it to the clip index or "
                + "make the slot optional")
        #expect(throws: missing) { try request.plan() }
        request.cadence.slots[0] = .init(title: "S", type: "opening", frames: 24)
        let short = Fault(
            .badInput,
            "cadence 'test': slot 1 needs a clip (S, opening) of 24 frames, which edition edition-a has not; add it to the "
                + "clip index or make the slot optional")
        #expect(throws: short) { try request.plan() }
        request.cadence.slots[0].frames = 12
        #expect(text(try request.plan().plan) == "S:opening A:80")
    }

    @Test func tooFewTitlesShortenTheReelFromItsEnd() throws {
        let request = try request("A B C", "A:80 A:40 B:80 B:40 C:80 C:40", slots: "80 40 80 40 40", minTitles: 3)
        let outcome = try request.plan()
        #expect(text(outcome.plan) == "A:80 C:40 B:80")
        #expect(outcome.notes == ["the reel is shortened from 5 to 3 ranked slots: too few titles fit"])
    }

    @Test func fewerThanTheMinimumIsAnError() throws {
        var request = try request("A B C D E F G H", "A:80 B:80 X:80", slots: "80 80 80 80", minTitles: 3)
        var facts = request.snapshot.titles
        facts[7].isBlocked = true
        request.snapshot = Snapshot(at: request.snapshot.at, titles: facts, viewer: request.snapshot.viewer)
        let fault = Fault(
            .badInput,
            "cadence 'test': minTitles is 3, titles eligible: 2, ranked slots they fill: 2 of 3; refused: 5 no clip "
                + "(C, D, E, F, G), 1 blocked (H), 1 not in the catalogue (X); add titles or clips, or take another cadence"
        )
        #expect(throws: fault) { try request.plan() }
        let none = try SequencingTests.request("", "", slots: "80")
        #expect(
            throws: Fault(
                .badInput,
                "cadence 'test': minTitles is 1, titles eligible: 0, ranked slots they fill: 0 of 1; refused: nothing; add "
                    + "titles or clips, or take another cadence")
        ) { try none.plan() }
    }

    @Test func anUnsoundCadenceIsRefused() throws {
        var request = try request("A", "A:80", slots: "80")
        request.cadence.slots[0].type = "hero"
        #expect(
            throws: Fault(
                .badInput, #"cadence 'test': slot 1: type 'hero' is not a number of frames; add "frames""#)
        ) { try request.plan() }
    }
}

@Suite struct RepeatTests {
    private let clipText = "A:80 A:40 A:20 B:80 B:40 B:20"

    @Test func noTitleTwiceUnlessTheCadenceAllowsIt() throws {
        let once = try request("A B", clipText, slots: "80 80 40 40")
        #expect(text(try once.plan().plan) == "A:80 B:80")
        let twice = try request("A B", clipText, slots: "80 80 40 40", repeat: .init(max: 2, minDistance: 1))
        #expect(text(try twice.plan().plan) == "A:80 B:80 A:40 B:40")
    }

    @Test func repeatsKeepTheirDistance() throws {
        // The best repeat at slot 3 is A, at slot 4 then B is only 2 away.
        let near = try request("A B", clipText, slots: "80 80 40 40", repeat: .init(max: 2, minDistance: 2))
        #expect(text(try near.plan().plan) == "A:80 B:80 A:40 B:40")
        let far = try request("A B", clipText, slots: "80 80 40 40", repeat: .init(max: 2, minDistance: 3))
        #expect(text(try far.plan().plan) == "A:80 B:80")
    }

    @Test func aChoiceThatLeavesAGapIsTakenBack() throws {
        // A would take the 40, but then nobody could take the 20: B has none.
        let request = try request(
            "A B", "A:80 A:40 A:20 B:80 B:40", slots: "80 80 40 20", repeat: .init(max: 2, minDistance: 1))
        #expect(text(try request.plan().plan) == "A:80 B:80 B:40 A:20")
        // Only A can take the 10. What was tried for the 20 before that was found out must not count as shown.
        let three = try SequencingTests.request(
            "A B C", "A:80 A:40 A:10 B:80 B:40 B:20 C:80 C:40 C:20", slots: "80 80 80 40 20 10",
            repeat: .init(max: 2, minDistance: 1))
        #expect(text(try three.plan().plan) == "A:80 B:80 C:80 B:40 C:20 A:10")
    }

    @Test func aRepeatShowsAnotherRange() throws {
        var request = try request("A", "A:80 A:same=80", slots: "80 40", repeat: .init(max: 2, minDistance: 1))
        request.cadence.slots[1] = .init(type: "same", frames: 80)
        #expect(text(try request.plan().plan) == "A:80 A:same")
        request.clips[1] = EditionClip(title: "A", type: "same", range: request.clips[0].range)
        #expect(text(try request.plan().plan) == "A:80")
    }

    @Test func bumpersCountForTheDistance() throws {
        var request = try request("A", "A:80 A:40 S:mid=12", slots: "80 40", repeat: .init(max: 2, minDistance: 2))
        #expect(text(try request.plan().plan) == "A:80")
        request.cadence.slots.insert(.init(title: "S", type: "mid"), at: 1)
        #expect(text(try request.plan().plan) == "A:80 S:mid A:40")
    }

    @Test func atMostSoOften() throws {
        let clips = "A:80 A:40 A:20"
        let twice = try request("A", clips, slots: "80 40 20", repeat: .init(max: 2, minDistance: 1))
        #expect(text(try twice.plan().plan) == "A:80 A:40")
        let thrice = try request("A", clips, slots: "80 40 20", repeat: .init(max: 3, minDistance: 1))
        #expect(text(try thrice.plan().plan) == "A:80 A:40 A:20")
    }

    /// A clip of another type stands in, the first that a title has; its length has to be the slot's.
    @Test func alternatesStandIn() throws {
        var request = try request(
            "A B C D", "A:hero=80 A:80 B:teaser=80 B:hero=80 C:hero=79 C:teaser=80 D:hero=79", slots: "80 80 80")
        for slot in request.cadence.slots.indices { request.cadence.slots[slot].alternates = ["hero", "teaser"] }
        let outcome = try request.plan()
        #expect(text(outcome.plan) == "A:80 B:hero C:teaser")
        #expect(outcome.refused == [Refusal(title: "D", reason: .noFittingClip)])
    }

    @Test func aBumperHasAlternatesToo() throws {
        var request = try request("A", "S:old=48 S:new=40 A:80", slots: "80")
        request.cadence.slots.insert(
            .init(title: "S", type: "opening", frames: 40, alternates: ["old", "new"]), at: 0)
        #expect(try text(request.plan().plan) == "S:new A:80")
    }

    /// The slots of least value show titles again, or are left out.
    @Test func atMostSoManyTitles() throws {
        var request = try request("A B C", "A:40 A:80 B:40 B:80 C:40 C:80", slots: "40 80 80 40", repeat: .init(max: 2))
        request.cadence.maxTitles = 2
        #expect(try text(request.plan().plan) == "A:40 A:80 B:80 B:40")
        #expect(try request.plan().notes == [])
        request.policy.exploration = .standard
        let drawn = try request.plan().plan
        #expect(Set(drawn.slots.map(\.title)).count == 2)
        #expect(drawn.slots.map { $0.propensity != nil } == [false, true, true, false])
        request.cadence.repeat = .init()
        let short = try request.plan()
        #expect(short.plan.slots.map(\.type) == ["40", "80"])
        #expect(
            short.notes
                == [
                    "the reel is shortened from 4 to 2 ranked slots: maxTitles is 2, and nothing may be shown again"
                ])
    }

    @Test func repeatsDoNotCountAsTitles() throws {
        let request = try request(
            "A", "A:80 A:40", slots: "80 40", minTitles: 2, repeat: .init(max: 2, minDistance: 1))
        #expect(throws: Fault.self) { try request.plan() }
    }
}
