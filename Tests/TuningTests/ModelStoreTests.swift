import Diagnostics
import Foundation
import Models
import Sequencing
import TestSupport
import Testing

@Suite struct ModelStoreTests {
    private func model(_ weight: Double = 1, items: ItemModel? = nil) -> RankingModel {
        var weights = ScoreWeights(preference: weight, popularity: 2, recency: 0.5, response: 0.25, skip: -0.125)
        weights.daypart = 0.0625
        var origin = RankingModel.Origin(created: "2026-11-29T00:00:00Z")
        origin.rows = 7
        origin.gate = "passed"
        return RankingModel(
            policy: RankingPolicy(
                weights: weights, diversity: 0.75, exploration: Exploration(temperature: 0.1, tailTemperature: 0.2),
                arrangement: .cadence), items: items, origin: origin)
    }

    @Test func aModelComesBackAsItWent() throws {
        let folder = try TemporaryFolder()
        let store = ModelStore(library: folder.path)
        #expect(try store.names() == [])
        let items = ItemModel(titles: ["A", "Ä"], weights: [0, 0.1, -0.25, 0])
        let sent = model(items: items)
        let name = try store.save(sent)
        #expect(name.hasPrefix("2026-11-29-") && name.count == 19)
        let back = try store.model(name)
        #expect(back.policy == sent.policy)
        #expect(back.origin == sent.origin)
        #expect(back.items?.titles == ["A", "Ä"])
        #expect(back.items?.weights == [0, 0.1, -0.25, 0])
        // The same model has the same name, another one another.
        #expect(try store.save(sent) == name)
        #expect(try store.save(model(2)) != name)
        #expect(try store.names().count == 2)
        // Its first line is for people.
        let text = try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/models/\(name).model"))
        let line = try #require(String(data: text.prefix { $0 != 10 }, encoding: .utf8))
        #expect(line.contains(#""preference":1"#) && line.contains(#""titles":["A","Ä"]"#))
    }

    @Test func oneIsLiveAndItsPredecessorComesBack() throws {
        let folder = try TemporaryFolder()
        let store = ModelStore(library: folder.path)
        #expect(try store.live() == nil)
        #expect(throws: Fault.self) { try store.rollBack(at: "2026-11-29T00:00:00Z") }
        let names = [try store.save(model(1)), try store.save(model(2))]
        for name in names { try store.promote(name, at: "2026-11-29T00:00:00Z", note: "better") }
        #expect(try store.liveModel()?.name == names[1])
        #expect(try store.rollBack(at: "2026-11-30T00:00:00Z") == names[0])
        #expect(try store.live() == names[0])
        #expect(try store.rollBack(at: "2026-11-30T00:00:00Z") == nil)
        #expect(try store.live() == nil)
        #expect(try store.promotions().map(\.model) == [names[0], names[1], names[0], nil])
        let fault = #expect(throws: Fault.self) { try store.promote("2020-01-01-00000000", at: "") }
        #expect(fault?.status == .notFound)
        #expect(throws: Fault.self) { try store.model("../live") }
    }

    @Test func whatIsDamagedIsNamed() throws {
        let folder = try TemporaryFolder()
        let store = ModelStore(library: folder.path)
        let name = try store.save(model(items: ItemModel(titles: ["A", "B"], weights: [0, 1, 1, 0])))
        let path = "\(folder.path)/models/\(name).model"
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        var nan = whole
        nan.replaceSubrange(nan.count - 4..<nan.count, with: [0, 0, 0xC0, 0x7F])
        for bytes in [Data(), whole.prefix(40), whole.dropLast(), whole + [0], nan, Data("{}\n".utf8)] {
            try bytes.write(to: URL(fileURLWithPath: path))
            let fault = #expect(throws: Fault.self) { try store.model(name) }
            #expect(fault?.status == .badInput)
            #expect(fault?.message.contains(path) == true)
        }
    }
}
