public import Diagnostics

/// The renditions of an edition that are encoded at given sizes and bit rates.
public struct Ladder: Sendable, Equatable {
    /// One of its renditions.
    public struct Rung: Sendable, Equatable, CustomStringConvertible {
        /// Lines of the picture, even.
        public let height: Int
        /// Thousands of bits a second.
        public let kilobits: Int

        /// The rendition's name in an edition.
        public var name: String { "v\(height)-\(kilobits)" }
        /// As it is written: `720:3000`.
        public var description: String { "\(height):\(kilobits)" }
    }

    /// The rungs, the highest first; at least one.
    public let rungs: [Rung]

    /// Reads `HEIGHT:KBITS,…`, such as `1080:6000,720:3000,480:1200`, in any order.
    /// - Throws: `Fault` (`usage`) when it is something else, or names a rung twice.
    public init(_ text: String) throws(Fault) {
        var rungs: [Rung] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let numbers = part.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
            guard numbers.count == 2, let height = numbers[0], let kilobits = numbers[1] else {
                throw Fault(.usage, "--ladder \(text): write HEIGHT:KBITS,…, such as 1080:6000,720:3000,480:1200")
            }
            guard (16...4320).contains(height), height % 2 == 0, (32...200_000).contains(kilobits) else {
                throw Fault(
                    .usage,
                    "--ladder \(part): heights are even, from 16 to 4320 lines, bit rates from 32 to 200000 kbit/s")
            }
            let rung = Rung(height: height, kilobits: kilobits)
            guard !rungs.contains(rung) else { throw Fault(.usage, "--ladder \(part): is given twice") }
            rungs.append(rung)
        }
        self.rungs = rungs.sorted { ($0.height, $0.kilobits) > ($1.height, $1.kilobits) }
    }
}
