import HTTPTypes
import TestSupport
import Testing
import Tracing

@testable import Service

/// W3C Trace Context, section 3.2: what is read, what is refused, and what is passed on.
@Suite struct TraceContextTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let parent = "00-\(trace)-00f067aa0ba902b7-01"

    @Test func readsTheExampleOfTheSpecification() throws {
        let context = try #require(TraceContext(traceparent: Self.parent))
        #expect([context.trace, context.span, context.flags] == [Self.trace, "00f067aa0ba902b7", "01"])
        #expect(context.traceparent == Self.parent)
        // A later version may have more after it.
        #expect(TraceContext(traceparent: "cc" + Self.parent.dropFirst(2) + "-what-comes")?.trace == Self.trace)
    }

    @Test(arguments: [
        "", "00", parent + "-more", "ff" + parent.dropFirst(2), "0" + parent.dropFirst(2),
        "00-\(trace.uppercased())-00f067aa0ba902b7-01", "00-\(String(repeating: "0", count: 32))-00f067aa0ba902b7-01",
        "00-\(trace)-0000000000000000-01", "00-\(trace)-00f067aa0ba902b7-1", "00-\(trace)-00f067aa0ba902b7",
        " " + parent,
        "00-\(trace.dropLast())g-00f067aa0ba902b7-01",
    ])
    func refusesWhatIsMalformed(header: String) { #expect(TraceContext(traceparent: header) == nil) }

    /// The span of a request is another one of the caller's trace; without a caller, of a trace of its own.
    @Test func spansBelongToTheCallersTrace() throws {
        func span(_ fields: HTTPFields) -> TraceContext? {
            var context = ServiceContext.topLevel
            TraceIDs().extract(fields, into: &context, using: HeaderExtractor())
            return TraceIDs().startSpan("reel", context: context, ofKind: .server).context.trace
        }
        let name = try #require(HTTPField.Name("traceparent"))
        let called = try #require(span([name: Self.parent]))
        #expect(called.trace == Self.trace && called.flags == "01" && called.span != "00f067aa0ba902b7")
        let fresh = [span([:]), span([:]), span([name: "nonsense"])].compactMap(\.self)
        #expect(Set(fresh.map(\.trace)).count == 3 && fresh.allSatisfy { $0.trace != Self.trace && $0.flags == "00" })
        for context in fresh + [called] {
            #expect(TraceContext(traceparent: context.traceparent) == context)
        }
    }
}
