import Foundation
public import MediaTime

/// Reads the number that the sound of every frame of a stamped Mega Asset carries; `TestMedia/generate --help`
/// describes the code.
///
/// The code holds the number modulo 4096, so frame 5000 reads as 904. It survives AAC at 128 kbit/s.
public enum SoundStamp {
    /// Numbers are told modulo this.
    public static let modulus = 4096

    private static let digits = 4
    private static let values = 16
    /// A digit's strongest tone has at least this many times the power of its second.
    private static let smallestRatio: Float = 4
    /// Tones are made with amplitude 0.15; below a tenth of that there is silence or something else.
    private static let smallestAmplitude: Float = 0.015
    /// Samples that are enough to tell tones 187.5 Hz apart; more would only take time.
    private static let longestWindow = 1200

    /// The samples in which frame `frame` sounds, half-open, when each frame lasts the same.
    ///
    /// Both ends are rounded to the nearest sample, halves up.
    public static func samples(ofFrame frame: Int, rate: FrameRate, sampleRate: Int = 48000) -> Range<Int> {
        func start(_ frame: Int) -> Int {
            let (numerator, denominator) = (Int(rate.numerator), Int(rate.denominator))
            return (2 * frame * sampleRate * denominator + numerator) / (2 * numerator)
        }
        return start(frame)..<start(frame + 1)
    }

    /// The number that one frame's samples tell.
    ///
    /// - Parameters:
    ///   - samples: one channel of one frame, from -1 to 1.
    ///   - sampleRate: samples a second.
    /// - Returns: the number modulo ``modulus``, or `nil` when there is no clear tone or the check digit does not hold.
    public static func read(_ samples: ArraySlice<Float>, sampleRate: Int = 48000) -> Int? {
        let window = windowed(samples)
        guard window.samples.count >= 256 else { return nil }
        var found: [Int] = []
        for digit in 0..<digits {
            var (best, second, value) = (Float(0), Float(0), 0)
            for candidate in 0..<values {
                let frequency = 600 + 187.5 * Float(digits * candidate + digit)
                let power = tonePower(window.samples, cyclesPerSample: frequency / Float(sampleRate))
                if power > best {
                    (best, second, value) = (power, best, candidate)
                } else if power > second {
                    second = power
                }
            }
            let amplitude = 2 * best.squareRoot() / window.sum
            guard amplitude >= smallestAmplitude, best >= smallestRatio * second else { return nil }
            found.append(value)
        }
        guard found[3] == (3 * found[0] + 5 * found[1] + 7 * found[2] + 6) % values else { return nil }
        return found[0] + values * (found[1] + values * found[2])
    }

    /// The numbers of all whole frames in `samples`, whose first sample is the first of frame `first`.
    public static func numbers(
        in samples: [Float], rate: FrameRate, sampleRate: Int = 48000, from first: Int = 0
    ) -> [Int?] {
        var numbers: [Int?] = []
        let origin = self.samples(ofFrame: first, rate: rate, sampleRate: sampleRate).lowerBound
        while true {
            let range = self.samples(ofFrame: first + numbers.count, rate: rate, sampleRate: sampleRate)
            guard range.upperBound - origin <= samples.count else { return numbers }
            numbers.append(
                read(samples[range.lowerBound - origin..<range.upperBound - origin], sampleRate: sampleRate))
        }
    }

    /// How many samples later than it should a frame sounds, to the sample; negative when it is early.
    ///
    /// - Parameters:
    ///   - frame: the frame's number, which its sound is expected to tell.
    ///   - samples: one channel whose first sample is the first of frame `first`.
    ///   - reach: shifts up to this many samples either way are looked for.
    /// - Returns: the shift at which the samples are most like what the generator made; `nil` when the frame doesn't lie
    ///   in `samples` with `reach` on both sides.
    public static func shift(
        ofFrame frame: Int, in samples: [Float], rate: FrameRate, from first: Int = 0, reach: Int = 64
    ) -> Int? {
        let origin = self.samples(ofFrame: first, rate: rate).lowerBound
        let range = self.samples(ofFrame: frame, rate: rate)
        let start = range.lowerBound - origin
        let made = tones(of: frame, count: range.count)
        guard start >= reach, start + made.count + reach <= samples.count else { return nil }
        var (best, found) = (-Float.infinity, 0)
        for shift in -reach...reach {
            var likeness: Float = 0
            for index in made.indices { likeness += made[index] * samples[start + shift + index] }
            if likeness > best { (best, found) = (likeness, shift) }
        }
        return found
    }

    /// What the generator makes for a frame, before any coding.
    private static func tones(of frame: Int, count: Int) -> [Float] {
        let (low, middle, high) = (frame & 15, frame >> 4 & 15, frame >> 8 & 15)
        let values = [low, middle, high, (3 * low + 5 * middle + 7 * high + 6) & 15]
        let steps = values.enumerated().map { digit, value in
            2 * Double.pi * (600 + 187.5 * Double(digits * value + digit)) / 48000
        }
        return (0..<count).map { index in
            Float(steps.reduce(0) { $0 + 0.15 * sin($1 * Double(index)) })
        }
    }

    /// The middle of the samples under a Hann window, which keeps tones of other digits apart, and the window's sum.
    private static func windowed(_ samples: ArraySlice<Float>) -> (samples: [Float], sum: Float) {
        // The fades at both ends of a frame, and what AAC smears over them, tell nothing.
        let count = min(longestWindow, samples.count - 64)
        guard count > 1 else { return ([], 1) }
        let start = samples.startIndex + (samples.count - count) / 2
        var (result, sum) = ([Float](repeating: 0, count: count), Float(0))
        let step = 2 * Float.pi / Float(count)
        for index in 0..<count {
            let weight = 0.5 - 0.5 * cos(step * (Float(index) + 0.5))
            result[index] = samples[start + index] * weight
            sum += weight
        }
        return (result, sum)
    }

    /// The squared magnitude of one frequency (Goertzel's algorithm).
    private static func tonePower(_ samples: [Float], cyclesPerSample: Float) -> Float {
        let coefficient = 2 * cos(2 * Float.pi * cyclesPerSample)
        return samples.withUnsafeBufferPointer { samples in
            var (last, beforeLast) = (Float(0), Float(0))
            var index = 0
            while index < samples.count {
                (last, beforeLast) = (samples[index] + coefficient * last - beforeLast, last)
                index += 1
            }
            return last * last + beforeLast * beforeLast - coefficient * last * beforeLast
        }
    }
}
