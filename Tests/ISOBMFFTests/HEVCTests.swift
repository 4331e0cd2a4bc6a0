import Foundation
import ISOBMFF
import TestSupport
import Testing

@Suite("HEVC parameter sets and hvcC")
struct HEVCTests {
    /// The record is the file's, says what ffprobe says, and has the name that browser_play.py gives it.
    @Test(
        .needsSharedMedia,
        arguments: [
            ("bear-hevc-10bit-hdr10.mp4", "hvc1.2.4.L63.90"), ("bear-hevc-cra-360p.mp4", "hvc1.1.6.L63.90"),
            ("mp4ff-hevc-50fps.mp4", "hvc1.1.6.L123.90"),
        ])
    func recordsAreRead(name: String, codec: String) throws {
        let path = try SharedMedia.file(name)
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        var boxes = TopLevelBoxes(bytes)
        let header = try #require(try boxes.remaining().first { $0.type == "moov" })
        let movie = try MovieHeader.parse(try boxes.contents(of: header))
        let track = try #require(movie.tracks.first { $0.handler == "vide" })
        let entry = try VideoSampleEntry.parse(track.sampleEntries[0].bytes)
        let record = try #require(entry.configuration.hevc)
        let set = try record.sequenceParameters()
        let told = try Tools.check(
            "ffprobe",
            [
                "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height,has_b_frames,level",
                "-of",
                "csv=p=0", path,
            ]
        ).lines[0]
        #expect("\(set.width),\(set.height),\(set.maximumReorderFrames),\(set.profile.level)" == told)
        #expect(entry.configuration.name == codec)
        // Made anew of its parameter sets, and read back.
        let made = try HEVCConfiguration(
            videoParameterSets: record.videoParameterSets, sequenceParameterSets: record.sequenceParameterSets,
            pictureParameterSets: record.pictureParameterSets, nalLengthSize: record.nalLengthSize)
        #expect(try HEVCConfiguration.parse(made.encoded()) == made)
        #expect(made == record)
        let written = VideoSampleEntry(width: entry.width, height: entry.height, configuration: .hevc(made))
        #expect(try VideoSampleEntry.parse(written.encoded()).configuration == .hevc(made))
        #expect(written.encoded()[4..<8].elementsEqual("hvc1".utf8))
    }

    @Test func truncatedRecordsAreErrors() throws {
        let bytes: [UInt8] = [1, 1] + [UInt8](repeating: 0, count: 20) + [1, 0x21, 0, 1, 0, 9]
        for count in 0..<bytes.count {
            #expect(throws: ISOBMFFError.self) { try HEVCConfiguration.parse(Array(bytes.prefix(count))) }
        }
    }

    /// Removing what was added gives what there was, and no start code is left.
    @Test func emulationPreventionIsAddedAndRemoved() {
        let payloads: [[UInt8]] = [
            [], [0, 0], [0, 0, 0, 0, 9], [0, 0, 1], [0, 0, 3, 0, 0, 4], [1, 0, 0, 2, 0, 0, 0, 0, 3, 255], [0, 0, 5],
        ]
        for payload in payloads {
            let escaped = BitReader.addingEmulationPrevention(payload)
            #expect(escaped.last != 0)
            for at in escaped.indices.dropLast(2) {
                #expect(!(escaped[at] == 0 && escaped[at + 1] == 0 && escaped[at + 2] < 3))
            }
            #expect(BitReader.removingEmulationPrevention(escaped) == payload)
        }
    }
}
