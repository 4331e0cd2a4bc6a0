private import Crypto
public import Diagnostics
private import FileSystem
private import Foundation

/// Something that was made once, by a recipe that tells all of it, and is kept in the library: a head or tail of sound, a clip.
public protocol DerivedMedia: Codable {
    /// The media object that was made.
    var fragments: FragmentedObject { get }
}

extension FragmentedObject: DerivedMedia {
    /// Itself: of sound nothing more is kept.
    public var fragments: FragmentedObject { self }
}

extension Library {
    /// What was made earlier by a recipe; `nil` when nothing was, or its media object is gone or damaged.
    /// - Parameter checking: whether the object is read again and held against its name: what an earlier process had not finished
    ///   may be damaged.
    public func derived<Media: DerivedMedia>(
        _ recipe: String, as kind: Media.Type, checking: Bool = false
    ) -> Media? {
        guard let bytes = try? InputFile.contents(of: derivedPath(recipe)),
            let record = try? JSONDecoder().decode(Record<Media>.self, from: Data(bytes)), record.recipe == recipe
        else { return nil }
        let fragments = record.made.fragments
        let path = path(of: fragments.object, "m4s")
        guard fragments.isSound, let file = try? InputFile.open(path), file.size == fragments.bytes else { return nil }
        return !checking || holds(fragments.object, at: path) ? record.made : nil
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
