private import Crypto
public import Diagnostics
private import FileSystem
private import Foundation

/// Something that was made once, by a recipe that tells all of it, and is kept in the library: a head or tail of sound, a clip, a bed.
public protocol DerivedMedia: Codable {
    /// The media objects that were made.
    var objects: [MadeObject] { get }
}

/// A media object that was made by a recipe.
public struct MadeObject: Sendable, Hashable {
    /// Its name.
    public var id: ObjectID
    /// `mp4`, `m4s` or `flac`.
    public var fileExtension: String
    /// Its size; `nil` where that is not known.
    public var bytes: Int64?

    /// Describes an object.
    public init(_ id: ObjectID, _ fileExtension: String, bytes: Int64? = nil) {
        (self.id, self.fileExtension, self.bytes) = (id, fileExtension, bytes)
    }
}

extension FragmentedObject: DerivedMedia {
    /// Itself: of sound nothing more is kept.
    public var objects: [MadeObject] {
        // No file has less than no bytes: what is not sound is never taken for made.
        [MadeObject(object, "m4s", bytes: isSound ? bytes : -1)]
    }
}

extension Bed: DerivedMedia {
    /// Its header, its AAC and its lossless copy.
    public var objects: [MadeObject] {
        [MadeObject(initSegment, "mp4"), MadeObject(lossless, "flac")] + sound.objects
    }
}

extension ClipSound: DerivedMedia {
    /// Its lossless copy.
    public var objects: [MadeObject] { [MadeObject(lossless, "flac")] }
}

extension Library {
    /// What was made earlier by a recipe; `nil` when nothing was, or a media object of it is gone or damaged.
    /// - Parameter checking: whether the objects are read again and held against their names: what an earlier process had not finished
    ///   may be damaged.
    public func derived<Media: DerivedMedia>(
        _ recipe: String, as kind: Media.Type, checking: Bool = false
    ) -> Media? {
        guard let bytes = try? InputFile.contents(of: derivedPath(recipe)),
            let record = try? JSONDecoder().decode(Record<Media>.self, from: Data(bytes)), record.recipe == recipe
        else { return nil }
        for object in record.made.objects {
            let path = path(of: object.id, object.fileExtension)
            guard let size = size(ofObjectAt: path), size == object.bytes ?? size,
                !checking || holds(object.id, at: path)
            else { return nil }
        }
        return record.made
    }

    /// Whether there is a file whose content is what an object's name says.
    func holds(_ object: ObjectID, at path: String) -> Bool { (try? isWhole(object, at: path)) ?? false }

    /// Remembers what was made by a recipe.
    /// - Throws: `Fault` when the library cannot be written.
    public func remember(_ made: some DerivedMedia, as recipe: String) throws(Fault) {
        let path = derivedPath(recipe)
        try Path.createFolder(Path.folder(of: path))
        if !Path.exists(path) { journal?.note(path) }
        try OutputFile.write(Self.json(Record(recipe: recipe, made: made)), to: path)
    }

    /// A recipe as text: the canonical JSON of a value of strings, integers and lists.
    public static func canonicalText(_ recipe: some Encodable) -> String {
        String(decoding: json(recipe), as: UTF8.self)
    }

    private func derivedPath(_ recipe: String) -> String {
        let name = Hex.text(SHA256.hash(data: Data(recipe.utf8)))
        return "\(root)/derived/\(name.prefix(2))/\(name.dropFirst(2)).json"
    }

    private struct Record<Media: DerivedMedia>: Codable {
        var recipe: String
        var made: Media
    }
}
