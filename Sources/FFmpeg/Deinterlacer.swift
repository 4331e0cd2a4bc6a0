/// Gives the frames of an interlaced track as whole pictures, one for each frame, by the motion-adaptive filter `bwdif`.
///
/// A picture is made of its frame and the frames before and after it, so it is the same whichever frame was asked for before.
public struct Deinterlacer: ~Copyable {
    private let filter: FilterGraph.Filter
    private var graph: FilterGraph?
    /// The format of the frames in the graph; one of another begins a graph of its own.
    private var format: PictureFormat?
    /// The frame that is sent into the graph next.
    private var sent: Int64 = 0
    /// The frame that comes out next.
    private var due: Int64 = 0

    /// Prepares for the frames of a track.
    public init(_ index: FrameIndex) {
        filter = FilterGraph.Filter("bwdif", Self.options(index))
    }

    /// The filter's options for a track, by name: with the frames they determine what comes out.
    public static func options(_ index: FrameIndex) -> [String: String] {
        // Frames that the decoder flags are judged one by one; else the container's word holds for all.
        index.firstFrame.fieldOrder == .progressive && index.isInterlaced
            ? ["mode": "send_frame", "parity": index.fieldOrder == .bottomFirst ? "bff" : "tff", "deint": "all"]
            : ["mode": "send_frame", "parity": "auto", "deint": "interlaced"]
    }

    /// Frame `number` of the reader's track, deinterlaced.
    /// - Throws: `FFmpegError` as `VideoReader.frame(at:)`, or when the filter fails.
    public mutating func frame(at number: Int64, from reader: inout VideoReader) throws(FFmpegError) -> Frame {
        if graph == nil || number < due || number >= sent { try restart(at: number, &reader) }
        while true {
            while let frame = try graph?.receive() {
                due += 1
                if due - 1 == number { return frame }
            }
            if sent <= min(number + 1, reader.index.count - 1) {
                let next = try reader.frame(at: sent)
                if next.pictureFormat == format {
                    try graph?.send(next, number: sent)
                    sent += 1
                    continue
                }
            }
            return try last(number)
        }
    }

    /// The last frame of the graph, which has no next one.
    private mutating func last(_ number: Int64) throws(FFmpegError) -> Frame {
        defer { graph = nil }
        try graph?.drain()
        while let frame = try graph?.receive() {
            due += 1
            if due - 1 == number { return frame }
        }
        throw FFmpegError(
            code: .invalidData, operation: "deinterlace the last frame", path: nil, stream: nil, frame: number, log: [])
    }

    private mutating func restart(at number: Int64, _ reader: inout VideoReader) throws(FFmpegError) {
        var before = number > 0 ? try reader.frame(at: number - 1) : nil
        let own = try reader.frame(at: number)
        if before?.pictureFormat != own.pictureFormat { before = nil }
        format = own.pictureFormat
        graph = try FilterGraph.open([filter], for: own.pictureFormat)
        due = number
        if let before = before.take() {
            due = number - 1
            try graph?.send(before, number: due)
        }
        try graph?.send(own, number: number)
        sent = number + 1
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
