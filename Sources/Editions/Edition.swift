private import Crypto
public import Diagnostics
private import FileSystem
private import Foundation
public import MediaTime
public import Plans

/// One immutable, verified, published version of a Mega Asset with its clips.
public struct Edition: Sendable {
    /// 32 hex digits.
    public let id: String
    /// Where it lies.
    public let library: Library
    /// What `edition.json` says.
    public let manifest: EditionManifest
    /// The clips.
    public let clips: ClipTable
    /// Keeps the edition from being pruned.
    private let hold: EditionHold

    /// The edition's own folder.
    let folder: String
    private static let clipTableName = "clips.idx"
    /// The file of `clips`.
    public var clipTablePath: String { "\(folder)/\(Self.clipTableName)" }

    /// - Parameter building: the folder in which it is put together, before it has its name.
    init(id: String, library: Library, building: String? = nil) throws(Fault) {
        folder = building ?? "\(library.editionsFolder)/\(id)"
        let path = folder + "/edition.json"
        hold = try EditionHold(path)
        let bytes = try InputFile.contents(of: path)
        struct Header: Decodable { let version: Int }
        if let header = try? JSONDecoder().decode(Header.self, from: Data(bytes)),
            header.version > EditionManifest.currentVersion
        {
            throw Fault(
                .badInput,
                "\(path): is of version \(header.version), newer than \(EditionManifest.currentVersion); update sizzle")
        }
        guard let manifest = try? JSONDecoder().decode(EditionManifest.self, from: Data(bytes)),
            !manifest.renditions.isEmpty, manifest.renditions.allSatisfy(\.isSound), manifest.beds.allSatisfy(\.isSound)
        else {
            throw Fault(.badInput, "\(path): is damaged; restore the edition or ingest again")
        }
        self.id = id
        self.library = library
        self.manifest = manifest
        clips = try ClipTable(path: "\(folder)/\(Self.clipTableName)")
        guard clips.count == manifest.clips, clips.renditions == manifest.renditions.count else {
            throw Fault(
                .badInput, "\(folder): edition.json and clips.idx disagree; restore the edition or ingest again")
        }
    }

    /// The clip of a title and type.
    /// - Throws: `Fault` (`badInput`) naming the title, when the edition has no such clip.
    public func clip(title: String, type: String) throws(Fault) -> ClipTable.Clip {
        if let clip = clips.find(title: title, type: type) { return clip }
        let types = try clips.all().filter { $0.title == title }.map(\.type)
        throw Fault(
            .badInput,
            types.isEmpty
                ? "edition \(id) has no title '\(title)'"
                : "edition \(id) has no clip ('\(title)', '\(type)'); the title has \(types.joined(separator: ", "))")
    }

    /// The files that, read one after another, are a clip as a fragmented MP4: its init segment and its media object.
    /// - Throws: `Fault` when the clip table is damaged.
    public func files(of clip: ClipTable.Clip, rendition: Int = 0) throws(Fault) -> [String] {
        let media = try clips.media(of: clip, rendition: rendition)
        return try library.files(initSegment: manifest.renditions[rendition].initSegment, media: media.object)
    }

    /// When the frames of a clip begin, in ticks of a rendition.
    /// - Throws: `Fault` when the edition is damaged.
    public func times(of clip: ClipTable.Clip, rendition: Int) throws(Fault) -> FrameTimes {
        if let ticks = manifest.renditions[rendition].ticksPerFrame { return .even(ticksPerFrame: ticks) }
        if let durations = try clips.durations(of: clip) { return FrameTimes(durations: durations) }
        throw Fault(.badInput, "edition \(id): has no times of its frames; restore the edition or ingest again")
    }

    /// The bed of a name, or the first.
    /// - Throws: `Fault` (`badInput`) when the edition has no such bed.
    public func bed(_ name: String?) throws(Fault) -> Bed {
        guard let bed = name.map({ name in manifest.beds.first { $0.name == name } }) ?? manifest.beds.first else {
            let names = manifest.beds.map(\.name).joined(separator: ", ")
            throw Fault(
                .badInput,
                "edition \(id) has no bed '\(name ?? "")'; it has \(names.isEmpty ? "none" : names)")
        }
        return bed
    }

    /// A plan's settings of sound with nothing left open; `nil` leaves all to the edition.
    /// - Throws: `Fault` (`badInput`) as `AudioSettings.resolved(beds:ducking:)`.
    public func resolved(_ audio: AudioSettings?) throws(Fault) -> AudioSettings {
        try (audio ?? AudioSettings()).resolved(
            beds: manifest.beds.map(\.name), ducking: manifest.clipSound?.ducking)
    }

    static let checksumsName = "SHA256SUMS"
    static let boundariesName = "boundaries.json"
    /// The names of an edition's files whose hashes are kept.
    static let ownFiles = ["edition.json", clipTableName, boundariesName]

    /// The SHA-256 of an edition's own files, in the form that `sha256sum --check` reads.
    static func checksums(of files: [String], in folder: String) throws(Fault) -> [UInt8] {
        var text = ""
        for name in files.sorted() {
            text += "\(ObjectID.of(try InputFile.contents(of: "\(folder)/\(name)")))  \(name)\n"
        }
        return Array(text.utf8)
    }

    /// The id of an edition: the first 32 hex digits of the SHA-256 of all that its manifest says but `provenance`, as
    /// canonical JSON. Object hashes and that of the clip table are included, so the id stands for every byte.
    static func id(of manifest: EditionManifest) -> String {
        Hex.text(SHA256.hash(data: Library.json(EditionManifest.Identity(manifest: manifest))).prefix(16))
    }
}

/// Keeps an edition from being pruned by another process while the value lives. The kernel lets it go with the process.
private final class EditionHold: Sendable {
    private let lock: FileLock

    init(_ path: String) throws(Fault) {
        guard let lock = try FileLock.share(existing: path) else {
            throw Fault(.notFound, "\(path): is not there, or is being pruned; see 'sizzle editions list'")
        }
        self.lock = lock
    }
}
