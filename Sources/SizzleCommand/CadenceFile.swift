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

    /// Reads a file in JSON or YAML: YAML's plain values are what JSON's are.
    /// - Throws: `Fault` when it is neither.
    static func document(_ name: String) throws -> JSONValue {
        guard name.hasSuffix(".yaml") || name.hasSuffix(".yml") else {
            return try StrictJSON.parse(InputFile.contents(of: name), named: name)
        }
        let text = String(decoding: try InputFile.contents(of: name), as: UTF8.self)
        do {
            return value(try Yams.compose(yaml: text) ?? Node(""))
        } catch {
            throw Fault(.badInput, "\(name): is not YAML: \(error)")
        }
    }

    private static func value(_ node: Node) -> JSONValue {
        switch node {
        case .mapping(let mapping):
            .object(Dictionary(mapping.map { ($0.key.string ?? "", value($0.value)) }, uniquingKeysWith: { $1 }))
        case .sequence(let sequence): .array(sequence.map(value))
        case .scalar(let scalar): scalar.style == .plain ? plain(scalar.string) : .string(scalar.string)
        case .alias: .null
        }
    }

    private static func plain(_ text: String) -> JSONValue {
        (try? StrictJSON.parse(text.utf8, named: "")) ?? .string(text)
    }
}
