import Editions
import Streaming
import Testing

@testable import Service

/// What paths mean, and which mean nothing.
@Suite struct RouteTests {
    private static let hash = String(repeating: "0a", count: 32)

    @Test func pathsOfTheContract() throws {
        let object = try #require(ObjectID(Self.hash))
        let expected: [(String, Route)] = [
            ("/", .page("index.html")), ("/page.js", .page("page.js")), ("/v1/reels", .reels), ("/v1/events", .events),
            ("/healthz", .health), ("/readyz", .ready), ("/metrics", .metrics), ("/v1/openapi.json", .openAPI),
            ("/v1/r/abc/main.m3u8", .playlist(token: "abc", .multivariant)),
            ("/v1/r/abc/source.m3u8", .playlist(token: "abc", .picture("source"))),
            ("/v1/r/abc/v360-800-iframes.m3u8", .playlist(token: "abc", .keyFrames("v360-800"))),
            ("/v1/r/abc/audio.m3u8", .playlist(token: "abc", .sound)),
            ("/v1/r/abc/manifest.mpd", .playlist(token: "abc", .manifest)),
            ("/v1/m/\(Self.hash).mp4", .initSegment(object)),
            ("/v1/m/\(Self.hash).jpg", .poster(object)),
            ("/v1/m/\(Self.hash).0@0.m4s", .segment(.init(object: object, part: 0, time: .init(frame: 0)))),
            (
                "/v1/m/\(Self.hash).12@4294967294.m4s",
                .segment(.init(object: object, part: 12, time: .init(frame: 4_294_967_294)))
            ),
            (
                "/v1/m/\(Self.hash).1@24-24024.m4s",
                .segment(.init(object: object, part: 1, time: .init(frame: 24, ticks: 24_024)))
            ),
        ]
        for (path, route) in expected { #expect(Route(path[...]) == route, "\(path)") }
    }

    @Test func anythingElseIsNothing() {
        let names = [
            "\(Self.hash)", "\(Self.hash).flac", "\(Self.hash).m4s", "\(Self.hash).0.m4s", "\(Self.hash).@0.m4s",
            "\(Self.hash).0@.m4s",
            "\(Self.hash).00@0.m4s", "\(Self.hash).0@00.m4s", "\(Self.hash).-1@0.m4s", "\(Self.hash).0@+1.m4s",
            "\(Self.hash).0@4294967295.m4s", "\(Self.hash).99999999999999999999@0.m4s", "\(Self.hash).0@1-.m4s",
            "\(Self.hash).0@1-2-3.m4s", "\(Self.hash).0@1@2.m4s", "\(Self.hash).0@٣.m4s",
            "\(Self.hash.uppercased()).mp4",
            "\(Self.hash)a.mp4", "\(Self.hash.dropLast()).mp4", "../\(Self.hash).mp4", "%2e%2e/\(Self.hash).mp4",
            "\(Self.hash).mp4/",
            "\(Self.hash).mp4%00", "",
        ].map { "/v1/m/\($0)" }
        let others = [
            "", "//", "/v1", "/v1/", "/v1/r/", "/v1/r/abc", "/v1/r/abc/", "/v1/r//main.m3u8", "/v1/r/abc/main.m3u8/",
            "/v1/r/abc/x/main.m3u8",
            "/v1/r/abc/main.mpd", "/v1/reels/", "/V1/reels", "/page.css/", "/etc/passwd", "/../etc/passwd",
            "/index.html.bak",
        ]
        for path in names + others { #expect(Route(path[...]) == nil, "\(path)") }
    }

    @Test func rangesOfBytes() {
        let expected: [(String, ByteRange)] = [
            ("bytes=0-0", .some(0..<1)), ("bytes=0-9", .some(0..<10)), ("bytes=5-", .some(5..<10)),
            ("bytes=-3", .some(7..<10)),
            ("bytes=-30", .some(0..<10)), ("bytes=2-99999999999", .some(2..<10)), ("bytes=9-9", .some(9..<10)),
            ("bytes=10-", .none),
            ("bytes=10-12", .none), ("bytes=-0", .none), ("bytes=99999999999999999999-", .none), ("bytes=", .all),
            ("bytes=-", .all),
            ("bytes=5-2", .all), ("bytes=0-1,3-4", .all), ("items=0-1", .all), ("bytes=a-b", .all), ("bytes=--1", .all),
        ]
        for (text, range) in expected { #expect(ByteRange(text, count: 10) == range, "\(text)") }
    }
}
