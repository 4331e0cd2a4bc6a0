public import Diagnostics
public import Editions
internal import FFmpeg
internal import MediaTime

/// Something in an edition that is not as it was published.
public struct EditionFault: Sendable, Equatable, Codable {
    /// What is wrong.
    public enum Kind: String, Sendable, Codable {
        /// One of the edition's own files is not the one that was published.
        case description
        /// A media object is missing.
        case missing
        /// A media object's content is not what its name says.
        case content
        /// A media object is not made as its kind is.
        case structure
        /// A decoded frame is not the one that was recorded.
        case frame
    }

    /// What is wrong.
    public var kind: Kind
    /// The file.
    public var file: String
    /// The clip's title; `nil` where no clip is meant.
    public var title: String?
    /// The clip's type; `nil` where no clip is meant.
    public var type: String?
    /// The frame of the clip, from 0; `nil` where none is meant.
    public var frame: Int64?
    /// One line for a person: the file, the clip, what is wrong.
    public var message: String
}

/// What verifying an edition found.
public struct EditionReport: Sendable, Equatable, Codable {
    /// The edition's id.
    public var edition: String
    /// Media objects that were read.
    public var objects = 0
    /// Their bytes.
    public var bytes: Int64 = 0
    /// Frames that were decoded.
    public var frames: Int64 = 0
    /// All faults.
    public var faults: [EditionFault] = []
}

/// Reads all of an edition again: its own files, every media object, and every frame that they decode to.
public struct EditionVerifier: Sendable {
    /// Whether frames are left undecoded.
    public var isQuick = false

    /// Decodes too.
    public init(isQuick: Bool = false) { self.isQuick = isQuick }

    /// Verifies an edition.
    /// - Throws: `Fault` when it cannot be opened at all.
    public func verify(_ edition: Edition, progress: ProgressHandler = { _ in }) throws -> EditionReport {
        var report = EditionReport(edition: edition.id)
        report.faults = try edition.fileFaults().map {
            EditionFault(kind: .description, file: $0.file, message: "\($0.file): \($0.problem)")
        }
        // Of a damaged table nothing else can be told.
        if report.faults.contains(where: { $0.file == edition.clipTablePath }) { return report }
        let damaged = try verifyObjects(edition, &report, progress)
        if !isQuick { try verifyFrames(edition, except: damaged, &report, progress) }
        return report
    }

    /// Holds each object against its name.
    /// - Returns: the files that are not what they should be.
    private func verifyObjects(
        _ edition: Edition, _ report: inout EditionReport, _ progress: ProgressHandler
    ) throws -> Set<String> {
        let objects = try edition.objects()
        var known: [String: Bool] = [:]
        for (place, object) in objects.enumerated() {
            try Interruption.check()
            progress(ProgressReport(stage: "reading objects", done: place + 1, total: objects.count))
            if known[object.path] == nil {
                let size = edition.library.size(ofObjectAt: object.path)
                known[object.path] = size != nil && (try? edition.library.isWhole(object.id, at: object.path)) ?? false
                report.objects += 1
                report.bytes += size ?? 0
            }
            guard known[object.path] == false else { continue }
            let isMissing = edition.library.size(ofObjectAt: object.path) == nil
            report.faults.append(
                EditionFault(
                    kind: isMissing ? .missing : .content, file: object.path, title: object.clip?.title,
                    type: object.clip?.type,
                    message: "\(object.path): \(object.name) "
                        + (isMissing ? "is missing" : "is damaged: its content is not what its name says")))
        }
        for clip in try edition.clips.all() { try verifyPoster(of: clip, edition, &report) }
        return Set(known.filter { !$0.value }.keys)
    }

    /// Holds the picture of a clip against its name, where one was made: no edition needs it, but viewers see it.
    private func verifyPoster(of clip: ClipTable.Clip, _ edition: Edition, _ report: inout EditionReport) throws {
        guard let poster = try edition.poster(of: clip) else { return }
        let path = edition.library.path(of: poster, "jpg")
        guard try !edition.library.isWhole(poster, at: path) else { return }
        report.faults.append(
            EditionFault(
                kind: .content, file: path, title: clip.title, type: clip.type,
                message:
                    "\(path): the poster of clip \(clipName(clip.title, clip.type)) is damaged; remove it, and the clip is "
                    + "shown without"))
    }

    /// Decodes each clip in each rendition.
    private func verifyFrames(
        _ edition: Edition, except damaged: Set<String>, _ report: inout EditionReport, _ progress: ProgressHandler
    ) throws {
        let (total, _) = edition.manifest.frames.multipliedReportingOverflow(
            by: Int64(edition.manifest.renditions.count))
        for clip in try edition.clips.all() {
            for rendition in edition.manifest.renditions.indices {
                let files = try edition.files(of: clip, rendition: rendition)
                guard damaged.isDisjoint(with: files) else { continue }
                let hashes = try edition.clips.frameHashes(of: clip, rendition: rendition)
                let problem = try self.problem(files, hashes, clip) { frames in
                    progress(
                        ProgressReport(
                            stage: "verifying frames", done: Int(report.frames + frames), total: Int(total)))
                }
                report.frames += Int64(hashes.count)
                if let problem {
                    let name = "clip \(clipName(clip.title, clip.type))"
                    report.faults.append(
                        EditionFault(
                            kind: problem.kind, file: files[1], title: clip.title, type: clip.type,
                            frame: problem.frame,
                            message: "\(files[1]): \(name): \(problem.message)"))
                }
            }
        }
    }

    /// The first thing that is wrong with a clip's frames.
    private func problem(
        _ files: [String], _ hashes: [FrameHash], _ clip: ClipTable.Clip, _ progress: (Int64) -> Void
    ) throws -> (kind: EditionFault.Kind, frame: Int64?, message: String)? {
        var number: Int64 = 0
        do {
            var reader = try FrameReader.open(
                Demuxer.open(files: files, named: "clip \(clipName(clip.title, clip.type))"))
            while let frame = try reader.next() {
                try Interruption.check()
                guard number < Int64(hashes.count) else {
                    return (.frame, number, "has more frames than \(hashes.count)")
                }
                let found = FrameHash(bytes: try frame.md5())
                let wanted = hashes[Int(number)]
                guard found == wanted else {
                    return (
                        .frame, number,
                        "frame \(number) decodes to \(found.map(\.description) ?? "?"), \(wanted) was recorded"
                    )
                }
                number += 1
                progress(number)
            }
        } catch let error as FFmpegError {
            return (.structure, number, "cannot be decoded at frame \(number): \(error)")
        }
        guard number == Int64(hashes.count) else {
            return (.frame, number, "has \(number) frames instead of \(hashes.count)")
        }
        return nil
    }
}
