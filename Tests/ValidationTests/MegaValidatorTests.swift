import Diagnostics
import Editorial
import Foundation
import MediaTime
import TestSupport
import Testing

@testable import Validation

/// What is wrong at the ends of clips and inside them is found, with the shift that mends it; what is right is passed.
@Suite struct MegaValidatorTests {
    /// Hard cuts at 48, 96, 98 (a flash of two frames), 150, 160 and 200; still from 200 to 240, then a soft transition around 245.
    private static let shots: [ShotFilm.Shot] = [
        .init(.chart, 48), .init(.fractal, 48), .init(.gradient, 2), .init(.turned, 52), .init(.black, 10),
        .init(.cells, 40),
        .init(.bars, 40), .init(.chart, 48, fade: 12),
    ]
    private static let film = Result {
        let folder = try TemporaryFolder()
        try ShotFilm.make(shots, at: folder.file("mega.mp4"))
        return folder
    }

    private static func validate(
        _ clips: [(String, Int64, Int64)], full: Bool = false, search: Int64 = 3, start: String? = nil,
        of path: String? = nil
    ) throws -> MegaReport {
        let labels = try clips.map { clip in
            ClipLabel(title: clip.0, type: "x", range: try #require(FrameRange(clip.1, clip.2)))
        }
        let index = try ClipIndex(
            frameRate: .constant(.film), startTimecode: start.flatMap { Timecode($0) }, clips: labels)
        var validator = MegaValidator()
        validator.isFull = full
        validator.searchRadius = search
        return try validator.validate(path ?? film.get().file("mega.mp4"), index)
    }

    /// `kind severity frame shift` of each fault.
    private static func kinds(_ report: MegaReport) -> [String] {
        report.faults.map { fault in
            "\(fault.title ?? "-") \(fault.kind.rawValue) \(fault.severity) \(fault.frame.map { "\($0)" } ?? "-") "
                + (fault.shift.map { "\($0)" } ?? "-")
        }
    }

    @Test func rightBoundariesArePassed() throws {
        let clips: [(String, Int64, Int64)] = [
            ("A", 0, 48), ("B", 48, 96), ("C", 98, 150), ("D", 160, 200), ("A-B", 0, 96),
        ]
        #expect(Self.kinds(try Self.validate(clips)) == [])
        #expect(Self.kinds(try Self.validate(clips, full: true)) == [])
    }

    /// Every shift from −3 to 3 at either end of a clip that is right without it.
    @Test func eachShiftIsMeasured() throws {
        for shift: Int64 in [-3, -2, -1, 1, 2, 3] {
            let report = try Self.validate([("in", 48 + shift, 96), ("out", 48, 96), ("late", 0, 48 + shift)])
            #expect(
                Self.kinds(report) == [
                    "in in-point \(shift < 0 ? "error" : "warning") \(48 + shift) \(-shift)",
                    "late out-point \(shift > 0 ? "error" : "warning") \(48 + shift) \(-shift)",
                ])
        }
        // The file's own ends are hard cuts, too.
        #expect(
            Self.kinds(try Self.validate([("in", 2, 48), ("all", 0, 276), ("out", 200, 275)])).filter {
                !$0.contains("frozen")
            } == [
                "in in-point warning 2 -2", "out out-point warning 275 1",
            ])
        // Beyond the search it is no hard cut, unless the search goes further.
        #expect(Self.kinds(try Self.validate([("in", 44, 96)])) == ["in no-cut-in note 44 -"])
        #expect(Self.kinds(try Self.validate([("in", 44, 96)], search: 12)) == ["in in-point error 44 4"])
    }

    @Test func messagesSayWhatToDo() throws {
        let report = try Self.validate([("A", 1, 48), ("B", 47, 96), ("C", 98, 152), ("D", 160, 199)])
        #expect(
            report.faults.map(\.line) == [
                "warning: clip (A, x) begins 1 frame after a hard cut: the shot's first frame is left out; move the in-point to 0, 1 frame earlier",
                "error: clip (B, x) begins 1 frame before a hard cut: its first frame belongs to the shot before; move the in-point to 48, 1 frame later",
                "error: clip (C, x) ends 2 frames after a hard cut: its last 2 frames belong to the next shot; move the out-point to 150, 2 frames earlier",
                "warning: clip (C, x) is black in its last 2 frames; cut the black off, or leave it where it is meant",
                "warning: clip (D, x) ends 1 frame before a hard cut: the shot's last frame is left out; move the out-point to 200, 1 frame later",
            ])
    }

    @Test func softTransitionsAreNotCalledWrong() throws {
        #expect(
            Self.kinds(try Self.validate([("F", 200, 234), ("G", 234, 276)])) == [
                "F no-cut-out note 234 -", "F frozen warning 200 -", "G no-cut-in note 234 -",
            ])
        // The middle of a shot, with motion.
        #expect(
            Self.kinds(try Self.validate([("M", 60, 80)])) == ["M no-cut-in note 60 -", "M no-cut-out note 80 -"])
    }

    @Test func flashesBlackAndStillPictures() throws {
        #expect(
            Self.kinds(
                try Self.validate(
                    [("in", 96, 150), ("out", 48, 98), ("black", 98, 160), ("still", 160, 228)], full: true)) == [
                    "in flash warning 96 2", "out flash warning 98 -2", "black black warning 150 -",
                    "still no-cut-out note 228 -",
                    "still frozen warning 200 -",
                ])
        #expect(
            try Self.validate([("black", 150, 160), ("end", 98, 155)], full: true).faults.filter { $0.kind == .black }
                .map(\.message) == [
                    "clip (black, x) is black in all its 10 frames", "clip (end, x) is black in its last 5 frames",
                ])
    }

    @Test func whatIsNotThereIsSaid() throws {
        let report = try Self.validate([("A", 0, 48), ("Z", 200, 277)])
        #expect(report.frames == 276)
        #expect(Self.kinds(report) == ["Z past-end error 277 -1"])
        #expect(report.clips.map(\.title) == ["A", "Z"])
        // Without --full nothing but the neighbourhoods is decoded.
        #expect(try Self.validate([("A", 48, 96)]).framesRead == 2 * 2 * (3 + 2 * 6))
        #expect(try Self.validate([("A", 48, 96)], full: true).framesRead == 276)
    }

    @Test func otherRatesAndTimecode() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("m.mp4")
        try ShotFilm.make([.init(.chart, 48), .init(.fractal, 48)], at: path, more: ["-timecode", "01:00:00:00"])
        #expect(Self.kinds(try Self.validate([("A", 0, 48)], start: "01:00:00:00", of: path)) == [])
        let report = try Self.validate([("A", 0, 48)], start: "01:00:00:12", of: path)
        #expect(Self.kinds(report) == ["- timecode warning 0 12"])
        #expect(
            report.faults[0].message.hasSuffix(
                "has the timecode 01:00:00:00, and the index counts from 01:00:00:12: 12 frames apart"))
        let index = try ClipIndex(
            frameRate: .constant(try #require(FrameRate(25))),
            clips: [ClipLabel(title: "A", type: "x", range: try #require(FrameRange(48, 96)))])
        #expect(
            Self.kinds(try MegaValidator().validate(path, index)).first == "A frame-rate error 48 -")
    }

    @Test func silentClipsAreFound() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("m.mp4")
        // A tone in the first two seconds, nothing after.
        try ShotFilm.make(
            [.init(.chart, 48), .init(.fractal, 48)], at: path,
            sound: "aevalsrc='0.2*sin(2*PI*440*t)*lt(t,1.9)':s=48000:d=4")
        #expect(
            Self.kinds(try Self.validate([("A", 0, 48), ("B", 48, 96)], full: true, of: path)) == [
                "B silence warning 48 -"
            ])
    }

    /// One damaged place hides nothing elsewhere.
    @Test func damageIsNamed() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("m.mp4")
        try ShotFilm.make([.init(.chart, 48), .init(.fractal, 48), .init(.cells, 48)], at: path, more: ["-bf", "0"])
        let packets = try Tools.check(
            "ffprobe",
            ["-v", "error", "-select_streams", "v", "-show_entries", "packet=pos,size,flags", "-of", "csv=p=0", path]
        ).lines
        // The IDR picture at frame 48, from behind its first NAL unit's length on.
        let fields = try #require(packets.filter { $0.contains("K") }.dropFirst().first).split(separator: ",")
        let (size, position) = (try #require(Int(fields[0])), try #require(Int(fields[1])))
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        for place in position..<position + size { bytes[place] = 0xFF }
        try bytes.write(to: URL(fileURLWithPath: path))
        let faults = try Self.validate([("A", 0, 48), ("B", 48, 96), ("C", 95, 144)], of: path).faults
        #expect(
            faults.contains { $0.title == "B" && $0.kind == .undecodable && $0.severity == .error && $0.frame == 48 })
        #expect(faults.filter { $0.title == "C" }.map(\.kind) == [.inPoint])
        // What begins after it cannot be seen, so nothing is said against the end before it.
        #expect(faults.filter { $0.title == "A" }.map(\.kind) == [.noCutOut])
    }
}
