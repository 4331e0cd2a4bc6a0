/// Gives the frames of an interlaced track as whole pictures, one for each frame, by the motion-adaptive filter `bwdif`.
///
/// A picture is made of its frame and the frames before and after it, so it is the same whichever frame was asked for before.
public struct Deinterlacer: ~Copyable {
    private let filter: FilterGraph.Filter
    private var graph: FilterGraph?
    /// The frame that is sent into the graph next.
    private var sent: Int64 = 0
    /// The frame that comes out next.
    private var due: Int64 = 0

    /// Prepares for the frames of a track.
    public init(_ index: FrameIndex) {
        // Frames that the decoder flags are judged one by one; else the container's word holds for all.
        let parity = index.stream.fieldOrder == .bottomFirst ? "bff" : "tff"
        filter = FilterGraph.Filter(
            "bwdif",
            index.firstFrame.fieldOrder == .progressive && index.isInterlaced
                ? ["mode": "send_frame", "parity": parity, "deint": "all"]
                : ["mode": "send_frame", "parity": "auto", "deint": "interlaced"])
    }

    /// Frame `number` of the reader's track, deinterlaced.
    /// - Throws: `FFmpegError` as `VideoReader.frame(at:)`, or when the filter fails.
    public mutating func frame(at number: Int64, from reader: inout VideoReader) throws(FFmpegError) -> Frame {
        if graph == nil || number < due || number > sent { try restart(before: number, &reader) }
        while true {
            while let frame = try graph?.receive() {
                due += 1
                if due - 1 == number { return frame }
            }
            guard sent <= min(number + 1, reader.index.count - 1) else {
                try graph?.drain()
                guard let frame = try graph?.receive() else {
                    throw FFmpegError(
                        code: .invalidData, operation: "deinterlace the last frame", path: nil, stream: nil,
                        frame: number, log: [])
                }
                graph = nil
                return frame
            }
            try graph?.send(reader.frame(at: sent), number: sent)
            sent += 1
        }
    }

    private mutating func restart(before number: Int64, _ reader: inout VideoReader) throws(FFmpegError) {
        sent = max(0, number - 1)
        due = sent
        let first = try reader.frame(at: sent)
        graph = try FilterGraph.open([filter], for: first.pictureFormat)
        try graph?.send(first, number: sent)
        sent += 1
    }
}

extension FrameIndex {
    /// How the lines of the frames were taken: by the first frame, or where that says nothing by the container.
    public var fieldOrder: StreamInfo.FieldOrder {
        firstFrame.fieldOrder == .progressive ? stream.fieldOrder : firstFrame.fieldOrder
    }

    /// Whether frames are made of two fields.
    public var isInterlaced: Bool { [.topFirst, .bottomFirst].contains(fieldOrder) }
}
