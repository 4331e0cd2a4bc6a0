import Crypto
public import Diagnostics
public import Foundation
internal import MediaTime

extension ReelPlan {
    /// Reads a plan from a JSON file, a hand-written or a computed one.
    ///
    ///     let plan = try ReelPlan.load("reel.json")
    ///
    /// - Throws: `Fault` that begins with `path`: `.notFound`, or `.badInput` for what is not JSON, a known key of a wrong
    ///   type, and what ``check()`` refuses.
    public static func load(_ path: String) throws(Fault) -> ReelPlan {
        let plan = try StrictJSON.decode(ReelPlan.self, fromFile: path)
        do {
            try plan.check()
        } catch {
            throw Fault(error.status, "\(printable(path)): \(error.message)")
        }
        return plan
    }

    /// Refuses a plan that no edition could render.
    ///
    /// - Throws: `Fault` `.badInput` for a plan without slots, a blank edition, title or type (or one with control
    ///   characters), a negative start or fade. The message names the key, not the file.
    public func check() throws(Fault) {
        if let flaw = flaw(inName: edition) {
            throw Fault(.badInput, "edition: the id \(flaw); write \"current\" for the live edition")
        }
        guard !slots.isEmpty else { throw Fault(.badInput, "slots: the list is empty; a reel needs at least one clip") }
        for (index, slot) in slots.enumerated() {
            for (key, text) in [("title", slot.title), ("type", slot.type)] {
                if let flaw = flaw(inName: text) { throw Fault(.badInput, "slots[\(index)].\(key): the name \(flaw)") }
            }
        }
        try audio?.check()
    }

    /// The plan as people read it: JSON with sorted keys, indented, a line feed at the end.
    ///
    /// The same plan gives the same bytes. Numbers are written so that reading them back gives the same `Double`.
    ///
    /// - Throws: `Fault` `.internalError` for a score that is not a finite number.
    public func encodedJSON() throws(Fault) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return try encoder.encode(self) + Data("\n".utf8)
        } catch {
            throw Fault(.internalError, "the plan cannot be written as JSON: \(printable(String(describing: error)))")
        }
    }

    /// The reel's id: the first 16 bytes, as 32 hex digits, of SHA-256 over ``canonicalJSON(edition:)``.
    ///
    /// Two plans with the same id are the same reel: they name the same clips of the same edition in the same order under
    /// the same sound. Viewer, cadence, scores and reasons do not take part.
    ///
    /// `edition` is the resolved id, never `current`; `audio` should be resolved before (``AudioSettings/resolved(beds:ducking:)``),
    /// since what is left to the edition's defaults is left out of the id too.
    public func identity(edition: String) -> String {
        Hex.text(SHA256.hash(data: canonicalJSON(edition: edition)).prefix(16))
    }

    /// What determines the reel, as compact JSON in the canonical form of RFC 8785 (sorted keys, shortest escapes).
    ///
    ///     {"audio":{"bed":"main","fadeIn":3072,"fadeOut":48000,"mode":"bed","start":0},"edition":"…","slots":[["A","80"]]}
    func canonicalJSON(edition: String) -> [UInt8] {
        let audio = self.audio ?? AudioSettings()
        var json = JSONWriter(capacity: 256 + 64 * slots.count)
        json.object { json in
            json.object("audio") { json in
                json.member("attack", audio.attack)
                json.member("bed", audio.bed)
                json.member("duck", json: audio.duck.map(Self.number))
                json.member("fadeIn", audio.fadeIn)
                json.member("fadeInCurve", audio.fadeInCurve?.rawValue)
                json.member("fadeOut", audio.fadeOut)
                json.member("fadeOutCurve", audio.fadeOutCurve?.rawValue)
                json.member("mode", audio.mode?.rawValue)
                json.member("release", audio.release)
                json.member("start", audio.start)
            }
            json.member("edition", edition)
            json.array("slots") { json in
                for slot in slots {
                    json.array { json in
                        json.element(slot.title)
                        json.element(slot.type)
                    }
                }
            }
        }
        return json.bytes
    }

    /// A level as RFC 8785 writes a number: no zeros at the end of a fraction.
    private static func number(_ level: Decibels) -> String {
        var text = level.description
        while text.hasSuffix("0") { text.removeLast() }
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }
}
