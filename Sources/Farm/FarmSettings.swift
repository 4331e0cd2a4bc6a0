public import Diagnostics
private import FileSystem

/// What all tasks of a list have to agree on, whenever each of them begins: written by the first.
public struct FarmSettings: Sendable, Equatable, Codable {
    /// The edition that `current` means.
    public var edition: String
    /// The time for which viewers' reels are planned (RFC 3339).
    public var at: String
    /// The name of the model by which they are planned; `nil` for the standard weights.
    public var model: String?
    /// Whether reels are written without fragments.
    public var isPlain: Bool?

    /// Describes settings.
    public init(edition: String, at: String, model: String? = nil) {
        (self.edition, self.at, self.model) = (edition, at, model)
    }

    /// What was agreed on in a folder; where nothing was, the proposal is written down.
    /// - Parameter proposal: what the first task takes.
    /// - Throws: `Fault` when the file is damaged or cannot be written.
    public static func agreed(
        in folder: FarmFolder, _ proposal: () throws(Fault) -> FarmSettings
    ) throws(Fault) -> FarmSettings {
        let lock = try FileLock.take(
            folder.lock, waiting: 30, busy: "\(folder.lock): another task holds it for long; try again")
        defer { _ = lock.becomes(.shared) }
        if let known = try read(in: folder) { return known }
        let settings = try proposal()
        try FarmFolder.note(settings, in: folder.settings)
        return settings
    }

    /// What was agreed on; `nil` where nothing was.
    /// - Throws: `Fault` when the file is damaged.
    public static func read(in folder: FarmFolder) throws(Fault) -> FarmSettings? {
        guard Path.exists(folder.settings) else { return nil }
        return try StrictJSON.decode(
            FarmSettings.self, from: InputFile.contents(of: folder.settings), named: folder.settings)
    }
}
