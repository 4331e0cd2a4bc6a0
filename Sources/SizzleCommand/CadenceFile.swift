import Sizzle
import Yams

/// Cadences as commands take them.
enum CadenceFile {
    /// Reads `default`, or a file in JSON or YAML.
    /// - Throws: `Fault` when there is none, or it is no cadence.
    static func load(_ name: String) throws -> Cadence {
        if name == "default" { return .default }
        guard name.hasSuffix(".yaml") || name.hasSuffix(".yml") else {
            return try StrictJSON.decode(Cadence.self, fromFile: name)
        }
        let text = String(decoding: try InputFile.contents(of: name), as: UTF8.self)
        do {
            return try YAMLDecoder().decode(Cadence.self, from: text)
        } catch {
            throw Fault(.badInput, "\(name): is not a cadence: \(error)")
        }
    }
}
