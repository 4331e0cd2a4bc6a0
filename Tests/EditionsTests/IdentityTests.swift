@testable import Editions
import MediaTime
import TestSupport
import Testing

@Suite struct IdentityTests {
    @Test func hexIsReadAsItIsWritten() throws {
        let id = try objectID(5)
        let text = id.description
        #expect(text.count == 64)
        #expect(ObjectID(text) == id)
        #expect(
            [text.uppercased(), String(text.dropLast()), text + "00", "", String(repeating: "g", count: 64)].map {
                ObjectID($0)
            } == [nil, nil, nil, nil, nil])
        #expect(ObjectID(bytes: [1, 2]) == nil)
        #expect(FrameHash(bytes: [1, 2]) == nil)
        #expect(
            ObjectID.of(Array("abc".utf8)).description
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    /// One change of each field, in the order of the form.
    private static let changes: [(name: String, change: @Sendable (inout EditionManifest) throws -> Void)] = [
        ("version", { $0.version += 1 }),
        ("frameRate", { $0.frameRate = .variable }),
        ("clips", { $0.clips += 1 }),
        ("frames", { $0.frames += 1 }),
        ("clipTable", { $0.clipTable = try objectID(1) }),
        ("rendition added", { $0.renditions.append($0.renditions[0]) }),
        ("rendition.name", { $0.renditions[0].name = "v360" }),
        ("rendition.codec", { $0.renditions[0].codec = "avc1.640020" }),
        ("rendition.width", { $0.renditions[0].width += 2 }),
        ("rendition.height", { $0.renditions[0].height += 2 }),
        ("rendition.initSegment", { $0.renditions[0].initSegment = try objectID(2) }),
        ("rendition.timescale", { $0.renditions[0].timescale += 1 }),
        ("rendition.ticksPerFrame", { $0.renditions[0].ticksPerFrame = nil }),
        ("rendition.shift", { $0.renditions[0].shift += 1 }),
        ("rendition.condition", { $0.renditions[0].condition = "copy" }),
        ("rendition.settings value", { $0.renditions[0].settings["crf"] = "19" }),
        ("rendition.settings key", { $0.renditions[0].settings["preset"] = "slow" }),
        ("rendition.bytes", { $0.renditions[0].bytes += 1 }),
        ("bed removed", { $0.beds = [] }),
        ("bed.name", { $0.beds[0].name = "other" }),
        ("bed.codec", { $0.beds[0].codec = "mp4a.40.5" }),
        ("bed.initSegment", { $0.beds[0].initSegment = try objectID(3) }),
        ("bed.sound object", { $0.beds[0].sound.object = try objectID(4) }),
        ("bed.sound part", { $0.beds[0].sound.parts[1].decodeTimeOffset += 1 }),
        ("bed.framesPerPart", { $0.beds[0].framesPerPart += 1 }),
        ("bed.lossless", { $0.beds[0].lossless = try objectID(6) }),
        ("bed.sampleRate", { $0.beds[0].sampleRate += 1 }),
        ("bed.channels", { $0.beds[0].channels += 1 }),
        ("bed.samples", { $0.beds[0].samples += 1 }),
        ("bed.bitsPerSecond", { $0.beds[0].bitsPerSecond += 1 }),
    ]

    @Test func everythingButProvenanceMakesTheIdentity() throws {
        let original = try manifest(clips: 3)
        let id = Edition.id(of: original)
        #expect(id.count == 32)
        var other = original
        other.provenance = .init(created: "2027-01-01T00:00:00Z", source: "else.mov", sourceBytes: 99, tool: "sizzle 9")
        #expect(Edition.id(of: other) == id)
        var seen = [id: "the original"]
        for (name, change) in Self.changes {
            var changed = original
            try change(&changed)
            let changedID = Edition.id(of: changed)
            #expect(seen[changedID] == nil, "\(name) gives the id of \(seen[changedID] ?? "")")
            seen[changedID] = name
        }
    }

    /// The id is a contract: it must not move with a library's habits of writing JSON.
    @Test func theIdentityIsTheHashOfCanonicalJSON() throws {
        let folder = try TemporaryFolder()
        let manifest = try manifest(clips: 3)
        let json = String(decoding: Library.json(manifest), as: UTF8.self)
        let path = try folder.write(json, to: "edition.json")
        let script =
            "import json, sys, hashlib\nd = json.load(open(sys.argv[1]))\ndel d['provenance']\n"
            + "t = json.dumps(d, sort_keys=True, separators=(',', ':'), ensure_ascii=False)\n"
            + "print(hashlib.sha256(t.encode()).hexdigest()[:32])\n"
        #expect(try Tools.check("python3", ["-c", script, path]).lines == [Edition.id(of: manifest)])
    }
}
