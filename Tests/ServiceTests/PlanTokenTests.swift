import Catalogue
import Diagnostics
import Editions
import Foundation
import MediaTime
import Plans
import TestSupport
import Testing

@testable import Service

/// Tokens hold a whole plan, and only the service can make them.
@Suite struct PlanTokenTests {
    private static let keys = KeyRing.random()
    private static let beds = ["main", "other"]

    private static func token(
        clips: [Int] = [3, 200, 7, 65_000, 12, 9, 0, 1, 2, 400, 401, 77],
        audio: AudioSettings = AudioSettings(
            bed: "main", mode: .bed, start: 0, fadeIn: 3_072, fadeOut: 48_000)
    ) -> PlanToken {
        PlanToken(
            edition: "0123456789abcdef0123456789abcdef", expires: 2_000_000_000, viewer: keys.pseudonym(of: "v1"),
            cadence: PlanToken.number(ofCadence: "default"), seed: .max, audio: TokenAudio(audio, beds: beds),
            clips: clips)
    }

    @Test func aReelOfTwelveSlotsIsShort() {
        #expect(Self.token().signed(with: Self.keys).text.utf8.count < 200)
    }

    @Test(arguments: [
        AudioSettings(mode: AudioSettings.Mode.none),
        AudioSettings(bed: "other", mode: .bed, start: 1_024, fadeIn: 4_096, fadeOut: 96_000),
        AudioSettings(
            bed: "main", mode: .bed, start: 0, fadeIn: 3_072, fadeOut: 48_000, fadeInCurve: .linear,
            fadeOutCurve: .exponential),
        AudioSettings(mode: .clip, fadeIn: 3_072, fadeOut: 48_000),
        AudioSettings(
            bed: "main", mode: .mix, start: 2_048, fadeIn: 3_072, fadeOut: 48_000, duck: .init(hundredths: 1_250),
            attack: 4_800,
            release: 14_400),
    ]) func whatGoesInComesOut(audio: AudioSettings) throws {
        let token = Self.token(audio: audio)
        let text = token.signed(with: Self.keys).text
        let read = try PlanToken(text, keys: Self.keys, now: 1)
        #expect(read == token)
        #expect(read.audio.settings(beds: Self.beds) == audio)
        #expect(PlanToken.reel(of: text).utf8.count == 32)
    }

    /// A bed that the edition has not is none, not the first.
    @Test func aBedThatIsGoneIsRefused() {
        let audio = TokenAudio(
            AudioSettings(bed: "other", mode: .bed, start: 0, fadeIn: 3_072, fadeOut: 48_000), beds: Self.beds)
        #expect(audio.settings(beds: ["main"]) == nil)
    }

    @Test func noChangeIsAccepted() {
        let text = Self.token().signed(with: Self.keys).text
        var random = FixedRandom(state: 11)
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        for _ in 0..<2_000 {
            var changed = Array(text)
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                changed[Int.random(in: 0..<changed.count, using: &random)] =
                    letters[Int.random(in: 0..<64, using: &random)]
            case 1: changed.remove(at: Int.random(in: 0..<changed.count, using: &random))
            case 2: changed.insert("A", at: Int.random(in: 0...changed.count, using: &random))
            default: changed = Array(changed.prefix(Int.random(in: 0..<changed.count, using: &random)))
            }
            guard changed != Array(text) else { continue }
            #expect(throws: PlanToken.Refusal.foreign) { try PlanToken(String(changed), keys: Self.keys, now: 1) }
        }
        // Other ways to write the same bytes are other tokens.
        for changed in [text + "=", text + "==", text.replacing("-", with: "+").replacing("_", with: "/") + " "] {
            #expect(throws: PlanToken.Refusal.foreign) { try PlanToken(changed, keys: Self.keys, now: 1) }
        }
    }

    @Test func timeRunsOutAtTheSecond() throws {
        let text = Self.token().signed(with: Self.keys).text
        _ = try PlanToken(text, keys: Self.keys, now: 1_999_999_999)
        #expect(throws: PlanToken.Refusal.expired) { try PlanToken(text, keys: Self.keys, now: 2_000_000_000) }
    }

    @Test func keysRotateAndOldOnesAreTakenUntilTheyAreDropped() throws {
        var keys = Self.keys
        let old = Self.token().signed(with: keys).text
        for _ in 0..<8 {
            keys.rotate()
            _ = try PlanToken(old, keys: keys, now: 1)
            _ = try PlanToken(Self.token().signed(with: keys).text, keys: keys, now: 1)
        }
        #expect(Set(keys.signing.map(\.id)).count == 9)
        keys.rotate()
        #expect(throws: PlanToken.Refusal.foreign) { try PlanToken(old, keys: keys, now: 1) }
        #expect(throws: PlanToken.Refusal.foreign) { try PlanToken(old, keys: .random(), now: 1) }
    }

    /// People give keys to commands.
    @Test func noKeyBeginsLikeAnOption() {
        for _ in 0..<1_000 { #expect(!KeyRing.Secret.random().text.hasPrefix("-")) }
    }

    /// The viewer is the beginning of an HMAC, as another implementation computes it.
    @Test func aViewerIsAKeyedHash() throws {
        let script =
            "import hmac,sys,base64;k=base64.urlsafe_b64decode(sys.argv[1]+'=');"
            + "print(hmac.new(k,sys.argv[2].encode(),'sha256').hexdigest()[:32])"
        let hash = try Tools.check("python3", ["-c", script, Self.keys.viewers.text, "viewer-1"]).lines
        #expect(hash == [Hex.text(Self.keys.pseudonym(of: "viewer-1"))])
    }

    /// The id that the sequencing design gives as an example.
    @Test func eventsHaveTheIdsOfTheDesign() {
        #expect(EventID.of("reel-1", slot: 3, "skip", 1) == "d45c1ebe-cf6a-5142-aa65-80a966f5fc9d")
    }
}
