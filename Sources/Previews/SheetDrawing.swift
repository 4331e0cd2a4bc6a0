internal import FFmpeg

/// Fills a packed RGB picture with one grey.
func fill(_ frame: inout Frame, with grey: UInt8) {
    frame.withMutablePlane(0) { bytes, _ in
        for index in bytes.indices { bytes[index] = grey }
    }
}

/// Copies a packed RGB picture into a larger one.
func paste(_ source: borrowing Frame, at place: SheetLayout.Place, into target: inout Frame) {
    let rows = source.pictureFormat.height
    let rowBytes = source.pictureFormat.width * 3
    source.withPlane(0) { from, fromStride in
        target.withMutablePlane(0) { to, toStride in
            for row in 0..<rows {
                let start = (place.y + row) * toStride + place.x * 3
                to[start..<start + rowBytes].copyBytes(from: from[row * fromStride..<row * fromStride + rowBytes])
            }
        }
    }
}

extension Slice<UnsafeMutableRawBufferPointer> {
    fileprivate func copyBytes(from source: Slice<UnsafeRawBufferPointer>) {
        UnsafeMutableRawBufferPointer(rebasing: self).copyMemory(from: UnsafeRawBufferPointer(rebasing: source))
    }
}

/// Draws the outline of a sound, the loudest place of the reel as high as the area, and lines where slots begin.
///
/// - Parameters:
///   - spans: one for each column of the area.
///   - peak: the value that fills the area.
///   - lines: columns of lines.
func draw(
    _ spans: [Waveform.Span], peak: Float, lines: [Int], at area: SheetLayout.Area, into target: inout Frame
) {
    let middle = area.height / 2
    let scale = Float(middle - 1) / max(peak, 0.000_001)
    target.withMutablePlane(0) { bytes, stride in
        func paint(_ x: Int, _ y: Int, _ colour: (UInt8, UInt8, UInt8)) {
            let place = (area.y + y) * stride + (area.x + x) * 3
            (bytes[place], bytes[place + 1], bytes[place + 2]) = colour
        }
        for (x, span) in spans.enumerated() {
            let high = middle - Int((span.high * scale).rounded())
            let low = middle - Int((span.low * scale).rounded())
            for y in 0..<area.height {
                paint(x, y, (high...max(high, low)).contains(y) ? (0x64, 0xc8, 0xf0) : (0x24, 0x24, 0x24))
            }
        }
        for x in lines where (0..<area.width).contains(x) {
            for y in 0..<area.height { paint(x, y, (0xf0, 0xa0, 0x40)) }
        }
    }
}

/// Fills a rectangle of a packed RGB picture with one colour; what lies outside the picture is left out.
func fill(_ area: SheetLayout.Area, with colour: (UInt8, UInt8, UInt8), in target: inout Frame) {
    let format = target.pictureFormat
    target.withMutablePlane(0) { bytes, stride in
        for y in max(0, area.y)..<max(0, min(format.height, area.y + area.height)) {
            for x in max(0, area.x)..<max(0, min(format.width, area.x + area.width)) {
                let place = y * stride + x * 3
                (bytes[place], bytes[place + 1], bytes[place + 2]) = colour
            }
        }
    }
}

/// Draws the inner border of a rectangle.
func outline(_ area: SheetLayout.Area, with colour: (UInt8, UInt8, UInt8), width: Int, in target: inout Frame) {
    for side in [
        SheetLayout.Area(x: area.x, y: area.y, width: area.width, height: width),
        SheetLayout.Area(x: area.x, y: area.y + area.height - width, width: area.width, height: width),
        SheetLayout.Area(x: area.x, y: area.y, width: width, height: area.height),
        SheetLayout.Area(x: area.x + area.width - width, y: area.y, width: width, height: area.height),
    ] {
        fill(side, with: colour, in: &target)
    }
}
