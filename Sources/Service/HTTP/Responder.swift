import Diagnostics
private import Foundation
import HTTPTypes
import Synchronization
import Hummingbird
import Logging
import Tracing

/// Answers requests: finds the route, does what every answer needs, and leaves the rest to `ServiceState`.
struct Responder: HTTPResponder {
    typealias Context = BasicRequestContext

    let service: ServiceState
    /// No path of ours is longer.
    private static let maximumPath = 4_096

    func respond(to request: Request, context: Context) async throws -> Response {
        let started = ContinuousClock.now
        let path = request.head.path ?? "/"
        let route = path.utf8.count <= Self.maximumPath ? Route(path.prefix { $0 != "?" }) : nil
        service.metrics.inFlight.add(1, ordering: .relaxed)
        defer { service.metrics.inFlight.subtract(1, ordering: .relaxed) }
        var trace = ServiceContext.topLevel
        InstrumentationSystem.instrument.extract(request.headers, into: &trace, using: HeaderExtractor())
        return await withSpan(route?.label ?? "unknown", context: trace, ofKind: .server) { _ in
            var response = await answer(request, path, route, context)
            // Of every kind of answer: what follows a head would be taken for the next one.
            if request.method == .head { response = response.createHeadResponse() }
            finish(&response, request, route, context)
            note(response, request, route, context, after: started.duration(to: .now))
            return response
        }
    }

    /// Counts and logs an answer.
    private func note(
        _ response: Response, _ request: Request, _ route: Route?, _ context: Context, after elapsed: Duration
    ) {
        let elapsed = elapsed.components
        let method =
            ["GET", "HEAD", "POST", "OPTIONS"].contains(request.method.rawValue) ? request.method.rawValue : "other"
        service.metrics.answered(
            route?.label ?? "unknown", method, response.status.code,
            nanoseconds: elapsed.seconds * 1_000_000_000 + elapsed.attoseconds / 1_000_000_000)
        context.logger.info(
            "answered",
            metadata: [
                "method": "\(method)", "route": "\(route?.label ?? "unknown")", "status": "\(response.status.code)",
                "microseconds": "\(elapsed.seconds * 1_000_000 + elapsed.attoseconds / 1_000_000_000_000)",
            ])
    }

    private func answer(_ request: Request, _ path: String, _ route: Route?, _ context: Context) async -> Response {
        do {
            guard path.utf8.count <= Self.maximumPath else {
                throw Problem(
                    414, "address-too-long", "Address too long",
                    "no address here has more than \(Self.maximumPath) bytes")
            }
            // RFC 9112, 3.2.
            guard request.head.authority != nil else { throw Problem.badRequest("there is no Host") }
            guard let route else { throw Problem.notFound }
            if request.method == .options { return preflight(route) }
            guard route.methods.contains(request.method.rawValue) else {
                var response = Problem.wrongMethod(route.methods.joined(separator: ", ")).response
                response.headers[.allow] = (route.methods + ["OPTIONS"]).joined(separator: ", ")
                return response
            }
            return try await service.answer(route, request, context.logger)
        } catch let problem as Problem {
            return problem.response
        } catch {
            // What failed is said in the log and not to strangers.
            service.metrics.add(.failures, [("kind", error is Fault ? "fault" : "error")])
            context.logger.error("failed", metadata: ["error": "\(error)", "route": "\(route?.label ?? "unknown")"])
            return Problem.internalError.response
        }
    }

    /// What the page may load: itself, and media from where they are.
    private static func contentSecurity(media base: String) -> String {
        let media =
            base.isEmpty
            ? "" : " " + base.split(separator: "/", omittingEmptySubsequences: false).prefix(3).joined(separator: "/")
        return
            "default-src 'self'; connect-src 'self'\(media); img-src 'self' data:\(media); media-src 'self' blob:\(media); "
            + "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    }

    private func preflight(_ route: Route) -> Response {
        Response(
            status: .noContent,
            headers: [
                .allow: (route.methods + ["OPTIONS"]).joined(separator: ", "),
                .accessControlAllowMethods: route.methods.joined(separator: ", "),
                .accessControlAllowHeaders:
                    "authorization, content-type, range, traceparent, cmcd-request, cmcd-object, cmcd-status, cmcd-session",
                .accessControlMaxAge: "86400",
            ])
    }

    private func finish(_ response: inout Response, _ request: Request, _ route: Route?, _ context: Context) {
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.requestID] = context.id
        if let origin = service.settings.corsOrigin {
            response.headers[.accessControlAllowOrigin] = origin
            response.headers[.accessControlExposeHeaders] =
                "content-length, content-range, etag, link, location, retry-after, x-request-id"
            response.headers[.crossOriginResourcePolicy] = "cross-origin"
        }
        if case .page = route {
            response.headers[.contentSecurityPolicy] = Self.contentSecurity(media: service.settings.mediaBase)
            response.headers[.referrerPolicy] = "no-referrer"
        }
    }
}

extension HTTPField.Name {
    /// A name that is written here and has the form of one.
    static func known(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no name of a header") }
        return name
    }

    static let requestID = known("X-Request-ID")
    static let crossOriginResourcePolicy = known("Cross-Origin-Resource-Policy")
    static let referrerPolicy = known("Referrer-Policy")
    static let link = known("Link")
}
