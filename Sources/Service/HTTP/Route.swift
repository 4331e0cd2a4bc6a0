import Editions
import Streaming

/// What a path asks for. Nothing of a path reaches a file but what was read here: hex digits and numbers.
enum Route: Equatable {
    case page(String)
    case reels
    case playlist(token: Substring, Playlist)
    case initSegment(ObjectID)
    case poster(ObjectID)
    case segment(SegmentStore.Key)
    case events
    case health
    case ready
    case metrics
    case openAPI

    /// The playlists of a reel.
    enum Playlist: Equatable {
        case multivariant
        case manifest
        case sound
        case picture(Substring)
        case keyFrames(Substring)
    }

    /// Reads a path without its query; `nil` when it is none of the service's. Nothing is decoded: no valid path has a `%`.
    init?(_ path: Substring) {
        switch path {
        case "/": self = .page(Page.start)
        case _ where path != "/\(Page.start)" && Page.files[path.dropFirst()] != nil:
            self = .page(String(path.dropFirst()))
        case "/v1/reels": self = .reels
        case "/v1/events": self = .events
        case "/v1/openapi.json": self = .openAPI
        case "/healthz": self = .health
        case "/readyz": self = .ready
        case "/metrics": self = .metrics
        default:
            if path.hasPrefix("/v1/m/") {
                guard let media = Self.media(path.dropFirst(6)) else { return nil }
                self = media
            } else if path.hasPrefix("/v1/r/") {
                let parts = path.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
                guard parts.count == 2, !parts[0].isEmpty, let playlist = Self.playlist(parts[1]) else { return nil }
                self = .playlist(token: parts[0], playlist)
            } else {
                return nil
            }
        }
    }

    private static func playlist(_ name: Substring) -> Playlist? {
        switch name {
        case "main.m3u8": return .multivariant
        case "audio.m3u8": return .sound
        case "manifest.mpd": return .manifest
        default:
            guard name.hasSuffix(".m3u8") else { return nil }
            let rendition = name.dropLast(5)
            return rendition.hasSuffix("-iframes") ? .keyFrames(rendition.dropLast(8)) : .picture(rendition)
        }
    }

    private static func media(_ name: Substring) -> Route? {
        guard name.utf8.count > 65, let object = ObjectID(String(name.prefix(64))) else { return nil }
        let rest = name.dropFirst(64)
        switch rest {
        case ".mp4": return .initSegment(object)
        case ".jpg": return .poster(object)
        default:
            guard rest.hasPrefix("."), rest.hasSuffix(".m4s"), rest.utf8.count > 5 else { return nil }
            let numbers = rest.dropFirst().dropLast(4).split(separator: "@", omittingEmptySubsequences: false)
            guard numbers.count == 2, let part: Int = decimal(numbers[0]), let time = SegmentTime(numbers[1]) else {
                return nil
            }
            return .segment(SegmentStore.Key(object: object, part: part, time: time))
        }
    }

    /// The route as metrics name it.
    var label: String {
        switch self {
        case .page: "/"
        case .reels: "/v1/reels"
        case .playlist: "/v1/r/{token}/{playlist}"
        case .initSegment: "/v1/m/{object}.mp4"
        case .poster: "/v1/m/{object}.jpg"
        case .segment: "/v1/m/{object}.{part}@{time}.m4s"
        case .events: "/v1/events"
        case .health: "/healthz"
        case .ready: "/readyz"
        case .metrics: "/metrics"
        case .openAPI: "/v1/openapi.json"
        }
    }

    /// The methods that it answers.
    var methods: [String] { self == .reels || self == .events ? ["POST"] : ["GET", "HEAD"] }
}
