import Foundation

/// What forgetting a viewer removed, and what is still to do.
public struct ForgettingReceipt: Sendable, Encodable {
    /// The SHA-256 of each name of the viewer: all that is kept.
    public var viewer: [String]
    /// When it was done, in RFC 3339.
    public var at: String
    /// Events and reels that were removed from the catalogue.
    public var catalogue: ForgottenCounts
    /// Lines that were removed from files of the event log.
    public var files: [File] = []
    /// Files of the event log that a service is writing: run it again when they are closed.
    public var pending: [String] = []
    /// Whether the snapshot of viewers was made anew.
    public var isSnapshotRenewed = false
    /// Models from before: they hold the viewer's part of sums over all viewers, until they are deleted.
    public var models: [String] = []

    /// A file that lines were removed from.
    public struct File: Sendable, Encodable {
        /// The file.
        public var path: String
        /// How many lines.
        public var lines: Int
    }

    /// The receipt for people.
    public var lines: [String] {
        ["forgotten at \(at): \(catalogue.events) events and \(catalogue.reels) reels of the catalogue"]
            + files.map { "\($0.path): \($0.lines) lines removed" }
            + (isSnapshotRenewed ? ["the snapshot of viewers was made anew"] : [])
            + pending.map { "\($0): a service is writing it; run this again when it has gone round" }
            + (models.isEmpty
                ? [] : ["models from before, which hold the viewer's part of sums: \(models.joined(separator: ", "))"])
    }
}

extension Library {
    /// Removes a viewer from the catalogue, the event log and the snapshot of viewers.
    ///
    /// - Parameters:
    ///   - names: what the viewer is known by: the id, and the pseudonyms in the service's log.
    ///   - events: the folder of the event log; one that is not there has no lines.
    /// - Throws: `Fault` when something cannot be read or written; what was done by then stays done, and can be done again.
    public func forget(viewer names: [String], events: String, now: Timestamp) throws(Fault) -> ForgettingReceipt {
        let catalogue = try Catalogue.open(cataloguePath, creating: false)
        var receipt = ForgettingReceipt(
            viewer: names.map { Catalogue.mark(of: $0) }, at: now.description,
            catalogue: try catalogue.forget(names, now: now))
        let files = Path.isFolder(events) ? try Path.list(events).filter { $0.hasSuffix(".ndjson") }.sorted() : []
        for name in files {
            let path = "\(events)/\(name)"
            do throws(Fault) {
                let removed = try EventLines.remove(from: path, viewers: Set(names))
                if removed > 0 { receipt.files.append(.init(path: path, lines: removed)) }
            } catch {
                guard error.status == .tryAgain else { throw error }
                receipt.pending.append(path)
            }
        }
        receipt.isSnapshotRenewed = try renewSnapshot(catalogue)
        receipt.models = try ModelStore(library: root).names()
        return receipt
    }

    /// Removes events and deliveries from before a time from the catalogue, and from the snapshot of viewers.
    /// - Returns: how many events and reels went.
    /// - Throws: `Fault` when something cannot be read or written.
    public func forget(before time: Timestamp) throws(Fault) -> ForgottenCounts {
        let catalogue = try Catalogue.open(cataloguePath, creating: false)
        let counts = try catalogue.forget(before: time)
        _ = try renewSnapshot(catalogue)
        return counts
    }

    /// Makes the snapshot of viewers anew.
    /// - Returns: whether there is one.
    private func renewSnapshot(_ catalogue: Catalogue) throws(Fault) -> Bool {
        guard Path.exists(viewersPath) else { return false }
        _ = try catalogue.writeViewers(to: viewersPath)
        return true
    }

    /// Where the snapshot of viewers lies that services open.
    public var viewersPath: String { "\(root)/viewers.snapshot" }
}

/// Lines of events' files.
private enum EventLines {
    /// Rewrites a file without the lines of some viewers.
    /// - Returns: how many there were.
    /// - Throws: `Fault`, `.tryAgain` for a file that a service appends to.
    static func remove(from path: String, viewers: Set<String>) throws(Fault) -> Int {
        // Whoever appends has the file until this is done.
        let held = try AppendedFile(path)
        defer { withExtendedLifetime(held) {} }
        var lines = StrictJSON.Lines(try InputFile.contents(of: path), named: path)
        var kept: [UInt8] = []
        var removed = 0
        while let row = lines.nextRow() {
            // A line that is no event is nobody's.
            if let line = try? row.parsed(), case .string(let viewer)? = line.value["viewer"], viewers.contains(viewer)
            {
                removed += 1
            } else {
                kept += row.bytes + [UInt8(ascii: "\n")]
            }
        }
        if removed > 0 { try OutputFile.write(kept, to: path) }
        return removed
    }
}
