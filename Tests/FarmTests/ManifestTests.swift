import Diagnostics
import FileSystem
import Foundation
import TestSupport
import Testing

@testable import Farm

@Suite struct ManifestTests {
    private let folder: TemporaryFolder
    private let farm: FarmFolder

    init() throws {
        folder = try TemporaryFolder()
        farm = FarmFolder(folder.path)
        try farm.create()
    }

    private func entry(_ path: String, _ reel: Int, viewer: String? = nil) -> ManifestEntry {
        let key = JobKey(hashing: "\(reel)")
        return ManifestEntry(
            path: path, reel: "\(key)", edition: String(repeating: "e", count: 32), bytes: 12,
            sha256: String(repeating: "0", count: 64), frames: 481, milliseconds: 20_041, key: key, viewer: viewer)
    }

    @Test func aLineSaysAll() throws {
        var entry = entry("d/a \"ü\".mp4", 1, viewer: "v1")
        entry.rendition = "v360-500"
        let text = String(decoding: entry.line, as: UTF8.self)
        #expect(
            text == #"{"bytes":12,"edition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","frames":481,"#
                + #""job":"6b86b273ff34fce19d6b804eff5a3f57","path":"d/a \"ü\".mp4","#
                + #""reel":"6b86b273ff34fce19d6b804eff5a3f57","rendition":"v360-500","seconds":20.041,"#
                + #""sha256":"0000000000000000000000000000000000000000000000000000000000000000","viewer":"v1"}"# + "\n")
        let line = try StrictJSON.Line(entry.line[...], number: 1, of: "m")
        #expect(try ManifestRecord(line) == .made(entry))
        let failure = JobFailure(line: 3, output: "x", status: .badInput, message: "jobs: line 3: no")
        #expect(try ManifestRecord(StrictJSON.Line(failure.text[...], number: 1, of: "m")) == .failed(failure))
    }

    @Test func entriesAreFoundByName() throws {
        let shard = try ShardManifest(Shard("1/2"), in: farm)
        try shard.note([entry("a", 1), entry("b", 1), entry("c", 2)])
        try shard.note(JobFailure(line: 9, output: "d", status: .tryAgain, message: "no"))
        try shard.note([entry("a", 3)])
        let other = try ShardManifest(Shard("0/3"), in: farm)
        try other.note([entry("a", 1)])
        let index = try ManifestIndex(farm)
        #expect(index.manifests.map(\.shard.description) == ["1/2", "0/3"])
        #expect(index.count == 5 && Array(index.failures.keys) == [9])
        #expect(
            try index.places(of: "a").map { try index.entry(at: $0) } == [entry("a", 1), entry("a", 3), entry("a", 1)])
        #expect(index.places(of: "a").map(\.manifest) == [0, 0, 1])
        #expect(try index.places(of: "c").map { try index.entry(at: $0) } == [entry("c", 2)])
        #expect(index.places(of: "d").isEmpty && index.places(of: "").isEmpty)
    }

    /// A share keeps in memory what is its own, whoever made it.
    @Test func aShareSeesItsOwn() throws {
        try ShardManifest(Shard("0/1"), in: farm).note(
            (0..<90).map { entry("p\($0)", $0) } + (0..<90).map { entry("v\($0)", $0, viewer: "v\($0)") })
        let shards = try (0..<3).map { try Shard("\($0)/3") }
        let counts = try shards.map { try ManifestIndex(farm, for: $0).count }
        #expect(counts.reduce(0, +) == 180 && counts.allSatisfy { $0 > 30 })
    }

    /// What a killed task leaves of a line is passed over, and cut off by the next.
    @Test func aLineThatWasNotFinishedIsNone() throws {
        try ShardManifest(Shard("0/1"), in: farm).note([entry("a", 1)])
        let path = farm.manifest(of: .whole)
        for rest in [#"{"path": "b"#, "\u{0}\u{0}"] {
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(rest.utf8))
            try handle.close()
            #expect(try ManifestIndex(farm).count == 1)
            try ShardManifest(Shard("0/1"), in: farm).note([entry("c", 1)])
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(text.hasSuffix(String(decoding: entry("c", 1).line, as: UTF8.self)) && !text.contains(rest))
            try Data(entry("a", 1).line).write(to: URL(fileURLWithPath: path))
        }
    }

    @Test func aManifestThatIsDamagedIsNamed() throws {
        try (String(decoding: entry("a", 1).line, as: UTF8.self) + "nonsense\n")
            .write(toFile: farm.manifest(of: .whole), atomically: false, encoding: .utf8)
        let fault = #expect(throws: Fault.self) { try ManifestIndex(farm) }
        #expect(fault?.status == .badInput)
        #expect(fault?.message.contains("shards/0-of-1.ndjson: line 2: not JSON") == true, "\(fault?.message ?? "")")
    }

    @Test func aShareIsMadeByOneTaskAtATime() throws {
        let first = try ShardManifest(Shard("0/2"), in: farm)
        let fault = #expect(throws: Fault.self) { try ShardManifest(Shard("0/2"), in: farm, waiting: 0) }
        #expect(fault?.status == .tryAgain)
        #expect(fault?.message.contains("another task makes shard 0/2") == true)
        _ = try ShardManifest(Shard("1/2"), in: farm, waiting: 0)
        withExtendedLifetime(first) {}
    }

    @Test func theFirstTaskDecidesForAll() throws {
        let first = FarmSettings(edition: "a", at: "t")
        #expect(try FarmSettings.agreed(in: farm) { first } == first)
        #expect(try FarmSettings.agreed(in: farm) { FarmSettings(edition: "b", at: "u") } == first)
        #expect(try FarmSettings.read(in: farm) == first)
    }
}
