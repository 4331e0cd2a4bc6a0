import Editorial
import MediaTime
import TestSupport
import Testing

@testable import Conditioning
@testable import FFmpeg

/// Which ranges may be copied, on packets made up for the case: each is the frame that it shows.
@Suite struct CutPlannerTests {
    /// Packets in decoding order; `nil` is decoded and not shown.
    private func planner(_ frames: [Int64?], idr: Set<Int>, leading: Set<Int> = []) -> CutPlanner {
        let packets = frames.enumerated().map { number, frame in
            FrameIndex.PacketRecord(
                presentationTicks: frame ?? -1, decodeTicks: Int64(number), durationTicks: 1,
                isEntry: idr.contains(number), isDamaged: false, frame: frame)
        }
        let shown = frames.indices.filter { frames[$0] != nil }.sorted { (frames[$0] ?? 0) < (frames[$1] ?? 0) }
        return CutPlanner(
            packets: packets, packetOfFrame: shown, isIDR: frames.indices.map { idr.contains($0) },
            isLeading: frames.indices.map { leading.contains($0) })
    }

    private func cut(_ planner: CutPlanner, _ start: Int64, _ end: Int64) throws -> Cut {
        planner.cut(try #require(FrameRange(start, end)))
    }

    /// How a range is taken, in words.
    private func pieces(_ planner: CutPlanner, _ start: Int64, _ end: Int64) throws -> [String] {
        try cut(planner, start, end).pieces.map {
            "\($0.isCopy ? "copy" : "encode") \($0.frames.start)-\($0.frames.end)"
        }
    }

    private func obstacle(_ planner: CutPlanner, _ start: Int64, _ end: Int64) throws -> Cut.Obstacle {
        try #require(try cut(planner, start, end).obstacles.first)
    }

    /// All ranges that are copied whole, of all that there are.
    private func copied(_ planner: CutPlanner) throws -> [String] {
        var result: [String] = []
        let count = Int64(planner.packetOfFrame.count)
        for start in 0..<count {
            for end in start + 1...count {
                let cut = try cut(planner, start, end)
                // The pieces are the range, and what is copied of it is what was asked for, whatever the order.
                #expect(cut.pieces.flatMap { $0.frames.start..<$0.frames.end } == Array(start..<end))
                for piece in cut.pieces {
                    guard case .copy(let run) = piece.making else { continue }
                    let frames = run.compactMap { planner.packets[$0].frame }.filter(piece.frames.contains)
                    #expect(frames.sorted() == Array(piece.frames.start..<piece.frames.end))
                    #expect(planner.entries.contains(.init(frame: piece.frames.start, packet: run.lowerBound)))
                }
                if cut.condition == .copy { result.append("\(start)-\(end)") }
            }
        }
        return result
    }

    /// I0 P1 P2 | I3 P4 P5: any end is safe, since nothing refers forwards.
    @Test func withoutBFramesAnyEndIsSafe() throws {
        let planner = planner([0, 1, 2, 3, 4, 5], idr: [0, 3])
        #expect(try copied(planner) == ["0-1", "0-2", "0-3", "0-4", "0-5", "0-6", "3-4", "3-5", "3-6"])
        #expect(try pieces(planner, 4, 6) == ["encode 4-6"])
        #expect(try "\(obstacle(planner, 4, 6))" == "frame 4: is not an IDR picture (the last is frame 3)")
        #expect(try "\(obstacle(planner, 1, 3))" == "frame 1: is not an IDR picture (the nearest are frames 0 and 3)")
    }

    /// I0 P3 B1 B2 | I4 P7 B5 B6: an end between a B-frame and the picture after it is not.
    @Test func withBFramesAnEndInsideAGroupIsNot() throws {
        let planner = planner([0, 3, 1, 2, 4, 7, 5, 6], idr: [0, 4])
        #expect(try copied(planner) == ["0-1", "0-4", "0-5", "0-8", "4-5", "4-8"])
        #expect(try pieces(planner, 0, 2) == ["copy 0-1", "encode 1-2"])
        #expect(
            try "\(obstacle(planner, 0, 2))"
                == "frame 1: may refer to frame 3, which is decoded first and lies beyond the cut at 2")
    }

    /// I0 P4 B2 b1 b3 | I5 P9 B7 b6 b8: a pyramid.
    @Test func aPyramidIsCutAtItsFeet() throws {
        let planner = planner([0, 4, 2, 1, 3, 5, 9, 7, 6, 8], idr: [0, 5])
        #expect(try copied(planner) == ["0-1", "0-5", "0-6", "0-10", "5-6", "5-10"])
        #expect(planner.reorderDelay([try cut(planner, 0, 5)]) == 2)
        #expect(planner.reorderDelay([try cut(planner, 0, 1)]) == 0)
        #expect(planner.reorderDelay([try cut(planner, 0, 5), try cut(planner, 5, 10)]) == 2)
        #expect(planner.reorderDelay([]) == 0)
    }

    /// IDR0 P3 B1 B2 i6 B4 B5: frames 4 and 5 lead the recovery point 6 and refer to 3. It is no entry, and no cut before it
    /// is safe that leaves its leading pictures' packets inside.
    @Test func anOpenGOPIsNoEntry() throws {
        let planner = planner([0, 3, 1, 2, 6, 4, 5], idr: [0])
        #expect(try copied(planner) == ["0-1", "0-4", "0-7"])
        #expect(try "\(obstacle(planner, 6, 7))" == "frame 6: is not an IDR picture (the last is frame 0)")
        #expect(try pieces(planner, 0, 6) == ["copy 0-4", "encode 4-6"])
        #expect(
            try "\(obstacle(planner, 0, 6))"
                == "frame 4: may refer to frame 6, which is decoded first and lies beyond the cut at 6")
    }

    /// An IDR that leading pictures follow (HEVC's RADL): they belong to a clip that begins at the first of them, and are dropped
    /// from one that begins at the IDR.
    @Test func leadingPicturesOfAnIDR() throws {
        let planner = planner([0, 1, 4, 2, 3, 5], idr: [0, 2], leading: [3, 4])
        #expect(try copied(planner) == ["0-1", "0-2", "0-5", "0-6", "2-5", "2-6", "4-5", "4-6"])
        #expect(try pieces(planner, 3, 6) == ["encode 3-4", "copy 4-6"])
        #expect(planner.reorderDelay([try cut(planner, 4, 6)]) == 0)
        #expect(planner.reorderDelay([try cut(planner, 2, 6)]) == 1)
        #expect(planner.reorderDelay([try cut(planner, 0, 6)]) == 1)
    }

    /// H.264 has no leading pictures: what is shown before an IDR and decoded after it may be needed.
    @Test func whatIsShownBeforeAnIDRIsNotDropped() throws {
        let planner = planner([0, 1, 4, 2, 3, 5], idr: [0, 2])
        #expect(try copied(planner) == ["0-1", "0-2", "0-5", "0-6", "4-5"])
    }

    /// Packets that an edit list hides are decoded all the same: other pictures may refer to them.
    @Test func hiddenPacketsAreNotCopied() throws {
        let beginning = planner([nil, nil, 0, 1, 2, 3], idr: [0, 4])
        #expect(try copied(beginning) == ["2-3", "2-4"])
        let inside = planner([0, 1, nil, 2, 3], idr: [0])
        #expect(try copied(inside) == ["0-1", "0-2"])
        #expect(try pieces(inside, 0, 3) == ["copy 0-2", "encode 2-3"])
        #expect(
            try "\(obstacle(inside, 0, 3))" == "frame 2: is decoded after a picture that is not shown after frame 0")
        let end = planner([0, 1, nil], idr: [0])
        #expect(try copied(end) == ["0-1", "0-2"])
        // The last shown frame is decoded after one that is not.
        let late = planner([0, nil, 1], idr: [0])
        #expect(try pieces(late, 0, 2) == ["copy 0-1", "encode 1-2"])
    }

    /// What is copied begins at the first IDR of the range and ends at its last closed foot; the rest is encoded.
    @Test func edgesAreEncoded() throws {
        let planner = planner([0, 4, 2, 1, 3, 5, 9, 7, 6, 8, 10, 12, 11], idr: [0, 5, 10])
        #expect(try pieces(planner, 2, 8) == ["encode 2-5", "copy 5-6", "encode 6-8"])
        #expect(try pieces(planner, 1, 13) == ["encode 1-5", "copy 5-13"])
        #expect(try pieces(planner, 0, 12) == ["copy 0-11", "encode 11-12"])
        #expect(try pieces(planner, 1, 5) == ["encode 1-5"])
        #expect(try cut(planner, 2, 8).framesCopied == 1)
        #expect(try cut(planner, 2, 8).framesEncoded == 5)
        #expect(try cut(planner, 2, 8).condition == .smart)
        #expect(
            try cut(planner, 2, 8).obstacles.map(\.description) == [
                "frame 2: is not an IDR picture (the nearest are frames 0 and 5)",
                "frame 6: may refer to frame 9, which is decoded first and lies beyond the cut at 8",
            ])
    }

    @Test func withoutAnyIDRNothingIsCopied() throws {
        let planner = planner([0, 1, 2], idr: [])
        #expect(try copied(planner) == [])
        #expect(try "\(obstacle(planner, 0, 1))" == "frame 0: is not an IDR picture (the file has none)")
        let late = self.planner([0, 1, 2], idr: [2])
        #expect(try "\(obstacle(late, 0, 1))" == "frame 0: is not an IDR picture (the first is frame 2)")
    }

    // MARK: Real files

    private func copiedRanges(_ path: String, ends: [Int64]) throws -> [String] {
        let source = try Source.read(path)
        let planner = CutPlanner(source)
        return try ends.flatMap { start in
            try ends.filter { $0 > start }.compactMap { end in
                guard planner.cut(try #require(FrameRange(start, end))).condition == .copy else { return nil }
                return "\(start)-\(end)"
            }
        }
    }

    /// The same frames forced to IDR in every container: the same decisions, whatever flags and times it has.
    @Test(arguments: ["mp4", "mov", "mkv", "ts", "fmp4"])
    func stampedFilesAreCutAtTheirIDR(container: String) throws {
        let path = try TestMedia.stamped(
            size: (160, 90), frames: 60, idr: [17, 40], container: container, sound: "none")
        #expect(
            try copiedRanges(path, ends: [0, 17, 18, 39, 40, 60]) == [
                "0-17", "0-18", "0-40", "0-60", "17-18", "17-40", "17-60", "40-60",
            ])
    }

    @Test func openGroupsAreNotCut() throws {
        let path = try TestMedia.stamped(
            size: (160, 90), frames: 60, gop: 20, sound: "none", more: ["--open-gop"])
        let source = try Source.read(path)
        #expect(source.isIDR.indices.filter { source.isIDR[$0] } == [0])
        #expect(try copiedRanges(path, ends: [0, 20, 40, 60]) == ["0-60"])
    }

    /// Every range between the IDR pictures of real films, and nothing that begins elsewhere.
    @Test(
        .needsSharedMedia,
        arguments: [
            "bear-h264-360p.mp4", "androidx-pyramid-30fps.mp4", "shaka-player-hls24-0.ts", "bear-pts-wraparound.ts",
            "gopro-karma-2997.mp4", "androidx-cmaf-12-segments.mp4", "bbb-piff-10s.ismv", "androidx-sample.flv",
            "sintel-trailer-720p24.mp4", "androidx-360p-30006-non-idr.mp4",
        ])
    func rangesBetweenIDRPicturesAreCopied(name: String) throws {
        let source = try Source.read(SharedMedia.file(name))
        let planner = CutPlanner(source)
        let entries = source.isIDR.indices.compactMap { source.isIDR[$0] ? source.index.packets[$0].frame : nil }
        let catalogued = try #require(try SharedMedia.catalogue().first { $0["file"] == name })
        let keys = try #require(catalogued["key_frames"].flatMap { Int($0) })
        let others = try #require(catalogued["non_idr_keys"].flatMap { Int($0) })
        #expect(entries.count == keys - others)
        #expect(entries.first == 0)
        let ends = entries + [source.index.count]
        for (number, start) in entries.enumerated() {
            for end in ends[(number + 1)...] {
                let range = try #require(FrameRange(start, end))
                let first = source.index.packetOfFrame[Int(start)]
                let run = first..<first + Int(range.count)
                #expect(planner.cut(range).pieces == [.init(frames: range, making: .copy(packets: run))])
            }
        }
        for frame in Set(0..<source.index.count).subtracting(entries) {
            let cut = planner.cut(try #require(FrameRange(frame, frame + 1)))
            #expect(cut.condition == .encode && cut.obstacles.map(\.frame) == [frame])
        }
    }
}
