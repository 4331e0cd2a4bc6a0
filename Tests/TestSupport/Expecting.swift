public import Diagnostics
public import Foundation
public import Testing

/// The `Fault` that `body` must throw.
public func fault(
    _ body: () throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
) throws -> Fault {
    try #require(throws: Fault.self, sourceLocation: sourceLocation) { try body() }
}

/// The output of a program that must succeed without a message.
public func quiet(_ program: String, _ arguments: [String]) throws -> String {
    let result = try Tools.check(program, arguments)
    #expect(result.errors.isEmpty, "\(program) \(arguments.joined(separator: " ")): \(result.errors)")
    return result.text
}

extension TemporaryFolder {
    /// The place of `name` in the folder.
    public func url(_ name: String) -> URL { URL(fileURLWithPath: file(name)) }
}

/// Bytes of hexadecimal text; spaces and line ends are for reading only.
public func hex(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// Lower-case hexadecimal digits of bytes.
public func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// A generator that gives the same numbers in every run (SplitMix64).
public struct FixedRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Begins at a seed.
    public init(state: UInt64) { self.state = state }

    /// The next number.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
