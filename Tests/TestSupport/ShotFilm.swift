import Foundation
public import MediaTime

/// A film whose hard cuts are known: shots of FFmpeg's own moving patterns, one after another.
public enum ShotFilm {
    /// What a shot shows; no two look alike.
    public enum Pattern: String, Sendable {
        case chart = "testsrc2=rate=24"
        case fractal = "mandelbrot=start_scale=0.7:end_scale=0.3:rate=24"
        case turned = "testsrc2=rate=24,hue=h=150,negate,hflip,vflip"
        case cells = "life=mold=10:ratio=0.2:death_color=0x302060:life_color=0xE0E060:rate=24"
        case gradient = "gradients=seed=7:speed=0.02:c0=red:c1=white:c2=blue:nb_colors=3:rate=24"
        /// Stands still.
        case bars = "smptehdbars=rate=24"
        case black = "color=c=black:rate=24"
    }

    /// A shot and how many frames it has; with `fade`, as many frames of it are a crossfade from the shot before, which loses them.
    public struct Shot: Sendable {
        /// What it shows.
        public var pattern: Pattern
        /// Its frames, with those of the crossfade.
        public var frames: Int
        /// Frames of the crossfade from the shot before.
        public var fade: Int

        /// Describes a shot.
        public init(_ pattern: Pattern, _ frames: Int, fade: Int = 0) {
            (self.pattern, self.frames, self.fade) = (pattern, frames, fade)
        }
    }

    /// Makes the film as H.264.
    /// - Parameters:
    ///   - path: the file to write.
    ///   - sound: an FFmpeg source of sound, or `nil` for none.
    ///   - more: options of the output, such as `["-timecode", "01:00:00:00"]`.
    /// - Throws: `ToolError` with FFmpeg's words.
    public static func make(
        _ shots: [Shot], at path: String, rate: FrameRate = .film, sound: String? = nil, more: [String] = []
    ) throws {
        var graph = shots.enumerated().map { place, shot in
            "\(shot.pattern.rawValue),scale=320:180,setsar=1,format=yuv420p,trim=end_frame=\(shot.frames),setpts=N,settb=1/24,fps=24,settb=1/24[v\(place)]"
        }
        var last = "v0"
        var length = shots[0].frames
        for (place, shot) in shots.enumerated().dropFirst() {
            let next = "j\(place)"
            if shot.fade > 0 {
                let seconds = Double(shot.fade) / 24
                graph.append(
                    "[\(last)][v\(place)]xfade=duration=\(seconds):offset=\(Double(length - shot.fade) / 24),settb=1/24[\(next)]"
                )
            } else {
                graph.append("[\(last)][v\(place)]concat=n=2:v=1:a=0,settb=1/24,fps=24,settb=1/24[\(next)]")
            }
            length += shot.frames - shot.fade
            last = next
        }
        graph.append("[\(last)]setpts=N,settb=\(rate.denominator)/\(rate.numerator),setpts=N[out]")
        // Times count frames of 1/24 s up to here, whatever the rate.
        var arguments = ["-v", "error", "-y", "-filter_complex", graph.joined(separator: ";")]
        if let sound { arguments = ["-v", "error", "-y", "-f", "lavfi", "-i", sound] + arguments.dropFirst(3) }
        arguments += ["-map", "[out]"] + (sound == nil ? [] : ["-map", "0:a", "-shortest", "-c:a", "aac"])
        arguments += ["-c:v", "libx264", "-preset", "veryfast", "-crf", "16", "-g", "48"] + more + [path]
        try Tools.check("ffmpeg", arguments)
    }
}
