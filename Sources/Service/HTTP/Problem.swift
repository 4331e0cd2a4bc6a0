import Diagnostics
private import Foundation
import HTTPTypes
import Hummingbird

/// An answer that says what is wrong, for programs and people: RFC 9457.
struct Problem: Error, Encodable {
    /// A URI that names the kind, below `urn:sizzle:problem:`.
    var type: String
    /// The kind in words.
    var title: String
    var status: Int
    /// What is wrong with this request, in words.
    var detail: String
    /// After how many seconds to ask again.
    var retryAfter: Int?

    private enum CodingKeys: String, CodingKey { case type, title, status, detail }

    init(_ status: Int, _ kind: String, _ title: String, _ detail: String, retryAfter: Int? = nil) {
        type = "urn:sizzle:problem:\(kind)"
        (self.title, self.status, self.detail, self.retryAfter) = (title, status, detail, retryAfter)
    }

    static let notFound = Problem(404, "not-found", "Not found", "there is nothing here")
    static let foreignToken = Problem(
        403, "token-refused", "Token refused", "the token was not made by this service; ask for a new reel")
    static let expiredToken = Problem(
        410, "token-expired", "Token expired", "the token's time is over; ask for a new reel")
    static let goneEdition = Problem(
        410, "edition-gone", "Edition gone", "the edition of this reel is no longer there; ask for a new reel")
    static let noEdition = Problem(
        503, "no-edition", "No edition", "no edition is live yet", retryAfter: 1)
    static let noCatalogue = Problem(
        503, "no-catalogue", "No catalogue", "the library has no titles yet; import some", retryAfter: 10)
    static let overloaded = Problem(
        503, "overloaded", "Overloaded", "too many requests are waiting; try again", retryAfter: 1)
    static let internalError = Problem(500, "internal", "Internal error", "the service failed; its log says why")

    static func badRequest(_ detail: String) -> Problem { Problem(400, "bad-request", "Bad request", detail) }

    static func wrongMethod(_ allowed: String) -> Problem {
        Problem(405, "method-not-allowed", "Method not allowed", "use \(allowed)")
    }

    /// The answer.
    var response: Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = (try? encoder.encode(self)) ?? Data()
        var headers: HTTPFields = [.contentType: "application/problem+json", .cacheControl: "no-store"]
        if let retryAfter { headers[.retryAfter] = String(retryAfter) }
        if status == 401 { headers[.wwwAuthenticate] = "Bearer" }
        return Response(
            status: .init(code: status), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
