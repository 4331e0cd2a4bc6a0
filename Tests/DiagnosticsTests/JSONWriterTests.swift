import Diagnostics
import Foundation
import Testing

@Suite struct JSONWriterTests {
    @Test func writesWhatFoundationReads() throws {
        struct Document: Decodable, Equatable {
            struct Inner: Decodable, Equatable {
                var number: Double
                var absent: String?
            }
            var text: String
            var count: Int64
            var largest: UInt64
            var inner: [Inner]
            var words: [String]
            var nothing: [Int]
            var nested: [String: Int]
        }
        let text = "a \"quoted\" \\ line\n\u{1}\u{1F} \u{7F} ü 🎬 / end"
        let numbers = [0.1, -1.5e-300, 1e22, Double.leastNonzeroMagnitude, 3]
        var json = JSONWriter()
        json.object { json in
            json.member("text", text)
            json.member("count", Int64.min)
            json.member("largest", UInt64.max)
            json.member("absent", String?.none)
            json.array("inner") { json in
                for number in numbers {
                    json.object { json in
                        json.member("number", number)
                        json.member("absent", Double?.none)
                    }
                }
            }
            json.array("words") { json in
                json.element("a")
                json.element("b")
            }
            json.array("nothing") { _ in }
            json.object("nested") { $0.member("one", 1) }
        }
        let expected = Document(
            text: text, count: .min, largest: .max, inner: numbers.map { .init(number: $0) }, words: ["a", "b"],
            nothing: [], nested: ["one": 1])
        #expect(try JSONDecoder().decode(Document.self, from: Data(json.bytes)) == expected)
        #expect(try StrictJSON.parse(json.bytes, named: "it")["inner"] != nil)
    }

    @Test func hasNoSpaceAndOneCommaBetween() {
        var json = JSONWriter()
        json.object { json in
            json.member("a", 1)
            json.array("b") { json in
                json.element(1)
                json.object { $0.member("c", "\t") }
                json.array { $0.element("d") }
                json.object { _ in }
            }
            json.member("d", 0.5)
            json.member("e", json: "12")
        }
        #expect(String(decoding: json.bytes, as: UTF8.self) == #"{"a":1,"b":[1,{"c":"\t"},["d"],{}],"d":0.5,"e":12}"#)
    }

    /// As in the example of RFC 8785, section 3.2.2.2, and the short escapes that it names beside.
    @Test func escapesAsCanonicalJSON() {
        var json = JSONWriter()
        json.element("\u{20AC}$\u{0F}\u{0A}A'\u{42}\u{22}\u{5C}\\\"/\u{08}\t\u{0C}\r\u{1F}")
        #expect(
            String(decoding: json.bytes, as: UTF8.self)
                == #""€$\u000f\nA'B\"\\\\\"/\b\t\f\r\u001f""#)
    }
}
