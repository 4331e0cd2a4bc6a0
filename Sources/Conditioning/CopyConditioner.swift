internal import Diagnostics
internal import Editions
internal import FFmpeg
internal import ISOBMFF
internal import MediaTime

/// Makes the media objects of clips by copying runs of packets, in one pass over the source.
struct CopyConditioner {
    let source: Source
    let framing: NALFraming
    let timing: PictureTiming
    let library: Library

    private final class Open {
        let clip: Int
        let start: Int64
        let packets: Range<Int>
        let object: ClipObject

        init(clip: Int, start: Int64, packets: Range<Int>, object: ClipObject) {
            self.clip = clip
            self.start = start
            self.packets = packets
            self.object = object
        }
    }

    /// The objects of clips, each given by its first frame and its packets, in the given order.
    func objects(
        _ runs: [(start: Int64, packets: Range<Int>)], progress: (Int) -> Void
    ) throws -> [FragmentedObject] {
        var result = [FragmentedObject?](repeating: nil, count: runs.count)
        var upcoming = runs.indices.sorted { runs[$0].packets.lowerBound > runs[$1].packets.lowerBound }
        var open: [Open] = []
        var demuxer = try Demuxer.open(source.path)
        demuxer.select([source.index.stream.index])
        var number = 0
        while !(upcoming.isEmpty && open.isEmpty), let packet = try demuxer.nextPacket() {
            guard packet.stream == source.index.stream.index else { continue }
            try Interruption.check()
            while let clip = upcoming.last, runs[clip].packets.lowerBound == number {
                upcoming.removeLast()
                let object = try ClipObject(library, timing: timing)
                open.append(Open(clip: clip, start: runs[clip].start, packets: runs[clip].packets, object: object))
            }
            if !open.isEmpty { try add(packet, number, to: open) }
            number += 1
            for finished in open where finished.packets.upperBound == number {
                result[finished.clip] = try finished.object.finish()
                progress(result.count { $0 != nil })
            }
            open.removeAll { $0.packets.upperBound == number }
        }
        return try result.enumerated().map { index, object in
            guard let object else {
                throw Fault(
                    .badInput, "\(source.path): ended while clip \(index) was being copied; it changed meanwhile")
            }
            return object
        }
    }

    private func add(_ packet: borrowing Packet, _ number: Int, to open: [Open]) throws {
        let record = source.index.packets[number]
        guard packet.presentationTicks == record.presentationTicks, let frame = record.frame else {
            throw Fault(.badInput, "\(source.path): changed while it was read")
        }
        if record.isDamaged {
            throw Fault(
                .badInput, "\(source.path): frame \(frame) is damaged or cut short; clips with it cannot be made")
        }
        let sample = try H264Sample(packet.withBytes { Array($0) }, framing)
        for clip in open {
            try clip.object.add(
                AccessUnit(
                    bytes: sample.bytes, frame: frame - clip.start, isIDR: source.isIDR[number],
                    isReference: source.isReference[number]))
        }
    }
}
