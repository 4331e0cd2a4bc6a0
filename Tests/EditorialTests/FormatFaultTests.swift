import Diagnostics
import Editorial
import MediaTime
import Testing

/// A file that must be refused, or read with a warning, and all that is said of it.
struct BadFile: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]
    /// `line: message` for each fault, `0:` where no line is meant; warnings begin with `warning `; what is thrown has no line.
    var said: [String]
    var frameRate: String?
    var start: String?

    init(_ name: String, _ text: String, at frameRate: String? = "24", from start: String? = nil, _ said: String...) {
        self.init(name, bytes: Array(text.utf8), at: frameRate, from: start, said)
    }

    init(_ name: String, bytes: [UInt8], at frameRate: String? = "24", from start: String? = nil, _ said: [String]) {
        (testDescription, self.bytes, self.frameRate, self.start, self.said) = (name, bytes, frameRate, start, said)
    }

    /// Reads the file, and lists what is said.
    func read() -> [String] {
        var options = ImportOptions()
        options.frameRate = frameRate.flatMap { FrameRate(rounded: $0) }.map { .constant($0) }
        options.startTimecode = start.flatMap { Timecode($0) }
        do throws(Fault) {
            let read = try EditorialImport(bytes, named: "f", options)
            return read.faults.map { "\($0.line ?? 0): \($0.message)" }
                + read.warnings.map { "warning \($0.line ?? 0): \($0.message)" }
        } catch {
            return [error.message]
        }
    }
}

private func resolve(_ events: String..., mode: String = "NON-DROP FRAME") -> String {
    "TITLE: t\r\nFCM: \(mode)\r\n\r\n" + events.joined()
}

private func event(_ timecode: String, _ end: String, _ name: String, _ length: String) -> String {
    "001  001      V     C        \(timecode) \(end) \(timecode) \(end)  \r\n |C:ResolveColorBlue |M:\(name) |D:\(length)\r\n"
}

private let xmeml = "<xmeml version=\"4\"><sequence><duration>100</duration><rate><timebase>24</timebase></rate>\n"

@Suite struct FormatFaultTests {
    static let encodings: [BadFile] = [
        BadFile("nothing", "", "f: the file is empty; export it again"),
        BadFile("blanks", " \r\n\t", "f: the file is empty; export it again"),
        BadFile(
            "UTF-16 cut in a character", bytes: [0xFF, 0xFE, 0x41, 0x00, 0x42],
            ["f: is UTF-16 that ends in the middle of a character, at byte 5; copy it again"]),
        BadFile(
            "UTF-16 with half a pair", bytes: [0xFE, 0xFF, 0x00, 0x41, 0xD8, 0x00, 0x00, 0x42],
            ["f: is damaged UTF-16: byte 4 is half of a character; copy it again"]),
        BadFile(
            "no UTF-8", bytes: Array("a\nb".utf8) + [0xE9, 0x20],
            ["f: is neither UTF-8 nor UTF-16: byte 3 (line 2) belongs to no character; export it as UTF-8"]),
        BadFile(
            "no UTF-8 in the old Mac's lines", bytes: Array("a\rb\rc".utf8) + [0xE9, 0x20],
            ["f: is neither UTF-8 nor UTF-16: byte 5 (line 3) belongs to no character; export it as UTF-8"]),
        BadFile(
            "a stray zero byte", "title,type,start,end\nA\u{0},x,1,2\n",
            "f: is no text: line 2 has a zero byte; export it again"),
        BadFile("a clip index", "{\"clips\": []}", "f: is a clip index already; see 'sizzle index check'"),
        BadFile("other JSON", "[1]", "f: is JSON, but no OpenTimelineIO file"),
        BadFile("other XML", "<html/>", "f: is XML, but neither xmeml nor FCPXML; export one of them"),
    ]

    static let lists: [BadFile] = [
        BadFile(
            "five faults in one run",
            resolve(
                event("00:00:00:24", "00:00:01:00", "A | 1", "1"),
                event("00:00:01:00", "00:00:01:01", "A | B | 1", "1"),
                event("00:00:02:00", "00:00:02:01", " | 1", "1"), event("00:00:03:00", "00:00:03:01", "C", "x"),
                event("00:00:04:00", "00:00:04:01", "D", "0")),
            "4: source in 00:00:00:24 does not exist at 24/1: its frames go from 0 to 23",
            "6: the name 'A | B | 1' has more than one '|'; write TITLE | TYPE",
            "8: the title in '| 1' is empty; write TITLE | TYPE", "11: the length 'x' after |D: is no whole number",
            "12: 'D' at frame 96 is a point; give it a length, or pass over points with --skip-points"),
        BadFile(
            "twice the same clip",
            resolve(
                event("00:00:01:00", "00:00:01:01", "A | x", "5"), event("00:00:02:00", "00:00:02:01", "A // x", "5")),
            "6: the clip (A, x) is there already on line 4; give it another type"),
        BadFile(
            "an inclusive out", resolve(event("00:00:01:00", "00:00:01:01", "A | 80", "79")),
            "warning 4: the clip (A, 80) is 79 frames long; the out may be meant inclusive"),
        BadFile(
            "a length of the old bug", resolve(event("00:00:01:00", "00:00:01:01", "A", "125512")),
            "warning 4: the marker is 125512 frames long; old versions of Resolve wrote wrong lengths, so look at it"),
        BadFile(
            "drop-frame at 24", resolve(event("00:00:01:00", "00:00:01:01", "A", "5"), mode: "DROP FRAME"),
            "2: drop-frame timecode does not exist at 24/1, only at 30000/1001 and 60000/1001; give the right --frame-rate"
        ),
        BadFile(
            "a number that drop-frame leaves out",
            resolve(event("00:01:00;00", "00:01:00;02", "A", "5"), mode: "DROP FRAME"), at: "29.97",
            "4: source in 00:01:00;00 does not exist: drop-frame leaves that number out"),
        BadFile(
            "drop-frame under NON-DROP", resolve(event("00:00:01;00", "00:00:01;01", "A", "5")), at: "29.97",
            "4: source in 00:00:01;00 is drop-frame, and the file's timecodes are non-drop-frame"),
        BadFile(
            "before the start", resolve(event("00:59:59:00", "00:59:59:01", "A", "5")), from: "01:00:00:00",
            "4: record in 00:59:59:00 is before the start timecode 01:00:00:00; give the timecode of the first frame with --start-timecode"
        ),
        BadFile(
            "a start that drop-frame leaves out",
            resolve(event("01:00:00;00", "01:00:00;01", "A", "5"), mode: "DROP FRAME"), at: "29.97",
            from: "00:01:00;00",
            "f: --start-timecode 00:01:00;00 does not exist at 30000/1001"),
        BadFile(
            "a start that the file's drop-frame leaves out",
            resolve(event("01:00:00;00", "01:00:00;01", "A", "5"), mode: "DROP FRAME"), at: "29.97",
            from: "00:01:00:00",
            "2: --start-timecode 00:01:00:00 does not exist: drop-frame leaves that number out"),
        BadFile(
            "a marker without an event", resolve(" |C:ResolveColorBlue |M:A |D:5\r\n"),
            "4: this marker has no event before it, so it has no frame; export it again"),
        BadFile(
            "a length of 19 digits", resolve(event("00:00:01:00", "00:00:01:01", "A", "9223372036854775807")),
            "5: the length '9223372036854775807' after |D: is no whole number"),
        BadFile(
            "no rate", resolve(event("00:00:01:00", "00:00:01:01", "A", "5")), at: nil,
            "f: a DaVinci Resolve marker EDL does not say its frame rate; give it with --frame-rate, such as --frame-rate 24000/1001"
        ),
        BadFile(
            "an event without a marker",
            resolve(
                "001  001  V  C  00:00:01:00 00:00:01:01 00:00:01:00 00:00:01:01\r\n",
                event("00:00:02:00", "00:00:02:01", "A", "5")),
            "4: this event has no line ' |C:… |M:name |D:frames'; export it again"),
        BadFile(
            "a CMX event without a name", "TITLE: t\n001 AX V C 00:00:01:00 00:00:02:00 00:00:01:00 00:00:02:00\n",
            "2: this event has no '* FROM CLIP NAME:'; export the list with clip names"),
        BadFile(
            "a CMX event backwards",
            "TITLE: t\n001 AX V C 00:00:01:00 00:00:02:00 00:00:03:00 00:00:02:00\n* FROM CLIP NAME: A\n",
            "2: the record out comes before the record in"),
        BadFile(
            "field marks without FCM",
            "TITLE: t\n001 AX V C 00:00:01.00 00:00:02.00 00:00:01.00 00:00:02.00\n* FROM CLIP NAME: A\n",
            "2: source in 00:00:01.00: what '.' means, only a line FCM: would tell"),
        BadFile(
            "field marks with FCM",
            "FCM: NON-DROP FRAME\n001 AX V C 00:00:01.00 00:00:02.00 00:00:01.00 00:00:02.00\n* FROM CLIP NAME: A\n"),
    ]

    static let tables: [BadFile] = [
        BadFile(
            "Premiere's out against its duration",
            "N\tD\tI\tO\tL\tT\t\r\nA\t\t00:00:01:00\t00:00:02:00\t00:00:00:23\tC\t\r\n",
            "2: in and out are 24 frames apart, and the duration is 23; export it again"),
        BadFile(
            "Premiere backwards", "N\tD\tI\tO\tL\tT\t\r\nA\t\t00:00:03:00\t00:00:02:00\t00:00:00:00\tC\t\r\n",
            "2: the out comes before the in"),
        BadFile(
            "Premiere with two kinds of timecode",
            "N\tD\tI\tO\tL\tT\t\r\nA\t\t00;00;01;00\t00;00;02;00\t00;00;01;00\tC\t\r\nB\t\t00:00:03:00\t00:00:04:00\t00:00:01:00\tC\t\r\n",
            at: "29.97",
            "3: in 00:00:03:00 is non-drop-frame, and the file's timecodes are drop-frame"),
        BadFile(
            "Audition in samples",
            "Name\tStart\tDuration\tTime Format\tType\tDescription\nA\t1:00\t0:01\tsamples\tCue\t\n",
            "2: times are in the format 'samples'; set Audition's time display to Decimal and export again"),
        BadFile(
            "Audition with a start timecode",
            "Name\tStart\tDuration\tTime Format\tType\tDescription\nA\t0:01.000\t0:01.000\tdecimal\tCue\t\n",
            from: "01:00:00:00",
            "f: an Audition marker table counts from the first frame; leave --start-timecode out"),
        BadFile(
            "Avid with a name of two lines", "u\t00:00:01:00\tV1\tred\tA\rB\t5\nu\t00:00:02:00\tV1\tred\tC\t5\n",
            "1: the title in 'A\\u{D}B' holds the control character U+000D; write TITLE | TYPE"),
        BadFile(
            "CSV without a column", "title,start,end\nA,1,2\n",
            "1: the header has no column 'type'; it should be title,type,start,end"),
        BadFile(
            "CSV with semicolons", "title;type;start;end\nA;x;1;2\n",
            "1: the header has no column 'title'; it should be title,type,start,end; separate the columns with commas, not ';'"
        ),
        BadFile(
            "CSV rows",
            "title,type,start,end\nA,x,1\n\"B\"b,x,1,2\n\"C\nc\",x,5,5\nD,,1,2\nE,x,2,1\nF,x,one,2\nG,x,\"1,2\n",
            "2: 3 columns, and the header has 4; put names with a comma in quotes",
            "3: 'b' follows a closing quote; write a quote inside a field twice",
            "4: 'C\\u{A}c' at frame 5 is a point; give it a length, or pass over points with --skip-points",
            "6: the type is empty", "7: the end comes before the start",
            "8: start 'one' is no frame (1000), timecode (00:00:41:16) or time in seconds (41.667s)",
            "9: a quote is opened and never closed"),
        BadFile(
            "CSV beyond all frames",
            "title,type,start,end\nA,x,0,9007199254740993\nB,x,9223372036854775806,9223372036854775807\n",
            "2: 'A' ends beyond frame 2^53, which no video has",
            "3: start 9223372036854775806 is beyond frame 2^53, which no video has"),
        BadFile(
            "CSV seconds at a rate without measure", "title,type,start,end\nA,x,0s,2147483647s\n", at: "2147483647",
            "2: 'A' ends beyond frame 2^53, which no video has"),
        BadFile(
            "a start of CSV frames at a rate that has no timecode", "title,type,start,end\nA,x,0,5\n", at: "12.5",
            from: "01:00:00:00", "f: --start-timecode 01:00:00:00 does not exist at 25/2"),
        BadFile(
            "a start with a field mark", "title,type,start,end\nA,x,0,5\n", from: "01:00:00.00",
            "f: --start-timecode 01:00:00.00: write ':' before the frames, or ';' for drop-frame"),
    ]

    static let trees: [BadFile] = [
        BadFile(
            "entities that grow", "<!DOCTYPE xmeml [<!ENTITY a \"aaaa\">]>\n<xmeml>&a;</xmeml>", at: nil,
            "f: line 1: a document type that declares entities or names another file is not read; export it again"),
        BadFile(
            "an external file", "<!DOCTYPE xmeml SYSTEM \"file:///etc/passwd\">\n<xmeml/>", at: nil,
            "f: line 1: a document type that declares entities or names another file is not read; export it again"),
        BadFile(
            "entities behind a document type in a comment",
            "<!-- <!DOCTYPE xmeml> -->\n<!DOCTYPE xmeml [<!ENTITY a SYSTEM \"/etc/passwd\">]>\n<xmeml>&a;</xmeml>",
            at: nil,
            "f: line 2: a document type that declares entities or names another file is not read; export it again"),
        BadFile(
            "a timebase without measure",
            "<xmeml><sequence><rate><timebase>9223372036854775807</timebase><ntsc>TRUE</ntsc></rate></sequence></xmeml>",
            at: nil, "0: the sequence has no <rate> with a <timebase>; export it again"),
        BadFile(
            "all of a keyword list's bad names",
            fcpxml(
                "<asset-clip offset=\"0s\" duration=\"4s\"><keyword start=\"0s\" duration=\"1s\" value=\"A | , B | 25,C|D|E\"/></asset-clip>"
            ), at: nil, "2: the type in 'A | ' is empty; write TITLE | TYPE",
            "2: the name 'C|D|E' has more than one '|'; write TITLE | TYPE"),
        BadFile(
            "a bad marker beside keywords",
            fcpxml(
                "<asset-clip offset=\"0s\" duration=\"4s\"><keyword start=\"0s\" duration=\"1s\" value=\"A\"/><marker start=\"1/50s\" value=\"B\"/></asset-clip>"
            ), at: nil),
        BadFile(
            "a storyline in a retimed clip",
            fcpxml(
                "<asset-clip offset=\"0s\" duration=\"4s\"><timeMap/><spine lane=\"1\"><asset-clip offset=\"0s\" duration=\"1s\"><marker start=\"0s\" duration=\"1/25s\" value=\"A\"/></asset-clip></spine></asset-clip>"
            ), at: nil, "2: 'A' lies in a retimed clip; cut the clips into one video first"),
        BadFile(
            "keywords before and beyond all frames",
            fcpxml(
                "<asset-clip offset=\"-9s\" duration=\"4s\"><keyword start=\"0s\" duration=\"1s\" value=\"A\"/></asset-clip><asset-clip offset=\"9007199254740992s\" duration=\"4s\"><keyword start=\"0s\" duration=\"1s\" value=\"B\"/></asset-clip>"
            ), at: nil, "2: 'A' begins before the timeline", "2: 'B' ends beyond frame 2^53, which no video has"),
        BadFile(
            "an unclosed tag", xmeml + "<marker>\n", at: nil,
            "f: ends inside an element, so it is cut off; export it again"),
        BadFile(
            "past the end", xmeml + "<marker><name>A</name><in>90</in><out>101</out></marker></sequence></xmeml>",
            at: nil,
            "2: 'A' ends at frame 101, and the timeline has 100"),
        BadFile(
            "another rate", xmeml + "<marker><name>A</name><in>1</in><out>5</out></marker></sequence></xmeml>",
            at: "25",
            "f: counts at 24/1, and --frame-rate says 25/1; leave the option out, or export at the right rate"),
        BadFile(
            "a marker without numbers", xmeml + "<marker><name>A</name><in>x</in></marker></sequence></xmeml>", at: nil,
            "2: a marker needs whole numbers in <in> and <out>, from 0 on"),
        BadFile(
            "a retimed clip",
            fcpxml(
                "<asset-clip offset=\"0s\" duration=\"4s\"><timeMap/><keyword start=\"0s\" duration=\"1s\" value=\"A\"/></asset-clip>"
            ), at: nil,
            "2: 'A' lies in a retimed clip; cut the clips into one video first"),
        BadFile(
            "between two frames",
            fcpxml(
                "<asset-clip offset=\"0s\" duration=\"4s\"><keyword start=\"1/50s\" duration=\"1s\" value=\"A\"/></asset-clip>"
            ), at: nil,
            "2: 'A' does not begin and end with a frame; move it by less than one"),
        BadFile(
            "a time that is none", fcpxml("<asset-clip offset=\"soon\" duration=\"4s\"/>"), at: nil,
            "2: <asset-clip> has a time that is no fraction of seconds such as 1001/30000s"),
        BadFile("seconds as frames", otio("1.5", "2.0"), at: nil, "2: 1.5 at rate 24/1 is no whole frame at 24/1"),
        BadFile(
            "a value with an exponent", otio("1e3", "2.0"), at: nil,
            "2: a time has the value 1e3, which is no frame of a video"),
        BadFile(
            "another schema", "{\"OTIO_SCHEMA\": \"Clip.1\"}", at: nil,
            "1: is no OpenTimelineIO timeline (its schema is 'Clip'); export the timeline"),
        BadFile(
            "JSON with a comma too much", "{\"OTIO_SCHEMA\": \"Timeline.1\",}", at: nil,
            "f: not JSON: found '}' where a key in quotes should be, at line 1, column 30"),
    ]

    @Test(arguments: encodings + lists + tables + trees) func isSaid(file: BadFile) {
        #expect(file.read() == file.said)
    }

    /// Picks of an audition that are not chosen, secondary storylines and gaps.
    @Test func fcpxmlPlacesWhatIsNested() throws {
        let text = fcpxml(
            """
            <gap offset="0s" start="100s" duration="2s"><marker start="101s" duration="1/48000s" value="in a gap"/></gap>
            <audition offset="2s"><asset-clip start="10s" duration="2s"><marker start="11s" duration="1/25s" value="picked"/></asset-clip>
            <asset-clip start="10s" duration="2s"><marker start="11s" duration="1/25s" value="not picked"/></asset-clip></audition>
            <asset-clip offset="4s" start="20s" duration="4s"><spine lane="1" offset="21s"><asset-clip offset="1s" start="5s" duration="1s">
            <marker start="5s" duration="1/25s" value="second storyline"/></asset-clip></spine></asset-clip>
            """)
        let read = try EditorialImport(Array(text.utf8), named: "f")
        #expect(read.marks.map(\.name) == ["in a gap", "picked", "second storyline"])
        #expect(read.marks.map(\.start) == [25, 75, 150])
        #expect(read.faults == [])
    }

    /// A dissolve to and from black, and an audio event between the lines of one.
    @Test func dissolvesWithBlack() throws {
        let text = """
            TITLE: t
            001 A V C 00:00:00:00 00:00:02:00 00:00:00:00 00:00:02:00
            * FROM CLIP NAME: A
            002 A V C 00:00:02:00 00:00:02:00 00:00:02:00 00:00:02:00
            002 BL V D 024 00:00:00:00 00:00:01:00 00:00:02:00 00:00:03:00
            * FROM CLIP NAME: A
            003 BL V C 00:00:00:00 00:00:00:00 00:00:03:00 00:00:03:00
            003 B A C 00:00:03:00 00:00:05:00 00:00:03:00 00:00:05:00
            003 B V D 012 00:00:00:00 00:00:02:00 00:00:03:00 00:00:05:00
            * TO CLIP NAME: B

            """
        var options = ImportOptions()
        options.frameRate = .constant(try #require(FrameRate(24)))
        let read = try EditorialImport(Array(text.utf8), named: "f", options)
        #expect(read.faults == [])
        #expect(read.marks.map { "\($0.name) \($0.start) \($0.end)" } == ["A 0 48", "B 72 120"])
        #expect(
            read.warnings.map(\.message) == ["the clip 'B' begins with a dissolve or wipe: its first frames are mixed"])
    }

    /// The index counts as the file does, whatever mark the option had.
    @Test func startTimecodeTakesTheFilesMark() throws {
        var options = ImportOptions()
        options.frameRate = .constant(try #require(FrameRate(30_000, 1001)))
        options.startTimecode = Timecode("01:00:00:00")
        let text = resolve(event("01:00:01;00", "01:00:01;01", "A", "5"), mode: "DROP FRAME")
        let index = try #require(try EditorialImport(Array(text.utf8), named: "f", options).index)
        #expect(index.startTimecode == Timecode("01:00:00;00"))
        #expect(index.clips.map(\.range) == [FrameRange(30, 35)])
    }

    /// Line ends of three kinds, padding, Cyrillic UTF-16 without a mark, and seconds to the nearest frame.
    @Test func formsThatAreRight() throws {
        let rows = ["title,type,start,end", "\"A, \"\"a\"\"\",x,0,00:00:01:00", "B,y,1.02s,2.5s"]
        var options = ImportOptions()
        options.frameRate = .constant(try #require(FrameRate(25)))
        let expected = ["A, \"a\" x [0, 25)", "B y [26, 63)"]
        for end in ["\n", "\r\n", "\r"] {
            for padding in ["", end, end + "\u{1A}\u{1A}"] {
                let read = try EditorialImport(Array((rows.joined(separator: end) + padding).utf8), named: "f", options)
                #expect(read.index?.clips.map { "\($0.title) \($0.type) \($0.range)" } == expected)
            }
        }
        let cyrillic = "Имя\tО\tВход\tВыход\tДл\tТип\t\r\nУтро | 25\t\t00:00:01:00\t00:00:02:00\t00:00:01:00\tК\t\r\n"
        for order in [false, true] {
            let bytes = cyrillic.utf16.flatMap {
                order ? [UInt8($0 >> 8), UInt8($0 & 255)] : [UInt8($0 & 255), UInt8($0 >> 8)]
            }
            let read = try EditorialImport(bytes, named: "f", options)
            #expect(read.format == .premiere)
            #expect(read.index?.clips.map(\.title) == ["Утро"])
        }
    }
}

private func fcpxml(_ story: String) -> String {
    "<fcpxml><resources><format id=\"r\" frameDuration=\"1/25s\"/></resources><library><event><project><sequence format=\"r\" tcStart=\"0s\"><spine>\n"
        + story + "</spine></sequence></project></event></library></fcpxml>"
}

private func otio(_ start: String, _ length: String) -> String {
    let time = { (value: String) in "{\"OTIO_SCHEMA\": \"RationalTime.1\", \"rate\": 24.0, \"value\": \(value)}" }
    return
        "{\"OTIO_SCHEMA\": \"Timeline.1\", \"tracks\": {\"markers\": [\n{\"name\": \"A\", \"marked_range\": {\"start_time\": \(time(start)), "
        + "\"duration\": \(time(length))}}]}}"
}
