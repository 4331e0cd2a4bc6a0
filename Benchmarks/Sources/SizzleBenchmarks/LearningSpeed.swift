import Foundation
import Sizzle

/// How long the parts of personalisation take: a plan, a fit of the item model, an import, and a snapshot of viewers.
enum LearningSpeed {
    static func run(in folder: String) throws {
        try plan(titles: 200)
        try plan(titles: 10_000)
        try fit(titles: 2_000)
        try events(folder, count: 500_000)
        try viewers(folder, count: 1_000_000)
    }

    /// Ranking and planning for one viewer, of whose titles 200 have clips.
    private static func plan(titles count: Int) throws {
        var chance = SplitMix64(seed: 1)
        let at = Timestamp(milliseconds: 1_767_225_600_000)
        let genres = (0..<12).map { "genre \($0)" }
        let titles = (0..<count).map { number in
            TitleFacts(
                id: "t\(100_000 + number)",
                released: .instant(Timestamp(milliseconds: at.milliseconds - Int64(number) * 86_400_000)),
                genres: [genres[number % 12], genres[number / 12 % 12]], popularity: chance.nextUnit(), plays: 100,
                likes: 20)
        }
        let shown = titles.indices.filter { $0 % (count / 200) == 0 }.map { titles[$0].id }
        let items = ItemModel(titles: shown, weights: (0..<200 * 200).map { _ in Float(chance.nextUnit() / 100) })
        let clips = shown.enumerated().flatMap { number, title in
            [80, 40].compactMap { length in
                FrameRange(Int64(number) * 120, Int64(number) * 120 + length).map {
                    EditionClip(title: title, type: "\(length)", range: $0)
                }
            }
        }
        let eligible = EligibleTitles(TitleTable(at: at, titles: titles, items: items), Circumstances())
        let table = try PlanTable(eligible, edition: "e", clips: clips, cadence: .default)
        let viewers = (0..<1_000).map { number in
            ViewerFacts(id: "viewer-\(number)", liked: Set((0..<20).map { _ in shown[Int(chance.nextUnit() * 200)] }))
        }
        for (name, policy) in [
            ("best titles", RankingPolicy.standard), ("drawn, as served", RankingPolicy(exploration: .standard)),
        ] {
            let time = try median(rounds: 9) {
                for viewer in viewers {
                    _ = try table.plan(PlanRequest(viewer: viewer, audio: AudioSettings(), policy: policy))
                }
            }
            say("rank and plan, \(count) titles, 200 with clips, \(name)", time / 1_000, 1e6, "us")
        }
    }

    private static func fit(titles count: Int) throws {
        var chance = SplitMix64(seed: 2)
        let liked = (0..<20_000).map { _ in
            (0..<50).map { _ in Int(chance.nextUnit() * chance.nextUnit() * Double(count)) }
        }
        let time = try median(rounds: 3) { _ = try ItemModelFit(liked: liked, titleCount: count) }
        say("fit EASE of \(count) titles and 20,000 viewers", time, 1, "s")
    }

    private static func events(_ folder: String, count: Int) throws {
        try inCatalogue(folder) { catalogue, place in
            let log = lines(count) { number, chance in
                let time = Timestamp(milliseconds: 1_795_000_000_000 + Int64(number))
                let viewer = Int(chance.nextUnit() * 10_000)
                let name = ["slot_start", "slot_complete", "skip", "click", "play"][number % 5]
                let id = String(number &* 0x9E37_79B9, radix: 16) + "-\(number)"
                let head =
                    #"{"v":1,"event_id":"\#(id)","type":"\#(name)","ts":"\#(time)","viewer":"viewer-\#(viewer)","title":"t\#(number % 200)""#
                return head
                    + (name == "play"
                        ? #","watched_ms":600000,"duration_ms":5400000,"tz":"+01:00"}"#
                        : #","reel":"\#(UInt64(number / 20) &* 0x9E37_79B9_7F4A_7C15)","edition":"0123456789abcdef","slot":\#(number % 12 + 1),"clip":"80","n":1,"at_ms":1200}"#)
            }
            let time = try once { _ = try catalogue.importEvents(log, named: "events", receivedAt: nil) }
            print("import of \(count) events: \(Int(Double(count) / time)) a second")
            let written = try catalogue.writeViewers(to: "\(place)/viewers.snapshot")
            print("viewers with 50 events each: \(written.bytes / written.viewers) bytes a viewer in the snapshot")
        }
    }

    private static func viewers(_ folder: String, count: Int) throws {
        try inCatalogue(folder) { catalogue, place in
            for part in 0..<10 {
                let log = lines(count / 10) { number, chance in
                    let viewer = part * count / 10 + number
                    let time = Timestamp(milliseconds: 1_795_000_000_000 + Int64(viewer))
                    return
                        #"{"v":1,"event_id":"\#(viewer)","type":"play","ts":"\#(time)","viewer":"viewer-\#(viewer)","title":"t\#(Int(chance.nextUnit() * 200))","watched_ms":600000,"duration_ms":5400000}"#
                }
                _ = try catalogue.importEvents(log, named: "events", receivedAt: nil)
            }
            let path = "\(place)/viewers.snapshot"
            let written = try catalogue.writeViewers(to: path)
            let open = try median(rounds: 5) { _ = try ViewerSnapshot.open(path) }
            say(
                "open a snapshot of \(written.viewers) viewers, \(written.bytes / written.viewers) bytes each", open,
                1e3, "ms")
            let snapshot = try ViewerSnapshot.open(path)
            let names = (0..<100_000).map { "viewer-\($0 &* 7_919 % count)" }
            let found = median(rounds: 5) { for name in names { _ = snapshot.liked(by: [name]) } }
            say("look a viewer up in it", found / Double(names.count), 1e6, "us")
        }
    }

    private static func lines(_ count: Int, _ line: (Int, inout SplitMix64) -> String) -> [UInt8] {
        var chance = SplitMix64(seed: 3)
        var log: [UInt8] = []
        for number in 0..<count { log += Array((line(number, &chance) + "\n").utf8) }
        return log
    }

    private static func inCatalogue(_ folder: String, _ body: (Catalogue, String) throws -> Void) throws {
        let place = "\(folder)/learning-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: place) }
        try body(Catalogue.open("\(place)/catalogue.sqlite"), place)
    }

    private static func once(_ body: () throws -> Void) rethrows -> Double {
        let time = try ContinuousClock().measure(body).components
        return Double(time.seconds) + Double(time.attoseconds) / 1e18
    }

    private static func median(rounds: Int, _ body: () throws -> Void) rethrows -> Double {
        try (0..<rounds).map { _ in try once(body) }.sorted()[rounds / 2]
    }

    private static func say(_ what: String, _ seconds: Double, _ scale: Double, _ unit: String) {
        print("\(what): \(String(format: "%.2f", seconds * scale)) \(unit)")
    }
}
