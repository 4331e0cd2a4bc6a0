internal import MediaTime

/// An event line of a CMX3600 list: `001  REEL  V  C  [FRAMES]  SRC-IN SRC-OUT REC-IN REC-OUT`.
struct EDLEvent {
    var number: ArraySlice<UInt8>
    var channels: ArraySlice<UInt8>
    var reel: ArraySlice<UInt8>
    /// `C`, `D`, `W001`, …
    var transition: ArraySlice<UInt8>
    /// Source in and out, record in and out.
    var timecodes: [ArraySlice<UInt8>]

    /// Takes a line apart; `nil` when it is no event.
    init?(_ line: EditorialText.Line) {
        guard line.bytes.first(where: { !$0.isASCIISpace })?.isASCIIDigit == true else { return nil }
        let words = line.words
        guard words.count >= 8, words[0].allSatisfy(\.isASCIIDigit), words.suffix(4).allSatisfy(Self.resemblesTimecode)
        else {
            return nil
        }
        (number, reel, channels, transition) = (words[0], words[1], words[2], words[3])
        timecodes = words.suffix(4)
    }

    /// Whether a word is meant as a timecode, right or wrong.
    private static func resemblesTimecode(_ word: ArraySlice<UInt8>) -> Bool {
        word.count { $0 == 0x3A || $0 == 0x3B } >= 2 && word.first?.isASCIIDigit == true
    }

    /// Whether the event is of the picture: `V`, `V2`, `B` (both), `AA/V`, `VA`.
    var isPicture: Bool { channels.elementsEqual("B".utf8) || channels.contains(UInt8(ascii: "V")) }
    /// Whether it shows black, not a clip.
    var isBlack: Bool { reel.elementsEqual("BL".utf8) }
    var isCut: Bool { transition.elementsEqual("C".utf8) }

    /// The record range in frames of the timeline; all four timecodes are held against the rules.
    func record(_ timecodes: inout TimecodeReader) throws(Flaw) -> (start: Int64, end: Int64) {
        let sourceIn = try timecodes.length(self.timecodes[0], "source in")
        let sourceOut = try timecodes.length(self.timecodes[1], "source out")
        guard sourceOut >= sourceIn else { throw Flaw("the source out comes before the source in") }
        let start = try timecodes.frame(self.timecodes[2], "record in")
        let end = try timecodes.frame(self.timecodes[3], "record out")
        guard end >= start else { throw Flaw("the record out comes before the record in") }
        return (start, end)
    }
}

extension Timecode {
    static func isOne(_ bytes: ArraySlice<UInt8>) -> Bool { Timecode(ascii: bytes.trimmed) != nil }
}

/// Reads `FCM: DROP FRAME` and `FCM: NON-DROP FRAME`; `nil` for other lines.
func frameCountMode(_ line: EditorialText.Line) -> Bool? {
    guard line.bytes.starts(with: "FCM:".utf8) else { return nil }
    return !line.text.uppercased().contains("NON")
}
