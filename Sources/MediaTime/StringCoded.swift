/// A value that stands in files as a string: what `description` writes, `init(_:)` reads.
public protocol StringCoded: Codable, LosslessStringConvertible {
    /// What is read, in words that follow "is not": `an exact frame rate such as 24/1`.
    static var form: String { get }
}

extension StringCoded {
    /// Decodes the form that `description` writes.
    /// - Throws: `DecodingError` that quotes the text, when it is no such value.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Self(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not \(Self.form)")
        }
        self = value
    }

    /// Encodes `description`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
