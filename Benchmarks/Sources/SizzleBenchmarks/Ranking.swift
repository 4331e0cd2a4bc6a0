import Foundation
import Sizzle

/// Ranks MovieLens 100k as the ranking protocol does, and holds the figures against those of its script.
struct Ranking {
    /// What the protocol's script gives for a model: NDCG@10, recall@20, and NDCG@10 of viewers with five likes or more.
    private typealias Expected = (ndcg: Double, recall: Double, warm: Double)
    private typealias Model = (blend: Blend, expected: Expected)

    private static let tolerance = 1e-4
    private let data: MovieLens
    private var wrong: [String] = []
    /// When the part before was done.
    private var clock = ContinuousClock.now

    /// Prints the table of a folder with `u.data` and `u.item`.
    /// - Returns: 0 if all is as the protocol has it, 1 if not, else the status of what failed.
    static func run(in folder: String) -> Int32 {
        do {
            var ranking = try Ranking(folder: folder)
            try ranking.report()
            return ranking.wrong.isEmpty ? 0 : 1
        } catch {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            return error.status.rawValue
        }
    }

    private init(folder: String) throws(Fault) {
        data = try MovieLens(folder: folder)
        took("reading")
    }

    private mutating func report() throws(Fault) {
        let perViewer = Fold.perViewer(data)
        let byTime = Fold.byTime(data, windows: 5..<10)
        check("p1-train", perViewer.train, 74_305, "b39b04362faf50f2")
        check("p1-test", perViewer.test, 11_442, "3f0d3fcd6275a762")
        for (number, (count, digest)) in Self.windows.enumerated() {
            check("p2-test-\(number)", byTime[number].test, count, digest)
        }
        took("splitting")
        try compare("P1", [perViewer], Self.modelsPerViewer)
        let recommended = try compare("P2", byTime, Self.modelsByTime)
        try search(byTime, recommended)
        if wrong.isEmpty {
            print("verdict: all figures are within \(Self.tolerance) of the protocol's")
        } else {
            print("verdict: NOT as the protocol has it: \(wrong.joined(separator: ", "))")
        }
    }

    private static let windows = [
        (2_412, "592cbbbfde4ff465"), (2_832, "c96d41f063353973"), (2_842, "22a253d0111e5e4e"),
        (2_719, "ff566241e1c1c932"), (2_910, "dbbb806176616ef7"),
    ]
    private static let modelsPerViewer: [Model] = [
        (Blend(name: "popularity", terms: [(.likes, 1)]), (0.097456, 0.131840, 0.097876)),
        (Blend(name: "EASE 300", terms: [(.ease(lambda: 300), 1)]), (0.198349, 0.265244, 0.199210)),
        (
            Blend(name: "genre formula", terms: [(.popularity(days: 90), 1), (.genre, 0.1)]),
            (0.109442, 0.143818, 0.109948)
        ),
        (
            Blend(
                name: "recommended",
                terms: [
                    (.ease(lambda: 300), 3), (.popularity(days: 90), 0.1), (.recency(days: 2_920), 0.1), (.genre, 0.2),
                ]), (0.202485, 0.264978, 0.202911)
        ),
    ]
    private static let modelsByTime: [Model] = [
        (Blend(name: "popularity", terms: [(.likes, 1)]), (0.213523, 0.213650, 0.125155)),
        (Blend(name: "popularity 7 d", terms: [(.popularity(days: 7), 1)]), (0.251254, 0.266696, 0.177504)),
        (Blend(name: "EASE 300", terms: [(.ease(lambda: 300), 1)]), (0.131057, 0.158864, 0.170739)),
        (
            Blend(
                name: "genre formula", terms: [(.genre, 0.5), (.popularity(days: 7), 2), (.recency(days: 365), 0.03)]),
            (0.258645, 0.273629, 0.189984)
        ),
        (
            Blend(
                name: "recommended",
                terms: [(.ease(lambda: 300), 2), (.genre, 1), (.popularity(days: 7), 5), (.recency(days: 365), 0.1)]),
            (0.265775, 0.276638, 0.206083)
        ),
    ]

    private mutating func check(
        _ name: String, _ ratings: [MovieLens.Rating], _ count: Int, _ expected: String
    ) {
        let digest = Fold.digest(ratings)
        let isRight = ratings.count == count && digest == expected
        if !isRight { wrong.append(name) }
        print(
            "\(padded(name, 12)) \(padded("\(ratings.count) lines", 14)) \(digest)\(isRight ? "" : ", not \(expected)")"
        )
    }

    /// Prints a table of all models, and what the last and the default gain over the others.
    @discardableResult
    private mutating func compare(_ name: String, _ folds: [Fold], _ models: [Model]) throws(Fault) -> Blend {
        let trial = try RankingTrial(folds, data, features: models.reduce(into: []) { $0.formUnion($1.blend.features) })
        took("\(name): features")
        let warm = trial.warm
        print(
            "\n\(name): \(trial.places.count) viewers\(folds.count > 1 ? " (each once a window)" : ""), \(trial.cold.count) cold, \(warm.count) warm; "
                + "beside each figure its difference to the protocol's")
        print("\(padded("", 20)) NDCG@10                       recall@20             cold      warm")
        var figures: [RankingFigures] = []
        for (blend, expected) in models {
            let found = trial.judge(blend)
            try line(blend.name, found, trial, expected)
            figures.append(found)
        }
        took("\(name): \(models.count) models")
        let standard = try trial.judgeDefault(data)
        try line("default policy", standard, trial)
        guard let last = figures.last, let recommended = models.last?.blend else { return Blend(name: "", terms: []) }
        for ((blend, _), other) in zip(models, figures).dropLast() {
            try gain("recommended over \(blend.name)", last, other, trial)
        }
        try gain("default policy over recommended", standard, last, trial)
        took("\(name): default policy and gains")
        return recommended
    }

    /// Looks for better weights on the windows before, and judges what it found once.
    private mutating func search(_ folds: [Fold], _ recommended: Blend) throws(Fault) {
        let search = RankingSearch(
            trial: try RankingTrial(Fold.byTime(data, windows: 0..<5), data, features: RankingSearch.features))
        print("\nweights chosen on the windows of 50-75 %, judged once on those of 75-100 %")
        took("features of the windows before")
        let (point, evaluations) = search.ascend()
        took("coordinate ascent, \(evaluations) evaluations")
        let logistic = try search.regress(point)
        took("logistic regression")
        let candidates = [point.blend("coordinate ascent"), logistic.blend("logistic regression")]
        let before = try judge(candidates, beside: recommended, search.trial, "50-75 %, on which they were chosen")
        print("lambda \(point.lambda), popularity \(point.popularityDays) d, recency \(point.recencyDays) d; weights")
        print("\(padded("", 20))     ease    genre      pop  recency  pop*n/(n+10)")
        for (name, found) in [("coordinate ascent", point), ("logistic regression", logistic)] {
            let weights = found.weights.map { String(format: "%8.3f", $0) }.joined(separator: " ")
            print("\(padded(name, 20)) \(weights)")
        }
        let chosen = before[1] > before[0] ? 1 : 0
        print("better there, so the choice: \(candidates[chosen].name)")
        took("judging there")
        let features = candidates.reduce(into: recommended.features) { $0.formUnion($1.features) }
        let trial = try RankingTrial(folds, data, features: features)
        _ = try judge(candidates, beside: recommended, trial, "75-100 %, unseen")
        took("judging there")
    }

    /// Prints a table of candidates and what they gain.
    /// - Returns: their mean NDCG@10.
    private mutating func judge(
        _ candidates: [Blend], beside recommended: Blend, _ trial: RankingTrial, _ title: String
    ) throws(Fault) -> [Double] {
        print(
            "\(title): \(trial.places.count) viewers (each once a window), \(trial.cold.count) cold, \(trial.warm.count) warm"
        )
        let reference = trial.judge(recommended)
        try line(recommended.name, reference, trial)
        var means: [Double] = []
        for candidate in candidates {
            let found = trial.judge(candidate)
            try line(candidate.name, found, trial)
            try gain("\(candidate.name) over recommended", found, reference, trial)
            means.append(found.meanNDCG)
        }
        return means
    }

    private mutating func line(
        _ name: String, _ figures: RankingFigures, _ trial: RankingTrial, _ expected: Expected? = nil
    ) throws(Fault) {
        let all = try figures.mean(trial.everyone)
        let warm = try figures.mean(trial.warm).value
        let cold = trial.cold.isEmpty ? "  -     " : String(format: "%.6f", try figures.mean(trial.cold).value)
        let found = [all.value, figures.meanRecall, warm]
        let differences = expected.map { expected in
            zip(found, [expected.ndcg, expected.recall, expected.warm]).map { $0 - $1 }
        }
        let beside = (0..<3).map { place in differences.map { String(format: " (%+.6f)", $0[place]) } ?? "            "
        }
        if let differences, differences.contains(where: { !($0.magnitude <= Self.tolerance) }) {
            wrong.append("\(name) of \(trial.places.count) viewers")
        }
        let error = String(format: "±%.4f", all.standardError ?? 0)
        print(
            "\(padded(name, 20)) \(Self.figure(all.value)) \(error)\(beside[0])  \(Self.figure(found[1]))\(beside[1])  "
                + "\(cold)  \(Self.figure(warm))\(beside[2])")
    }

    private func gain(
        _ name: String, _ figures: RankingFigures, _ other: RankingFigures, _ trial: RankingTrial
    ) throws(Fault) {
        var parts: [String] = []
        for (group, viewers) in [("all", trial.everyone), ("cold", trial.cold), ("warm", trial.warm)] {
            guard viewers.count > 1 else { continue }
            let gain = try figures.difference(to: other, viewers)
            parts.append(Self.gain(gain) + group)
        }
        parts.append(Self.gain(try figures.difference(to: other, trial.everyone, in: \.recall)) + "recall@20")
        print("  \(padded(name, 40)) \(parts.joined(separator: "   "))")
    }

    /// Prints what the part before took.
    private mutating func took(_ part: String) {
        let now = ContinuousClock.now
        let (seconds, rest) = (now - clock).components
        print(String(format: "  [%.2f s] ", Double(seconds) + Double(rest) / 1e18) + part)
        clock = now
    }

    private static func gain(_ estimate: Estimate) -> String {
        String(format: "%+.6f ±%.4f ", estimate.value, estimate.standardError ?? 0)
    }
    private static func figure(_ value: Double) -> String { String(format: "%.6f", value) }
    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
