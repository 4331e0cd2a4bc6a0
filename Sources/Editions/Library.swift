public import Diagnostics
private import Download
private import FileSystem
private import Foundation

/// The folder that holds media objects, editions and the catalogue.
///
/// ```
/// media/ab/cdef….{mp4,m4s,flac}   media objects, named by the SHA-256 of their content, never changed
/// editions/<id>/edition.json      what people read
/// editions/<id>/clips.idx         the clips, mapped into memory
/// current                         {"canary": null, "edition": id}, replaced by rename
/// pins.json                       editions that are never pruned, and why
/// promotions.ndjson               who, when, from, to, why
/// derived/ab/cdef….json           what was made once, heads and tails of sound and clips: recipe to media object
/// catalogue.sqlite                titles, events
/// ```
public struct Library: Sendable {
    /// The folder.
    public let root: String
    /// Notes new media objects, while an ingest wants to know them.
    var journal: ObjectJournal?
    /// Where it comes from, when it lies behind HTTP; `root` then keeps what was fetched.
    var origin: LibraryOrigin?

    /// Its address, when it lies behind HTTP.
    public var address: String? { origin?.remote.address }

    /// What people know it by: its folder, or its address.
    var name: String { origin?.remote.address ?? root }

    /// Opens an existing library.
    /// - Throws: `Fault`: `notFound` when the folder is missing or is none, `usage` for an address of HTTP.
    public static func open(_ root: String) throws(Fault) -> Library {
        guard !RemoteFolder.isAddress(root) else {
            throw Fault(.usage, "\(root): a library behind HTTP is only read; name its folder")
        }
        guard Path.isFolder(root) else {
            throw Fault(.notFound, "\(root): there is no library; make one with 'sizzle ingest'")
        }
        let library = Library(root: root)
        guard Path.isFolder(library.editionsFolder) || Path.exists(library.cataloguePath) else {
            throw Fault(.notFound, "\(root): is not a library (it has neither editions nor a catalogue)")
        }
        try library.requireOwnFolders()
        return library
    }

    /// Opens a library, or makes one in a folder that is missing or empty.
    /// - Throws: `Fault` when the folder cannot be made, or holds something else.
    public static func create(_ root: String) throws(Fault) -> Library {
        let library = Library(root: root)
        if Path.isFolder(root), !Path.isFolder(library.editionsFolder), !Path.exists(library.cataloguePath),
            try !Path.list(root).isEmpty
        {
            throw Fault(.cannotCreate, "\(root): holds other files and is not a library; name an empty folder")
        }
        try Path.createFolder(library.editionsFolder)
        try Path.createFolder(library.mediaFolder)
        try library.requireOwnFolders()
        return library
    }

    /// Refuses folders that are links to somewhere else: nothing is written or removed there.
    private func requireOwnFolders() throws(Fault) {
        for folder in [mediaFolder, editionsFolder, "\(root)/derived"] where Path.isFolder(folder) {
            try requireInside("\(folder)/file")
        }
    }

    /// Refuses a file whose folder leads out of the library by a link.
    func requireInside(_ path: String) throws(Fault) {
        guard !Path.lies(path, in: root) else { return }
        throw Fault(
            .badInput, "\(Path.folder(of: path)): leads out of the library by a link; put the folder itself there")
    }

    /// Where titles and events are kept.
    public var cataloguePath: String { root + "/catalogue.sqlite" }
    var mediaFolder: String { root + "/media" }
    var editionsFolder: String { root + "/editions" }
    /// The file that names the edition that is live; replaced at each promotion.
    public var currentPath: String { root + "/current" }
    var promotionsPath: String { root + "/promotions.ndjson" }
    var pinsPath: String { root + "/pins.json" }

    /// Where a media object lies.
    /// - Parameter fileExtension: `mp4` for init segments, `m4s` for fragments, `flac` for lossless sound.
    public func path(of object: ObjectID, _ fileExtension: String) -> String {
        let name = object.description
        return "\(mediaFolder)/\(name.prefix(2))/\(name.dropFirst(2)).\(fileExtension)"
    }

    /// The files that, read one after another, are a fragmented MP4.
    /// - Throws: as `file(of:_:)`.
    public func files(initSegment: ObjectID, media: ObjectID) throws(Fault) -> [String] {
        [try file(of: initSegment, "mp4"), try file(of: media, "m4s")]
    }

    /// Refuses an output that would lie among the library's own files.
    /// - Throws: `Fault` (`usage`) when `path` lies in the library.
    public func requireOutside(_ path: String) throws(Fault) {
        guard Path.lies(path, in: root) else { return }
        throw Fault(.usage, "\(path): lies in the library; choose a place outside it")
    }

    /// The edition that `reference` names: an id, or `current`.
    ///
    /// It cannot be pruned while the value lives.
    /// - Parameter viewer: who gets the canary where `current` is meant and the viewer has a share in it.
    /// - Throws: `Fault` when there is none, or it is damaged or of a newer version.
    public func edition(_ reference: String = "current", for viewer: String? = nil) throws(Fault) -> Edition {
        let id = reference == "current" ? try currentEdition(for: viewer) : reference
        guard Self.isEditionID(id) else {
            throw Fault(
                .badInput, "'\(reference)' is not an edition: an id has 32 hex digits; see 'sizzle editions list'")
        }
        if let origin { try fetchEdition(id, from: origin) }
        guard has(id) else {
            throw Fault(.notFound, "\(name): there is no edition \(id); see 'sizzle editions list'")
        }
        return try Edition(id: id, library: self)
    }

    /// Whether an edition is in the library, or in the cache of one behind HTTP.
    public func has(_ id: String) -> Bool { Path.isFolder("\(editionsFolder)/\(id)") }

    /// Whether a text has the form of an edition's id: 32 lower-case hex digits.
    static func isEditionID(_ text: some StringProtocol) -> Bool {
        text.utf8.count == 32
            && text.utf8.allSatisfy {
                UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0
            }
    }

    /// The ids of all editions, sorted.
    /// - Throws: `Fault` when the folder cannot be read.
    public func editionIDs() throws(Fault) -> [String] {
        try Path.list(editionsFolder).filter { !$0.hasPrefix(".") }
    }

    /// Canonical JSON: keys sorted by their bytes, no spaces. (`JSONSerialization` sorts as people do, by locale.)
    static func json(_ value: some Encodable, pretty: Bool = false) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            pretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else {
            preconditionFailure("every value that is written here has only strings, integers and lists")
        }
        return Array(data)
    }
}
