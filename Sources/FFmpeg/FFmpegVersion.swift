internal import CFFmpeg

/// Which FFmpeg is used.
public enum FFmpegVersion {
    /// Its version as its makers name it: `5.1.9-0+deb12u1`.
    public static var name: String { String(cString: av_version_info()) }
}
