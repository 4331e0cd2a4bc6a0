private import Crypto
private import Foundation

/// What makes two lines of a job list the same work: 16 bytes of a hash.
public struct JobKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    /// The key of a text: the first 16 bytes of its SHA-256.
    public init(hashing text: String) {
        let digest = Array(SHA256.hash(data: Data(text.utf8)))
        high = digest[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = digest[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Reads 32 hex digits, such as a reel's id; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 32, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 }),
            let high = UInt64(text.prefix(16), radix: 16), let low = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    /// 32 lower-case hex digits.
    public var description: String {
        [high, low].map { half in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// The order of the digits.
    public static func < (first: JobKey, second: JobKey) -> Bool {
        (first.high, first.low) < (second.high, second.low)
    }

    /// Which of `count` shards work with this key belongs to.
    func shard(of count: Int) -> Int { Int(low % UInt64(count)) }
}

/// What a line is to the farm: its work, and what decides about its shard.
public struct JobIdentity: Hashable, Sendable {
    /// Equal for lines that give the same file.
    public let key: JobKey
    /// Lines with the same one are in the same shard.
    let home: JobKey

    /// The identity of a plan's reel.
    /// - Parameters:
    ///   - reel: the reel's id, of the plan with nothing left open.
    ///   - rendition: `nil` for the edition's best.
    public init(reel: String, rendition: String?) {
        key = rendition.map { JobKey(hashing: "\(reel)\u{1F}\($0)") } ?? JobKey(reel) ?? JobKey(hashing: reel)
        home = key
    }

    /// The identity of a reel that is planned when it is made: all lines of a viewer meet.
    public init(_ request: ViewerJob, edition: String, at: String, rendition: String?) {
        let parts = [
            request.viewer, request.cadence, edition, at, request.seed.map { "\($0)" } ?? "",
            request.audio.map { "\($0)" } ?? "", rendition ?? "",
        ]
        key = JobKey(hashing: parts.joined(separator: "\u{1F}"))
        home = Self.home(ofViewer: request.viewer)
    }

    static func home(ofViewer viewer: String) -> JobKey { JobKey(hashing: "viewer\u{1F}\(viewer)") }

    /// Whether the work belongs to a shard.
    func belongs(to shard: Shard) -> Bool { home.shard(of: shard.count) == shard.index }
}
