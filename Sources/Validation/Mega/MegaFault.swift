public import Diagnostics
internal import Foundation

/// Something in a Mega Asset, or in its index, that a viewer would see or hear.
public struct MegaFault: Sendable, Equatable, Codable {
    /// What is wrong.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// The clip ends after the last frame.
        case pastEnd = "past-end"
        /// A frame cannot be decoded.
        case undecodable
        /// The frames are not at the index's rate.
        case frameRate = "frame-rate"
        /// A hard cut lies near the in-point, not at it.
        case inPoint = "in-point"
        /// A hard cut lies near the out-point, not at it.
        case outPoint = "out-point"
        /// There is no hard cut near the in-point: a soft transition, or the middle of a shot.
        case noCutIn = "no-cut-in"
        /// There is no hard cut near the out-point.
        case noCutOut = "no-cut-out"
        /// A shot of one or two frames at an end of the clip.
        case flash
        /// Black frames.
        case black
        /// The same picture for long.
        case frozen
        /// No sound from beginning to end.
        case silence
        /// The file's timecode is not the index's.
        case timecode
        /// The pictures are those of the reference edition, some frames off.
        case moved
        /// The pictures are not those of the reference edition.
        case changed
        /// The reference edition has a clip that the index has not.
        case gone
    }

    /// The clip's title; `nil` where the file as a whole is meant.
    public var title: String?
    /// The clip's type; `nil` where the file as a whole is meant.
    public var type: String?
    /// What is wrong.
    public var kind: Kind
    /// How much it matters.
    public var severity: Severity
    /// The frame of the Mega Asset at which to look; `nil` where none is meant.
    public var frame: Int64?
    /// What to add to the in-point (or, for `outPoint`, to the out-point), or how far the pictures moved; `nil` where nothing was measured.
    public var shift: Int64?
    /// One line for a person.
    public var message: String
    /// What to do about it; `nil` where there is nothing to do.
    public var fix: String?
}

/// What validating a Mega Asset found.
public struct MegaReport: Sendable, Equatable, Codable {
    /// A clip of the index, for reports that list what is right too.
    public struct Clip: Sendable, Equatable, Codable {
        /// The title's id.
        public var title: String
        /// The clip type.
        public var type: String
        /// The first frame.
        public var start: Int64
        /// The frame after the last.
        public var end: Int64
    }

    /// The file.
    public var file: String
    /// Frames of the Mega Asset.
    public var frames: Int64
    /// Frames that were decoded and looked at.
    public var framesRead: Int64
    /// The clips that were judged, in the order of the index.
    public var clips: [Clip]
    /// All faults, those of the file first, then by clip in the order of the index.
    public var faults: [MegaFault]

    /// How many faults are of a severity.
    public func count(_ severity: Severity) -> Int { faults.count { $0.severity == severity } }
}

extension MegaReport {
    /// The report as a JSON file.
    /// - Throws: `Fault` when it cannot be encoded.
    public func fileBytes() throws(Fault) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(self)) + [0x0A]
        } catch {
            throw Fault(.internalError, "a report cannot be written: \(error)")
        }
    }

    /// Reads a report; `name` stands for the file in messages.
    /// - Throws: `Fault` `.badInput` when it is none.
    public init(_ bytes: [UInt8], named name: String) throws(Fault) {
        do {
            self = try JSONDecoder().decode(MegaReport.self, from: Data(bytes))
        } catch {
            throw Fault(.badInput, "\(name): is no report on boundaries")
        }
    }
}
