import Diagnostics
import HTTPTypes
import Logging
import Tracing

/// Where a request stands in a trace, as W3C Trace Context (section 3.2) has it.
struct TraceContext: Hashable, Sendable {
    /// The id of the trace: 32 lower-case hex digits, not all 0.
    let trace: String
    /// The id of the span: 16 lower-case hex digits, not all 0.
    let span: String
    /// Two hex digits; the last bit says that whoever began the trace records it.
    let flags: String

    /// A new span: of the trace of `parent`, or of a new one.
    init(within parent: TraceContext?) {
        trace = parent?.trace ?? Self.id() + Self.id()
        span = Self.id()
        flags = parent?.flags ?? "00"
    }

    /// Reads `00-TRACE-SPAN-FLAGS`, and what later versions may add to it. `nil` for anything else; then a new trace begins.
    init?(traceparent: String) {
        let parts = traceparent.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 4, zip(parts, [2, 32, 16, 2]).allSatisfy({ $0.utf8.count == $1 && Hex.bytes($0) != nil }),
            parts[0] != "ff", parts[0] != "00" || parts.count == 4,
            [parts[1], parts[2]].allSatisfy({ $0.contains { $0 != "0" } })
        else { return nil }
        (trace, span, flags) = (parts[1], parts[2], parts[3])
    }

    /// The header's value for whom this span asks.
    var traceparent: String { "00-\(trace)-\(span)-\(flags)" }

    private static func id() -> String {
        withUnsafeBytes(of: UInt64.random(in: 1 ... .max)) { Hex.text($0) }
    }
}

extension ServiceContext {
    private enum TraceKey: ServiceContextKey { typealias Value = TraceContext }

    var trace: TraceContext? {
        get { self[TraceKey.self] }
        set { self[TraceKey.self] = newValue }
    }
}

/// Gives spans their ids and records nothing else: log lines can be found by the trace of whoever asked.
struct TraceIDs: Tracer {
    private static let header = "traceparent"

    func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> NoOpTracer.NoOpSpan {
        var context = context()
        context.trace = TraceContext(within: context.trace)
        return NoOpTracer.NoOpSpan(context: context)
    }

    func forceFlush() {}

    func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        context.trace = extractor.extract(key: Self.header, from: carrier).flatMap(TraceContext.init(traceparent:))
    }

    func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let trace = context.trace else { return }
        injector.inject(trace.traceparent, forKey: Self.header, into: &carrier)
    }
}

/// Finds what an instrument asks for in the headers of a request.
struct HeaderExtractor: Extractor {
    func extract(key: String, from headers: HTTPFields) -> String? { HTTPField.Name(key).flatMap { headers[$0] } }
}

extension Logger.MetadataProvider {
    /// The ids of the span that is at work, by the names that OpenTelemetry gives them in logs.
    static let trace = Logger.MetadataProvider {
        guard let trace = ServiceContext.current?.trace else { return [:] }
        return ["trace_id": .string(trace.trace), "span_id": .string(trace.span)]
    }
}
