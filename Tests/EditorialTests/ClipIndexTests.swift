import Diagnostics
import Editorial
import Foundation
import MediaTime
import Testing

/// Decodes an index from JSON as `clips.json`.
private func index(_ json: String) throws(Fault) -> ClipIndex {
    try StrictJSON.decode(ClipIndex.self, from: json.utf8, named: "clips.json")
}

/// An index of 24 frames a second with these rows.
private func rows(_ rows: String...) throws(Fault) -> ClipIndex {
    try index("{\"frameRate\": \"24/1\", \"clips\": [\(rows.joined(separator: ","))]}")
}

private func row(_ title: String, _ type: String, _ start: Int64, _ end: Int64) -> String {
    "{\"title\": \"\(title)\", \"type\": \"\(type)\", \"start\": \(start), \"end\": \(end)}"
}

@Suite struct ClipIndexTests {
    @Test func readsTheContractsExample() throws {
        let clips = try index(
            #"{"frameRate": "24/1", "clips": [{"title": "A", "type": "80", "start": 1000, "end": 1080}]}"#)
        let rate = try #require(FrameRate(24))
        let range = try #require(FrameRange(1000, 1080))
        #expect(clips.frameRate == .constant(rate))
        #expect(clips.clips == [ClipLabel(title: "A", type: "80", range: range)])
    }

    @Test func readsVariableRatesAndIgnoresUnknownKeys() throws {
        let clips = try index(
            """
            {"frameRate": "variable", "made by": [1], "clips": [
                {"title": "B", "type": "opening", "start": 0, "end": 1, "colour": "red"},
                {"title": "A", "type": "80", "start": 0, "end": 80}]}
            """)
        let one = try #require(FrameRange(0, 1))
        let eighty = try #require(FrameRange(0, 80))
        #expect(clips.frameRate == .variable)
        #expect(
            clips.clips == [
                ClipLabel(title: "B", type: "opening", range: one), ClipLabel(title: "A", type: "80", range: eighty),
            ])
    }

    @Test(arguments: [
        ([row("A", "80", 5, 5)], "clip (A, 80) [5, 5) is empty; the end is the frame after the last"),
        ([row("A", "80", 1080, 1000)], "clip (A, 80) [1080, 1000) is reversed; its start must come before its end"),
        ([row("A", "80", -1, 79)], "clip (A, 80) [-1, 79) begins before frame 0"),
        (
            [row("A", "80", 0, 80), row("A", "80", 100, 180)],
            "clip (A, 80) [100, 180) is there twice, before as [0, 80); give it another type"
        ),
        ([row("", "80", 0, 80)], "clip (, 80) [0, 80), entry 1 of the list: its title is empty"),
        (
            [row("A", "80", 0, 80), row("A", "  ", 0, 80)],
            "clip (A,   ) [0, 80), entry 2 of the list: its type is blank"
        ),
        (
            [row("A\\nB", "80", 0, 80)],
            "clip (A\\u{A}B, 80) [0, 80), entry 1 of the list: its title holds the control character U+000A"
        ),
        (
            [row("A", "80", 0, 80), row("B", "80", 9, 3), row("C", "80", 4, 4), row("A", "80", 1, 2)],
            "clip (B, 80) [9, 3) is reversed; its start must come before its end (and 2 more clips are at fault)"
        ),
        (
            [row("B", "80", 9, 3), row("C", "80", 4, 4)],
            "clip (B, 80) [9, 3) is reversed; its start must come before its end (and 1 more clip is at fault)"
        ),
        ([], "clips: the list is empty; an index needs a clip"),
    ])
    func refusesWhatIsNotSound(rows: [String], message: String) {
        #expect(throws: Fault(.badInput, "clips.json: \(message)")) {
            try index("{\"frameRate\": \"24/1\", \"clips\": [\(rows.joined(separator: ","))]}")
        }
    }

    @Test(arguments: [
        (#"{"clips": []}"#, "the key 'frameRate' is missing"),
        (#"{"frameRate": "24/1"}"#, "the key 'clips' is missing"),
        (#"{"frameRate": 24, "clips": []}"#, "frameRate: expected a string, found 24"),
        (
            #"{"frameRate": "23.976", "clips": []}"#,
            "frameRate: '23.976' is not an exact frame rate such as 24/1 or 30000/1001"
        ),
        (
            #"{"frameRate": "24/1", "clips": [{"title": "A", "type": 80, "start": 0, "end": 80}]}"#,
            "clips[0].type: expected a string, found 80"
        ),
        (
            #"{"frameRate": "24/1", "clips": [{"title": "A", "type": "80", "start": 0.5, "end": 80}]}"#,
            "clips[0].start: expected a whole number, found 0.5"
        ),
    ])
    func refusesWrongTypes(json: String, message: String) {
        #expect(throws: Fault(.badInput, "clips.json: \(message)")) { try index(json) }
    }

    @Test func namesAMissingFile() {
        #expect(throws: Fault(.notFound, "/no/clips.json: there is no such file")) {
            try ClipIndex.load("/no/clips.json")
        }
    }

    @Test func findsClipsPastTheEnd() throws {
        let clips = try rows(row("A", "80", 0, 80), row("B", "80", 1000, 1080), row("C", "40", 990, 1000))
        try clips.check(frameCount: 1080, file: "clips.json")
        #expect(
            throws: Fault(
                .badInput,
                "clips.json: clip (B, 80) [1000, 1080) ends at frame 1080 of 1079; shorten it or use the right Mega Asset"
            )
        ) { try clips.check(frameCount: 1079, file: "clips.json") }
        #expect(
            throws: Fault(
                .badInput,
                "clips.json: clip (B, 80) [1000, 1080) ends at frame 1080 of 999 (and 1 more clip is at fault);"
                    + " shorten it or use the right Mega Asset")
        ) { try clips.check(frameCount: 999, file: "clips.json") }
    }

    @Test func writesWhatItReads() throws {
        let clips = try rows(row("A", "80", 0, 80), row("B", "opening", 5, 6))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = String(decoding: try encoder.encode(clips), as: UTF8.self)
        #expect(
            json == #"{"clips":[{"end":80,"start":0,"title":"A","type":"80"},{"end":6,"start":5,"title":"B","#
                + #""type":"opening"}],"frameRate":"24/1"}"#)
        #expect(try index(json) == clips)
    }

    @Test func labelsMadeInCodeAreCheckedToo() throws {
        let range = try #require(FrameRange(3, 9))
        let label = ClipLabel(title: "A", type: "80", range: range)
        #expect(
            throws: Fault(.badInput, "clip (A, 80) [3, 9) is there twice, before as [3, 9); give it another type")
        ) { try ClipIndex(frameRate: .variable, clips: [label, label]) }
    }
}
