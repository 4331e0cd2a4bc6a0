internal import CFFmpeg

/// A chain of FFmpeg's filters over pictures or sound (`AVFilterGraph`), such as text drawn over pictures.
public struct FilterGraph: ~Copyable {
    /// A filter with its options. Values are given as they are: nothing in them has to be escaped.
    public struct Filter: Sendable {
        /// FFmpeg's name of the filter.
        public var name: String
        /// Its options by name.
        public var options: [String: String]

        /// Names a filter with its options.
        public init(_ name: String, _ options: [String: String] = [:]) {
            self.name = name
            self.options = options
        }
    }

    private let pointer: UnsafeMutablePointer<AVFilterGraph>
    private let source: UnsafeMutablePointer<AVFilterContext>
    private let sink: UnsafeMutablePointer<AVFilterContext>

    /// Builds the chain for pictures of one format.
    /// - Parameter ticksPerSecond: of the times that filters see.
    /// - Throws: `FFmpegError` when FFmpeg lacks a filter or refuses an option.
    public static func open(
        _ filters: [Filter], for format: PictureFormat, ticksPerSecond: Int = 25
    ) throws(FFmpegError) -> FilterGraph {
        let input = Filter(
            "buffer",
            [
                "video_size": "\(format.width)x\(format.height)", "pix_fmt": "\(format.pixelFormat)",
                "time_base": "1/\(ticksPerSecond)",
            ])
        return try open(filters, from: input, to: "buffersink")
    }

    /// Builds the chain for planar float samples, whose channels are the usual ones for their number.
    /// - Throws: `FFmpegError` when FFmpeg lacks a filter or refuses an option.
    static func open(_ filters: [Filter], sampleRate: Int, channels: Int) throws(FFmpegError) -> FilterGraph {
        let layouts = [1: "mono", 2: "stereo", 6: "5.1"]
        let input = Filter(
            "abuffer",
            [
                "sample_rate": "\(sampleRate)", "sample_fmt": "fltp", "time_base": "1/\(sampleRate)",
                "channel_layout": layouts[channels] ?? "\(channels)c",
            ])
        return try open(filters, from: input, to: "abuffersink")
    }

    private static func open(
        _ filters: [Filter], from input: Filter, to output: String
    ) throws(FFmpegError) -> FilterGraph {
        guard let graph = avfilter_graph_alloc() else {
            throw FFmpegError(code: .outOfMemory, operation: "filter", path: nil, stream: nil, frame: nil, log: [])
        }
        do throws(FFmpegError) {
            let source = try add(input, to: graph, name: "in")
            var last = source
            for (number, filter) in filters.enumerated() {
                let next = try add(filter, to: graph, name: "filter\(number)")
                try check(avfilter_link(last, 0, next, 0), "connect the filter \(filter.name)")
                last = next
            }
            let sink = try add(Filter(output), to: graph, name: "out")
            try check(avfilter_link(last, 0, sink, 0), "connect the filters")
            try check(avfilter_graph_config(graph, nil), "prepare the filters")
            return FilterGraph(pointer: graph, source: source, sink: sink)
        } catch {
            var owned: UnsafeMutablePointer<AVFilterGraph>? = graph
            avfilter_graph_free(&owned)
            throw error
        }
    }

    private init(
        pointer: UnsafeMutablePointer<AVFilterGraph>, source: UnsafeMutablePointer<AVFilterContext>,
        sink: UnsafeMutablePointer<AVFilterContext>
    ) {
        self.pointer = pointer
        self.source = source
        self.sink = sink
    }

    deinit {
        var owned: UnsafeMutablePointer<AVFilterGraph>? = pointer
        avfilter_graph_free(&owned)
    }

    private static func add(
        _ filter: Filter, to graph: UnsafeMutablePointer<AVFilterGraph>, name: String
    ) throws(FFmpegError) -> UnsafeMutablePointer<AVFilterContext> {
        guard let kind = avfilter_get_by_name(filter.name), let context = avfilter_graph_alloc_filter(graph, kind, name)
        else {
            throw FFmpegError(
                code: .init(rawValue: shim_AVERROR_FILTER_NOT_FOUND), operation: "use the filter \(filter.name)",
                path: nil, stream: nil, frame: nil, log: [])
        }
        for (key, value) in filter.options {
            try check(
                av_opt_set(context, key, value, AV_OPT_SEARCH_CHILDREN), "set '\(key)' of the filter \(filter.name)")
        }
        try check(avfilter_init_str(context, nil), "start the filter \(filter.name)")
        return context
    }

    /// The picture after all filters, none of which waits for others, at a time that the filters see; the times ascend.
    /// - Throws: `FFmpegError` when a filter fails, or gives no picture for this one.
    public mutating func apply(_ frame: borrowing Frame, at ticks: Int64) throws(FFmpegError) -> Frame {
        try send(frame, number: ticks)
        let result = Frame()
        try check(av_buffersink_get_frame(sink, result.pointer), "filter a picture")
        return result
    }

    /// The picture after all filters, none of which waits for others.
    /// - Throws: `FFmpegError` when a filter fails, or gives no picture for this one.
    public mutating func apply(_ frame: borrowing Frame) throws(FFmpegError) -> Frame {
        try check(
            av_buffersrc_add_frame_flags(source, frame.pointer, Int32(AV_BUFFERSRC_FLAG_KEEP_REF)),
            "filter a picture")
        let result = Frame()
        try check(av_buffersink_get_frame(sink, result.pointer), "filter a picture")
        return result
    }

    /// Sends picture `number`, or the run of sound that begins with sample `number`, into the chain; the numbers ascend.
    /// - Throws: `FFmpegError` when a filter fails.
    mutating func send(_ frame: borrowing Frame, number: Int64) throws(FFmpegError) {
        let copy = try frame.reference()
        copy.pointer.pointee.pts = number
        try check(av_buffersrc_add_frame_flags(source, copy.pointer, 0), "filter")
    }

    /// Says that nothing follows.
    /// - Throws: `FFmpegError` when a filter fails.
    mutating func drain() throws(FFmpegError) {
        try check(av_buffersrc_add_frame_flags(source, nil, 0), "filter the last of it")
    }

    /// The next frame that has come out; `nil` when the filters wait for another or have ended.
    /// - Throws: `FFmpegError` when a filter fails.
    mutating func receive() throws(FFmpegError) -> Frame? {
        let result = Frame()
        let status = av_buffersink_get_frame(sink, result.pointer)
        if status == shim_AVERROR_EAGAIN || status == shim_AVERROR_EOF { return nil }
        try check(status, "filter")
        return result
    }
}
