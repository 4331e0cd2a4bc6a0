public import Diagnostics
private import FileSystem

extension Library {
    /// Begins a new media object.
    /// - Throws: `Fault` when the library cannot be written.
    public func newObject(_ fileExtension: String) throws(Fault) -> ObjectWriter {
        ObjectWriter(library: self, fileExtension: fileExtension, file: try OutputFile.create(mediaFolder + "/new"))
    }

    /// Stores a whole media object.
    /// - Throws: `Fault` when the library cannot be written.
    public func store(_ content: [UInt8], _ fileExtension: String) throws(Fault) -> ObjectID {
        var writer = try newObject(fileExtension)
        try writer.append(content)
        return try writer.finish()
    }

    /// Stores a file as a media object, by copying it.
    /// - Throws: `Fault` when the file cannot be read or the library not be written.
    public func store(fileAt path: String, _ fileExtension: String) throws(Fault) -> ObjectID {
        var writer = try newObject(fileExtension)
        let file = try InputFile.open(path)
        var offset: Int64 = 0
        while offset < file.size {
            let count = Int(min(1 << 20, file.size - offset))
            try writer.append(file.read(at: offset, count: count))
            offset += Int64(count)
        }
        return try writer.finish()
    }
}

/// A media object that is being written: it gets its name, the hash of its content, when it is finished. Dropped before, it
/// leaves nothing.
public struct ObjectWriter: ~Copyable {
    private let library: Library
    private let fileExtension: String
    private var file: OutputFile
    private var hash = ObjectHash()
    /// Bytes so far.
    public private(set) var size: Int64 = 0

    fileprivate init(library: Library, fileExtension: String, file: consuming OutputFile) {
        self.library = library
        self.fileExtension = fileExtension
        self.file = file
    }

    /// Appends bytes.
    /// - Throws: `Fault` when the disk is full.
    public mutating func append(_ bytes: [UInt8]) throws(Fault) {
        bytes.withUnsafeBytes { hash.update($0) }
        size += Int64(bytes.count)
        try file.append(bytes)
    }

    /// Gives the object its name. An object that is there already stays, and this one is dropped, unless that one is damaged: a
    /// process or a machine may have died over it.
    ///
    /// The content is durable only after `Library.publish`, which syncs the file system once for all objects.
    /// - Throws: `Fault` when the disk is full.
    public consuming func finish() throws(Fault) -> ObjectID {
        let id = hash.finish()
        try keep(id)
        return id
    }

    /// Gives the object its name if that is `id`; else it is dropped.
    /// - Returns: whether it is.
    /// - Throws: `Fault` when the disk is full.
    consuming func finish(named id: ObjectID) throws(Fault) -> Bool {
        guard hash.finish() == id else { return false }
        try keep(id)
        return true
    }

    private consuming func keep(_ id: ObjectID) throws(Fault) {
        let path = library.path(of: id, fileExtension)
        let isThere = Path.exists(path)
        if !isThere || !library.holds(id, at: path) {
            try Path.createFolder(Path.folder(of: path))
            try library.requireInside(path)
            try file.commit(as: path)
            if !isThere { library.journal?.note(path) }
        }
    }
}
