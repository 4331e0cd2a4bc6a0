private import CCurl
public import Diagnostics
private import Foundation
private import Glibc
private import Synchronization

/// A folder that is read over HTTP, in ranges of bytes. Any thread may read; connections are kept and used again.
public final class RemoteFolder: Sendable {
    /// Its address, without a slash at the end.
    public let address: String
    /// Bytes asked for at a time.
    public static let rangeSize: Int64 = 8 << 20
    /// How often a range is asked for again, when the network or the server fails.
    private static let attempts = 4
    private let idle = Mutex<[Connection]>([])

    /// Describes a folder; nothing is asked yet.
    /// - Throws: `Fault` (`usage`) when the address is not one of HTTP, or has a part that no folder has.
    public init(_ address: String) throws(Fault) {
        guard let url = URLComponents(string: address), Self.isAddress(address), url.host?.isEmpty == false else {
            throw Fault(.usage, "\(printable(address)): is no address; write it as https://HOST/FOLDER")
        }
        guard url.user == nil, url.query == nil, url.fragment == nil else {
            throw Fault(
                .usage,
                "\(url.host ?? ""): the address of a library has no user, '?' or '#'; names and passwords belong in ~/.netrc"
            )
        }
        var address = address
        while address.hasSuffix("/") { address.removeLast() }
        self.address = address
    }

    /// Whether a text begins like an address of HTTP.
    public static func isAddress(_ text: String) -> Bool {
        ["http://", "https://"].contains { text.lowercased().hasPrefix($0) }
    }

    /// The content of a small file.
    /// - Parameters:
    ///   - name: its path in the folder.
    ///   - limit: more bytes than it can have; a longer one is refused.
    /// - Throws: as `read(_:limit:_:)`.
    public func contents(of name: String, limit: Int64) throws(Fault) -> [UInt8] {
        var bytes: [UInt8] = []
        try read(name, limit: limit) { (piece) throws(Fault) in bytes += piece }
        return bytes
    }

    /// Reads a file from beginning to end, range by range. A broken connection is taken up where it broke.
    /// - Parameters:
    ///   - name: its path in the folder.
    ///   - limit: more bytes than it can have; a longer one is refused.
    ///   - body: gets the bytes in order.
    /// - Throws: `Fault`: `notFound` when the server has no such file or denies it, `unavailable` when it cannot be reached or fails,
    ///   and what `body` throws.
    public func read(
        _ name: String, limit: Int64, _ body: (ArraySlice<UInt8>) throws(Fault) -> Void
    ) throws(Fault) {
        let connection = idle.withLock { $0.popLast() } ?? Connection()
        defer { idle.withLock { $0.append(connection) } }
        var offset: Int64 = 0
        var end: Int64?
        var failures = 0
        while offset != end {
            let last = min(offset + Self.rangeSize, end ?? .max) - 1
            let answer = connection.get("\(address)/\(name)", offset...last)
            do throws(Fault) {
                let total = try answer.length(at: offset, of: "\(address)/\(name)", limit: limit)
                if !answer.body.isEmpty { failures = 0 }
                try body(answer.body[...])
                offset += Int64(answer.body.count)
                end = total
                if answer.isWhole || offset == total { continue }
                throw answer.fault("\(address)/\(name)")
            } catch {
                failures += 1
                guard answer.isPassing, failures < Self.attempts else { throw error }
                usleep(100_000 << UInt32(2 * failures - 2))
            }
        }
    }
}

/// One handle of libcurl, used by one thread at a time.
private final class Connection: @unchecked Sendable {  // the list of idle ones lends it to one caller
    private let handle: OpaquePointer

    init() {
        guard let handle = sizzle_curl_new() else { preconditionFailure("libcurl has no memory") }
        self.handle = handle
    }

    deinit { sizzle_curl_free(handle) }

    /// Asks for a range of bytes and waits for the answer.
    func get(_ address: String, _ range: ClosedRange<Int64>) -> Answer {
        var answer = Answer(limit: range.count)
        withUnsafeMutablePointer(to: &answer) { pointer in
            let code = sizzle_curl_get(
                handle, address, "\(range.lowerBound)-\(range.upperBound)",
                { bytes, size, count, context in
                    let answer = context?.assumingMemoryBound(to: Answer.self)
                    return answer?.pointee.take(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
                },
                { bytes, size, count, context in
                    let answer = context?.assumingMemoryBound(to: Answer.self)
                    answer?.pointee.takeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
                    return size * count
                }, pointer, &pointer.pointee.status)
            if code != 0 { pointer.pointee.failure = String(cString: sizzle_curl_words(code)) }
        }
        return answer
    }
}

/// What came back for one range.
private struct Answer {
    /// Bytes that were asked for.
    var limit: Int
    var status = 0
    var body: [UInt8] = []
    /// Bytes of the whole file, where the server said so.
    var total: Int64?
    /// What the network or libcurl found wrong.
    var failure: String?

    init(limit: Int) { self.limit = limit }

    var isWhole: Bool { failure == nil && [200, 206, 416].contains(status) }

    /// Whether the same question may get another answer.
    var isPassing: Bool { failure != nil || status == 429 || status >= 500 }

    /// Takes a piece of the body; returns how much of it: less ends the transfer.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard bytes.count <= limit - body.count else { return 0 }
        body += bytes
        return bytes.count
    }

    mutating func takeHeader(_ bytes: UnsafeRawBufferPointer) {
        let line = String(decoding: bytes, as: UTF8.self).lowercased()
        // After a redirect another answer begins.
        if line.hasPrefix("http/") { (total, body) = (nil, []) }
        guard line.hasPrefix("content-range:"), let slash = line.lastIndex(of: "/") else { return }
        total = Int64(line[line.index(after: slash)...].trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// Bytes of the whole file, if this is an answer to a range that begins at `offset`.
    func length(at offset: Int64, of address: String, limit: Int64) throws(Fault) -> Int64 {
        switch status {
        case 206:
            guard let total, total >= offset + Int64(body.count) else {
                throw Fault(.unavailable, "\(address): the server sent a range and not which; ask its operator")
            }
            guard total <= limit else {
                throw Fault(.badInput, "\(address): has \(total) bytes, more than the \(limit) that are taken")
            }
            return total
        case 200:
            guard offset == 0, failure == nil else {
                throw Fault(
                    .unavailable,
                    "\(address): the server sends no ranges of bytes, and this file has more than \(self.limit); use one that does"
                )
            }
            return Int64(body.count)
        case 416 where offset == 0: return 0
        default: throw fault(address)
        }
    }

    func fault(_ address: String) -> Fault {
        if let failure { return Fault(.unavailable, "\(address): cannot be read: \(failure); try again") }
        switch status {
        case 404, 410: return Fault(.notFound, "\(address): the server has no such file")
        case 401, 403: return Fault(.notFound, "\(address): the server denies it (\(status)); see ~/.netrc")
        default: return Fault(.unavailable, "\(address): the server answers \(status); try again")
        }
    }
}
