internal import Editorial
internal import FFmpeg
internal import MediaTime

/// Reads frame numbers of a Mega Asset as timecode.
struct MegaTimecode: Sendable {
    private let count: TimecodeCount?
    private let first: Int64

    /// - Parameters:
    ///   - mode: how the frames follow each other; `variable` ones have no timecode.
    ///   - index: whose word for the first frame's timecode comes first.
    ///   - mega: the file, whose word comes second; without either it is 00:00:00:00.
    /// - Throws: `FFmpegError` when the file cannot be opened.
    init(_ mode: FrameRateMode, _ index: ClipIndex?, mega: String?) throws {
        let file = try mega.flatMap { try Demuxer.open($0).streams.lazy.compactMap(\.timecode).first }
        guard case .constant(let rate) = mode,
            let start = index?.startTimecode ?? file.flatMap({ Timecode($0) }) ?? Timecode("00:00:00:00"),
            let count = TimecodeCount(rate, isDropFrame: start.mark == .semicolon), let first = count.frame(of: start)
        else {
            (count, first) = (nil, 0)
            return
        }
        (self.count, self.first) = (count, first)
    }

    /// `01:00:41:16`; `nil` where there is none.
    func text(_ frame: Int64) -> String? { count?.timecode(of: first + frame)?.description }
}
