public import Diagnostics
private import FileSystem

/// Finds in the manifests of a folder what was made of a name. Keeps 64 bytes of each reel in memory.
public struct ManifestIndex: Sendable {
    /// Where a manifest speaks of a reel.
    public struct Place: Sendable, Equatable {
        fileprivate var name: JobKey
        /// The work that it is the result of.
        public var key: JobKey
        /// Bytes of the reel's file.
        public var bytes: Int64
        /// The manifest, by its number in ``ManifestIndex/manifests``.
        public var manifest: Int
        fileprivate var offset: Int64
        fileprivate var length: Int
    }

    /// The manifests, each with the shard that wrote it.
    public let manifests: [(shard: Shard, path: String)]
    /// What failed, by line, the last of each; it may have succeeded since.
    public private(set) var failures: [Int: JobFailure] = [:]
    /// Sorted by the hashes of names, then as they were read.
    private var places: [Place] = []

    /// How many reels are noted.
    public var count: Int { places.count }

    /// How many names are noted.
    public var names: Int { places.indices.count { $0 == 0 || places[$0].name != places[$0 - 1].name } }

    /// Reads all manifests of a folder.
    /// - Parameter shard: keeps only what belongs to this shard, whoever made it.
    /// - Throws: `Fault` when one cannot be read or is damaged. A last line that its writer could not finish is passed over.
    public init(_ folder: FarmFolder, for shard: Shard? = nil) throws(Fault) {
        manifests = try folder.manifests()
        for number in manifests.indices { try read(number, shard) }
        // Names stand together; the sort keeps the order in which they were noted.
        let order = places.indices.sorted { (places[$0].name, $0) < (places[$1].name, $1) }
        places = order.map { places[$0] }
    }

    private mutating func read(_ number: Int, _ shard: Shard?) throws(Fault) {
        let path = manifests[number].path
        var rows = try LineReader.open(path)
        while let row = try rows.next() {
            guard row.isFinished else { break }
            switch try ManifestRecord(StrictJSON.Line(row.bytes, number: row.number, of: path)) {
            case .failed(let failure): failures[failure.line] = failure
            case .made(let entry):
                let home = entry.viewer.map { JobIdentity.home(ofViewer: $0) } ?? entry.key
                if let shard, home.shard(of: shard.count) != shard.index { continue }
                places.append(
                    Place(
                        name: JobKey(hashing: entry.path), key: entry.key, bytes: entry.bytes, manifest: number,
                        offset: row.offset, length: row.bytes.count))
            }
        }
    }

    /// What was made of a name, in the order in which manifests have it.
    public func places(of output: String) -> ArraySlice<Place> {
        let name = JobKey(hashing: output)
        var (low, high) = (0, places.count)
        while low < high {
            let middle = (low + high) / 2
            if places[middle].name < name { low = middle + 1 } else { high = middle }
        }
        let end = places[low...].firstIndex { $0.name != name } ?? places.count
        return places[low..<end]
    }

    /// Reads an entry again.
    /// - Throws: `Fault` when its manifest changed.
    public func entry(at place: Place) throws(Fault) -> ManifestEntry {
        let path = manifests[place.manifest].path
        let bytes = try InputFile.open(path).read(at: place.offset, count: place.length)
        return try ManifestEntry(StrictJSON.Line(bytes[...], number: 0, of: path))
    }
}
