import TestSupport
import ISOBMFF

/// A tree of boxes as text: type, offset and size, and the payload of leaves in hexadecimal.
func dump(_ bytes: [UInt8]) throws -> String {
    var boxes = BoxReader(bytes[...])
    var lines: [String] = []
    while let box = try boxes.next() { try dump(box, depth: 0, into: &lines) }
    return lines.joined(separator: "\n") + "\n"
}

private let containers: [FourCC: Int] = [
    "moov": 0, "trak": 0, "edts": 0, "mdia": 0, "minf": 0, "dinf": 0, "dref": 8, "stbl": 0, "stsd": 8, "avc1": 78,
    "mp4a": 28, "mvex": 0, "udta": 0, "meta": 4, "ilst": 0, "----": 0, "moof": 0, "traf": 0,
]

private func dump(_ box: Box, depth: Int, into lines: inout [String]) throws {
    let indent = String(repeating: "  ", count: depth)
    lines.append("\(indent)\(box.type) @\(box.header.offset) +\(box.header.size)")
    let fields = containers[box.type].map { box.payload.prefix($0) } ?? box.payload
    for start in stride(from: fields.startIndex, to: fields.endIndex, by: 32) {
        lines.append("\(indent)  : " + hex(fields[start..<min(start + 32, fields.endIndex)]))
    }
    guard let skip = containers[box.type] else { return }
    for child in try box.children(skipping: skip) { try dump(child, depth: depth + 1, into: &lines) }
}
