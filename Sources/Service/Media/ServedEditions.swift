import Diagnostics
import Editions
import MediaTime
import Sequencing
private import Synchronization

/// An edition that is served, with what planning needs of it.
final class ServedEdition: Sendable {
    let edition: Edition
    /// All clips in the table's order.
    let clips: [EditionClip]
    /// The names of the beds, by their place.
    let beds: [String]
    private let posters = Mutex<[Int: ObjectID?]>([:])

    init(_ edition: Edition) throws(Fault) {
        self.edition = edition
        clips = try edition.clips.all().map { EditionClip(title: $0.title, type: $0.type, range: $0.range) }
        beds = edition.manifest.beds.map(\.name)
    }

    /// How long a clip lasts, by its place, rounded down; 0 where the table is damaged.
    func milliseconds(ofClip ordinal: Int) -> Int64 {
        switch edition.manifest.frameRate {
        case .constant(let rate): return rate.ticks(atFrame: clips[ordinal].range.count, in: .milliseconds)
        case .variable:
            let durations = (try? edition.clips.durations(of: edition.clips.clip(ordinal))) ?? []
            let ticks = durations.reduce(Int64(0)) { $0 + Int64($1) }
            return Timebase.milliseconds.rescaleFloor(ticks, from: edition.manifest.renditions[0].timebase)
        }
    }

    /// The picture of a clip, by its place; `nil` where none was made. Reads from the disk when it is first asked.
    func poster(ofClip ordinal: Int) -> ObjectID? {
        if let known = posters.withLock({ $0[ordinal] }) { return known }
        let found = (try? edition.clips.clip(ordinal)).flatMap { try? edition.poster(of: $0) }
        posters.withLock { $0[ordinal] = .some(found) }
        return found
    }
}

/// The editions of a library, opened when they are first asked for; which of them are live is looked up again and again.
final class ServedEditions: Sendable {
    private struct State {
        var live: LiveEditions?
        var editions: [String: ServedEdition] = [:]
        /// When each was last asked for, by counting looks.
        var used: [String: Int] = [:]
        var looks = 0
    }
    let library: Library
    private let state = Mutex(State())
    /// After so many looks nobody has asked for an edition, it is let go and may be pruned.
    private let patience: Int

    init(_ library: Library, patience: Int) { (self.library, self.patience) = (library, patience) }

    /// Which editions are live, as it was at the last look.
    var live: LiveEditions? { state.withLock { $0.live } }

    /// Looks up again which editions are live, and opens them. Reads from the disk or asks the library's server.
    /// - Throws: `Fault` when the library is damaged or cannot be reached; what was live stays so.
    func look() throws(Fault) {
        let live = try library.live()
        for id in [live?.edition, live?.canary?.edition].compactMap(\.self) { _ = try edition(id) }
        state.withLock { state in
            state.live = live
            state.looks += 1
            for (id, used) in state.used where id != live?.edition && id != live?.canary?.edition {
                guard used + patience < state.looks || !library.has(id) else { continue }
                state.editions[id] = nil
                state.used[id] = nil
            }
        }
    }

    /// An edition that is open already.
    func known(_ id: String) -> ServedEdition? {
        state.withLock { state in
            state.used[id] = state.looks
            return state.editions[id]
        }
    }

    /// An edition; opened now unless it is. Reads from the disk.
    /// - Throws: `Fault` when there is none, or it is damaged.
    func edition(_ id: String) throws(Fault) -> ServedEdition {
        if let known = known(id) { return known }
        let opened = try ServedEdition(library.edition(id))
        return state.withLock { state in
            if let other = state.editions[id] { return other }
            state.editions[id] = opened
            return opened
        }
    }
}
