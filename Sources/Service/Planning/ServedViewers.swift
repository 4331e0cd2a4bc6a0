import Catalogue
import Diagnostics
private import FileSystem
private import Synchronization

/// What viewers like: a snapshot, and what came since.
final class ServedViewers: Sendable {
    private struct State {
        var snapshot: ViewerSnapshot
        /// What was liked since the snapshot was made.
        var recent: [String: Set<String>] = [:]
        var lastRow: Int64
        var forgotten: Int
    }
    private let catalogue: Catalogue
    private let state: Mutex<State>

    /// - Parameter path: the file of a snapshot; without it, or where there is none, one is made of the catalogue in memory.
    /// - Throws: `Fault` when the file or the catalogue cannot be read.
    init(_ catalogue: Catalogue, snapshot path: String?) throws(Fault) {
        self.catalogue = catalogue
        let forgotten = try catalogue.forgottenViewers()
        let snapshot: ViewerSnapshot
        if let path, Path.exists(path) {
            snapshot = try ViewerSnapshot.open(path)
        } else {
            snapshot = try catalogue.viewers()
        }
        state = Mutex(State(snapshot: snapshot, lastRow: snapshot.lastRow, forgotten: forgotten))
        try look()
    }

    /// Takes in what was liked since the last look.
    /// - Throws: `Fault` when the catalogue cannot be read.
    func look() throws(Fault) {
        let forgotten = try catalogue.forgottenViewers()
        let isSame = state.withLock { $0.forgotten == forgotten }
        guard isSame else {
            // Whoever is forgotten is in no snapshot that is made now.
            let snapshot = try catalogue.viewers()
            return state.withLock {
                $0 = State(snapshot: snapshot, lastRow: snapshot.lastRow, forgotten: forgotten)
            }
        }
        let news = try catalogue.newLikes(after: state.withLock { $0.lastRow })
        state.withLock { state in
            for like in news.likes { state.recent[like.viewer, default: []].insert(like.title) }
            state.lastRow = news.lastRow
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
