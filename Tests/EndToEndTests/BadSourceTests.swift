import Foundation
import MediaTime
import TestSupport
import Testing

/// What `ingest` says of sources, indexes and beds that cannot be used.
@Suite struct BadSourceTests {
    private static func source() throws -> String {
        try TestMedia.stamped(size: (160, 96), frames: 240, idr: [40, 80, 120])
    }

    private static let clip = IndexFile.Clip("A", "40", 40, 80)

    /// Arguments of an ingest into a library that is not there yet.
    @Sendable private static func ingest(
        _ space: Workspace, _ mega: String, _ clips: [IndexFile.Clip] = [clip], rate: String = "24/1",
        more: [String] = []
    ) throws -> [String] {
        let index = try space.write(IndexFile(frameRate: rate, clips: clips), to: "clips.json")
        return ["ingest", mega, "--index", index, "--library", space.library, "--quiet"] + more
    }

    /// The same with an index that is written out.
    @Sendable private static func ingest(_ space: Workspace, index text: String) throws -> [String] {
        let index = try space.write(text, to: "clips.json")
        return try ["ingest", source(), "--index", index, "--library", space.library, "--quiet"]
    }

    @Sendable private static func copy(of path: String, _ space: Workspace, keeping share: Double) throws -> String {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let copy = space.file("cut.mp4")
        try bytes.prefix(Int(Double(bytes.count) * share)).write(to: URL(fileURLWithPath: copy))
        return copy
    }

    /// Frames 40 to 52 are whole but for 51, which is the last in decoding order and half there.
    @Sendable private static func cutInsideFrame51(_ space: Workspace) throws -> String {
        let track = try MovieBoxes.read(source()).tracks[0]
        let bytes = try Data(contentsOf: URL(fileURLWithPath: source()))
        try bytes.prefix(track.offsets[52] + track.sizes[52] / 2).write(to: URL(fileURLWithPath: space.file("cut.mp4")))
        return space.file("cut.mp4")
    }

    private static let media: [Refusal] = [
        Refusal("missing source", 66, ["nowhere.mp4"]) { try ingest($0, $0.file("nowhere.mp4")) },
        Refusal("a folder as source", 66, ["is not a file"]) { try ingest($0, $0.path) },
        Refusal("empty source", 65, ["empty.mp4"]) { try ingest($0, $0.write("", to: "empty.mp4")) },
        Refusal("text as source", 65, ["text.mp4"]) {
            try ingest($0, $0.write(String(repeating: "This is no video.\n", count: 500), to: "text.mp4"))
        },
        Refusal("the moov at the end is lost", 65, ["cut.mp4"]) {
            let whole = try TestMedia.stamped(
                size: (160, 96), frames: 240, idr: [40, 80, 120], more: ["--movflags", "disable_chpl"])
            return try ingest($0, copy(of: whole, $0, keeping: 0.9))
        },
        Refusal("the mdat is cut before the clip's end", 65, ["(A, 40)", "frame 80 of "]) {
            try ingest($0, copy(of: source(), $0, keeping: 0.25))
        },
        Refusal("the mdat is cut, encoding", 65, ["(A, 40)", "frame 80 of "]) {
            try ingest($0, copy(of: source(), $0, keeping: 0.25), more: ["--condition", "encode"])
        },
        Refusal("the mdat is cut inside a frame of the clip", 65, ["cut.mp4", "frame 51"]) {
            try ingest($0, cutInsideFrame51($0), [.init("A", "13", 40, 53)])
        },
        Refusal("the mdat is cut inside a frame, encoding", 65, ["cut.mp4", "frame 51"]) {
            try ingest($0, cutInsideFrame51($0), [.init("A", "13", 40, 53)], more: ["--condition", "encode"])
        },
        Refusal("no picture", 65, ["video"]) {
            try ingest($0, TestMedia.stamped(frames: 240, container: "m4a"))
        },
    ]

    private static let indexes: [Refusal] = [
        Refusal("missing index", 66, ["clips.json"]) {
            try ["ingest", source(), "--index", $0.file("clips.json"), "--library", $0.library, "--quiet"]
        },
        Refusal("index that is not JSON", 65, ["clips.json"]) { try ingest($0, index: "title,type,start,end\n") },
        Refusal("index cut short", 65, ["clips.json"]) { try ingest($0, index: #"{"frameRate": "24/1", "clips": ["#) },
        Refusal("frame rate as a number", 65, ["clips.json", "frameRate"]) {
            try ingest($0, index: #"{"frameRate": 24, "clips": [{"title":"A","type":"40","start":40,"end":80}]}"#)
        },
        Refusal("start as text", 65, ["clips.json", "start"]) {
            try ingest(
                $0, index: #"{"frameRate": "24/1", "clips": [{"title":"A","type":"40","start":"40","end":80}]}"#)
        },
        Refusal("start as a fraction", 65, ["clips.json", "start"]) {
            try ingest(
                $0, index: #"{"frameRate": "24/1", "clips": [{"title":"A","type":"40","start":40.5,"end":80}]}"#)
        },
        Refusal("no end", 65, ["clips.json", "end"]) {
            try ingest($0, index: #"{"frameRate": "24/1", "clips": [{"title":"A","type":"40","start":40}]}"#)
        },
        Refusal("no clips", 65, ["clips.json"]) { try ingest($0, source(), []) },
        Refusal("clip past the end", 65, ["clips.json", "(B, 40)", "241", "240"]) {
            try ingest($0, source(), [clip, .init("B", "40", 201, 241)])
        },
        Refusal("empty range", 65, ["clips.json", "(B, 40)", "empty"]) {
            try ingest($0, source(), [clip, .init("B", "40", 80, 80)])
        },
        Refusal("reversed range", 65, ["clips.json", "(B, 40)", "reversed"]) {
            try ingest($0, source(), [clip, .init("B", "40", 120, 80)])
        },
        Refusal("negative start", 65, ["clips.json", "(B, 40)", "frame 0"]) {
            try ingest($0, source(), [clip, .init("B", "40", -1, 39)])
        },
        Refusal("clip given twice", 65, ["clips.json", "(A, 40)", "twice"]) {
            try ingest($0, source(), [clip, .init("A", "40", 80, 120)])
        },
        Refusal("another frame rate", 65, ["frame 1", "25/1"]) { try ingest($0, source(), rate: "25/1") },
        Refusal("nearly the frame rate", 65, ["frame", "24000/1001"]) { try ingest($0, source(), rate: "24000/1001") },
        Refusal("half the frame rate", 65, ["frame 1", "12/1"]) { try ingest($0, source(), rate: "12/1") },
        Refusal("decimal frame rate", 65, ["clips.json", "23.976"]) { try ingest($0, source(), rate: "23.976") },
    ]

    private static let beds: [Refusal] = [
        Refusal("bed without a name", 64, ["--bed music.wav"]) {
            try ingest($0, source(), more: ["--bed", "music.wav"])
        },
        Refusal("bed with an empty name", 64, ["--bed =music.wav"]) {
            try ingest($0, source(), more: ["--bed", "=music.wav"])
        },
        Refusal("bed with an empty source", 64, ["--bed main="]) {
            try ingest($0, source(), more: ["--bed", "main="])
        },
        Refusal("bed of no frames", 64, ["--bed main=5-5"]) { try ingest($0, source(), more: ["--bed", "main=5-5"]) },
        Refusal("bed with a reversed range", 64, ["--bed main=9-5"]) {
            try ingest($0, source(), more: ["--bed", "main=9-5"])
        },
        Refusal("bed past the end", 65, ["main", "241", "240"]) {
            try ingest($0, source(), more: ["--bed", "main=10-241"])
        },
        Refusal("bed given twice", 64, ["main", "twice"]) {
            try ingest($0, source(), more: ["--bed", "main=0-100", "--bed", "main=100-200"])
        },
        Refusal("missing bed", 66, ["nowhere.wav"]) {
            try ingest($0, source(), more: ["--bed", "main=\($0.file("nowhere.wav"))"])
        },
        Refusal("text as bed", 65, ["music.wav"]) {
            try ingest($0, source(), more: ["--bed", "main=\($0.write("no music at all", to: "music.wav"))"])
        },
        Refusal("bed without sound", 65, ["sound"]) {
            let silent = try TestMedia.stamped(size: (160, 96), frames: 48, sound: "none")
            return try ingest($0, source(), more: ["--bed", "main=\(silent)"])
        },
        Refusal("a source without sound as bed", 65, ["sound"]) {
            let silent = try TestMedia.stamped(size: (160, 96), frames: 240, idr: [40, 80], sound: "none")
            return try ingest($0, silent, more: ["--bed", "main=0-100"])
        },
    ]

    private static let places: [Refusal] = [
        Refusal("a folder with other files as library", 73, ["library", "not a library"]) {
            try FileManager.default.createDirectory(atPath: $0.library, withIntermediateDirectories: true)
            _ = try $0.write("mine", to: "library/letter.txt")
            return try ingest($0, source())
        },
        Refusal("a file as library", 73, ["library"]) {
            _ = try $0.write("mine", to: "library")
            return try ingest($0, source())
        },
        Refusal("no library", 64, ["--library"]) {
            try ingest($0, source()).filter { $0 != "--library" && !$0.hasSuffix("/library") }
        },
        Refusal("no index", 64, ["--index"]) { try ["ingest", source(), "--library", $0.library] },
        Refusal("unknown condition", 64, ["--condition", "banana"]) {
            try ingest($0, source(), more: ["--condition", "banana"])
        },
        Refusal("quality out of range", 64, ["--quality", "52"]) {
            try ingest($0, source(), more: ["--quality", "52"])
        },
        Refusal("unknown flag", 64, ["--frobnicate"]) { try ingest($0, source(), more: ["--frobnicate"]) },
    ]

    @Test(arguments: media) func refusesMedia(refusal: Refusal) throws { try refusal.expect() }
    @Test(arguments: indexes) func refusesIndexes(refusal: Refusal) throws { try refusal.expect() }
    @Test(arguments: beds) func refusesBeds(refusal: Refusal) throws { try refusal.expect() }
    @Test(arguments: places) func refusesPlaces(refusal: Refusal) throws { try refusal.expect() }
}
