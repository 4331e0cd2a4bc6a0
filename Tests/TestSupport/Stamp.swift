/// Reads the number that every picture of a stamped Mega Asset carries; `TestMedia/generate --help` describes the code.
public enum FrameStamp {
    /// Blocks in a row: a marker, 16 bits, a marker.
    private static let columns = 18
    /// Marker blocks farther apart than this are told apart safely; light and dark are made 188 apart.
    private static let smallestContrast = 60
    /// Both rows' height is an eighth of the picture's.
    private static let rowsPerHeight = 16

    /// Reads the number of a picture from its luma plane, at any size and after lossy coding.
    ///
    /// A block counts as light or dark only when it lies in the outer thirds between the markers' levels, so a blend
    /// of two pictures has no number instead of a wrong one.
    ///
    /// - Parameters:
    ///   - luma: rows of one byte a pixel; the buffer stays the caller's.
    ///   - width: pixels in a row.
    ///   - height: rows.
    ///   - stride: bytes from one row to the next, at least `width`.
    /// - Returns: the frame's number, or `nil` when the markers, a block or the checksum do not hold.
    public static func read(luma: UnsafeRawBufferPointer, width: Int, height: Int, stride: Int) -> Int? {
        guard width >= columns, height >= rowsPerHeight, stride >= width, luma.count >= stride * (height - 1) + width
        else { return nil }
        var levels = [Int](repeating: 0, count: 2 * columns)
        for row in 0..<2 {
            for column in 0..<columns {
                levels[row * columns + column] = level(luma, width, height, stride, row: row, column: column)
            }
        }
        return number(levels: levels)
    }

    /// The mean of a block's middle half, from at most 8 by 8 of its pixels: the edges are blurred by scaling.
    private static func level(
        _ luma: UnsafeRawBufferPointer, _ width: Int, _ height: Int, _ stride: Int, row: Int, column: Int
    ) -> Int {
        let left = (4 * column + 1) * width / (4 * columns)
        let right = max(left + 1, (4 * column + 3) * width / (4 * columns))
        let top = (4 * row + 1) * height / (4 * rowsPerHeight)
        let bottom = max(top + 1, (4 * row + 3) * height / (4 * rowsPerHeight))
        let (stepX, stepY) = (max(1, (right - left) / 8), max(1, (bottom - top) / 8))
        var (sum, count) = (0, 0)
        var y = top
        while y < bottom {
            var x = left
            while x < right {
                sum += Int(luma[y * stride + x])
                count += 1
                x += stepX
            }
            y += stepY
        }
        return sum / count
    }

    private static func number(levels: [Int]) -> Int? {
        let light = [levels[0], levels[2 * columns - 1]]
        let dark = [levels[columns - 1], levels[columns]]
        guard let lowestLight = light.min(), let highestDark = dark.max(),
            lowestLight - highestDark >= smallestContrast
        else { return nil }
        let third = (lowestLight - highestDark) / 3
        var word: UInt32 = 0
        for row in 0..<2 {
            for column in 1...16 {
                let level = levels[row * columns + column]
                if level >= lowestLight - third {
                    word = word << 1 | 1
                } else if level <= highestDark + third {
                    word <<= 1
                } else {
                    return nil
                }
            }
        }
        let number = word >> 8
        return checksum(number) == word & 0xFF ? Int(number) : nil
    }

    /// CRC-8 with polynomial 0x07 and initial value 0xFF over the number's three bytes.
    private static func checksum(_ number: UInt32) -> UInt32 {
        var crc: UInt32 = 0xFF
        for shift in [16, 8, 0] as [UInt32] {
            crc ^= number >> shift & 0xFF
            for _ in 0..<8 {
                crc = crc & 0x80 != 0 ? (crc << 1 ^ 0x07) & 0xFF : crc << 1
            }
        }
        return crc
    }
}
