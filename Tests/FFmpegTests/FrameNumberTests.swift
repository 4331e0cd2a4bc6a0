import FFmpeg
import TestSupport
import Testing

/// Frame n is what the ffmpeg program decodes n-th: read from the front, by number, and counted from packets alone.
@Suite struct FrameNumberTests {
    @Test(.needsSharedMedia, arguments: SharedFile.decodable)
    func framesAreThoseOfFFmpeg(file: SharedFile) throws {
        let path = try file.path()
        let expected = try frameMD5sByFFmpeg(of: path, first: file.compared)
        #expect(expected.count == file.compared)

        var read: [String] = []
        var reader = try FrameReader.open(path)
        while read.count < file.compared, let frame = try reader.next() { read.append(hex(try frame.md5())) }
        #expect(read == expected)
        if file.compared == file.frames {
            let isEnd = try reader.next() == nil
            #expect(isEnd)
        }

        let index = try FrameIndex.scan(path)
        #expect(index.count == file.frames.map(Int64.init))
        #expect(index.presentationTicks == index.presentationTicks.sorted())

        var random = FixedRandom(state: UInt64(file.frameBytes))
        // 4K frames take long: a few are enough there.
        let samples = file.frameBytes > 4_000_000 ? 3 : 8
        let numbers =
            ([0, expected.count - 1] + (0..<samples).map { _ in expected.indices.randomElement(using: &random) ?? 0 })
            .shuffled(using: &random)
        var byNumber = try VideoReader.open(path, index: index)
        for number in numbers {
            let md5 = hex(try byNumber.frame(at: Int64(number)).md5())
            #expect(md5 == expected[number], "frame \(number)")
        }
        let start = expected.indices.randomElement(using: &random) ?? 0
        let range = start..<min(start + samples * 2, expected.count)
        var found: [String] = []
        try byNumber.forEachFrame(in: Int64(range.lowerBound)..<Int64(range.upperBound)) { _, frame in
            found.append(hex(try frame.md5()))
        }
        #expect(found == Array(expected[range]))
    }
}
