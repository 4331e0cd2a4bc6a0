import Diagnostics
import Foundation
import HTTPTypes
import Hummingbird
import Sequencing

/// What a player says of itself with a request for media: Common Media Client Data (CTA-5004), in headers or in the query.
struct ClientData: Equatable {
    /// Kilobits a second of the rendition that it asks for (`br`).
    var bitrate: Int64?
    /// Milliseconds of media that it has in store (`bl`).
    var bufferLength: Int64?
    /// Kilobits a second that it measured (`mtp`).
    var throughput: Int64?
    /// Whether its store ran out since the request before (`bs`).
    var isStarved = false
    /// Whether it needs the object to begin, to seek or to go on after its store ran out (`su`).
    var isStartup = false
    /// What it calls its session and what it plays (`sid`, `cid`): the reel's id, where the page of the service plays.
    var session: String?
    var content: String?

    /// The largest number that is believed.
    private static let largest: Int64 = 10_000_000
    private static let headers = ["CMCD-Request", "CMCD-Object", "CMCD-Status", "CMCD-Session"].map(
        HTTPField.Name.known)

    /// Reads what a request says; `nil` where it says nothing. What is malformed is left out.
    init?(_ request: Request) {
        var texts = Self.headers.compactMap { request.headers[$0] }
        if let path = request.head.path, let question = path.firstIndex(of: "?") {
            for parameter in path[path.index(after: question)...].split(separator: "&")
            where parameter.hasPrefix("CMCD=") {
                if let text = String(parameter.dropFirst(5)).removingPercentEncoding { texts.append(text) }
            }
        }
        guard !texts.isEmpty else { return nil }
        for text in texts { for pair in Self.pairs(text) { read(pair) } }
    }

    /// Splits at commas that stand outside of quotes.
    private static func pairs(_ text: String) -> [Substring] {
        var isQuoted = false
        return text.split { character in
            if character == "\"" { isQuoted.toggle() }
            return character == "," && !isQuoted
        }
    }

    private mutating func read(_ pair: Substring) {
        let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
        guard let key = parts.first else { return }
        guard parts.count == 2 else {
            switch key {
            case "bs": isStarved = true
            case "su": isStartup = true
            default: break
            }
            return
        }
        let number = Int64(parts[1]).flatMap { (0...Self.largest).contains($0) ? $0 : nil }
        var name: String? = String(parts[1].filter { $0 != "\"" })
        if let given = name, given.isEmpty || !isPlain(given, upTo: 64, and: "-._") { name = nil }
        switch key {
        case "br": bitrate = number
        case "bl": bufferLength = number
        case "mtp": throughput = number
        case "sid": session = name
        case "cid": content = name
        default: break
        }
    }

    /// A line for the log of events: `{"v":1,"type":"cmcd",…}`.
    func line(of object: String, at now: Timestamp) -> [UInt8] {
        var json = JSONWriter(capacity: 256)
        json.object { json in
            json.member("v", 1)
            json.member("type", "cmcd")
            json.member("ts", now.description)
            json.member("sid", session)
            json.member("cid", content)
            json.member("object", object)
            json.member("br", bitrate)
            json.member("bl", bufferLength)
            json.member("mtp", throughput)
            if isStarved { json.member("bs", 1) }
            if isStartup { json.member("su", 1) }
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }
}

extension ServiceState {
    /// Counts what a player says with its request; what tells of a wait is logged as an event too.
    func note(_ request: Request, for object: String) {
        guard let data = ClientData(request) else { return }
        if data.isStarved { metrics.add(.starvations) }
        if data.isStartup { metrics.add(.startups) }
        if let bitrate = data.bitrate {
            metrics.add(.clientRequests)
            metrics.add(.clientKilobits, [], bitrate)
        }
        guard data.isStarved || data.isStartup else { return }
        // Anybody may say this: it must not fill the disk, or take the room of events that somebody was promised.
        let isTaken = remarks.allows("cmcd") && events.remark(data.line(of: object, at: Self.now))
        if !isTaken { metrics.add(.remarksLost) }
    }
}
