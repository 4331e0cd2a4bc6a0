public import Diagnostics
private import FileSystem
private import Foundation

extension Edition {
    /// Writes the edition and all that it needs into one tar, under the names that it has in a library. An older file at `path` is replaced
    /// when the new one is whole.
    /// - Returns: bytes of the tar.
    /// - Throws: `Fault` when an object is missing or of another content, or the disk is full.
    public func export(to path: String, progress: ProgressHandler = { _ in }) throws(Fault) -> Int64 {
        try library.requireOutside(path)
        let output = try OutputFile.create(path)
        let tar = try TarWriter.create(output.writingPath, named: path)
        // The description comes last: an import knows then that all else has arrived.
        var files: [String] = []
        var known: Set<String> = []
        for object in try objects() where known.insert(object.path).inserted {
            guard try library.isWhole(object.id, at: object.path) else {
                throw Fault(.badInput, "\(object.path): \(object.name) is damaged; see 'sizzle editions verify'")
            }
            files.append(object.path)
        }
        for name in try Path.list(folder) where Self.ownFiles.contains(name) || name == Self.checksumsName {
            files.append("\(folder)/\(name)")
        }
        for (place, file) in files.enumerated() {
            progress(ProgressReport(stage: "packing", done: place + 1, total: files.count))
            try tar.add(InputFile.open(file), as: String(file.dropFirst(library.root.count + 1)))
        }
        try tar.finish()
        try output.commit(durable: true)
        return try InputFile.open(path).size
    }
}

extension Library {
    /// Takes an edition from a tar that `export` made: every object and the edition itself are held against their names on arrival. When it
    /// fails, the library is as it was. The edition is not live.
    /// - Parameters:
    ///   - isNew: whether the library was made for it, and goes again when the import fails.
    ///   - seconds: how long to wait for a process that prunes.
    /// - Throws: `Fault` when the tar holds anything else, is cut off or damaged, or the disk is full.
    public func importEdition(
        from path: String, isNew: Bool = false, waiting seconds: Int = 10, progress: ProgressHandler = { _ in }
    ) throws(Fault) -> Edition {
        let lock = try lockForAdding(waiting: seconds)
        let (library, journal) = journalling()
        let building = try library.buildingFolder()
        do throws(Fault) {
            let (id, stored) = try library.unpack(path, into: building, progress)
            let draft = try Edition(id: id, library: library, building: building)
            if let missing = try draft.objects().first(where: { library.size(ofObjectAt: $0.path) == nil }) {
                throw Fault(.badInput, "\(path): has not got \(missing.name); export the edition again")
            }
            if let stranger = stored.subtracting(try draft.objects().map(\.id)).first {
                throw Fault(.badInput, "\(path): object \(stranger) is none of edition \(id); export it again")
            }
            if let fault = try draft.fileFaults().first {
                throw Fault(.badInput, "\(path): \(Path.name(of: fault.file)) \(fault.problem)")
            }
            try library.reveal(building, as: id)
            return try library.edition(id)
        } catch {
            try? Path.remove(building)
            try? library.takeBack(journal, isNew: isNew, lock: lock)
            throw error
        }
    }

    /// Stores the objects of a tar, and puts the edition's own files into a folder.
    /// - Returns: the edition's id, and the objects.
    private func unpack(
        _ path: String, into building: String, _ progress: ProgressHandler
    ) throws(Fault) -> (id: String, stored: Set<ObjectID>) {
        let tar = try TarReader.open(path)
        var id: String?
        var count = 0
        var stored: Set<ObjectID> = []
        while let name = try tar.next() {
            count += 1
            progress(ProgressReport(stage: "unpacking", done: count, total: count))
            if let object = ObjectName(name) {
                try store(object, named: name, from: tar, path)
                stored.insert(object.id)
            } else if let file = EditionFileName(name), id == nil || id == file.edition {
                id = file.edition
                var output = try OutputFile.create("\(building)/\(file.name)")
                while true {
                    let bytes = try tar.read(1 << 20)
                    if bytes.isEmpty { break }
                    try output.append(bytes)
                }
                try output.commit()
            } else {
                throw Fault(
                    .badInput,
                    "\(path): '\(printable(name))' is no file of one edition; take a tar of 'sizzle editions export'")
            }
        }
        guard let id, Path.exists("\(building)/edition.json"), Path.exists("\(building)/clips.idx") else {
            throw Fault(.badInput, "\(path): holds no edition; take a tar of 'sizzle editions export'")
        }
        return (id, stored)
    }

    private func store(
        _ object: ObjectName, named name: String, from tar: borrowing TarReader, _ path: String
    ) throws(Fault) {
        var writer = try newObject(object.fileExtension)
        while true {
            let bytes = try tar.read(1 << 20)
            if bytes.isEmpty { break }
            try writer.append(bytes)
        }
        guard try writer.finish() == object.id else {
            throw Fault(.badInput, "\(path): '\(name)' is damaged: its content is not what its name says")
        }
    }
}

/// `media/ab/cdef….m4s`.
private struct ObjectName {
    var id: ObjectID
    var fileExtension: String

    init?(_ name: String) {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "media", parts[1].utf8.count == 2 else { return nil }
        let file = parts[2].split(separator: ".", omittingEmptySubsequences: false)
        guard file.count == 2, ["mp4", "m4s", "flac", "jpg"].contains(file[1]),
            let id = ObjectID(String(parts[1] + file[0]))
        else { return nil }
        (self.id, fileExtension) = (id, String(file[1]))
    }
}

/// `editions/<id>/edition.json`.
private struct EditionFileName {
    var edition: String
    var name: String

    init?(_ path: String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "editions", Library.isEditionID(parts[1]),
            ["edition.json", "clips.idx", Edition.checksumsName, Edition.boundariesName].contains(String(parts[2]))
        else { return nil }
        (edition, name) = (String(parts[1]), String(parts[2]))
    }
}
