/// How the frames of a video follow each other.
public enum FrameRateMode: Hashable, Sendable {
    /// All frames last equally long.
    case constant(FrameRate)
    /// Each frame has a duration of its own; frames are counted.
    case variable
}

extension FrameRateMode: StringCoded {
    /// The form of a clip index: `24/1` or `variable`.
    public var description: String {
        switch self {
        case .constant(let rate): rate.description
        case .variable: "variable"
        }
    }

    /// Reads `variable` or an exact fraction such as `30000/1001`; `nil` for anything else.
    public init?(_ text: String) {
        if text == "variable" {
            self = .variable
        } else if let rate = FrameRate(text) {
            self = .constant(rate)
        } else {
            return nil
        }
    }

    /// For messages.
    public static let form = FrameRate.form
}
