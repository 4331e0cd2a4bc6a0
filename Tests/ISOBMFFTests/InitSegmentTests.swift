import Foundation
import ISOBMFF
import TestSupport
import Testing

@Suite("Init segments")
struct InitSegmentTests {
    /// Compares with `Tests/Golden/ISOBMFF/NAME`; `SIZZLE_RECORD=1` writes it anew, and fails.
    private func expectGolden(_ text: String, _ name: String) throws {
        let url = URL(fileURLWithPath: "\(Package.root)/Tests/Golden/ISOBMFF/\(name)")
        if ProcessInfo.processInfo.environment["SIZZLE_RECORD"] != nil {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: url, atomically: true, encoding: .utf8)
            Issue.record("recorded \(name); look at it and run again without SIZZLE_RECORD")
        }
        #expect(text == (try String(contentsOf: url, encoding: .utf8)))
    }

    @Test func everyBoxAsRecorded() throws {
        try expectGolden(try dump(try Sets.initSegment().encoded()), "init-segment.txt")
    }

    @Test func fragmentsAsRecorded() throws {
        let fragment = try Fragment.header(trackID: 1, samples: Sets.samples, sequenceNumber: 81, decodeTime: 80_000)
        try expectGolden(try dump([UInt8](fragment.bytes.dropLast(8))), "fragment.txt")
    }

    @Test func theSameDescriptionGivesTheSameBytes() throws {
        #expect(try Sets.initSegment().encoded() == Sets.initSegment().encoded())
    }

    @Test func everythingIsReadBack() throws {
        let written = try Sets.initSegment()
        let bytes = written.encoded()
        var boxes = TopLevelBoxes(bytes)
        let headers = try boxes.remaining()
        #expect(headers.map(\.type) == ["ftyp", "moov"])
        let movie = try MovieHeader.parse(try boxes.contents(of: headers[1]), at: headers[1].offset)
        #expect(movie.timescale == 24000)
        #expect(movie.duration == 0)
        #expect(movie.isFragmented)
        #expect(movie.fragmentDuration == 96000)
        #expect(movie.userData == written.userData)
        #expect(try UserData.parse(movie.userData) == ["sizzle_edition": "abcd", "sizzle_reel": "00ff"])
        #expect(movie.tracks.map(\.trackID) == [1, 2])
        #expect(movie.tracks.map(\.isEnabled) == [true, true])
        #expect(movie.tracks.map(\.handler) == ["vide", "soun"])
        #expect(movie.tracks.map(\.timescale) == [24000, 48000])
        #expect(movie.tracks.map(\.language) == ["und", "deu"])
        #expect(movie.tracks.map(\.width) == [655 << 16, 0])
        #expect(movie.tracks.map(\.height) == [480 << 16, 0])
        #expect(movie.tracks[0].edits == [.init(segmentDuration: 0, mediaTime: 2000, rate: 0x10000)])
        #expect(movie.tracks[1].edits.isEmpty)
        #expect(
            movie.tracks.map(\.sampleEntries) == [
                [.init(type: "avc1", bytes: written.tracks[0].sampleEntry)],
                [.init(type: "mp4a", bytes: written.tracks[1].sampleEntry)],
            ])
        #expect(
            movie.tracks.map(\.defaults) == [
                SampleDefaults(duration: 0, size: 0, flags: 0), SampleDefaults(duration: 0, size: 0, flags: 0),
            ])
    }

    @Test func sampleEntriesAreReadBack() throws {
        let segment = try Sets.initSegment()
        let picture = try VideoSampleEntry.parse(segment.tracks[0].sampleEntry)
        #expect(picture.width == 720)
        #expect(picture.height == 480)
        #expect(picture.configuration == .avc(try Sets.configuration()))
        #expect(picture.colour == ColourDescription(primaries: 6, transfer: 1, matrix: 6, fullRange: false))
        #expect(picture.pixelAspect?.0 == 10)
        #expect(picture.pixelAspect?.1 == 11)
        #expect(picture.encoded() == segment.tracks[0].sampleEntry)
        let sound = try AACSampleEntry.parse(segment.tracks[1].sampleEntry)
        #expect(sound.encoded() == segment.tracks[1].sampleEntry)
        #expect(sound.sampleRate == 48000)
    }

    @Test func aRotationALongEditAndOneTrackAreReadBack() throws {
        let turned: [Int32] = [0, 0x10000, 0, -0x10000, 0, 0, 0x1E0_0000, 0, 0x4000_0000]
        let segment = InitSegment(
            movieTimescale: 1000,
            tracks: [
                TrackDescription(
                    trackID: 7, kind: .video(width: 320, height: 240), timescale: 1 << 31, sampleEntry: [],
                    editMediaTime: 1 << 40, language: "DE", matrix: turned)
            ])
        let bytes = segment.encoded()
        #expect(hex(bytes.prefix(28)) == "0000001c" + hex("ftypiso6".utf8) + "00000000" + hex("iso6cmfcmp41".utf8))
        var boxes = TopLevelBoxes(bytes)
        let headers = try boxes.remaining()
        let movie = try MovieHeader.parse(try boxes.contents(of: headers[1]))
        #expect(movie.tracks[0].edits == [.init(segmentDuration: 0, mediaTime: 1 << 40, rate: 0x10000)])
        #expect(movie.tracks[0].matrix == turned)
        #expect(movie.tracks[0].language == "und")
        #expect(movie.fragmentDuration == nil)
        #expect(movie.userData.isEmpty)
    }

    @Test func foreignUserDataIsPassedOver() throws {
        let foreign = RawBox(FourCC(rawValue: 0xA96E_616D), hex("0004000074657374"))
        #expect(try UserData.parse([foreign]) == [:])
        #expect(try UserData.parse([foreign, UserData.encode(["k": "ä\n\""])]) == ["k": "ä\n\""])
    }
}
