private import Crypto
public import Diagnostics
private import FileSystem
private import Foundation

extension Library {
    /// A piece of sound that was made from a bed earlier, by the recipe it was made by; `nil` when there is none, or its
    /// media object is gone.
    public func derived(_ recipe: String) -> FragmentedObject? {
        guard let bytes = try? InputFile.contents(of: derivedPath(recipe)),
            let record = try? JSONDecoder().decode(DerivedRecord.self, from: Data(bytes)), record.recipe == recipe,
            Path.exists(path(of: record.sound.object, "m4s"))
        else { return nil }
        return record.sound
    }

    /// Remembers a piece of sound under its recipe.
    /// - Throws: `Fault` when the library cannot be written.
    public func remember(_ sound: FragmentedObject, as recipe: String) throws(Fault) {
        let path = derivedPath(recipe)
        try Path.createFolder(Path.folder(of: path))
        try OutputFile.write(Self.json(DerivedRecord(recipe: recipe, sound: sound)), to: path)
    }

    private func derivedPath(_ recipe: String) -> String {
        let name = Hex.text(SHA256.hash(data: Data(recipe.utf8)))
        return "\(root)/derived/\(name.prefix(2))/\(name.dropFirst(2)).json"
    }

    private struct DerivedRecord: Codable {
        var recipe: String
        var sound: FragmentedObject
    }
}
