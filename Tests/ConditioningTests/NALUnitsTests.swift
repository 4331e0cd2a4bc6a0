import TestSupport
import Conditioning
import ISOBMFF
import Testing

@Suite("NAL units")
struct NALUnitsTests {
    private func split(_ text: String, _ framing: NALFraming) throws -> [String] {
        try NALUnits.split(hex(text), framing).map { hex($0) }
    }

    @Test func startCodesOfThreeAndFourBytesAndPadding() throws {
        #expect(try split("00000001 0910 000001 6501 00000001 4102", .annexB) == ["0910", "6501", "4102"])
        #expect(try split("000001 6501 000000 000001 4102 0000", .annexB) == ["6501", "4102"])
        #expect(try split("000001 650000 03 01 000001 41", .annexB) == ["6500000301", "41"])
        #expect(try split("0000000000 000001 65", .annexB) == ["65"])
        #expect(try split("000001 000001 65 000001", .annexB) == ["65"])
        #expect(try split("", .annexB) == [])
        #expect(try split("0000", .annexB) == [])
        #expect(throws: ISOBMFFError.self) { try split("65 000001 65", .annexB) }
        #expect(throws: ISOBMFFError.self) { try split("6501", .annexB) }
    }

    @Test func lengthsOfOneTwoAndFourBytes() throws {
        #expect(try split("02 6501 01 41", .lengthPrefixed(1)) == ["6501", "41"])
        #expect(try split("0002 6501 0000 0001 41", .lengthPrefixed(2)) == ["6501", "41"])
        #expect(try split("00000002 6501 00000001 41", .lengthPrefixed(4)) == ["6501", "41"])
        #expect(try split("", .lengthPrefixed(4)) == [])
    }

    @Test func lengthsThatLeadAstrayAreRefusedWithTheirPlace() {
        let cases: [(String, Int, ISOBMFFError.Kind, Int64)] = [
            ("00000001 65 00000002 41", 4, .truncated, 5), ("00000001 65 000000", 4, .truncated, 5),
            ("ffffffff 65", 4, .truncated, 0), ("0000", 3, .malformed, 0), ("0000", 0, .malformed, 0),
        ]
        for (text, size, kind, offset) in cases {
            let error = #expect(throws: ISOBMFFError.self) { try split(text, .lengthPrefixed(size)) }
            #expect(error?.kind == kind)
            #expect(error?.offset == offset)
        }
    }

    @Test func framingIsThatOfTheExtradata() {
        #expect(NALFraming(h264Extradata: hex("0142c01effe1000167")) == .lengthPrefixed(4))
        #expect(NALFraming(h264Extradata: hex("0142c01efde1000167")) == .lengthPrefixed(2))
        #expect(NALFraming(h264Extradata: hex("000000016742c01e")) == .annexB)
        #expect(NALFraming(h264Extradata: []) == .annexB)
    }

    @Test func typesAndReferences() throws {
        let unit = try H264AccessUnit(hex("00000001 09f0 00000001 6588 00000001 41 00000001 01"), .annexB)
        #expect(unit.units.map(\.type) == [.accessUnitDelimiter, .idrSlice, .slice, .slice])
        #expect(unit.units.map(\.referenceIDC) == [0, 3, 2, 0])
        #expect(!unit.isIDR)
        #expect(unit.isReference)
        #expect(try H264AccessUnit(hex("000001 6588 000001 6588"), .annexB).isIDR)
        // The second field of an IDR frame begins a picture of its own; the rest of the first one does not.
        #expect(try H264AccessUnit(hex("000001 658880 000001 418880"), .annexB).isIDR)
        #expect(try !H264AccessUnit(hex("000001 658880 000001 414220"), .annexB).isIDR)
        #expect(try !H264AccessUnit(hex("000001 418880 000001 658880"), .annexB).isIDR)
        #expect(try !H264AccessUnit(hex("000001 658880 000001 418880 000001 658880"), .annexB).isIDR)
        #expect(try !H264AccessUnit(hex("000001 0188"), .annexB).isReference)
        #expect(try !H264AccessUnit(hex("000001 09f0"), .annexB).isIDR)
    }

    @Test func sliceHeaders() throws {
        // first_mb 0 (1), slice_type 7 (0001000), pps 1 (010); then 4 (00101), 1 (010), 0 (1).
        let unit = try H264AccessUnit(hex("000001 65 88 a0 000001 01 2a c0"), .annexB)
        let slices = try unit.slices()
        #expect(slices.map(\.firstMacroblock) == [0, 4])
        #expect(slices.map(\.kind) == [.i, .b])
        #expect(slices.map(\.pictureParameterSetID) == [0, 0])
        #expect(try !unit.isIntra())
        let hostile = ["65", "6500", "650000", "65 80", "65 00000000 00000000", "65 8b", "65 08080808"]
        for text in hostile {
            let unit = try H264AccessUnit(hex("000001 \(text)"), .annexB)
            _ = try? unit.slices()
        }
        let delimiter = try #require(H264NALUnit(hex("09f0")[...]))
        #expect(throws: ISOBMFFError.self) { try H264SliceHeader(delimiter) }
    }

    @Test func recoveryPoints() throws {
        // A user message of 2 bytes, then recovery point: count 0, exact, not broken.
        let exact = try H264AccessUnit(hex("000001 06 05 02 abcd 06 01 c4 80 000001 41 9a"), .annexB)
        #expect(exact.recoveryPoint?.frameCount == 0)
        #expect(exact.recoveryPoint?.isExact == true)
        #expect(exact.recoveryPoint?.isBrokenLink == false)
        // Sizes and types of 255 and more, and one that is cut off.
        let long = "05 ff01" + String(repeating: "aa", count: 256)
        let second = try H264AccessUnit(hex("000001 06 \(long) 06 01 64 80"), .annexB)
        #expect(second.recoveryPoint?.frameCount == 2)
        #expect(try H264AccessUnit(hex("000001 06 06 05 c4"), .annexB).recoveryPoint == nil)
        #expect(try H264AccessUnit(hex("000001 06 ffffff"), .annexB).recoveryPoint == nil)
        #expect(try H264AccessUnit(hex("000001 41 9a"), .annexB).recoveryPoint == nil)
    }

    @Test func samplesHaveLengthsAndNoParameterSets() throws {
        let packet = hex(
            "00000001 09f0 00000001 6742 000001 68ce 000001 68ce 000001 0605 000001 6588 000001 0cff 000001 0a 000001 0b"
        )
        let sample = try H264Sample(packet, .annexB)
        #expect(hex(sample.bytes) == "00000002" + "0605" + "00000002" + "6588")
        #expect(sample.parameterSets.sequence == [hex("6742")])
        #expect(sample.parameterSets.picture == [hex("68ce")])
        // What is a sample already stays as it is, but for the size of its lengths.
        #expect(try H264Sample(sample.bytes, .lengthPrefixed(4)).bytes == sample.bytes)
        #expect(try H264Sample(hex("02 0605 02 6588"), .lengthPrefixed(1)).bytes == sample.bytes)
        #expect(throws: ISOBMFFError.self) { try H264Sample(hex("000001 6742"), .annexB) }
    }

    @Test func hostileAccessUnits() throws {
        let packet = hex("00000001 06 05 02 abcd 06 01 c4 80 00000001 6588a0 00000001 012ac0 00000300 03 000001 68ce")
        var random = FixedRandom(state: 3)
        func read(_ bytes: [UInt8]) {
            for framing: NALFraming in [.annexB, .lengthPrefixed(1), .lengthPrefixed(2), .lengthPrefixed(4)] {
                guard let unit = try? H264AccessUnit(bytes, framing) else { continue }
                _ = try? unit.slices()
                _ = unit.recoveryPoint
                _ = unit.isIDR
                _ = try? H264Sample(bytes, framing)
                _ = try? H264ParameterSets(annexB: bytes).configuration()
            }
        }
        for length in 0..<packet.count { read([UInt8](packet.prefix(length))) }
        for _ in 0..<20_000 {
            var spoilt = packet
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                spoilt[Int.random(in: 0..<spoilt.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            read(spoilt)
        }
    }
}
