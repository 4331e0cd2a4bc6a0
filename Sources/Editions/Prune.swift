public import Diagnostics
internal import FileSystem
private import Foundation

/// What pruning removed, and what it kept.
public struct PruneReport: Sendable, Equatable, Codable {
    /// An edition that stays.
    public struct Kept: Sendable, Equatable, Codable {
        /// Its id.
        public var id: String
        /// Why: `live`, `canary`, `to roll back to`, `pinned`, `in use`, `recent`.
        public var why: String
    }

    /// The ids of the editions that went, oldest first.
    public var removed: [String] = []
    /// The editions that stay, oldest first.
    public var kept: [Kept] = []
    /// Media objects that no edition names any more.
    public var objects = 0
    /// Their bytes.
    public var bytes: Int64 = 0
}

extension Library {
    /// Removes old editions, and the media objects that none names after that.
    ///
    /// What is live, its canary, what a rollback would go back to, what is pinned, and what a running process uses stays.
    /// - Parameters:
    ///   - keep: how many of the newest editions stay.
    ///   - date: editions made at this time or later stay too (RFC 3339 in UTC); `nil` for none.
    ///   - isTrial: only says what would go.
    ///   - seconds: how long to wait for ingests.
    /// - Throws: `Fault` when an edition that stays cannot be read, so that its objects are not known; or the disk fails.
    public func prune(
        keep: Int, olderThan date: String?, isTrial: Bool = false, waiting seconds: Int = 10
    ) throws(Fault) -> PruneReport {
        let lock = try lockForRemoving(waiting: seconds)
        // What is live and what is pinned stays so until the last edition is forgotten.
        let promotions = try lockForPromotion(waiting: seconds)
        var report = PruneReport()
        let reasons = try reasonsToStay(keep: keep, olderThan: date)
        var needed = try Objects(self, of: reasons.filter { $0.reason != nil }.map(\.id))
        for (id, reason) in reasons {
            if let reason {
                report.kept.append(.init(id: id, why: reason))
            } else if isTrial {
                report.removed.append(id)
            } else if try forget(id) {
                report.removed.append(id)
            } else {
                report.kept.append(.init(id: id, why: "in use"))
                try needed.add(id)
            }
        }
        _ = consume promotions
        let doomed = try sweep(needed, isTrial: isTrial, &report)
        // What is long is done without the lock; should this process die, the next one that writes does it.
        _ = consume lock
        if let doomed { try? Path.remove(doomed) }
        return report
    }

    /// The editions, oldest first, each with why it stays.
    private func reasonsToStay(keep: Int, olderThan date: String?) throws(Fault) -> [(id: String, reason: String?)] {
        let live = try live()
        let previous = try live.flatMap { live throws(Fault) in try rollbackTarget(of: live.edition) }
        let pins = try pins()
        // Its description may come back from a copy; what only it needs would not.
        for id in [live?.edition, live?.canary?.edition].compactMap(\.self) + pins.keys.sorted() where !has(id) {
            throw Fault(
                .notFound,
                "\(root): edition \(id) is live or pinned and not there; restore it, or promote another and unpin it; what it needs is not "
                    + "known, so nothing is pruned")
        }
        var editions: [(id: String, created: String)] = []
        for id in try editionIDs() {
            do throws(Fault) {
                editions.append((id, try edition(id).manifest.provenance.created))
            } catch {
                // A damaged one has no date, and is none of the newest; what is only not understood must not go.
                guard [.badInput, .notFound].contains(error.status), !error.message.contains("newer than") else {
                    throw error
                }
                editions.append((id, ""))
            }
        }
        editions.sort { ($0.created, $0.id) < ($1.created, $1.id) }
        return editions.enumerated().map { place, edition in
            let reason: String? =
                if edition.id == live?.edition { "live" } else if edition.id == live?.canary?.edition {
                    "canary"
                } else if edition.id == previous { "to roll back to" } else if pins[edition.id] != nil {
                    "pinned"
                } else if place >= editions.count - keep || date.map({ edition.created >= $0 }) ?? false {
                    "recent"
                } else { nil }
            return (edition.id, reason)
        }
    }

    /// Removes an edition's folder, unless a process uses it.
    func forget(_ id: String) throws(Fault) -> Bool {
        let folder = "\(editionsFolder)/\(id)"
        // Nobody can use what has no description.
        if Path.exists(folder + "/edition.json") {
            guard let hold = try FileLock.share(existing: folder + "/edition.json"), hold.becomes(.exclusive) else {
                return false
            }
            return try remove(folder)
        }
        return try remove(folder)
    }

    /// First its name, so that it is whole or not there.
    func remove(_ folder: String) throws(Fault) -> Bool {
        let doomed = "\(editionsFolder)/\(Self.removingPrefix)\(UUID().uuidString)"
        try Path.move(folder, to: doomed)
        try Path.syncFolder(editionsFolder)
        try Path.remove(doomed)
        return true
    }

    /// Takes away objects and records of made things that nothing needs.
    /// - Returns: the folder that they are in now, to be removed.
    private func sweep(
        _ needed: Objects, isTrial: Bool, _ report: inout PruneReport
    ) throws(Fault) -> String? {
        var needed = needed
        var doomed: [String] = []
        for path in try files(in: "\(root)/derived") {
            if let objects = try needed.objects(ofRecord: path) {
                needed.paths.formUnion(objects)
            } else {
                doomed.append(path)
            }
        }
        for path in try files(in: mediaFolder) where !needed.paths.contains(path) {
            report.objects += 1
            report.bytes += (try? InputFile.open(path).size) ?? 0
            doomed.append(path)
        }
        guard !isTrial, !doomed.isEmpty else { return nil }
        let folder = "\(root)/\(Self.removingPrefix)\(UUID().uuidString)"
        try Path.createFolder(folder)
        for (number, path) in doomed.enumerated() { try Path.move(path, to: "\(folder)/\(number)") }
        return folder
    }

    /// All files two folders deep, by their paths.
    private func files(in folder: String) throws(Fault) -> [String] {
        guard Path.isFolder(folder) else { return [] }
        var paths: [String] = []
        for name in try Path.list(folder) {
            guard Path.isFolder("\(folder)/\(name)") else {
                paths.append("\(folder)/\(name)")
                continue
            }
            for file in try Path.list("\(folder)/\(name)") { paths.append("\(folder)/\(name)/\(file)") }
        }
        return paths
    }
}

/// The media objects that some editions need.
struct Objects {
    /// The paths of their files.
    var paths: Set<String> = []
    private var ids: Set<String> = []
    private let library: Library

    init(_ library: Library, of editions: [String]) throws(Fault) {
        self.library = library
        for id in editions { try add(id) }
    }

    /// Adds what an edition needs.
    mutating func add(_ id: String) throws(Fault) {
        do throws(Fault) {
            for object in try library.edition(id).objects() {
                paths.insert(object.path)
                ids.insert(object.id.description)
            }
        } catch {
            throw Fault(error.status, "\(error.message); what it needs is not known, so nothing is pruned")
        }
    }

    /// The paths of the objects that a record names, where they are needed: all are an edition's own, or all objects that its recipe names
    /// are. `nil` where they are not.
    func objects(ofRecord path: String) throws(Fault) -> [String]? {
        guard let record = try? StrictJSON.parse(InputFile.contents(of: path), named: path), let made = record["made"],
            case .string(let recipe)? = record["recipe"]
        else { return nil }
        let names = Self.ids(made)
        if !names.isEmpty, names.allSatisfy(ids.contains) { return [] }
        // A recipe that names no object is made of none, such as silence.
        guard Self.ids(.string(recipe)).allSatisfy(ids.contains) else { return nil }
        // Sound, or a poster.
        return names.compactMap { ObjectID($0) }.flatMap { name in
            ["m4s", "jpg"].map { library.path(of: name, $0) }.filter(Path.exists)
        }
    }

    /// The names of objects in a record.
    private static func ids(_ value: JSONValue) -> [String] {
        switch value {
        case .string(let text): text.split { !$0.isHexDigit }.filter { $0.utf8.count == 64 }.map(String.init)
        case .array(let elements): elements.flatMap(ids)
        case .object(let members): members.values.flatMap(ids)
        default: []
        }
    }
}

extension Edition {
    /// A media object that the edition needs, and its file.
    public struct Object: Sendable, Hashable {
        /// Its name.
        public var id: ObjectID
        /// `mp4`, `m4s` or `flac`.
        public var fileExtension: String
        /// Where it lies.
        public var path: String
        /// The clip that is made of it; `nil` where it is none's.
        public var clip: ClipTable.Clip?
        /// What it is, for people: `the picture of clip (A, 80), rendition source`.
        public var name: String
    }

    /// All media objects that the edition needs; one that two clips share is there twice.
    /// - Throws: `Fault` when the clip table is damaged.
    public func objects() throws(Fault) -> [Object] {
        var objects: [Object] = []
        func add(_ id: ObjectID, _ fileExtension: String, _ name: String, _ clip: ClipTable.Clip? = nil) {
            objects.append(
                Object(
                    id: id, fileExtension: fileExtension, path: library.path(of: id, fileExtension), clip: clip,
                    name: name))
        }
        for rendition in manifest.renditions {
            add(rendition.initSegment, "mp4", "the header of rendition \(rendition.name)")
        }
        for bed in manifest.beds {
            add(bed.initSegment, "mp4", "the header of bed '\(bed.name)'")
            add(bed.sound.object, "m4s", "bed '\(bed.name)'")
            add(bed.lossless, "flac", "the lossless copy of bed '\(bed.name)'")
        }
        if let sound = manifest.clipSound { add(sound.initSegment, "mp4", "the header of clips' sound") }
        for clip in try clips.all() {
            let name = "clip \(clipName(clip.title, clip.type))"
            for (place, rendition) in manifest.renditions.enumerated() {
                let media = try clips.media(of: clip, rendition: place)
                add(media.object, "m4s", "the picture of \(name), rendition \(rendition.name)", clip)
            }
            if let sound = try clips.sound(of: clip) { add(sound.lossless, "flac", "the sound of \(name)", clip) }
        }
        return objects
    }
}

extension Library {
    /// The editions that are never pruned, and why.
    /// - Throws: `Fault` when the file is damaged.
    public func pins() throws(Fault) -> [String: String] {
        guard Path.exists(pinsPath) else { return [:] }
        let bytes = try InputFile.contents(of: pinsPath)
        guard let pins = try? JSONDecoder().decode([String: String].self, from: Data(bytes)) else {
            throw Fault(.badInput, "\(pinsPath): is damaged; remove it and pin the editions again")
        }
        return pins
    }

    /// Keeps an edition from being pruned, or lets it go.
    /// - Parameter why: the reason; `nil` lets it go.
    /// - Throws: `Fault` when there is no such edition, or the disk fails.
    public func pin(_ id: String, why: String?) throws(Fault) {
        if why != nil { _ = try edition(id) }
        let lock = try lockForPromotion(waiting: 10)
        let held = try why.map { _ throws(Fault) in try edition(id) }
        var pins = try pins()
        pins[id] = why
        try OutputFile.write(Self.json(pins) + Array("\n".utf8), to: pinsPath, durable: true)
        withExtendedLifetime(held) {}
        _ = consume lock
    }
}
