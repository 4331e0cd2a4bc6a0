import Diagnostics
import FileSystem
import Foundation
import Plans
import TestSupport
import Testing

@testable import Farm

@Suite struct JobScanTests {
    private static func identity(_ job: FarmJob) throws(Fault) -> JobIdentity {
        switch job.content {
        case .plan(let plan): JobIdentity(reel: plan.identity(edition: "e"), rendition: job.rendition)
        case .viewer(let request): JobIdentity(request, edition: "e", at: "t", rendition: job.rendition)
        }
    }

    private static func line(_ output: String, _ title: String) -> String {
        #"{"output": "\#(output)", "slots": [{"title": "\#(title)", "type": "80"}]}"#
    }

    private func scan(
        _ text: String, _ shard: String = "0/1", strict: Bool = true
    ) throws -> (groups: [[Int]], failures: [JobFailure], scan: JobScan) {
        let folder = try TemporaryFolder()
        let list = try folder.write(text, to: "jobs.ndjson")
        var failures: [JobFailure] = []
        let scan = try JobScan(
            list, shard: Shard(shard), scratch: folder.path, isStrict: strict, identify: Self.identity
        ) { failures.append($0) }
        let groups = try (0..<scan.buckets).flatMap { try scan.groups($0) }
        return (groups.map { $0.lines.map(\.number) }, failures, scan)
    }

    @Test func equalReelsMeet() throws {
        let text = [("a", "A"), ("b", "B"), ("c", "A"), ("d", "C"), ("e", "B")].map { Self.line($0, $1) }
        let result = try scan(text.joined(separator: "\n"))
        #expect(result.groups == [[1, 3], [2, 5], [4]])
        #expect(result.scan.lines == 5 && result.scan.own == 5 && result.scan.distinct == 3)
        #expect(result.failures == [])
    }

    /// Each line is in one share, whatever their number; equal reels are in the same; so are a viewer's lines.
    @Test(arguments: [1, 2, 3, 8, 50]) func everyLineIsInOneShare(count: Int) throws {
        let plans = (0..<200).map { Self.line("p\($0)", "T\($0 % 60)") }
        let viewers = (0..<100).map { #"{"output": "v\#($0)", "viewer": "v\#($0 % 40)", "seed": \#($0)}"# }
        let text = (plans + viewers).joined(separator: "\n")
        var shares: [Int: Int] = [:]
        for index in 0..<count {
            for number in try scan(text, "\(index)/\(count)").groups.joined() {
                #expect(shares[number] == nil)
                shares[number] = index
            }
        }
        #expect(shares.keys.sorted() == Array(1...300))
        #expect((0..<200).allSatisfy { shares[$0 + 1] == shares[$0 % 60 + 1] })
        #expect((0..<100).allSatisfy { shares[$0 + 201] == shares[$0 % 40 + 201] })
        if count == 8 { #expect(Set(shares.values) == Set(0..<8)) }
    }

    /// SHA-256 of the plan's canonical form, bytes 8 to 15, modulo the number of shares; computed by Python.
    @Test func sharesAreTheSameEverywhere() throws {
        let text = (0..<12).map { Self.line("p\($0)", "T\($0)") }.joined(separator: "\n")
        #expect(
            try (0..<3).map { try scan(text, "\($0)/3").groups.joined().sorted() } == [
                [3, 4, 12], [1, 2, 5, 7, 8, 9, 11], [6, 10],
            ])
    }

    @Test func aNameThatIsTakenIsRefused() throws {
        let text = [("a", "A"), ("b", "B"), ("a", "C"), ("a", "A")].map { Self.line($0, $1) }.joined(separator: "\n")
        let result = try scan(text)
        #expect(result.groups == [[1], [2]])
        #expect(result.failures.map(\.line) == [3, 4])
        #expect(result.failures.allSatisfy { $0.output == "a" && $0.status == .badInput })
        #expect(
            result.failures[0].message.hasSuffix(
                "line 3: output 'a' is that of an earlier line, 1, too; give each line its own"))
    }

    /// Without strictness each bad line is told by one share.
    @Test func oneShareTellsOfABadLine() throws {
        let text = [Self.line("a", "A"), "nonsense", Self.line("../b", "B"), "", Self.line("a", "D")].joined(
            separator: "\n")
        let told = try (0..<4).map { try scan(text, "\($0)/4", strict: false).failures.map(\.line) }
        #expect(told.flatMap(\.self).sorted() == [2, 3, 5])
        #expect(
            try (0..<4).map { try scan(text, "\($0)/4").failures.map(\.line) } == Array(repeating: [2, 3, 5], count: 4))
    }

    /// More buckets than one, and pieces on the disk, give the same.
    @Test func aLongListIsCutIntoBuckets() throws {
        let filler = String(repeating: "x", count: 400)
        let text = (0..<24_000).map {
            #"{"output": "p\#($0)", "note": "\#(filler)", "slots": [{"title": "T\#($0 % 9_000)", "type": "80"}]}"#
        }.joined(separator: "\n")
        let result = try scan(text)
        #expect(result.scan.buckets > 1)
        #expect(result.groups.count == 9_000 && result.groups.joined().sorted() == Array(1...24_000))
        #expect(result.groups.allSatisfy { group in group.allSatisfy { ($0 - group[0]) % 9_000 == 0 } })
        #expect(result.failures == [])
    }
}

@Suite struct LineReaderTests {
    private func rows(_ bytes: [UInt8]) throws -> [(number: Int, offset: Int64, text: String, isFinished: Bool)] {
        let folder = try TemporaryFolder()
        try Data(bytes).write(to: URL(fileURLWithPath: folder.file("rows")))
        var reader = try LineReader.open(folder.file("rows"))
        var rows: [(number: Int, offset: Int64, text: String, isFinished: Bool)] = []
        while let row = try reader.next() {
            rows.append((row.number, row.offset, String(decoding: row.bytes, as: UTF8.self), row.isFinished))
        }
        return rows
    }

    @Test func rowsKnowWhereTheyAre() throws {
        let rows = try rows([0xEF, 0xBB, 0xBF] + Array("one\n\n  \ntwo\r\nthree".utf8))
        #expect(rows.map(\.number) == [1, 4, 5])
        #expect(rows.map(\.offset) == [3, 11, 16])
        #expect(rows.map(\.text) == ["one", "two\r", "three"])
        #expect(rows.map(\.isFinished) == [true, true, false])
        #expect(try self.rows([]).isEmpty)
    }

    /// Rows longer than a piece that is read, and rows that lie across two.
    @Test func rowsAreOfAnyLength() throws {
        let lengths = [1_500_000, 3, 1_048_570, 20, 2_097_152, 1]
        var bytes: [UInt8] = []
        for (number, length) in lengths.enumerated() {
            bytes += Array(repeating: UInt8(ascii: "a") + UInt8(number), count: length) + [0x0A]
        }
        let rows = try rows(bytes)
        #expect(rows.map(\.text.utf8.count) == lengths)
        #expect(rows.map { Int(bytes[Int($0.offset)]) - 97 } == Array(0..<6))
        #expect(rows.allSatisfy { Set($0.text.utf8).count == 1 })
    }
}
