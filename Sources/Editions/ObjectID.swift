import Diagnostics
private import Crypto
private import Foundation
public import MediaTime

/// The name of a media object: the SHA-256 of its content.
public struct ObjectID: Hashable, Sendable, StringCoded {
    /// The 32 bytes of the digest.
    public let bytes: [UInt8]

    /// Wraps a digest; `nil` unless it has 32 bytes.
    public init?(bytes: some Sequence<UInt8>) {
        let array = Array(bytes)
        guard array.count == 32 else { return nil }
        self.bytes = array
    }

    /// Reads 64 lower-case hex digits; `nil` for anything else.
    public init?(_ text: String) {
        guard let bytes = Hex.bytes(text) else { return nil }
        self.init(bytes: bytes)
    }

    /// 64 lower-case hex digits.
    public var description: String { Hex.text(bytes) }

    /// For messages.
    public static let form = "the SHA-256 of a media object"

    /// The id of `content`.
    public static func of(_ content: [UInt8]) -> ObjectID { ObjectID(digest: SHA256.hash(data: content)) }

    init(digest: some Sequence<UInt8>) { bytes = Array(digest) }
}

/// Computes the id of content that comes in pieces.
public struct ObjectHash: Sendable {
    private var hash = SHA256()

    /// Begins with nothing.
    public init() {}

    /// Adds bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) { hash.update(bufferPointer: bytes) }

    /// The id of all bytes so far.
    public func finish() -> ObjectID { ObjectID(digest: hash.finalize()) }
}

/// The MD5 of a frame's decoded planes in native pixel format, as `ffmpeg -f framemd5` prints it.
public struct FrameHash: Hashable, Sendable, StringCoded {
    /// The 16 bytes of the digest.
    public let bytes: [UInt8]

    /// Wraps a digest; `nil` unless it has 16 bytes.
    public init?(bytes: some Sequence<UInt8>) {
        let array = Array(bytes)
        guard array.count == 16 else { return nil }
        self.bytes = array
    }

    /// Reads 32 lower-case hex digits; `nil` for anything else.
    public init?(_ text: String) {
        guard let bytes = Hex.bytes(text) else { return nil }
        self.init(bytes: bytes)
    }

    /// For messages.
    public static let form = "the MD5 of a frame"

    /// 32 lower-case hex digits.
    public var description: String { Hex.text(bytes) }
}
