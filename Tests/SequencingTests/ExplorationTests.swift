import Foundation
import MediaTime
import Plans
import Sequencing
import Testing

/// Whether two numbers agree to 1e-9.
private func agree(_ left: Double, _ right: Double) -> Bool { abs(left - right) < 1e-9 }

/// The vectors of the sequencing design, and what a plan says of its draws.
@Suite struct ExplorationTests {
    private let scores = [("A", 1.0), ("B", 0.5), ("C", 0.0), ("D", -1.0)]

    @Test func drawsAreTheGeneratorsInTheOrderOfIDs() {
        var generator = SplitMix64(seed: 0x7FF7_C0E9_E884_71DA)
        var left = scores
        var picks: [(String, Double)] = []
        while !left.isEmpty {
            let drawn = Exploration.draw(left.map(\.1), temperature: 0.5, unit: generator.nextUnit())
            picks.append((left.remove(at: drawn.place).0, drawn.probability))
        }
        #expect(picks.map(\.0) == ["A", "B", "C", "D"])
        let expected = [0.657233022832, 0.705384512698, 0.880797077978, 1]
        #expect(zip(picks.map(\.1), expected).allSatisfy(agree))
        #expect(agree(picks.reduce(0) { $0 + log($1.1) }, -0.895656874126))
    }

    @Test func firstPlacesHaveTheSoftmaxesProbabilities() {
        let expected = [0.657233022832, 0.241782517159, 0.088946817297, 0.012037642712]
        var bound = 0.0
        for (place, probability) in expected.enumerated() {
            for unit in [bound + 1e-9, bound + probability - 1e-9] {
                let drawn = Exploration.draw(scores.map(\.1), temperature: 0.5, unit: unit)
                #expect(drawn.place == place && agree(drawn.probability, probability))
            }
            bound += probability
        }
        // B, A, D.
        let afterB = Exploration.draw([1, 0, -1], temperature: 0.5, unit: 0).probability
        let afterA = Exploration.draw([0, -1], temperature: 0.5, unit: 0.999).probability
        #expect(agree(expected[1] * afterB * afterA, 0.024982585275))
    }

    @Test func withoutTemperatureTheBestIsTaken() {
        #expect(Exploration.draw([1, 3, 3, 2], temperature: 0, unit: 0.99) == (1, 1))
        // So cold that all other weights are 0, and so far apart that none is a number without scaling.
        #expect(Exploration.draw([-1e6, 1e6, 0], temperature: 1e-3, unit: 0.999999) == (1, 1))
    }

    @Test func marginalRelevanceOfTheDesign() {
        let scores = [0.9, 0.85, 0.6, 0.55]
        let alike = [[0, 0.95, 0.1, 0.2], [0.95, 0, 0.15, 0.25], [0.1, 0.15, 0, 0.9], [0.2, 0.25, 0.9, 0]]
        var chosen: [Int] = []
        var values: [Double] = []
        while chosen.count < scores.count {
            let best = scores.indices.filter { !chosen.contains($0) }.map { title in
                let resemblance = chosen.map { alike[title][$0] }.max() ?? 0
                return (title, MarginalRelevance.value(scores[title], resemblance: resemblance, share: 0.7))
            }.max { $0.1 < $1.1 }
            guard let best else { return }
            chosen.append(best.0)
            values.append(best.1)
        }
        #expect(chosen == [0, 2, 1, 3])
        #expect(zip(values, [0.63, 0.39, 0.31, 0.115]).allSatisfy(agree))
    }

    @Test func aPlanSaysWhatWasDrawnAndCanBeDrawnAgain() throws {
        var request = try request(
            "A B C D E", "A:80 A:40 B:80 B:40 C:80 C:40 D:80 D:40 E:80 E:40", slots: "40 80 40 80")
        request.policy = RankingPolicy(exploration: .standard)
        let plan = try request.plan().plan
        #expect(plan == (try request.plan().plan))
        // The two slots of least value are the tail.
        #expect(plan.slots.map(\.temperature) == [0.3, 0.05, 0.3, 0.05])
        // By hand: slots by falling value, titles by id, values scaled over all candidates.
        let scored = request.ranking().sorted { $0.title < $1.title }
        let (least, largest) = (scored.map(\.score).min() ?? 0, scored.map(\.score).max() ?? 0)
        var left = scored.map { ($0.title, ($0.score - least) / (largest - least)) }
        var generator = SplitMix64(seed: plan.seed ?? 0)
        for slot in [1, 3, 0, 2] {
            let temperature = slot % 2 == 1 ? 0.05 : 0.3
            let drawn = Exploration.draw(left.map(\.1), temperature: temperature, unit: generator.nextUnit())
            let title = left.remove(at: drawn.place)
            #expect(plan.slots[slot].title == title.0)
            #expect(plan.slots[slot].scaled == title.1)
            #expect(plan.slots[slot].propensity == drawn.probability)
        }
    }

    @Test func howOftenTitlesAreDrawnIsTheirPropensity() throws {
        var request = try request("A B C", "A:80 B:80 C:80", slots: "80")
        request.policy = RankingPolicy(exploration: Exploration(temperature: 0.5, tailTemperature: 0.5))
        var count: [String: Double] = [:]
        var propensity: [String: Double] = [:]
        let rounds = 4_000
        for seed in 0..<UInt64(rounds) {
            request.seed = seed &* 0x9E37_79B9
            let slot = try request.plan().plan.slots[0]
            count[slot.title, default: 0] += 1
            propensity[slot.title] = slot.propensity
        }
        #expect(agree(propensity.values.reduce(0, +), 1))
        for (title, probability) in propensity {
            let deviation = (probability * (1 - probability) * Double(rounds)).squareRoot()
            #expect(abs((count[title] ?? 0) - probability * Double(rounds)) < 4 * deviation, "\(title)")
        }
    }

    @Test func noChoiceLeavesAnotherSlotEmpty() throws {
        // Only A has a 40: whatever is drawn for the 80, it may not be A.
        var tight = try request("A B C", "A:80 A:40 B:80 C:80", slots: "80 40")
        tight.policy = RankingPolicy(exploration: Exploration(temperature: 5, tailTemperature: 5))
        var firsts: Set<String> = []
        for seed in UInt64(0)..<64 {
            tight.seed = seed
            let plan = try tight.plan().plan
            #expect(plan.slots[1].title == "A" && plan.slots[1].propensity == 1)
            firsts.insert(plan.slots[0].title)
        }
        #expect(firsts == ["B", "C"])
        // Three slots, and titles that fit one kind each but one that fits both: all are filled, whatever is drawn.
        var chain = try request("A B C D", "A:80 B:80 B:40 C:40 D:80", slots: "80 80 40")
        chain.policy = tight.policy
        for seed in UInt64(0)..<64 {
            chain.seed = seed
            let plan = try chain.plan().plan
            #expect(plan.slots.count == 3 && Set(plan.slots.map(\.title)).count == 3)
        }
    }

    /// A repeat that finds no place has the reel drawn again: what it says of its draws would not be their odds.
    @Test func whatIsDrawnAgainSaysNoPropensity() throws {
        var request = try request(
            "A B", "A:80 A:40 B:80", slots: "80 80 40 40", repeat: .init(max: 2, minDistance: 1))
        request.policy = RankingPolicy(exploration: .standard)
        let outcome = try request.plan()
        #expect(outcome.plan.slots.count < 4)
        #expect(outcome.plan.slots.allSatisfy { $0.propensity == nil })
    }

    @Test func resemblingTitlesStandApart() throws {
        var request = try request("A B C", "A:80 B:80 C:80", slots: "80 80")
        var facts = request.snapshot.titles
        (facts[0].genres, facts[1].genres, facts[2].genres) = (["x"], ["x"], ["y"])
        request.snapshot = Snapshot(at: request.snapshot.at, titles: facts, viewer: request.snapshot.viewer)
        #expect(text(try request.plan().plan) == "A:80 B:80")
        request.policy = RankingPolicy(diversity: 0.5)
        let plan = try request.plan().plan
        #expect(text(plan) == "A:80 C:80")
        #expect(plan.slots.map(\.propensity) == [nil, nil])
    }

    @Test func theModelAddsItsPartOfThePreference() throws {
        var request = try request("A B C", "A:80 B:80 C:80", slots: "80")
        let items = ItemModel(titles: ["C", "A", "B"], weights: [0, 0.25, -0.5, 0.5, 0, 0.125, 1, 2, 0])
        request.snapshot = Snapshot(
            at: request.snapshot.at, titles: request.snapshot.titles,
            viewer: ViewerFacts(id: "v", liked: ["A", "B", "Z"]))
        let ranking = request.ranking(items)
        // Liked are A and B, rows 1 and 2: C has .5 + 1, A 0 + 2, B .125 + 0; of it .4 is the preference.
        let preferences = Dictionary(uniqueKeysWithValues: ranking.map { ($0.title, $0.terms[0].value) })
        #expect(preferences == ["A": 0.4 * 2, "B": 0.4 * 0.125, "C": 0.4 * 1.5])
        // One like is too few to ask the model.
        request.snapshot = Snapshot(
            at: request.snapshot.at, titles: request.snapshot.titles, viewer: ViewerFacts(id: "v", liked: ["A"]))
        #expect(request.ranking(items).map { $0.terms[0].value } == [0, 0, 0])
    }
}

extension TestRequest {
    /// All titles by falling score.
    fileprivate func ranking(_ items: ItemModel? = nil) -> [ScoredTitle] {
        let table = TitleTable(at: snapshot.at, titles: snapshot.titles, items: items)
        return EligibleTitles(table, Circumstances()).ranking(for: snapshot.viewer)
    }
}
