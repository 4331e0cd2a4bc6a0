import TestSupport
import ISOBMFF
import Testing

/// Whatever the bytes are, the answer is a value or an `ISOBMFFError`: a trap would end the test run.
@Suite("Hostile input")
struct HostileTests {
    /// Reads all that can be read; gives the number of errors.
    private func readEverything(_ bytes: [UInt8]) throws -> Int {
        var errors = 0
        func attempt(_ body: () throws -> Void) throws {
            do { try body() } catch is ISOBMFFError { errors += 1 }
        }
        try attempt { _ = try dump(bytes) }
        var headers: [BoxHeader] = []
        var boxes = TopLevelBoxes(bytes)
        try attempt { while let header = try boxes.next() { headers.append(header) } }
        for header in headers {
            try attempt {
                let box = try boxes.contents(of: header)
                switch header.type {
                case "moov":
                    let movie = try MovieHeader.parse(box, at: header.offset)
                    try attempt { _ = try UserData.parse(movie.userData) }
                    for entry in movie.tracks.flatMap(\.sampleEntries) {
                        try attempt { _ = try VideoSampleEntry.parse(entry.bytes).encoded() }
                        try attempt { _ = try AACSampleEntry.parse(entry.bytes).encoded() }
                        try attempt {
                            switch try VideoSampleEntry.parse(entry.bytes).configuration {
                            case .avc(let sets):
                                _ = try sets.sequenceParameters()
                                _ = try AVCConfiguration(merging: [sets, sets])
                            case .hevc(let sets):
                                _ = try sets.sequenceParameters()
                                _ = try HEVCConfiguration(merging: [sets, sets])
                            }
                        }
                    }
                case "moof":
                    let info = try FragmentInfo.parse(box, at: header.offset)
                    _ = info.duration
                    var bytes = box
                    try attempt {
                        try FragmentPatch.apply(
                            sequenceNumber: 1, decodeTime: 2, sequenceNumberOffset: info.sequenceNumberOffset,
                            decodeTimeOffset: info.decodeTimeOffset, to: &bytes)
                    }
                default: break
                }
            }
        }
        return errors
    }

    private func movie() throws -> [UInt8] {
        let fragment = try Fragment.header(trackID: 1, samples: Sets.samples, sequenceNumber: 81, decodeTime: 80_000)
        return try Sets.initSegment().encoded() + fragment.bytes + [UInt8](repeating: 0x5A, count: 1300)
    }

    @Test func everyPrefix() throws {
        let bytes = try movie()
        #expect(try readEverything(bytes) == 3)  // avc1 is not mp4a, and mp4a is not avc1, asked twice
        for length in 0..<bytes.count { _ = try readEverything([UInt8](bytes.prefix(length))) }
    }

    @Test func everyPrefixOfTheMovieBoxAlone() throws {
        let bytes = try Sets.initSegment().encoded()
        let moov = [UInt8](bytes.dropFirst(24))
        #expect(try MovieHeader.parse(moov).tracks.count == 2)
        for length in 0..<moov.count {
            #expect(throws: ISOBMFFError.self) { try MovieHeader.parse([UInt8](moov.prefix(length))) }
        }
        let fragment = try Fragment.header(trackID: 1, samples: Sets.samples, sequenceNumber: 1, decodeTime: 0).bytes
        for length in 0..<fragment.count - 8 {
            #expect(throws: ISOBMFFError.self) { try FragmentInfo.parse([UInt8](fragment.prefix(length))) }
        }
    }

    @Test func randomFlips() throws {
        let bytes = try movie()
        let head = bytes.count - 1300
        var random = FixedRandom(state: 1)
        var refused = 0
        for _ in 0..<5000 {
            var spoilt = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<head, using: &random)
                spoilt[place] =
                    Bool.random(using: &random)
                    ? spoilt[place] ^ (1 << UInt8.random(in: 0..<8, using: &random))
                    : [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
            }
            if try readEverything(spoilt) > 3 { refused += 1 }
        }
        #expect(refused > 500)
    }

    @Test func everyByteOfTheSizesAndCounts() throws {
        let bytes = try movie()
        for place in 0..<bytes.count - 1300 {
            for value: UInt8 in [0, 1, 7, 0x7F, 0x80, 0xFF] {
                var spoilt = bytes
                spoilt[place] = value
                _ = try readEverything(spoilt)
            }
        }
    }

    @Test func spoiltParameterSets() throws {
        var random = FixedRandom(state: 2)
        for set in [Sets.interlacedSPS, Sets.predictiveSPS, Sets.secondSPS] {
            for length in 0..<set.count { _ = try? H264SequenceParameterSet(nalUnit: set.prefix(length)) }
            for _ in 0..<20_000 {
                var spoilt = set
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    spoilt[Int.random(in: 1..<spoilt.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                _ = try? H264SequenceParameterSet(nalUnit: spoilt)
                spoilt[0] = 0x68
                _ = try? H264PictureParameterSet(nalUnit: spoilt)
            }
        }
    }
}
