import Catalogue
import Diagnostics
private import FileSystem
private import Synchronization

/// What viewers like: a snapshot, and what came since. A file that takes the place of the snapshot's is taken up at the next look.
final class ServedViewers: Sendable {
    private struct State {
        var snapshot: ViewerSnapshot
        /// What was liked since the snapshot was made.
        var recent: [String: Set<String>] = [:]
        var lastRow: Int64
        /// What tells the file apart that was looked at last.
        var file: [UInt64]?

        init(_ snapshot: ViewerSnapshot, file: [UInt64]?) {
            (self.snapshot, lastRow, self.file) = (snapshot, snapshot.lastRow, file)
        }
    }
    private let catalogue: Catalogue
    private let path: String?
    private let state: Mutex<State>

    /// - Parameter path: the file of a snapshot; without it, or where there is none, one is made of the catalogue in memory.
    /// - Throws: `Fault` when the file or the catalogue cannot be read.
    init(_ catalogue: Catalogue, snapshot path: String?) throws(Fault) {
        (self.catalogue, self.path) = (catalogue, path)
        let file = Self.identity(path)
        let snapshot =
            if let path, file != nil { try ViewerSnapshot.open(path) } else { try catalogue.viewers() }
        state = Mutex(State(snapshot, file: file))
        try look()
    }

    private static func identity(_ path: String?) -> [UInt64]? {
        path.flatMap { Path.identity($0) }.map { [$0.device, $0.inode] }
    }

    /// Takes in what was liked since the last look, and a new snapshot.
    /// - Throws: `Fault` when the catalogue cannot be read; or a new snapshot, in whose place the old one stays.
    func look() throws(Fault) {
        let removals = try catalogue.removals()
        var failure: Fault?
        do throws(Fault) {
            try takeFile(removals)
        } catch { failure = error }
        let (known, row) = state.withLock { ($0.snapshot.removals, $0.lastRow) }
        var news = try catalogue.newLikes(after: row)
        // Whoever was forgotten is in no snapshot that is made now; and a catalogue with fewer rows is another one.
        if known != removals || news.lastRow < row {
            let snapshot = try catalogue.viewers()
            state.withLock { $0 = State(snapshot, file: $0.file) }
            news = try catalogue.newLikes(after: snapshot.lastRow)
        }
        state.withLock { state in
            for like in news.likes { state.recent[like.viewer, default: []].insert(like.title) }
            state.lastRow = news.lastRow
        }
        if let failure { throw failure }
    }

    /// Takes up another file, unless something was removed since it was made.
    private func takeFile(_ removals: Int64) throws(Fault) {
        let file = Self.identity(path)
        guard file != state.withLock({ $0.file }) else { return }
        let snapshot: ViewerSnapshot? =
            if let path, file != nil { try ViewerSnapshot.open(path) } else { nil }
        state.withLock { state in
            state.file = file
            if let snapshot, snapshot.removals == removals { state = State(snapshot, file: file) }
        }
    }

    /// The titles that a viewer likes, who is known by several names.
    func liked(by names: [String]) -> Set<String> {
        let (snapshot, recent) = state.withLock { state in
            (state.snapshot, names.compactMap { state.recent[$0] })
        }
        return recent.reduce(snapshot.liked(by: names)) { $0.union($1) }
    }
}
