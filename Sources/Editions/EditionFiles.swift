public import Diagnostics
private import FileSystem
private import Foundation

extension Edition {
    /// The report on its clips' boundaries that was kept with it, as JSON; `nil` where none was.
    /// - Throws: `Fault` when it cannot be read.
    public func boundaryReport() throws(Fault) -> [UInt8]? {
        let path = "\(folder)/\(Self.boundariesName)"
        return Path.exists(path) ? try InputFile.contents(of: path) : nil
    }

    /// What is wrong with the edition's own files: one that is not as it was published, and an id that stands for something else.
    /// - Throws: `Fault` when a file cannot be read.
    public func fileFaults() throws(Fault) -> [(file: String, problem: String)] {
        var faults: [(String, String)] = []
        let folder = self.folder
        if Edition.id(of: manifest) != id {
            faults.append(
                ("\(folder)/edition.json", "does not say what the edition's id stands for; restore the edition"))
        }
        if ObjectID.of(try InputFile.contents(of: clipTablePath)) != manifest.clipTable {
            faults.append((clipTablePath, "is damaged: its content is not what edition.json says; restore the edition"))
        }
        let sums = "\(folder)/\(Self.checksumsName)"
        guard Path.exists(sums) else {
            // Editions that were made before there were any are held against their id alone.
            return faults
        }
        let expected = String(decoding: try InputFile.contents(of: sums), as: UTF8.self)
        let files = try Path.list(folder).filter(Self.ownFiles.contains)
        let found = String(decoding: try Self.checksums(of: files, in: folder), as: UTF8.self)
        // A clip table that is what edition.json says is right, whatever its line says.
        let isTableWhole = faults.allSatisfy { $0.0 != clipTablePath }
        for line in found.split(separator: "\n") where !expected.split(separator: "\n").contains(line) {
            let name = line.dropFirst(66)
            if isTableWhole, clipTablePath.hasSuffix("/\(name)") { continue }
            if !faults.contains(where: { $0.0 == "\(folder)/\(name)" }) {
                faults.append(
                    ("\(folder)/\(name)", "is not the file that \(Self.checksumsName) names; restore the edition"))
            }
        }
        if faults.isEmpty, expected != found {
            faults.append((sums, "does not name the files that are there; restore the edition"))
        }
        return faults
    }
}

extension Library {
    /// Bytes of a media object's file; `nil` when it is not there, or is none.
    public func size(ofObjectAt path: String) -> Int64? { try? InputFile.open(path).size }

    /// Whether a media object's content is what its name says. Reads it in pieces.
    /// - Throws: `Fault` when it cannot be read.
    public func isWhole(_ object: ObjectID, at path: String) throws(Fault) -> Bool {
        let file = try InputFile.open(path)
        var hash = ObjectHash()
        var offset: Int64 = 0
        while offset < file.size {
            let count = Int(min(1 << 20, file.size - offset))
            try file.read(at: offset, count: count).withUnsafeBytes { hash.update($0) }
            offset += Int64(count)
        }
        return hash.finish() == object
    }
}
