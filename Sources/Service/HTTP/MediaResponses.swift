import Diagnostics
import Editions
private import FileSystem
private import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Streaming

/// Answers for what never changes: segments, init segments and pictures.
extension ServiceState {
    static let immutable = "public, max-age=31536000, immutable"

    /// A segment: from memory, or made now.
    func segment(_ key: SegmentStore.Key, _ request: Request) async throws -> Response {
        let tag = "\"\(key.object.description.prefix(32))-\(key.part)-\(key.time.text)\""
        var found = segments.known(key)
        if found == nil { found = try await blocking { [segments] () throws(Fault) in try segments.make(key) } }
        guard let found else { throw Problem.notFound }
        if request.method == .get { note(request, for: "\(key.object).\(key.part)@\(key.time.text)") }
        return whole(found, "video/mp4", tag, request)
    }

    /// A whole media object.
    func object(_ object: ObjectID, _ fileExtension: String, _ type: String, _ request: Request) async throws
        -> Response
    {
        let tag = "\"\(object.description.prefix(32))\""
        if let known = objects[object] { return whole(known, type, tag, request) }
        let library = settings.library
        let bytes = try await blocking { () throws(Fault) -> [UInt8]? in
            do throws(Fault) {
                return try InputFile.contents(of: library.file(of: object, fileExtension))
            } catch {
                guard error.status == .notFound else { throw error }
                return nil
            }
        }
        guard let bytes else { throw Problem.notFound }
        let buffer = ByteBuffer(bytes: bytes)
        objects.insert(buffer, for: object, size: bytes.count + 128)
        return whole(buffer, type, tag, request)
    }

    /// The bytes, or the one range of them that was asked for (RFC 9110, 14), or that they have not changed.
    private func whole(_ bytes: ByteBuffer, _ type: String, _ tag: String, _ request: Request) -> Response {
        var headers: HTTPFields = [
            .contentType: type, .cacheControl: Self.immutable, .eTag: tag, .acceptRanges: "bytes",
        ]
        if let known = request.headers[.ifNoneMatch], matches(known, tag) {
            return Response(status: .notModified, headers: [.eTag: tag, .cacheControl: Self.immutable])
        }
        let count = bytes.readableBytes
        let isSame = request.headers[.ifRange].map { $0 == tag } ?? true
        guard request.method == .get, isSame, let text = request.headers[.range] else {
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: bytes))
        }
        switch ByteRange(text, count: count) {
        case .all: return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: bytes))
        case .none:
            headers[.contentRange] = "bytes */\(count)"
            headers[.cacheControl] = "no-store"
            return Response(status: .rangeNotSatisfiable, headers: headers)
        case .some(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(count)"
            let slice = bytes.getSlice(at: bytes.readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer()
            return Response(status: .partialContent, headers: headers, body: ResponseBody(byteBuffer: slice))
        }
    }

    /// Whether `If-None-Match` names a tag: RFC 9110, 13.1.2.
    private func matches(_ header: String, _ tag: String) -> Bool {
        for part in header.split(separator: ",") {
            let one = String(part.drop { $0 == " " })
            if one == "*" || one == tag || one == "W/" + tag { return true }
        }
        return false
    }
}

/// What a `Range` header asks for.
enum ByteRange: Equatable {
    /// Everything: the header is none that is understood.
    case all
    /// Nothing that is there.
    case none
    /// Some bytes.
    case some(Range<Int>)

    /// Reads `bytes=0-99`, `bytes=100-`, `bytes=-10`; several ranges are answered with everything.
    init(_ text: String, count: Int) {
        guard text.hasPrefix("bytes=") else { self = .all; return }
        let ends = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, ends.allSatisfy({ $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } }) else {
            self = .all; return
        }
        // A number too large for 64 bits is beyond every end all the same.
        let numbers = ends.map { $0.isEmpty ? nil : Int($0) ?? .max }
        switch (numbers[0], numbers[1]) {
        case (let first?, let last?) where first <= last && first < count:
            self = .some(first..<min(last, count - 1) + 1)
        case (let first?, let last?) where first > last: self = .all
        case (let first?, nil) where ends[1].isEmpty && first < count: self = .some(first..<count)
        case (nil, let last?) where ends[0].isEmpty && last > 0 && count > 0: self = .some(max(0, count - last)..<count)
        case (nil, nil): self = .all
        default: self = .none
        }
    }
}
