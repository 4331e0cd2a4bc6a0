import TestSupport
import ISOBMFF
import Testing

@Suite("H.264 parameter sets")
struct ParameterSetTests {
    /// Every value is what FFmpeg's `trace_headers` prints for the same bytes.
    @Test func interlacedWithUsability() throws {
        let set = try H264SequenceParameterSet(nalUnit: Sets.interlacedSPS)
        #expect(set.profile == 100)
        #expect(set.compatibility == 0)
        #expect(set.level == 30)
        #expect(set.id == 0)
        #expect(set.chromaFormat == 1)
        #expect(set.bitDepthLuma == 8)
        #expect(set.width == 720)
        #expect(set.height == 480)
        #expect(!set.framesOnly)
        #expect(set.pixelAspect == .init(width: 10, height: 11))
        #expect(set.colour == ColourDescription(primaries: 6, transfer: 1, matrix: 6, fullRange: false))
        #expect(set.fullRange == false)
        #expect(set.timing == .init(unitsInTick: 900_900, timeScale: 54_000_000, isFixed: true))
        #expect(set.frameNumberBits == 16)
        #expect(set.pictureOrderCountBits == 8)
        #expect(set.maximumReferenceFrames == 4)
        #expect(set.maximumReorderFrames == nil)
    }

    @Test func predictive() throws {
        let set = try H264SequenceParameterSet(nalUnit: Sets.predictiveSPS)
        #expect(set.profile == 244)
        #expect(set.chromaFormat == 3)
        #expect(set.width == 704)
        #expect(set.height == 576)
        #expect(set.framesOnly)
        #expect(set.colour == nil)
        #expect(set.timing == .init(unitsInTick: 1, timeScale: 2, isFixed: false))
        #expect(set.maximumReorderFrames == 2)
        #expect(set.maximumDecodedFrames == 4)
    }

    @Test func pictureParameterSetIDs() throws {
        let set = try H264PictureParameterSet(nalUnit: Sets.interlacedPPS)
        #expect(set.id == 0)
        #expect(set.sequenceID == 0)
        let second = try H264PictureParameterSet(nalUnit: Sets.secondPPS)
        #expect(second.id == 1)
        #expect(second.sequenceID == 1)
    }

    @Test func exponentialGolombCodes() throws {
        // 1 010 011 00100 00101 00110 00111 0001000, and the signed ones of the same codes.
        var unsigned = BitReader(hex("a64298e204"))
        var values: [UInt32] = []
        for _ in 0..<7 { values.append(try unsigned.ue()) }
        #expect(values == [0, 1, 2, 3, 4, 5, 6])
        var signed = BitReader(hex("a64298e204"))
        var signedValues: [Int32] = []
        for _ in 0..<7 { signedValues.append(try signed.se()) }
        #expect(signedValues == [0, 1, -1, 2, -2, 3, -3])
        var largest = BitReader(hex("00000001fffffffe"))
        #expect(try largest.ue() == .max - 1)
        var tooLong = BitReader(hex("0000000080000000ff"))
        #expect(throws: ISOBMFFError.self) { try tooLong.ue() }
        var cut = BitReader(hex("01"))
        #expect(throws: ISOBMFFError.self) { try cut.ue() }
        var all = BitReader(hex("deadbeef"))
        #expect(try all.bits(32) == 0xDEAD_BEEF)
        #expect(try all.bits(0) == 0)
    }

    @Test func emulationPrevention() {
        let pairs = [
            ("000003", "0000"), ("00000301", "000001"), ("0000030000030000", "000000000000"), ("000300", "000300"),
            ("00000303", "000003"), ("", ""), ("03", "03"),
        ]
        for (escaped, plain) in pairs {
            #expect(hex(BitReader.removingEmulationPrevention(hex(escaped))) == plain)
        }
    }

    @Test func recordsOfTwoStreamsMerge() throws {
        let first = try Sets.configuration()
        let second = try AVCConfiguration(
            sequenceParameterSets: [Sets.secondSPS], pictureParameterSets: [Sets.secondPPS])
        let merged = try AVCConfiguration(merging: [second, first])
        #expect(merged.sequenceParameterSets == [Sets.secondSPS, Sets.interlacedSPS])
        #expect(merged.pictureParameterSets == [Sets.secondPPS, Sets.interlacedPPS])
        #expect(merged.level == 30)
        #expect(try AVCConfiguration.parse(merged.encoded()) == merged)
        #expect(try AVCConfiguration(merging: [first, first]) == first)
    }

    @Test func setsThatCannotShareATrackAreRefused() throws {
        // The same id with other content.
        let error = #expect(throws: ISOBMFFError.self) {
            try AVCConfiguration(
                sequenceParameterSets: [Sets.interlacedSPS, Sets.predictiveSPS],
                pictureParameterSets: [Sets.interlacedPPS])
        }
        #expect(error?.kind == .malformed)
        #expect(throws: ISOBMFFError.self) {
            try AVCConfiguration(sequenceParameterSets: [Sets.interlacedSPS], pictureParameterSets: [])
        }
        #expect(throws: ISOBMFFError.self) {
            try AVCConfiguration(sequenceParameterSets: [Sets.interlacedPPS], pictureParameterSets: [])
        }
    }
}
