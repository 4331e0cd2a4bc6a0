import Foundation
import TestSupport
import Testing

/// The output of a program that must succeed without a message.
func quiet(_ program: String, _ arguments: [String]) throws -> String {
    let result = try Tools.check(program, arguments)
    #expect(result.errors.isEmpty, "\(program) \(arguments.joined(separator: " ")): \(result.errors)")
    return result.text
}

extension TemporaryFolder {
    /// The place of `name` in the folder.
    func url(_ name: String) -> URL { URL(fileURLWithPath: file(name)) }
}

/// Bytes of hexadecimal text; spaces and line ends are for reading only.
func hex(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// Hexadecimal text of bytes.
func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// A generator that gives the same numbers in every run (SplitMix64).
struct FixedRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
