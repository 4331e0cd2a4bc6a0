public import Diagnostics
private import FileSystem
private import Crypto
private import Foundation

/// A share of all viewers, in whole millionths: more than none and less than all.
public struct ViewerShare: Sendable, Hashable, Codable, LosslessStringConvertible {
    /// Of a million viewers.
    public let millionths: Int

    /// Makes a share; `nil` unless it is from 1 to 999,999 millionths.
    public init?(millionths: Int) {
        guard (1..<1_000_000).contains(millionths) else { return nil }
        self.millionths = millionths
    }

    /// Reads `5%`, `0.5%` or `0.05`; `nil` for anything else, nothing and all included.
    public init?(_ text: String) {
        let isPercent = text.hasSuffix("%")
        let number = isPercent ? text.dropLast() : Substring(text)
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        let places = isPercent ? 4 : 6
        guard (1...2).contains(parts.count), !parts[0].isEmpty, parts[0].count <= 3,
            parts.count == 1 || (1...places).contains(parts[1].count),
            parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
        else { return nil }
        let fraction = parts.count == 2 ? String(parts[1]) : ""
        let padded = fraction + String(repeating: "0", count: places - fraction.count)
        self.init(millionths: Int(parts[0] + padded) ?? 0)
    }

    /// `5%`, `0.5%`.
    public var description: String {
        let (whole, rest) = millionths.quotientAndRemainder(dividingBy: 10_000)
        guard rest > 0 else { return "\(whole)%" }
        var digits = String(rest)
        digits = String(repeating: "0", count: 4 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(whole).\(digits)%"
    }

    /// Decodes a number such as `0.05`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let number = try container.decode(Double.self)
        guard number > 0, number < 1, let share = ViewerShare(millionths: Int((number * 1_000_000).rounded())) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(number) is no share of viewers")
        }
        self = share
    }

    /// Encodes a number such as `0.05`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Double(millionths) / 1_000_000)
    }
}

/// Which edition viewers get: the content of `current`, the one file of a library that changes.
public struct LiveEditions: Sendable, Equatable, Codable {
    /// The id of the stable edition.
    public var edition: String
    /// A second edition that a share of the viewers gets.
    public var canary: Canary?

    /// An edition that is tried on a share of the viewers.
    public struct Canary: Sendable, Equatable, Codable {
        /// Its id.
        public var edition: String
        /// How many viewers get it.
        public var share: ViewerShare
    }

    /// Names the editions.
    public init(edition: String, canary: Canary? = nil) { (self.edition, self.canary) = (edition, canary) }

    /// The id of the edition that a viewer gets, always the same while the canary is; a larger share adds viewers and takes none away.
    /// Without a viewer it is the stable one.
    public func edition(for viewer: String?) -> String {
        guard let canary, let viewer else { return edition }
        let digest = SHA256.hash(data: Data("canary \(canary.edition) \(viewer)".utf8))
        let number = digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return number % 1_000_000 < UInt64(canary.share.millionths) ? canary.edition : edition
    }

    /// Encodes the form of `current`.
    public func encode(to encoder: any Encoder) throws {
        // `null` is written out: the contract shows both keys.
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(canary, forKey: .canary)
        try container.encode(edition, forKey: .edition)
    }
}

extension Library {
    /// Which editions are live; `nil` when none was promoted yet.
    /// - Throws: `Fault` when `current` is damaged, or cannot be fetched.
    public func live() throws(Fault) -> LiveEditions? {
        if let origin { return try liveAtOrigin(origin) }
        return try readLive()
    }

    func readLive() throws(Fault) -> LiveEditions? {
        guard Path.exists(currentPath) else { return nil }
        let bytes = try InputFile.contents(of: currentPath)
        guard let live = try? JSONDecoder().decode(LiveEditions.self, from: Data(bytes)) else {
            throw Fault(.badInput, "\(currentPath): is damaged; promote an edition again")
        }
        return live
    }

    /// The id of the live edition: the stable one, unless a viewer is given who gets the canary.
    /// - Throws: `Fault` (`notFound`) when none is live.
    public func currentEdition(for viewer: String? = nil) throws(Fault) -> String {
        guard let live = try live() else {
            throw Fault(.notFound, "\(name): no edition is live; promote one with 'sizzle editions promote ID'")
        }
        return live.edition(for: viewer)
    }
}
