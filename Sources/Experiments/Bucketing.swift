import Crypto

/// Which of 10,000 buckets a viewer is in.
///
/// A layer has a salt of its own, so that the buckets of two layers say nothing about each other (Tang et al. 2010).
public enum Bucketing {
    /// The number of buckets; a bucket is 0.01 % of the viewers.
    public static let count = 10_000

    /// The bucket of `viewer`, from 0 to 9,999: `(x·10000) >> 64`, x the first 8 bytes, big-endian, of
    /// SHA-256(salt `/` viewer).
    public static func bucket(viewer: String, salt: String) -> Int {
        bucket(viewer: viewer, prefix: Array(salt.utf8) + [separator])
    }

    /// What stands between salt and viewer; a salt holds none, so that no two pairs give the same bytes.
    static let separator = UInt8(ascii: "/")

    /// The bucket of `viewer`; `prefix` is the salt with its separator.
    static func bucket(viewer: String, prefix: [UInt8]) -> Int {
        var hash = SHA256()
        prefix.withUnsafeBytes { hash.update(bufferPointer: $0) }
        var viewer = viewer
        viewer.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        let digest = hash.finalize().withUnsafeBytes { UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)) }
        return Int(digest.multipliedFullWidth(by: UInt64(count)).high)
    }
}
