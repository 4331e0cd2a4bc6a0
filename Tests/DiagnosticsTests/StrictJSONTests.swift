import Diagnostics
import Foundation
import Testing

private struct Clips: Decodable, Equatable {
    struct Clip: Decodable, Equatable {
        var start: Int64
        var note: String?
        var isOpen: Bool?
        var gain: Double?
    }
    var clips: [Clip]
}

/// What decoding `json` as `Clips` fails with; `nil` when it does not.
private func failure(_ json: String) -> Fault? {
    do {
        _ = try StrictJSON.decode(Clips.self, from: json.utf8, named: "c.json")
        return nil
    } catch {
        return error
    }
}

@Suite struct StrictJSONTests {
    @Test(arguments: [
        (#"{"clips": [{"start": 1}, {"start": "x"}]}"#, "clips[1].start: expected a whole number, found a string"),
        (#"{"clips": [{"start": 1.5}]}"#, "clips[0].start: expected a whole number, found 1.5"),
        (#"{"clips": [{"start": null}]}"#, "clips[0].start: expected a whole number, found null"),
        (#"{"clips": [{"start": true}]}"#, "clips[0].start: expected a whole number, found true"),
        (
            #"{"clips": [{"start": 9223372036854775808}]}"#,
            "clips[0].start: expected a whole number from -9223372036854775808 to 9223372036854775807,"
                + " found 9223372036854775808"
        ),
        (
            #"{"clips": [{"start": 1e17}]}"#,
            "clips[0].start: expected a whole number from -9223372036854775808 to 9223372036854775807, found 1e17"
        ),
        (#"{"clips": [{"start": 1e999}]}"#, "clips[0].start: expected a whole number, found 1e999"),
        (#"{"clips": [{"start": 1, "note": 7}]}"#, "clips[0].note: expected a string, found 7"),
        (#"{"clips": [{"start": 1, "isOpen": 1}]}"#, "clips[0].isOpen: expected true or false, found 1"),
        (#"{"clips": [{"start": 1, "gain": "1"}]}"#, "clips[0].gain: expected a number, found a string"),
        (#"{"clips": [{"start": 1, "gain": 1e999}]}"#, "clips[0].gain: expected a number up to 1.8e308, found 1e999"),
        (#"{"clips": [{}]}"#, "clips[0]: the key 'start' is missing"),
        (#"{"clips": [3]}"#, "clips[0]: expected an object, found 3"),
        (#"{"clips": {}}"#, "clips: expected an array, found an object"),
        (#"{}"#, "the key 'clips' is missing"),
        (#"[]"#, "expected an object, found an array"),
        (#""clips""#, "expected an object, found a string"),
    ])
    func saysWhatIsWrong(json: String, message: String) {
        #expect(failure(json) == Fault(.badInput, "c.json: \(message)"))
    }

    @Test(arguments: [
        ("", "the file is empty; a JSON document should be in it"),
        (" \n\t", "the file is empty; a JSON document should be in it"),
        ("nope", "not JSON: found 'n' where a value should be, at line 1, column 1"),
        ("{\n  \"clips\": }", "not JSON: found '}' where a value should be, at line 2, column 12"),
        ("{\"clips\"", "not JSON: the text ends where a colon should be, at line 1, column 9"),
        ("{\"clips\": [1, 2", "not JSON: the text ends where a comma or ] should be, at line 1, column 16"),
        ("{\"clips\": [],}", "not JSON: found '}' where a key in quotes should be, at line 1, column 14"),
        ("{\"é\": [1,]}", "not JSON: found ']' where a value should be, at line 1, column 10"),
        ("{\"clips\": []} x", "not JSON: more text after the end of the document, at line 1, column 15"),
        ("{\"a\": 1,\n\"a\": 2}", "not JSON: the key 'a' is there twice, at line 2, column 1"),
        ("[01]", "not JSON: found '1' where a comma or ] should be, at line 1, column 3"),
        ("[1.]", "not JSON: found ']' where a digit should be, at line 1, column 4"),
        ("[+1]", "not JSON: found '+' where a value should be, at line 1, column 2"),
        ("[\"a\nb\"]", "not JSON: a control character in a string must be written as an escape, at line 1, column 4"),
        ("[\"a]", "not JSON: a string does not end, at line 1, column 2"),
        ("[\"\\ud83d\"]", "not JSON: half of a surrogate pair, at line 1, column 3"),
        ("[\"\\x\"]", "not JSON: an escape that JSON does not know, at line 1, column 3"),
        ("[\"\\u12g4\"]", "not JSON: \\u without four hexadecimal digits, at line 1, column 5"),
        ("[tru]", "not JSON: found 't' where a value should be, at line 1, column 2"),
        ("{'a': 1}", "not JSON: found ''' where a key in quotes should be, at line 1, column 2"),
    ])
    func saysWhereItStopsToBeJSON(json: String, message: String) {
        #expect(failure(json) == Fault(.badInput, "c.json: \(message)"))
    }

    @Test func refusesTextThatIsNotUTF8() {
        let bytes = Array("{\"clips\": [{\"start\": 1, \"note\": \"".utf8) + [0xFF] + Array("\"}]}".utf8)
        #expect(throws: Fault(.badInput, "c.json: not JSON: a string is not UTF-8, at line 1, column 33")) {
            try StrictJSON.decode(Clips.self, from: bytes, named: "c.json")
        }
    }

    @Test func refusesWhatIsNestedTooDeeply() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(failure(deep)?.message == "c.json: not JSON: nested more than 200 levels deep, at line 1, column 201")
    }

    @Test func readsWhatJSONAllows() throws {
        let json =
            "\u{FEFF} {\"x\": {\"y\": [1, {}]}, \"clips\": [{\"start\": 80.0}, {\"start\": 1e2, \"gain\": -2.5E-1,"
            + "\"note\": \"a\\u00e9\\ud83d\\ude00\\n\\/\\\"\"}, {\"start\": -0, \"isOpen\": false, \"note\": null}]}\r\n"
        let clips = try StrictJSON.decode(Clips.self, from: json.utf8, named: "c.json").clips
        #expect(
            clips == [
                .init(start: 80), .init(start: 100, note: "aé😀\n/\"", gain: -0.25), .init(start: 0, isOpen: false),
            ])
    }

    @Test func keepsNumbersAsTheyWereWritten() throws {
        let value = try StrictJSON.parse("[1.0, 1, 0.1000000000000000055511151231257827]".utf8, named: "n")
        #expect(value == .array([.number("1.0"), .number("1"), .number("0.1000000000000000055511151231257827")]))
    }

    @Test func namesTheFileBeforeAFaultOfTheTypeItself() {
        struct Picky: Decodable {
            init(from decoder: any Decoder) throws { throw Fault(.unavailable, "no such codec") }
        }
        #expect(throws: Fault(.unavailable, "p.json: no such codec")) {
            try StrictJSON.decode(Picky.self, from: "{}".utf8, named: "p.json")
        }
    }

    @Test func putsHostileNamesOnOneLine() {
        let fault = failure("{\"clips\": [], \"a\\nb\": 1, \"a\\nb\": 2}")
        #expect(fault?.message == "c.json: not JSON: the key 'a\\u{A}b' is there twice, at line 1, column 26")
    }
}

@Suite struct JSONFileTests {
    @Test func missingFilesAndFoldersAreNotFound() {
        let folder = FileManager.default.temporaryDirectory.path
        #expect(throws: Fault(.notFound, "\(folder)/no-such.json: there is no such file")) {
            try StrictJSON.decode(Clips.self, fromFile: "\(folder)/no-such.json")
        }
        #expect(throws: Fault(.notFound, "\(folder): is a folder, not a file")) {
            try StrictJSON.decode(Clips.self, fromFile: folder)
        }
    }

    @Test func readsAFile() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("{\"clips\": [{\"start\": 7}]}".utf8).write(to: file)
        #expect(try StrictJSON.decode(Clips.self, fromFile: file.path) == Clips(clips: [.init(start: 7)]))
    }
}

@Suite struct JSONLinesTests {
    private struct Entry: Decodable, Equatable {
        var n: Int
    }

    @Test func readsOneObjectALine() throws {
        let text = "\u{FEFF}{\"n\": 1}\r\n\n  {\"n\": 2}  \n{\"n\": 3}"
        #expect(
            try StrictJSON.decodeLines(Entry.self, from: text.utf8, named: "e.ndjson")
                == [Entry(n: 1), Entry(n: 2), Entry(n: 3)])
        var lines: [String] = []
        var reader = StrictJSON.Lines(text.utf8, named: "e.ndjson")
        while let line = try reader.next() { lines.append("\(line.number) \(line.text) \(line.place)") }
        #expect(
            lines == [
                "1 {\"n\": 1} e.ndjson: line 1", "3 {\"n\": 2} e.ndjson: line 3", "4 {\"n\": 3} e.ndjson: line 4",
            ])
    }

    @Test(arguments: [
        ("{\"n\": 1}\n\n{\"n\": \"x\"}", "line 3: n: expected a whole number, found a string"),
        ("{\"n\": 1}\n[1]", "line 2: expected an object, found an array"),
        ("{\"n\": 1}\n{\"n\": 1", "line 2: not JSON: the text ends where a comma or } should be, at byte 8"),
        ("{\"n\": 1} {\"n\": 2}", "line 1: not JSON: more text after the end of the document, at byte 10"),
        ("{\"n\": 1}\n{}", "line 2: the key 'n' is missing"),
    ])
    func namesTheLine(text: String, message: String) {
        #expect(throws: Fault(.badInput, "e.ndjson: \(message)")) {
            try StrictJSON.decodeLines(Entry.self, from: text.utf8, named: "e.ndjson")
        }
    }

    @Test func anEmptyFileHasNoLines() throws {
        #expect(try StrictJSON.decodeLines(Entry.self, from: "\n\n".utf8, named: "e.ndjson") == [])
    }
}

@Suite struct PrintableTextTests {
    @Test func namesWhatMakesANameUseless() {
        let names = ["A", "", " \u{A0}", "a\tb", "a\u{2028}", "\u{0}", "Amélie 2"]
        #expect(
            names.map { flaw(inName: $0) } == [
                nil, "is empty", "is blank", "holds the control character U+0009", "holds the control character U+2028",
                "holds the control character U+0000", nil,
            ])
    }

    @Test func keepsTextOnOneLine() {
        #expect(printable("a\nb\u{1B}[31m") == "a\\u{A}b\\u{1B}[31m")
        #expect(printable(String(repeating: "x", count: 121)) == String(repeating: "x", count: 120) + "…")
    }
}
