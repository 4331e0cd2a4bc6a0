import TestSupport
import Diagnostics
import ISOBMFF
import Testing

@Suite("Reading boxes")
struct ReadingTests {
    @Test func fragmentsAreReadBackWithTheirOffsets() throws {
        let written = try Fragment.header(trackID: 3, samples: Sets.samples, sequenceNumber: 81, decodeTime: 80_000)
        let read = try FragmentInfo.parse(written.bytes)
        #expect(read.trackID == 3)
        #expect(read.sequenceNumber == 81)
        #expect(read.sequenceNumberOffset == written.sequenceNumberOffset)
        #expect(read.decodeTime == 80_000)
        #expect(read.decodeTimeOffset == written.decodeTimeOffset)
        #expect(read.decodeTimeSize == 8)
        #expect(read.duration == 3000)
        #expect(read.samples.map(\.size) == [1000, 200, 100])
        #expect(read.samples.map(\.duration) == [1000, 1000, 1000])
        #expect(read.samples.map(\.compositionOffset) == [2000, 4000, 0])
        #expect(read.samples.map(\.flags) == Sets.samples.map(\.flags))
        #expect(read.samples.map(\.isSync) == [true, false, false])
        let payload = Int64(written.bytes.count)
        #expect(read.samples.map(\.offset) == [payload, payload + 1000, payload + 1200])
    }

    @Test func offsetsDoNotDependOnThePlaceInTheFile() throws {
        let written = try Fragment.header(trackID: 1, samples: Sets.samples, sequenceNumber: 1, decodeTime: 0)
        #expect(try FragmentInfo.parse(written.bytes, at: 123_456) == FragmentInfo.parse(written.bytes))
    }

    @Test func defaultsOfTheMovieFillIn() throws {
        // tfhd says nothing, tfdt of version 0, trun of version 1 with a negative offset; two samples.
        var bytes = hex(
            """
            00000060 6d6f6f66
              00000010 6d666864 00000000 00000005
              00000048 74726166
                00000010 74666864 00020000 00000009
                00000010 74666474 00000000 00000200
                00000020 7472756e 01000805 00000002 00000068 00000000 fffffff0 00000010
            """)
        // trun: 8 + 4 + 4 + 4 + 4 + 8 = 32; traf: 8 + 16 + 16 + 32 = 72; moof: 8 + 16 + 72 = 96.
        let defaults: [UInt32: SampleDefaults] = [9: .init(duration: 512, size: 40, flags: 0x0101_0000)]
        let read = try FragmentInfo.parse(bytes, defaults: defaults)
        #expect(read.decodeTime == 512)
        #expect(read.decodeTimeSize == 4)
        #expect(
            read.samples == [
                .init(offset: 104, size: 40, duration: 512, compositionOffset: -16, flags: 0),
                .init(offset: 144, size: 40, duration: 512, compositionOffset: 16, flags: 0x0101_0000),
            ])
        let error = #expect(throws: ISOBMFFError.self) {
            try FragmentPatch.apply(
                sequenceNumber: 1, decodeTime: 1, sequenceNumberOffset: read.sequenceNumberOffset,
                decodeTimeOffset: read.decodeTimeOffset, to: &bytes)
        }
        #expect(error?.kind == .malformed)
    }

    @Test func largeSizesAndASizeToTheEnd() throws {
        let bytes = hex("00000001 66726565 0000000000000012 ffff 00000008 736b6970 00000000 6d646174 010203")
        var boxes = TopLevelBoxes(bytes)
        let headers = try boxes.remaining()
        #expect(headers.map(\.type) == ["free", "skip", "mdat"])
        #expect(headers.map(\.offset) == [0, 18, 26])
        #expect(headers.map(\.headerSize) == [16, 8, 8])
        #expect(headers.map(\.size) == [18, 8, 11])
        #expect(try boxes.contents(of: headers[2]) == hex("00000000 6d646174 010203"))
    }

    @Test func onlyHeadersOfALongFileAreRead() throws {
        // A terabyte of mdat, then moov.
        let length: Int64 = (1 << 40) + 16
        var asked: [Int64] = []
        var boxes = TopLevelBoxes(length: length) { offset, count in
            asked.append(offset)
            #expect(count <= 16)
            return offset == 0 ? hex("00000001 6d646174 0000010000000000") : hex("00000010 6d6f6f76 00000008 66726565")
        }
        #expect(try boxes.remaining().map(\.type) == ["mdat", "moov"])
        #expect(asked == [0, 1 << 40])
    }

    @Test func hostileSizesAreRefusedWithTheirPlace() {
        let cases: [(String, ISOBMFFError.Kind, Int64)] = [
            ("00000008 66726565 00000007 66726565", .malformed, 8),
            ("00000008 66726565 00000009 66726565", .truncated, 8),
            ("00000008 66726565 00000001 66726565 ffffffffffffffff", .truncated, 8),
            ("00000008 66726565 00000001 66726565 000000000000000f", .malformed, 8),
            ("00000008 66726565 00000001 66726565", .truncated, 16),
            ("00000008 66726565 000000", .truncated, 8),
        ]
        for (text, kind, offset) in cases {
            var boxes = TopLevelBoxes(hex(text))
            let error = #expect(throws: ISOBMFFError.self) { try boxes.remaining() }
            #expect(error?.kind == kind)
            #expect(error?.offset == offset)
            #expect(error?.description.hasPrefix("byte \(offset): ") == true)
        }
        let named = ISOBMFFError(.malformed, at: 8, "wrong").naming("a.mp4")
        #expect(named.description == "a.mp4: byte 8: wrong")
        #expect(named.status == .badInput)
    }

    @Test func countsWithoutBytesBehindThemAreRefused() throws {
        let head = "00000010 6d666864 00000000 00000005"
        let rest = "00000010 74666864 00020000 00000009 00000010 74666474 00000000 00000200"
        // A count of 2^32 − 1, with a size for each, and with nothing for each.
        for (flags, kind) in [("00000200", ISOBMFFError.Kind.tooLarge), ("00000000", .tooLarge)] {
            let run = "00000010 7472756e \(flags) ffffffff"
            let error = #expect(throws: ISOBMFFError.self) {
                try FragmentInfo.parse(hex("00000050 6d6f6f66 \(head) 00000038 74726166 \(rest) \(run)"))
            }
            #expect(error?.kind == kind)
        }
        let error = #expect(throws: ISOBMFFError.self) {
            try FragmentInfo.parse(
                hex("00000050 6d6f6f66 \(head) 00000038 74726166 \(rest) 00000010 7472756e 00000200 00001000"))
        }
        #expect(error?.kind == .truncated)
    }

    @Test func zeroBytesAtTheEndOfAContainerAreNoBox() throws {
        let box = try Box.parse(hex("00000014 75647461 00000008 66726565 00000000"), "udta")
        #expect(try box.children().map(\.type) == ["free"])
    }

    @Test func aBoxTooLargeToHoldInMemoryIsRefused() throws {
        var boxes = TopLevelBoxes(hex("00000010 6d6f6f76 00000008 66726565"))
        let header = try #require(try boxes.next())
        let error = #expect(throws: ISOBMFFError.self) { try boxes.contents(of: header, limit: 15) }
        #expect(error?.kind == .tooLarge)
    }
}
