private import Crypto
import Diagnostics
import Editions
private import Foundation
import MediaTime
import Plans

/// A whole plan in some 150 characters that only the service can make: any instance with the key serves it, and keeps nothing of it.
///
/// The form, before base64url: version, key id (1 byte each), edition (16), expiry (4, seconds since 1970, big-endian), viewer (16: a
/// keyed hash), cadence (2: the beginning of a hash of its name), seed (8), then numbers of 7 bits a byte: experiment arms (a
/// count and each), the sound, and the ordinals of the clips (a count and each); at the end the HMAC-SHA-256 of all of it (32).
struct PlanToken: Equatable {
    /// The edition's id: 32 hex digits.
    var edition: String
    /// When it ends, in seconds since 1970.
    var expires: UInt32
    /// The viewer's pseudonym, 16 bytes.
    var viewer: [UInt8]
    /// What the cadence is known by.
    var cadence: UInt16
    /// The seed of the plan.
    var seed: UInt64
    /// The arms of experiments, as small numbers.
    var arms: [UInt64] = []
    /// The sound, resolved.
    var audio: TokenAudio
    /// The places of the clips in the edition's table.
    var clips: [Int]

    private static let version: UInt8 = 1
    /// The most clips and arms of a token: a bound against counts without data behind them.
    static let maximumClips = 256
    private static let macSize = 32

    /// Why a token is not taken.
    enum Refusal: Error {
        /// It was not made with any of the keys.
        case foreign
        /// It was, and its time is over.
        case expired
    }

    /// What stands for a cadence's name.
    static func number(ofCadence name: String) -> UInt16 {
        SHA256.hash(data: Data(name.utf8)).prefix(2).reduce(0) { $0 << 8 | UInt16($1) }
    }

    /// The viewer's pseudonym as events have it.
    var viewerName: String { Hex.text(viewer) }

    /// The token as text, and the reel's id.
    func signed(with keys: KeyRing) -> (text: String, reel: String) {
        let key = keys.signing[0]
        let body = body(key: key.id)
        let text = Base64URL.text(body + HMAC<SHA256>.authenticationCode(for: body, using: key.secret.symmetric))
        return (text, Self.reel(ofBody: body))
    }

    /// The reel's id: the first 16 bytes, in hex, of the SHA-256 of a token without its signature.
    static func reel(of text: some StringProtocol) -> String {
        reel(ofBody: (Base64URL.bytes(text) ?? []).dropLast(macSize))
    }

    private static func reel(ofBody body: some Collection<UInt8>) -> String {
        Hex.text(SHA256.hash(data: Array(body)).prefix(16))
    }

    private func body(key: UInt8) -> [UInt8] {
        var writer = TokenWriter()
        writer.bytes += [Self.version, key] + (Hex.bytes(edition) ?? [])
        writer.fixed(expires)
        writer.bytes += viewer
        writer.fixed(cadence)
        writer.fixed(seed)
        writer.list(arms)
        audio.write(to: &writer)
        writer.list(clips.map(UInt64.init))
        return writer.bytes
    }

    /// Reads a token. It takes as long for a wrong one, whatever is wrong with it.
    /// - Throws: `Refusal`.
    init(_ text: some StringProtocol, keys: KeyRing, now: UInt32) throws(Refusal) {
        guard text.utf8.count <= 2_048, let bytes = Base64URL.bytes(text), bytes.count > Self.macSize + 2 else {
            throw .foreign
        }
        let body = bytes.dropLast(Self.macSize)
        let named = keys.signing.first { $0.id == bytes[1] }
        // With an unknown key the same is computed, to no avail.
        let isOurs = HMAC<SHA256>.isValidAuthenticationCode(
            bytes.suffix(Self.macSize), authenticating: body, using: (named ?? keys.signing[0]).secret.symmetric)
        guard isOurs, named != nil, let token = Self(signedBody: body) else { throw .foreign }
        guard token.expires > now else { throw .expired }
        self = token
    }

    private init?(signedBody body: ArraySlice<UInt8>) {
        var reader = TokenReader(body)
        guard reader.byte() == Self.version, reader.byte() != nil, let edition = reader.bytes(16),
            let expires = reader.fixed(UInt32.self), let viewer = reader.bytes(16),
            let cadence = reader.fixed(UInt16.self),
            let seed = reader.fixed(UInt64.self), let arms = reader.list(), let audio = TokenAudio(&reader),
            let clips = reader.list(), !clips.isEmpty, reader.isAtEnd
        else { return nil }
        self.init(
            edition: Hex.text(edition), expires: expires, viewer: viewer, cadence: cadence, seed: seed, arms: arms,
            audio: audio, clips: clips.map { Int(clamping: $0) })
    }

    init(
        edition: String, expires: UInt32, viewer: [UInt8], cadence: UInt16, seed: UInt64, arms: [UInt64] = [],
        audio: TokenAudio, clips: [Int]
    ) {
        self.edition = edition
        self.expires = expires
        self.viewer = viewer
        self.cadence = cadence
        self.seed = seed
        self.arms = arms
        self.audio = audio
        self.clips = clips
    }
}

/// Settings of sound as small numbers; the bed by its place in the edition.
struct TokenAudio: Equatable {
    var mode: AudioSettings.Mode
    var bed: Int = 0
    var start: Int64 = 0
    var fadeIn: Int64 = 0
    var fadeOut: Int64 = 0
    var curves: [FadeCurve] = [.smooth, .smooth]
    var duck: Int64 = 0
    var attack: Int64 = 0
    var release: Int64 = 0

    private static let modes: [AudioSettings.Mode] = [.none, .bed, .mix, .clip]
    private static let curves: [FadeCurve] = [.smooth, .linear, .equalPower, .exponential]

    /// - Parameters:
    ///   - audio: resolved settings.
    ///   - beds: the names of the edition's beds.
    init(_ audio: AudioSettings, beds: [String]) {
        mode = audio.mode ?? .none
        bed = audio.bed.flatMap(beds.firstIndex) ?? 0
        (start, fadeIn, fadeOut) = (audio.start ?? 0, audio.fadeIn ?? 0, audio.fadeOut ?? 0)
        curves = [audio.fadeInCurve ?? .smooth, audio.fadeOutCurve ?? .smooth]
        (duck, attack, release) = (Int64(audio.duck?.hundredths ?? 0), audio.attack ?? 0, audio.release ?? 0)
    }

    /// The settings, resolved; `nil` when the edition has no such bed.
    func settings(beds: [String]) -> AudioSettings? {
        guard mode != .none else { return AudioSettings(mode: AudioSettings.Mode.none) }
        var settings = AudioSettings(
            mode: mode, fadeIn: fadeIn, fadeOut: fadeOut, fadeInCurve: curves[0] == .smooth ? nil : curves[0],
            fadeOutCurve: curves[1] == .smooth ? nil : curves[1])
        guard mode.needsBed else { return settings }
        guard beds.indices.contains(bed) else { return nil }
        (settings.bed, settings.start) = (beds[bed], start)
        guard mode == .mix else { return settings }
        settings.duck = Decibels(hundredths: Int32(clamping: duck))
        (settings.attack, settings.release) = (attack, release)
        return settings
    }

    func write(to writer: inout TokenWriter) {
        let kind = Self.modes.firstIndex(of: mode) ?? 0
        let shapes = curves.map { Self.curves.firstIndex(of: $0) ?? 0 }
        writer.number(UInt64(kind | shapes[0] << 2 | shapes[1] << 4))
        guard mode != .none else { return }
        for value in [Int64(bed), start, fadeIn, fadeOut] { writer.number(UInt64(value)) }
        guard mode == .mix else { return }
        for value in [duck, attack, release] { writer.number(UInt64(value)) }
    }

    init?(_ reader: inout TokenReader) {
        guard let kinds = reader.number(), kinds < 64 else { return nil }
        mode = Self.modes[Int(kinds & 3)]
        curves = [Self.curves[Int(kinds >> 2 & 3)], Self.curves[Int(kinds >> 4 & 3)]]
        guard mode != .none else { return }
        guard let bed = reader.number(), let start = reader.number(), let fadeIn = reader.number(),
            let fadeOut = reader.number()
        else { return nil }
        self.bed = Int(clamping: bed)
        (self.start, self.fadeIn, self.fadeOut) = (
            Int64(clamping: start), Int64(clamping: fadeIn), Int64(clamping: fadeOut)
        )
        guard mode == .mix else { return }
        guard let duck = reader.number(), let attack = reader.number(), let release = reader.number() else {
            return nil
        }
        (self.duck, self.attack, self.release) = (
            Int64(clamping: duck), Int64(clamping: attack), Int64(clamping: release)
        )
    }
}
