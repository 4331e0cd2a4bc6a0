/// How the frames of a video follow each other.
public enum FrameRateMode: Hashable, Sendable {
    /// All frames last equally long.
    case constant(FrameRate)
    /// Each frame has a duration of its own; frames are counted.
    case variable
}

extension FrameRateMode: Codable, CustomStringConvertible {
    /// The form of a clip index: `24/1` or `variable`.
    public var description: String {
        switch self {
        case .constant(let rate): rate.description
        case .variable: "variable"
        }
    }

    /// Decodes `"variable"` or an exact fraction such as `"30000/1001"`.
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        self = text == "variable" ? .variable : .constant(try FrameRate(from: decoder))
    }

    /// Encodes `description`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
