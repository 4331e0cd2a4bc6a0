public import Diagnostics

/// Bytes that are not the boxes or the bitstream they should be, or a value that the format cannot hold.
public struct ISOBMFFError: ReportableError, Hashable {
    /// What went wrong, for code that treats cases differently.
    public enum Kind: Sendable, Hashable {
        /// The bytes end before the structure does.
        case truncated
        /// A field contradicts the format or another field.
        case malformed
        /// The structure is right, but of a form that is not handled.
        case unsupported
        /// A size or a count is beyond what the format, or our bounds against hostile input, allow.
        case tooLarge
    }

    /// What went wrong.
    public var kind: Kind
    /// Where: bytes from the beginning of what was read (a file, if the reader was told its place in one); `nil` when writing.
    public var offset: Int64?
    /// One phrase for a person, without the place.
    public var detail: String
    /// The file, when someone who knows its name has added it.
    public var file: String?

    /// Describes a failure at a byte.
    public init(_ kind: Kind, at offset: Int64?, _ detail: String, file: String? = nil) {
        self.kind = kind
        self.offset = offset
        self.detail = detail
        self.file = file
    }

    /// Always `badInput`.
    public var status: ExitStatus { .badInput }

    /// `FILE: byte N: DETAIL`, with what is known of it.
    public var description: String {
        let place = offset.map { "byte \($0): " } ?? ""
        return (file.map { "\($0): " } ?? "") + place + detail
    }

    /// The same error with the name of the file in its line.
    public func naming(_ file: String) -> ISOBMFFError {
        ISOBMFFError(kind, at: offset, detail, file: file)
    }
}
