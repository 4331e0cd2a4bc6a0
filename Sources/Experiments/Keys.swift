import Diagnostics

/// A key of any name.
private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

/// Refuses an object with a key that is not one of `Keys`.
///
/// Elsewhere unknown keys are ignored. Here a misspelt one would run the wrong experiment for weeks.
func refuseOtherKeys<Keys: CodingKey & CaseIterable>(than keys: Keys.Type, in decoder: any Decoder) throws {
    let known = Keys.allCases.map(\.stringValue)
    for key in try decoder.container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
        let names = known.joined(separator: ", ")
        throw Fault(.badInput, "\(place(decoder.codingPath + [key])): this key is not known; keys here are \(names)")
    }
}

/// A path in a document as messages name it: `arms[1].changes.weights`; empty for the document itself.
func place(_ path: [any CodingKey]) -> String {
    path.reduce(into: "") { text, key in
        if let index = key.intValue {
            text += "[\(index)]"
        } else {
            text += (text.isEmpty ? "" : ".") + printable(key.stringValue)
        }
    }
}

extension KeyedDecodingContainer {
    /// One of a choice of words.
    ///
    /// - Throws: `Fault` `.badInput` that lists the words.
    func choice<Choice: RawRepresentable & CaseIterable>(_ type: Choice.Type, forKey key: Key) throws -> Choice
    where Choice.RawValue == String {
        try Self.choice(try decode(String.self, forKey: key), at: codingPath + [key])
    }

    /// One of a choice of words; `nil` where the key is missing.
    ///
    /// - Throws: `Fault` `.badInput` that lists the words.
    func choiceIfPresent<Choice: RawRepresentable & CaseIterable>(
        _ type: Choice.Type, forKey key: Key
    ) throws -> Choice? where Choice.RawValue == String {
        try decodeIfPresent(String.self, forKey: key).map { try Self.choice($0, at: codingPath + [key]) }
    }

    /// A list of words of a choice; empty where the key is missing.
    ///
    /// - Throws: `Fault` `.badInput` that lists the words.
    func choicesIfPresent<Choice: RawRepresentable & CaseIterable>(
        _ type: Choice.Type, forKey key: Key
    ) throws -> [Choice] where Choice.RawValue == String {
        try (decodeIfPresent([String].self, forKey: key) ?? []).map { try Self.choice($0, at: codingPath + [key]) }
    }

    private static func choice<Choice: RawRepresentable & CaseIterable>(
        _ word: String, at path: [any CodingKey]
    ) throws(Fault) -> Choice where Choice.RawValue == String {
        guard let choice = Choice(rawValue: word) else {
            let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw Fault(.badInput, "\(place(path)): '\(printable(word))' is none of \(words)")
        }
        return choice
    }
}
