import Catalogue
import Diagnostics
import Sequencing
import Testing

@Suite struct TitleImportTests {
    /// The contract's example.
    private let full = """
        {"id": "A", "name": "…", "released": "2026-05-01", "genres": ["drama"], "tags": [], "available":
        ["2026-01-01", null], "regions": ["de"], "languages": ["en"], "maturity": 12, "blocked": false,
        "popularity": 12.5, "unknown": [1]}
        """

    private func summary(added: Int = 0, updated: Int = 0, unchanged: Int = 0) -> TitleImportSummary {
        var summary = TitleImportSummary()
        (summary.added, summary.updated, summary.unchanged) = (added, updated, unchanged)
        return summary
    }

    @Test func readsTheContractsExample() throws {
        let folder = try Folder()
        let catalogue = try Catalogue.open(folder.catalogue)
        #expect(
            try catalogue.importTitles(try folder.file("t.json", "[\(full), {\"id\": \"B\"}]")) == summary(added: 2))
        #expect(
            try catalogue.snapshot(viewer: "v1", at: received)
                == Snapshot(
                    at: received,
                    titles: [
                        TitleFacts(
                            id: "A", released: Moment("2026-05-01"), genres: ["drama"],
                            availableFrom: Moment("2026-01-01"), regions: ["DE"], languages: ["en"], maturity: 12,
                            popularity: 12.5),
                        TitleFacts(id: "B"),
                    ], viewer: ViewerFacts(id: "v1")))
    }

    @Test(arguments: [
        #"[{"id": "A"}, {"id": "B"}]"#,
        #"{"titles": [{"id": "A"}, {"id": "B"}]}"#,
        "{\n  \"titles\": [{\"id\": \"A\"},\n {\"id\": \"B\"}]\n}\n",
        "{\"id\": \"A\"}\n{\"id\": \"B\"}\n",
        "\n{\"id\": \"A\"}\r\n\r\n{\"id\": \"B\"}",
    ])
    func takesThreeShapesOfFiles(text: String) throws {
        let folder = try Folder()
        let catalogue = try Catalogue.open(folder.catalogue)
        try catalogue.importTitles(try folder.file("t", text))
        #expect(
            try catalogue.snapshot(viewer: "v", at: received).titles == [TitleFacts(id: "A"), TitleFacts(id: "B")])
    }

    @Test func oneTitleMayStandAlone() throws {
        let folder = try Folder()
        let catalogue = try Catalogue.open(folder.catalogue)
        #expect(try catalogue.importTitles(try folder.file("1", "{\n\"id\": \"A\"\n}")) == summary(added: 1))
        #expect(try catalogue.importTitles(try folder.file("2", "{\"id\": \"A\"}")) == summary(unchanged: 1))
        #expect(try catalogue.importTitles(try folder.file("3", "[]")) == summary())
    }

    @Test func aRecordReplacesTheOneBefore() throws {
        let folder = try Folder()
        let catalogue = try Catalogue.open(folder.catalogue)
        try catalogue.importTitles(
            try folder.file("1", #"[{"id": "A", "blocked": true}, {"id": "B"}, {"id": "C", "genres": ["x"]}]"#))
        let second = try folder.file("2", #"[{"genres": ["x"], "id": "C"}, {"id": "A"}, {"id": "D"}]"#)
        #expect(try catalogue.importTitles(second) == summary(added: 1, updated: 1, unchanged: 1))
        #expect(
            try catalogue.snapshot(viewer: "v", at: received).titles
                == [
                    TitleFacts(id: "A"), TitleFacts(id: "B"), TitleFacts(id: "C", genres: ["x"]), TitleFacts(id: "D"),
                ])
    }

    @Test(arguments: [
        (#"[{"id": "A"}, {"name": "x"}]"#, "[1]: the key 'id' is missing"),
        (#"[{"id": 7}]"#, "[0].id: expected a string, found 7"),
        (#"[{"id": ""}]"#, "[0].id: the id is empty"),
        (#"[{"id": "A\u0007"}]"#, "[0].id: the id holds the control character U+0007"),
        (#"{"titles": [{"id": "A", "genres": "drama"}]}"#, "titles[0].genres: expected an array, found a string"),
        (#"[{"id": "A", "genres": ["x", 1]}]"#, "[0].genres[1]: expected a string, found 1"),
        (#"[{"id": "A", "tags": ["x", " "]}]"#, "[0].tags: entry 2 is blank"),
        (#"[{"id": "A", "regions": []}]"#, "[0].regions: the list is empty; leave it out for everywhere"),
        (
            #"[{"id": "A", "released": "2026-02-30"}]"#,
            "[0].released: '2026-02-30' is not a date such as 2026-05-01 or an RFC 3339 time"
        ),
        (
            #"[{"id": "A", "available": ["soon", null]}]"#,
            "[0].available: 'soon' is not a date such as 2026-05-01 or an RFC 3339 time"
        ),
        (#"[{"id": "A", "available": [null]}]"#, "[0].available: expected two entries, from and until, found 1"),
        (#"[{"id": "A", "available": [1, null]}]"#, "[0].available[0]: expected a string, found 1"),
        (
            #"[{"id": "A", "available": ["2026-05-01", "2026-05-01"]}]"#,
            "[0].available: ends before it begins; the second date is the first on which it is over"
        ),
        (#"[{"id": "A", "maturity": 12.5}]"#, "[0].maturity: expected a whole number, found 12.5"),
        (#"[{"id": "A", "maturity": -1}]"#, "[0].maturity: -1 is negative; it is an age in years"),
        (#"[{"id": "A", "blocked": "no"}]"#, "[0].blocked: expected true or false, found a string"),
        (#"[{"id": "A", "popularity": -1}]"#, "[0].popularity: -1.0 is not from 0 to 1e15 plays"),
        (#"[{"id": "A", "popularity": "12"}]"#, "[0].popularity: expected a number, found a string"),
        (
            #"[{"id": "A"}, {"id": "B"}, {"id": "A"}]"#,
            "entry 3: title 'A' is there twice, before in entry 1; remove one"
        ),
        ("{\"id\": \"A\"}\n\n{\"id\": \"A\"}", "line 3: title 'A' is there twice, before in line 1; remove one"),
        ("{\"id\": \"A\"}\n{\"id\": 1}", "line 2: id: expected a string, found 1"),
        ("{\"id\": \"A\"}\nnope", "line 2: not JSON: found 'n' where a value should be, at byte 1"),
        ("", "the file is empty; a JSON document should be in it"),
        (
            "\"A\"", "expected an array of titles, an object with \"titles\" or one title a line, found a string"
        ),
        (
            "{\n\"films\": []}",
            "expected an array of titles, an object with \"titles\" or one title a line, found an object"
        ),
        (
            "{\"titles\": [{\"id\": \"A\"}}",
            "not JSON: found '}' where a comma or ] should be, at line 1, column 24"
        ),
    ])
    func aBadFileChangesNothing(text: String, message: String) throws {
        let folder = try Folder()
        let catalogue = try Catalogue.open(folder.catalogue)
        let path = try folder.file("t.json", text)
        #expect(throws: Fault(.badInput, "\(path): \(message)")) { try catalogue.importTitles(path) }
        #expect(try folder.state() == [])
    }

    @Test func aMissingFileIsNotFound() throws {
        let folder = try Folder()
        let catalogue = try Catalogue.open(folder.catalogue)
        #expect(throws: Fault(.notFound, "/no/t.json: there is no such file")) {
            try catalogue.importTitles("/no/t.json")
        }
    }
}
