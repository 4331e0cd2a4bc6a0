import Diagnostics
import Editorial
import MediaTime
import Testing

/// What people get wrong in an index, and what changed between two.
@Suite struct IndexCheckTests {
    /// Reads `A/80 1000 1080` a line.
    private func index(_ text: String, rate: String = "24/1") throws -> ClipIndex {
        let clips = try text.split(separator: "\n").map { line in
            let words = line.split(separator: " ")
            let names = words[0].split(separator: "/")
            let (start, end) = (try #require(Int64(words[1])), try #require(Int64(words[2])))
            let range = try #require(FrameRange(start, end))
            return ClipLabel(title: String(names[0]), type: String(names[1]), range: range)
        }
        return try ClipIndex(frameRate: try #require(FrameRateMode(rate)), clips: clips)
    }

    private func said(_ text: String, types: [String]? = nil) throws -> [String] {
        try IndexCheck(neededTypes: types).faults(of: index(text)).map { fault in
            "\(fault.kind) \(fault.severity) \(fault.frame.map { "\($0)" } ?? "-"): \(fault.message)"
        }
    }

    @Test func aGoodIndexIsPassed() throws {
        #expect(try said("A/80 0 80\nA/40 80 120\nB/80 120 200\nB/40 200 240\nbumper/opening 240 300") == [])
    }

    @Test func eachFaultIsNamed() throws {
        #expect(
            try said("A/80 0 79\nA/40 100 141") == [
                "length warning 79: (A, 80): is 79 frames long, and its type says 80; its last frame may be meant to be in it: end at 80",
                "length warning 141: (A, 40): is 41 frames long, and its type says 40; end at 140, or name the type 41",
                "gap note 79: frames [79, 100) before (A, 40) belong to no clip",
            ])
        #expect(
            try said("A/80 0 80\nB/80 79 159\nB/x 100 120\nC/80 400 480\nA/y 480 500\nD/80 300 380") == [
                "overlap warning 79: (B, 80): shares 1 frame with (A, 80) [0, 80), a clip of another title; check which is right",
                "gap note 159: frames [159, 300) before (D, 80) belong to no clip",
                "gap note 380: frames [380, 400) before (C, 80) belong to no clip",
                "unsorted note 300: (D, 80): stands after (A, y), which begins later; sort the index",
            ])
        #expect(
            try said("A/80 0 80\nA/x 2 82\nCafé/80 82 162\nCAFE!/80 162 242") == [
                "nearDuplicate warning 2: (A, x): [2, 82) is nearly (A, 80) [0, 80); drop one, or check both",
                "nearDuplicate warning 162: (CAFE!, 80): the title looks like 'Café'; write both the same",
            ])
    }

    @Test func titlesWithoutANeededType() throws {
        let text = "A/80 0 80\nA/40 80 120\nB/80 120 200\nB/40 200 240\nC/40 240 280\nbumper/opening 280 300"
        #expect(
            try said(text) == [
                "missingType warning -: title 'C' has no clip of type '80'; cut one, or reels that need it leave the title out"
            ])
        #expect(
            try said("A/80 0 80\nB/40 80 120", types: ["80", "120"]) == [
                "missingType warning -: title 'A' has no clip of type '120'; cut one, or reels that need it leave the title out",
                "missingType warning -: title 'B' has no clip of type '80'; cut one, or reels that need it leave the title out",
                "missingType warning -: title 'B' has no clip of type '120'; cut one, or reels that need it leave the title out",
            ])
    }

    /// Titles of which none looks like another, though one's key is the beginning of another's.
    @Test func titlesOfOtherScriptsAreNotAlike() throws {
        #expect(try said("映画/80 0 80\n映/80 80 160\n!/80 160 240\n?/80 240 320") == [])
    }

    @Test func changesAreSaidAsEditorsWould() throws {
        let old = try index(
            "A/80 0 80\nB/80 80 160\nC/80 160 240\nD/80 240 320\nE/80 400 480\nF/80 480 560\nG/x 600 650\nG/y 600 650")
        let new = try index(
            "A/80 1 80\nB/80 92 172\nC/80 172 252\nD/80 252 332\nE/81 400 480\nF/80 481 562\nH/80 700 780\nG/z 600 650")
        let diff = IndexDiff(from: old, to: new)
        #expect(
            diff.changes.map(\.message) == [
                "(A, 80): the in-point 1 frame later, 1 frame shorter, [0, 80) to [1, 80)",
                "(B, 80): moved 12 frames later, [80, 160) to [92, 172)",
                "(C, 80): moved 12 frames later, [160, 240) to [172, 252)",
                "(D, 80): moved 12 frames later, [240, 320) to [252, 332)",
                "(E, 81): was (E, 80) before, the same frames [400, 480)",
                "(F, 80): the in-point 1 frame later and the out-point 2 frames later, 1 frame longer, [480, 560) to [481, 562)",
                "(G, x): is gone, it was [600, 650)",
                "(G, z): was (G, y) before, the same frames [600, 650)",
                "(H, 80): is new at [700, 780)",
            ])
        #expect(diff.summary == ["3 clips from (B, 80) at frame 92 on all moved 12 frames later"])
        #expect(diff.changes.map(\.startShift) == [1, 12, 12, 12, 0, 1, 0, 0, 0])
        #expect(diff.changes.map(\.endShift) == [0, 12, 12, 12, 0, 2, 0, 0, 0])
        #expect(diff.frameRates == nil && !diff.isEmpty)
        #expect(IndexDiff(from: old, to: old).isEmpty)
        // The order in which clips are listed is no difference; the rate is.
        let turned = try ClipIndex(frameRate: old.frameRate, clips: old.clips.reversed())
        #expect(IndexDiff(from: old, to: turned).isEmpty)
        let slow = try index("A/80 0 80", rate: "24000/1001")
        #expect(
            IndexDiff(from: try index("A/80 0 80"), to: slow).frameRates?.map(\.description) == ["24/1", "24000/1001"])
    }
}
