internal import CFFmpeg

/// Measures how loud sound is as a whole: integrated loudness by EBU R 128 (ITU-R BS.1770-4), by FFmpeg's filter `ebur128`.
public struct LoudnessMeter: ~Copyable {
    private var graph: FilterGraph
    private let sampleRate: Int
    private var position: Int64 = 0
    private var integrated: Double?
    /// What the filter says while nothing has passed its absolute gate.
    private static let gate = -70.0

    /// Begins a measurement.
    /// - Throws: `FFmpegError` when FFmpeg lacks the filter.
    public static func open(sampleRate: Int, channels: Int) throws(FFmpegError) -> LoudnessMeter {
        // Without metadata the filter only prints at its end; with it, it tells after each 100 ms.
        let filter = FilterGraph.Filter("ebur128", ["metadata": "1", "framelog": "verbose"])
        return LoudnessMeter(
            graph: try FilterGraph.open([filter], sampleRate: sampleRate, channels: channels), sampleRate: sampleRate)
    }

    private init(graph: consuming FilterGraph, sampleRate: Int) {
        self.graph = graph
        self.sampleRate = sampleRate
    }

    /// Takes the next samples.
    /// - Throws: `FFmpegError` when the filter fails.
    public mutating func add(_ block: SampleBlock) throws(FFmpegError) {
        guard block.count > 0 else { return }
        try graph.send(Frame.sound(block, format: .floatPlanar, sampleRate: sampleRate), number: position)
        position += Int64(block.count)
        while let frame = try graph.receive() {
            if let text = frame.metadata("lavfi.r128.I"), let value = Double(text) { integrated = value }
        }
    }

    /// The loudness of all whole blocks of 400 ms, in LUFS; `nil` where none is louder than −70 LUFS.
    public var loudness: Double? { integrated.flatMap { $0 > Self.gate ? $0 : nil } }
}
