internal import Diagnostics
internal import Editorial
internal import MediaTime

/// Judges single clips by what was seen of the Mega Asset.
struct ClipJudge {
    let searchRadius: Int64
    /// Frames of the Mega Asset.
    let frameCount: Int64
    let reading: MegaReading

    /// Frames of one picture that are worth a word: half a second, as a hold is seen.
    private static let leastStill: Int64 = 12

    func faults(of clip: ClipLabel) -> [MegaFault] {
        let damage = undecodable(clip)
        guard damage.isEmpty else { return damage }
        return boundary(clip, at: clip.range.start, isIn: true) + boundary(clip, at: clip.range.end, isIn: false)
            + runs(clip)
    }

    private func undecodable(_ clip: ClipLabel) -> [MegaFault] {
        let frames = reading.damaged.keys.filter(clip.range.contains).sorted()
        guard let first = frames.first, let reason = reading.damaged[first] else { return [] }
        let more = frames.count > 1 ? " (and \(frames.count - 1) more)" : ""
        return [
            MegaFault(
                clip, .undecodable, .error, first, "has frames that cannot be decoded: \(first)\(more): \(reason)",
                fix: "export the Mega Asset again")
        ]
    }

    /// The hard cuts near a frame. The file's beginning and end are some.
    private func cuts(near frame: Int64) -> [Int64] {
        (frame - searchRadius...frame + searchRadius).filter {
            $0 == 0 || $0 == frameCount || reading.scan.changes[$0]?.isCut == true
        }
    }

    /// Whether a boundary may be left where it is, though nothing beyond doubt is seen there.
    private func mayBeCut(_ point: Int64, beside cuts: [Int64]) -> Bool {
        guard let change = reading.scan.changes[point], change.mayBeCut else { return false }
        let strongest = cuts.compactMap { reading.scan.changes[$0]?.distance }.max() ?? 0
        return change.distance * 2 >= strongest
    }

    private func boundary(_ clip: ClipLabel, at point: Int64, isIn: Bool) -> [MegaFault] {
        let side = isIn ? "in-point" : "out-point"
        guard point > 0, point < frameCount else { return [] }
        let cuts = cuts(near: point)
        if cuts.contains(point) || mayBeCut(point, beside: cuts) { return flash(clip, point, cuts, isIn) }
        guard let cut = cuts.min(by: { abs($0 - point) < abs($1 - point) }) else {
            return [
                MegaFault(
                    clip, isIn ? .noCutIn : .noCutOut, .note, point,
                    "has no hard cut within \(frameWords(searchRadius)) of its \(side): not a hard cut there, or the middle of a shot"
                )
            ]
        }
        let shift = cut - point
        // Frames of another shot are seen as a flash; frames that are left out are not seen at all.
        let isForeign = isIn == (shift > 0)
        let count = frameWords(shift)
        let isOne = shift.magnitude == 1
        let frames = isOne ? "frame" : count
        let what =
            switch (isIn, isForeign) {
            case (true, true):
                "begins \(count) before a hard cut: its first \(frames) \(isOne ? "belongs" : "belong") to the shot before"
            case (false, true):
                "ends \(count) after a hard cut: its last \(frames) \(isOne ? "belongs" : "belong") to the next shot"
            case (true, false):
                "begins \(count) after a hard cut: the shot's first \(frames) \(isOne ? "is" : "are") left out"
            case (false, false):
                "ends \(count) before a hard cut: the shot's last \(frames) \(isOne ? "is" : "are") left out"
            }
        return [
            MegaFault(
                clip, isIn ? .inPoint : .outPoint, isForeign ? .error : .warning, point, shift: shift, what,
                fix: "move the \(side) to \(cut), \(count) \(shift > 0 ? "later" : "earlier")")
        ]
    }

    /// A shot of one or two frames at an end that is a hard cut itself.
    private func flash(_ clip: ClipLabel, _ point: Int64, _ cuts: [Int64], _ isIn: Bool) -> [MegaFault] {
        let inside = isIn ? point + 1...point + 2 : point - 2...point - 1
        guard let cut = cuts.first(where: inside.contains), clip.range.count > 4 else { return [] }
        let count = frameWords(cut - point)
        return [
            MegaFault(
                clip, .flash, .warning, point, shift: cut - point,
                "\(isIn ? "begins" : "ends") with a shot of \(count), which is seen as a flash",
                fix: "move the \(isIn ? "in-point" : "out-point") to \(cut)")
        ]
    }

    /// Black and frozen pictures, as far as they were looked at.
    private func runs(_ clip: ClipLabel) -> [MegaFault] {
        var faults: [MegaFault] = []
        let range = clip.range.start..<clip.range.end
        for black in reading.scan.black.map({ $0.clamped(to: range) }) where !black.isEmpty {
            faults.append(
                MegaFault(
                    clip, .black, .warning, black.lowerBound,
                    "is black in \(place(black, clip))", fix: "cut the black off, or leave it where it is meant"))
        }
        for still in reading.scan.still {
            // The frame before the first that repeats it shows the picture too.
            let shown = (still.lowerBound - 1..<still.upperBound).clamped(to: range)
            guard Int64(shown.count) >= Self.leastStill, !reading.scan.black.contains(where: { $0.overlaps(shown) })
            else { continue }
            faults.append(
                MegaFault(
                    clip, .frozen, .warning, shown.lowerBound, "shows one picture in \(place(shown, clip))",
                    fix: "check that the picture is meant to stand"))
        }
        return faults
    }

    private func place(_ run: Range<Int64>, _ clip: ClipLabel) -> String {
        let count = frameWords(Int64(run.count))
        if run == clip.range.start..<clip.range.end { return "all its \(count)" }
        if run.lowerBound == clip.range.start { return "its first \(count)" }
        if run.upperBound == clip.range.end { return "its last \(count)" }
        return "\(count) from \(run.lowerBound) on"
    }
}
