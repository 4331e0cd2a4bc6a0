public import Diagnostics
private import Editions
private import FileSystem
private import Foundation
public import Streaming

extension ResolvedReel {
    /// Writes the reel as a folder of playlists and segments that any web server can serve.
    ///
    /// - Parameters:
    ///   - isOneRendition: whether the stream has the resolved rendition alone, not all.
    ///   - jobs: how many mixes are made at a time, where the library has not got them.
    /// - Throws: `Fault` (`usage`) when the folder lies in the library, else what stitching throws.
    public func renderStream(
        to folder: String, as format: StreamFolder.Format, isOneRendition: Bool = false, jobs: Int = 1,
        progress: ProgressHandler = { _ in }
    ) throws -> RenderResult {
        let reel = try streamed(to: folder, isOneRendition)
        let bytes = try StreamFolder(reel, as: format).write(
            to: folder, sound: try reel.sound(jobs: jobs), progress: progress)
        return result("\(folder)/\(format.entry)", bytes)
    }

    /// Writes playlists that point at the library's own files, for a host without any logic: picture only.
    ///
    /// - Parameter base: the address under which the library is served; without it that of a library behind HTTP, else a path relative to `folder`.
    /// - Throws: as ``renderStream(to:as:isOneRendition:jobs:progress:)``.
    public func renderStatic(to folder: String, base: String?, isOneRendition: Bool = false) throws -> RenderResult {
        let reel = try streamed(to: folder, isOneRendition)
        let library = edition.library
        let place = base ?? library.address ?? Self.encoded(Path.relative(library.root, to: folder))
        let bytes = try StreamFolder(reel, as: .hls).writeStatic(
            to: folder, base: place.isEmpty || place.hasSuffix("/") ? place : place + "/")
        return result("\(folder)/\(StreamFolder.Format.hls.entry)", bytes)
    }

    /// A path as an address has it.
    private static func encoded(_ path: String) -> String {
        path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? path
    }

    private func streamed(to folder: String, _ isOneRendition: Bool) throws(Fault) -> StreamedReel {
        try edition.library.requireOutside(folder)
        // A folder that is there may be the library itself, or a link into it.
        if Path.isFolder(folder) { try edition.library.requireOutside("\(folder)/\(StreamFolder.Format.hls.entry)") }
        guard !Path.exists(folder) || Path.isFolder(folder) else {
            throw Fault(.cannotCreate, "\(folder): is a file; a stream needs a folder")
        }
        let trimmed = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        guard Path.isFolder(Path.folder(of: trimmed)) else {
            throw Fault(.cannotCreate, "\(folder): the folder that it would be in is missing; make it first")
        }
        return try StreamedReel(plan, edition, renditions: isOneRendition ? [layout.rendition] : nil)
    }

    private func result(_ output: String, _ bytes: Int64) -> RenderResult {
        RenderResult(output: output, reel: id, edition: edition.id, frames: layout.frames, bytes: bytes)
    }
}
