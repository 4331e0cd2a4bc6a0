internal import Diagnostics
internal import FFmpeg
internal import MediaTime

/// A file that becomes a clip of a Mega Asset.
public struct AssemblyClip: Sendable, Equatable {
    /// The file.
    public var path: String
    /// The clip's name by the naming rule of editors' files: `TITLE | TYPE`, or `TITLE` with its length as type.
    public var name: String

    /// Names a file.
    public init(path: String, name: String) { (self.path, self.name) = (path, name) }
}

/// A clip's file, looked at.
struct ClipSource {
    let clip: AssemblyClip
    let index: FrameIndex
    let hasSound: Bool

    init(_ clip: AssemblyClip) throws {
        self.clip = clip
        hasSound = try Demuxer.open(clip.path).stream(.audio) != nil
        index = try FrameIndex.scan(clip.path) { _, _ in try Interruption.check() }
        let transfer = index.stream.colour.transfer
        guard transfer != 16, transfer != 18 else {
            throw Fault(
                .badInput,
                "\(clip.path): is HDR (\(transfer == 16 ? "PQ" : "HLG")), and the Mega Asset would not be; tone-map it first"
            )
        }
    }

    /// Width and height as the picture is shown: with square samples, and turned.
    var shape: (width: Int, height: Int) { index.stream.shownSize }

    /// The rate of the frames, as near as a usual rate is.
    var frameRate: FrameRate? {
        let ticks = index.presentationTicks
        guard let first = ticks.first, index.endTicks > first else { return nil }
        let stated = index.stream.averageRate
        if let stated, index.firstOffGrid(stated, in: 0..<index.count) == nil { return stated }
        // What is not even has the usual rate that is next to its mean.
        return Self.usual.min { distance(to: $0) < distance(to: $1) }
    }

    private static let usual = [
        FrameRate(24_000, 1001), FrameRate(24), FrameRate(25), FrameRate(30_000, 1001), FrameRate(30), FrameRate(50),
        FrameRate(60_000, 1001), FrameRate(60),
    ].compactMap { $0 }

    /// By how many frames the file would be longer or shorter at a rate.
    private func distance(to rate: FrameRate) -> Int64 {
        let duration = index.endTicks - (index.presentationTicks.first ?? 0)
        return abs(rate.frameTimebase.rescaleNearest(duration, from: index.stream.timebase) - index.count)
    }

    /// The filters that make a frame of the file one of the format.
    func filters(_ format: AssemblyFormat) -> [FilterGraph.Filter] {
        let place = Placement(shape, in: format)
        return index.stream.uprighting + [
            .init(
                "scale",
                [
                    "w": "\(place.width)", "h": "\(place.height)",
                    "flags": "bicubic+accurate_rnd+full_chroma_int+bitexact",
                    "in_color_matrix": index.stream.matrixName, "out_color_matrix": "bt709",
                    "in_range": index.stream.colour.isFullRange ? "full" : "limited", "out_range": "limited",
                ]),
            .init("format", ["pix_fmts": "yuv420p"]),
            format.fit == .pad
                ? .init(
                    "pad",
                    [
                        "w": "\(format.width)", "h": "\(format.height)", "x": "\((format.width - place.width) / 4 * 2)",
                        "y": "\((format.height - place.height) / 4 * 2)",
                    ])
                : .init("crop", ["out_w": "\(format.width)", "out_h": "\(format.height)"]),
        ]
    }
}
