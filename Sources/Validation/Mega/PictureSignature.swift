internal import FFmpeg

/// A picture made so small that comparing it costs nothing beside decoding it, and still telling one shot from another.
struct PictureSignature: Sendable {
    /// Luma in rows.
    private let luma: [UInt8]
    /// Mean colour differences of a coarse grid: all of Cb, then all of Cr.
    private let chroma: [Int16]
    /// Mean luma.
    let brightness: Int
    /// The highest luma.
    let peak: Int
    /// The perceptual hash, where it is asked for.
    let hash: UInt64?

    static let width = 64
    static let height = 32
    private static let block = 8
    /// How far a block may have moved from one picture to the next, in samples: a twentieth of the picture.
    private static let reach = 3

    init(_ frame: borrowing Frame, hash: UInt64?) {
        luma = frame.withPlane(0) { bytes, stride in
            (0..<Self.height).flatMap { bytes[$0 * stride..<$0 * stride + Self.width] }
        }
        chroma = (1...2).flatMap { plane in
            frame.withPlane(plane) { bytes, stride in Self.means(bytes, stride) }
        }
        brightness = luma.reduce(0) { $0 + Int($1) } / luma.count
        peak = Int(luma.max() ?? 0)
        self.hash = hash
    }

    /// Means of squares of 4 by 4 samples of a chroma plane.
    private static func means(_ bytes: UnsafeRawBufferPointer, _ stride: Int) -> [Int16] {
        var means: [Int16] = []
        for top in Swift.stride(from: 0, to: height / 2, by: 4) {
            for left in Swift.stride(from: 0, to: width / 2, by: 4) {
                var sum = 0
                for y in top..<top + 4 { for x in left..<left + 4 { sum += Int(bytes[y * stride + x]) } }
                means.append(Int16(sum / 16))
            }
        }
        return means
    }

    /// Whether the pictures are the same but for noise.
    func isStill(after other: PictureSignature) -> Bool {
        var difference = 0
        for place in luma.indices { difference += abs(Int(luma[place]) - Int(other.luma[place])) }
        return difference < luma.count / 4
    }

    /// Black, with nothing bright anywhere.
    var isBlack: Bool { brightness <= 20 && peak <= 40 }

    /// How different two pictures are, in hundredths of a luma step for each sample: each block is compared with the place near it
    /// that resembles it most, so that what only moved counts little.
    func distance(to other: PictureSignature) -> Int {
        var colour = 0
        for place in chroma.indices { colour += abs(Int(chroma[place]) - Int(other.chroma[place])) }
        let columns = Self.width / Self.block
        let rows = Self.height / Self.block
        var total = 0
        luma.withUnsafeBufferPointer { ours in
            other.luma.withUnsafeBufferPointer { theirs in
                for row in 0..<rows {
                    for column in 0..<columns {
                        total += Self.residual(ours, theirs, x: column * Self.block, y: row * Self.block)
                    }
                }
            }
        }
        return total * 100 / luma.count + colour * 100 / chroma.count
    }

    /// The smallest sum of absolute differences between a block and one of the other picture at most `reach` away.
    private static func residual(
        _ ours: UnsafeBufferPointer<UInt8>, _ theirs: UnsafeBufferPointer<UInt8>, x: Int, y: Int
    ) -> Int {
        var best = Int.max
        for top in max(0, y - reach)...min(height - block, y + reach) {
            for left in max(0, x - reach)...min(width - block, x + reach) {
                var sum = 0
                for row in 0..<block {
                    let from = (y + row) * width + x
                    let to = (top + row) * width + left
                    for column in 0..<block { sum += abs(Int(ours[from + column]) - Int(theirs[to + column])) }
                    if sum >= best { break }
                }
                best = min(best, sum)
            }
        }
        return best
    }
}
