public import Diagnostics
public import Editions
private import FileSystem
private import Manifests
private import Stitching

/// Writes a reel as a folder that any web server can serve: playlists or a manifest, and its segments in `media/`.
///
/// Names of segments say what is in them: HLS and DASH of one reel share them, and what is there already, of a run that was killed, is not
/// written again. Playlists come last, so a new folder that has one is whole. What a failed run has made it removes. Another reel in the same
/// folder takes the place of the one before, playlist by playlist, and leaves its segments.
public struct StreamFolder: Sendable {
    /// What describes the stream.
    public enum Format: String, Sendable, CaseIterable {
        /// HLS: `main.m3u8` and what it names.
        case hls
        /// MPEG-DASH: `manifest.mpd`.
        case dash

        /// The file that a player is given.
        public var entry: String { self == .hls ? "main.m3u8" : "manifest.mpd" }
    }

    private let reel: StreamedReel
    private let format: Format

    /// A reel to write.
    public init(_ reel: StreamedReel, as format: Format) { (self.reel, self.format) = (reel, format) }

    /// Writes playlists and segments into `folder`, which is made if it is missing.
    /// - Parameters:
    ///   - sound: what the reel's `sound` made.
    /// - Returns: the bytes of all that the stream consists of.
    /// - Throws: `Fault` when an object is missing or damaged, or a file cannot be written.
    public func write(
        to folder: String, sound: SoundTrack?, progress: ProgressHandler = { _ in }
    ) throws -> Int64 {
        var parts = PartReader(library: reel.edition.library)
        let stream = try reel.stream(sound: sound, at: MediaAddresses(folder: "media/")) { object throws(Fault) in
            try parts.parts(of: object)
        }
        for piece in sound?.pieces ?? [] { _ = try parts.parts(of: piece.object) }
        return try Self.making(folder) { (made: inout MadeFiles) throws in
            try made.makeFolder("\(folder)/media")
            let bytes = try media(into: "\(folder)/media/", sound, parts.known, &made, progress)
            return bytes + (try describe(stream, in: folder, &made))
        }
    }

    /// Writes playlists that point at the library's own files.
    /// - Parameter base: what stands before `media/`, see ``StreamedReel/staticStream(at:parts:)``.
    /// - Returns: the bytes of the playlists.
    /// - Throws: as ``write(to:sound:progress:)``.
    public func writeStatic(to folder: String, base: String) throws -> Int64 {
        var parts = PartReader(library: reel.edition.library)
        let stream = try reel.staticStream(at: base) { object throws(Fault) in try parts.parts(of: object) }
        return try Self.making(folder) { (made: inout MadeFiles) throws in try describe(stream, in: folder, &made) }
    }

    private static func making(_ folder: String, _ work: (inout MadeFiles) throws -> Int64) throws -> Int64 {
        var made = MadeFiles()
        do {
            try made.makeFolder(folder)
            return try work(&made)
        } catch {
            made.remove()
            throw error
        }
    }

    private func describe(_ stream: ReelStream, in folder: String, _ made: inout MadeFiles) throws(Fault) -> Int64 {
        var texts: [(name: String, text: String)] = []
        switch format {
        case .dash: texts.append((format.entry, DASH.manifest(stream)))
        case .hls:
            for picture in stream.pictures {
                texts.append(("\(picture.name).m3u8", HLS.media(picture, of: stream)))
                texts.append(("\(picture.name)-iframes.m3u8", HLS.keyFrames(picture, of: stream)))
            }
            if let sound = stream.sound { texts.append(("audio.m3u8", HLS.media(sound, of: stream))) }
            texts.append((format.entry, HLS.multivariant(stream)))
        }
        var total: Int64 = 0
        for (name, text) in texts {
            try made.write(Array(text.utf8), to: "\(folder)/\(name)")
            total += Int64(text.utf8.count)
        }
        return total
    }

    private func media(
        into folder: String, _ sound: SoundTrack?, _ parts: [ObjectID: [MediaPart]], _ made: inout MadeFiles,
        _ progress: ProgressHandler
    ) throws -> Int64 {
        let library = reel.edition.library
        let addresses = MediaAddresses(folder: folder)
        var segments: [(piece: TrackPiece, time: SegmentTime)] = []
        for layout in reel.layouts { segments += layout.picture.map { ($0, StreamedReel.time(of: $0, layout)) } }
        for piece in sound?.pieces ?? [] {
            segments.append((piece, SegmentTime(frame: UInt32(clamping: piece.position))))
        }
        var total: Int64 = 0
        for initSegment in Set(reel.layouts.map(\.picturing.initSegment) + [sound?.initSegment].compactMap(\.self)) {
            let bytes = try InputFile.contents(of: library.file(of: initSegment, "mp4"))
            try made.write(bytes, to: addresses.initSegment(initSegment), unlessThere: true)
            total += Int64(bytes.count)
        }
        for (done, (piece, time)) in segments.enumerated() {
            try Interruption.check()
            let known = parts[piece.object] ?? []
            guard known.indices.contains(piece.number),
                let bytes = try known[piece.number].segment(of: piece.object, at: time, in: library)
            else {
                throw Fault(
                    .badInput,
                    "media object \(piece.object): is missing or has no part \(piece.number); restore the edition")
            }
            try made.write(
                bytes, to: addresses.segment(piece.object, part: piece.number, time), unlessThere: true)
            total += Int64(bytes.count)
            progress(ProgressReport(stage: "stitching", done: done + 1, total: segments.count))
        }
        return total
    }
}

/// Reads the parts of each object once.
private struct PartReader {
    let library: Library
    private(set) var known: [ObjectID: [MediaPart]] = [:]

    init(library: Library) { self.library = library }

    mutating func parts(of object: ObjectID) throws(Fault) -> [MediaPart]? {
        if let parts = known[object] { return parts }
        known[object] = try MediaPart.all(of: object, in: library)
        return known[object]
    }
}

/// Files and folders that a run has made, to be removed if it fails.
private struct MadeFiles {
    private var files: [String] = []
    private var folders: [String] = []

    mutating func makeFolder(_ path: String) throws(Fault) {
        guard !Path.isFolder(path) else { return }
        try Path.createFolder(path)
        folders.append(path)
    }

    mutating func write(_ bytes: [UInt8], to path: String, unlessThere: Bool = false) throws(Fault) {
        let isNew = !Path.exists(path)
        guard isNew || !unlessThere else { return }
        try OutputFile.write(bytes, to: path)
        if isNew { files.append(path) }
    }

    func remove() {
        for file in files { try? Path.remove(file) }
        for folder in folders.reversed() { Path.removeFolderIfEmpty(folder) }
    }
}
