import Foundation
public import Testing

/// Real files from public projects, kept beside the repository since they are large; not everyone has them.
public enum SharedMedia {
    /// The folder with the files: `media` in the folder that `SIZZLE_SHARED` names, else `../shared/media` beside the
    /// package; `nil` when it isn't there.
    public static let folder: String? = {
        let shared = ProcessInfo.processInfo.environment["SIZZLE_SHARED"] ?? "\(Package.root)/../shared"
        let media = URL(fileURLWithPath: "\(shared)/media").standardizedFileURL.path
        if FileManager.default.fileExists(atPath: "\(media)/CATALOG.tsv") { return media }
        // Said once. `scripts/test` repeats the lines that begin so at the end.
        print(
            "skipped: tests on real media, since \(media) is not there; to run them set SIZZLE_SHARED to the folder "
                + "that holds media/")
        return nil
    }()

    /// The folder with editors' exports, beside that with the media.
    public static let editorial: String? = folder.map {
        URL(fileURLWithPath: "\($0)/../editorial").standardizedFileURL.path
    }

    /// The path of one file.
    ///
    /// - Throws: `ToolError` when the folder or the file isn't there.
    public static func file(_ name: String) throws -> String {
        guard let folder, FileManager.default.fileExists(atPath: "\(folder)/\(name)") else {
            throw ToolError(description: "\(name) is not in the shared media; mark the test .needsSharedMedia")
        }
        return "\(folder)/\(name)"
    }

    /// The catalogue: for each file its columns by name (`file`, `fps`, `frames`, `has_b_frames`, `notes`, …).
    ///
    /// - Throws: what Foundation throws when it cannot be read.
    public static func catalogue() throws -> [[String: String]] {
        guard let folder else { return [] }
        let lines = try String(contentsOfFile: "\(folder)/CATALOG.tsv", encoding: .utf8).split(separator: "\n")
        guard let names = lines.first?.split(separator: "\t", omittingEmptySubsequences: false) else { return [] }
        return lines.dropFirst().map { line in
            let values = line.split(separator: "\t", omittingEmptySubsequences: false)
            return Dictionary(zip(names, values).map { (String($0), String($1)) }) { first, _ in first }
        }
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips the test where the shared media are not there.
    public static var needsSharedMedia: Self {
        .enabled(if: SharedMedia.folder != nil, "the shared media are not there; set SIZZLE_SHARED to run this test")
    }

    /// Skips the test where a program isn't installed.
    public static func needs(program: String) -> Self {
        .enabled(if: Tools.has(program), "\(program) is not installed; scripts/test installs it")
    }
}
