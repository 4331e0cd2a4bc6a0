import TestSupport
import ISOBMFF
import Testing

@Suite("Writing boxes")
struct WritingTests {
    @Test func integersAreBigEndianAndSizesAreFilledIn() {
        var writer = BoxWriter()
        writer.box("free") {
            $0.u8(1)
            $0.u16(0x0203)
            $0.u24(0x0004_0506)
            $0.u64(0x0708_090A_0B0C_0D0E)
            $0.i32(-2)
            $0.fullBox("abcd", version: 1, flags: 0x02_0003) { $0.i64(-1) }
        }
        let expected = hex(
            """
            0000002e 66726565 01 0203 040506 0708090a0b0c0d0e fffffffe
              00000014 61626364 01 020003 ffffffffffffffff
            """)
        #expect(hex(writer.bytes) == hex(expected))
    }

    @Test func fourCharacterCodes() {
        let moov: FourCC = "moov"
        #expect(moov.rawValue == 0x6D6F_6F76)
        #expect(moov.description == "moov")
        #expect(FourCC(rawValue: 0xA96E_616D).description == "\\xa9nam")
        #expect(FourCC(rawValue: 0x0102_0304).description == "\\x01\\x02\\x03\\x04")
        #expect(FourCC(text: "moo") == nil)
        #expect(FourCC(text: "moov") == moov)
    }

    @Test func configurationRecord() throws {
        let plain = try AVCConfiguration(
            sequenceParameterSets: [Sets.predictiveSPS],
            pictureParameterSets: [Sets.predictivePPS])
        #expect(
            hex(plain.encoded())
                == "01f40016ffe1001a" + hex(Sets.predictiveSPS) + "010005" + hex(Sets.predictivePPS) + "fff8f800")
    }

    @Test func aacSampleEntry() {
        let entry = AACSampleEntry(
            channels: 2, sampleRate: 48000, audioSpecificConfig: [0x11, 0x90], averageBitrate: 128_000,
            maximumBitrate: 160_000)
        let expected = hex(
            """
            0000004b 6d703461 000000000000 0001 0000000000000000 0002 0010 00000000 bb800000
            00000027 65736473 00000000
              03 19 0000 00
                04 11 40 15 000600 00027100 0001f400
                  05 02 1190
                06 01 02
            """)
        #expect(hex(entry.encoded()) == hex(expected))
    }

    @Test func aacConfigurationOfMoreThan127Bytes() throws {
        let entry = AACSampleEntry(
            channels: 6, sampleRate: 96000, audioSpecificConfig: [UInt8](repeating: 7, count: 200), averageBitrate: 0,
            maximumBitrate: 0)
        let bytes = entry.encoded()
        #expect(hex(bytes).contains("0581480707"))
        let read = try AACSampleEntry.parse(bytes)
        #expect(read.audioSpecificConfig == entry.audioSpecificConfig)
        #expect(read.sampleRate == 0)
    }

    @Test func uniformSamplesStandOnceInTheHeader() throws {
        let sound = [MediaSample](repeating: MediaSample(size: 0x155, duration: 1024, isSync: true), count: 2)
        let fragment = try Fragment.header(trackID: 2, samples: sound, sequenceNumber: 7, decodeTime: 6144)
        let expected = hex(
            """
            00000068 6d6f6f66
              00000010 6d666864 00000000 00000007
              00000050 74726166
                00000018 74666864 00020028 00000002 00000400 02000000
                00000014 74666474 01000000 0000000000001800
                0000001c 7472756e 00000201 00000002 00000070 00000155 00000155
            000002b2 6d646174
            """)
        #expect(hex(fragment.bytes) == hex(expected))
        #expect(fragment.sequenceNumberOffset == 20)
        #expect(fragment.decodeTimeOffset == 68)
        #expect(fragment.totalSize == 112 + 0x2AA)
    }

    @Test func aFirstSampleUnlikeTheRestHasFlagsOfItsOwn() throws {
        let fragment = try Fragment.header(
            trackID: 1, samples: [Sets.samples[0], Sets.samples[1]], sequenceNumber: 41, decodeTime: 1 << 32)
        let expected = hex(
            """
            00000074 6d6f6f66
              00000010 6d666864 00000000 00000029
              0000005c 74726166
                00000018 74666864 00020028 00000001 000003e8 01010000
                00000014 74666474 01000000 0000000100000000
                00000028 7472756e 00000a05 00000002 0000007c 02000000 000003e8 000007d0 000000c8 00000fa0
            000004b8 6d646174
            """)
        #expect(hex(fragment.bytes) == hex(expected))
    }

    @Test func whatDiffersStandsWithEachSample() throws {
        var samples = Sets.samples
        samples[2].duration = 999
        let fragment = try Fragment.header(trackID: 1, samples: samples, sequenceNumber: 1, decodeTime: 0)
        let expected = hex(
            """
            00000088 6d6f6f66
              00000010 6d666864 00000000 00000001
              00000070 74726166
                00000010 74666864 00020000 00000001
                00000014 74666474 01000000 0000000000000000
                00000044 7472756e 00000f01 00000003 00000090
                  000003e8 000003e8 02000000 000007d0
                  000003e8 000000c8 01010000 00000fa0
                  000003e7 00000064 01810000 00000000
            0000051c 6d646174
            """)
        #expect(hex(fragment.bytes) == hex(expected))
    }

    @Test func fragmentsThatCannotBeAreRefused() {
        #expect(throws: ISOBMFFError.self) {
            try Fragment.header(trackID: 1, samples: [], sequenceNumber: 1, decodeTime: 0)
        }
        let huge = [MediaSample](repeating: MediaSample(size: 1 << 30, duration: 1, isSync: true), count: 2)
        let error = #expect(throws: ISOBMFFError.self) {
            try Fragment.header(trackID: 1, samples: huge, sequenceNumber: 1, decodeTime: 0)
        }
        #expect(error?.kind == .tooLarge)
    }

    @Test func aPatchChangesTwelveBytesAndGivesTheFragmentOfThatTime() throws {
        let made = try Fragment.header(trackID: 1, samples: Sets.samples, sequenceNumber: 1, decodeTime: 0)
        let wanted = try Fragment.header(
            trackID: 1, samples: Sets.samples, sequenceNumber: .max, decodeTime: 0x0123_4567_89AB_CDEF)
        var bytes = made.bytes
        try FragmentPatch.apply(
            sequenceNumber: .max, decodeTime: 0x0123_4567_89AB_CDEF, sequenceNumberOffset: made.sequenceNumberOffset,
            decodeTimeOffset: made.decodeTimeOffset, to: &bytes)
        #expect(bytes == wanted.bytes)
        #expect(FragmentPatch.bytes(sequenceNumber: 0x0102_0304) == [1, 2, 3, 4])
        #expect(FragmentPatch.bytes(decodeTime: 0x0102_0304_0506_0708) == [1, 2, 3, 4, 5, 6, 7, 8])
    }

    @Test func aPatchAtAWrongPlaceIsRefusedAndChangesNothing() throws {
        let made = try Fragment.header(trackID: 1, samples: Sets.samples, sequenceNumber: 1, decodeTime: 0)
        let places = [
            (made.sequenceNumberOffset + 1, made.decodeTimeOffset), (made.sequenceNumberOffset, 0),
            (made.sequenceNumberOffset, made.decodeTimeOffset - 4), (-1, made.decodeTimeOffset),
            (made.sequenceNumberOffset, .max), (.min, .max), (made.decodeTimeOffset, made.sequenceNumberOffset),
        ]
        for (sequence, time) in places {
            var bytes = made.bytes
            #expect(throws: ISOBMFFError.self) {
                try FragmentPatch.apply(
                    sequenceNumber: 2, decodeTime: 3, sequenceNumberOffset: sequence, decodeTimeOffset: time, to: &bytes
                )
            }
            #expect(bytes == made.bytes)
        }
    }
}
