import Diagnostics
import Experiments
import Testing

private let weights = [
    Experiment.Arm(name: "now", buckets: 0..<2_000),
    Experiment.Arm(name: "fresh", buckets: 2_000..<9_000, changes: ReelChanges(weights: .init(recency: 0.1))),
]

@Suite struct ExperimentSetTests {
    @Test func aViewerGetsOneArmOfEachLayer() throws {
        let set = try ExperimentSet([experiment(layer: "weights", arms: weights), experiment()])
        // The buckets of the vectors: 1483 of cadence, 7387 of weights.
        let now = ArmAssignment(layer: "cadence", experiment: "2026-11", arm: "now", changes: ReelChanges())
        let fresh = ArmAssignment(
            layer: "weights", experiment: "2026-11", arm: "fresh", changes: weights[1].changes)
        #expect(set.assignments(viewer: "viewer-1", at: start) == [now, fresh])
        #expect(set.assignments(viewer: "viewer-1", at: start).changes == weights[1].changes)
        #expect(set.assignments(viewer: "viewer-1", at: stop - 1) == [now, fresh])
        #expect(set.assignments(viewer: "viewer-1", at: start - 1) == [])
        #expect(set.assignments(viewer: "viewer-1", at: stop) == [])
    }

    @Test func aLayerIsSplitAlikeInEveryArmOfAnother() throws {
        let set = try ExperimentSet([experiment(layer: "weights", arms: weights), experiment()])
        var counts: [String: Int] = [:]
        for number in 0..<20_000 {
            let found = set.assignments(viewer: "viewer-\(number)", at: start)
            let again = set.assignments(viewer: "viewer-\(number)", at: stop - 1)
            #expect(found == again)
            let cadence = Bucketing.bucket(viewer: "viewer-\(number)", salt: "reel.cadence.2026-11")
            let weight = Bucketing.bucket(viewer: "viewer-\(number)", salt: "reel.weights.2026-11")
            let arms =
                [cadence < 5_000 ? "now" : "shorter"]
                + (weight < 2_000 ? ["now"] : weight < 9_000 ? ["fresh"] : [])
            #expect(found.map(\.arm) == arms)
            counts[arms.joined(separator: "+"), default: 0] += 1
        }
        // Half and half in one layer, whatever the arm in the other.
        let ratio = SampleRatio(
            viewers: ["now+now", "shorter+now", "now+fresh", "shorter+fresh", "now", "shorter"].map { counts[$0] ?? 0 },
            weights: [20, 20, 70, 70, 10, 10])
        #expect(ratio.p > 0.001)
    }

    @Test func changesOfLayersAddUp() {
        let one = ReelChanges(weights: .init(preference: 1, recency: 2), cadence: "short")
        let other = ReelChanges(
            weights: .init(recency: 3, skip: 4), arrangement: .value, exploration: .init(policy: .greedy))
        #expect(
            one.merged(with: other)
                == ReelChanges(
                    weights: .init(preference: 1, recency: 3, skip: 4), cadence: "short", arrangement: .value,
                    exploration: .init(policy: .greedy)))
        #expect(other.merged(with: ReelChanges()) == other)
    }

    @Test func experimentsOfALayerShareItsBuckets() throws {
        let first = experiment(salt: "reel.cadence.2026-11", arms: weights)
        let rest = [
            Experiment.Arm(name: "a", buckets: 9_000..<9_500), Experiment.Arm(name: "b", buckets: 9_500..<10_000),
        ]
        let second = experiment("late", salt: "reel.cadence.2026-11", arms: rest, start: start + day)
        let set = try ExperimentSet([second, first])
        #expect(set.experiments.map(\.name) == ["2026-11", "late"])
        for number in 0..<2_000 {
            let viewer = "viewer-\(number)"
            let bucket = Bucketing.bucket(viewer: viewer, salt: "reel.cadence.2026-11")
            let arm = bucket < 2_000 ? "now" : bucket < 9_000 ? "fresh" : bucket < 9_500 ? "a" : "b"
            #expect(set.assignments(viewer: viewer, at: start + day).map(\.arm) == [arm])
            #expect(set.assignments(viewer: viewer, at: start).map(\.arm) == (bucket < 9_000 ? [arm] : []))
        }
    }

    @Test func whatCannotRunTogetherIsRefused() throws {
        let salt = "reel.cadence.2026-11"
        let overlapping = [
            Experiment.Arm(name: "a", buckets: 9_000..<10_000), Experiment.Arm(name: "b", buckets: 4_000..<4_001),
        ]
        let pairs: [(Experiment, String)] = [
            (
                experiment(start: stop, stop: nil),
                "experiment 'cadence/2026-11' is there twice; name one of them otherwise"
            ),
            (
                experiment("b", salt: "s"),
                "experiments 'cadence/2026-11' and 'cadence/b' run at the same time with different salts; give both "
                    + "the same salt"
            ),
            (
                experiment("b", salt: salt, arms: overlapping),
                "experiments 'cadence/2026-11' and 'cadence/b' overlap: [0, 5000) of 'now' and [4000, 4001) of 'b'"
            ),
            (
                experiment("b", layer: "exit"),
                "experiments 'cadence/2026-11' and 'exit/b' both change cadence from two layers; move them into "
                    + "one layer"
            ),
            (
                experiment("b", layer: "weights", salt: salt, arms: weights),
                "experiments 'cadence/2026-11' and 'weights/b' have the salt 'reel.cadence.2026-11' in two layers; "
                    + "give each layer its own"
            ),
        ]
        for (other, message) in pairs {
            #expect(throws: Fault(.badInput, message)) { try ExperimentSet([experiment(), other]) }
        }
        var wrong = experiment()
        wrong.alpha = 7
        let message = "experiment 'cadence/2026-11': alpha: 7.0 is not between 0 and 0.5; 0.05 is usual"
        #expect(throws: Fault(.badInput, message)) { try ExperimentSet([wrong]) }
    }

    @Test func oneAfterTheOtherAnythingMayRun() throws {
        let next = experiment("next", start: stop, stop: nil)
        let other = experiment("other", layer: "exit", start: start - day, stop: start)
        let set = try ExperimentSet([next, experiment(), other])
        #expect(set.assignments(viewer: "viewer-1", at: start - 1).map(\.experiment) == ["other"])
        #expect(set.assignments(viewer: "viewer-1", at: start).map(\.experiment) == ["2026-11"])
        #expect(set.assignments(viewer: "viewer-1", at: stop).map(\.experiment) == ["next"])
        // Each deals the viewers anew, with its own salt.
        for number in 0..<200 {
            let viewer = "viewer-\(number)"
            for (time, salt) in [(start, "reel.cadence.2026-11"), (stop, "reel.cadence.next")] {
                let arm = Bucketing.bucket(viewer: viewer, salt: salt) < 5_000 ? "now" : "shorter"
                #expect(set.assignments(viewer: viewer, at: time).map(\.arm) == [arm])
            }
        }
    }
}
