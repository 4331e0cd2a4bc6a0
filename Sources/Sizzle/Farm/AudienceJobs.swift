public import Catalogue
public import Diagnostics
private import Editions
private import Farm
private import FileSystem
private import Foundation
private import MediaTime
public import Plans
private import Sequencing
private import Stitching
private import Synchronization

/// Whose reels are made.
public enum AudienceSource: Sendable {
    /// Who is in a file: an id a line, or a JSON object a line with `viewer`.
    case file(String)
    /// Who is in a segment of the catalogue.
    case segment(Segment)
}

/// How a job list is made for an audience.
public struct AudienceRequest: Sendable {
    /// Whose reels.
    public var audience: AudienceSource
    /// `default`, or a cadence file.
    public var cadence = "default"
    /// The seed of random choices; `nil` makes one of viewer, edition and day.
    public var seed: UInt64?
    /// The sound.
    public var audio: AudioSettings?
    /// The name of a rendition; `nil` for the edition's best.
    public var rendition: String?
    /// Whether a reel that several viewers get has one line, not one for each.
    public var isByReel = false
    /// Whether viewers for whom no reel can be made are passed over.
    public var keepsGoing = false
    /// Workers for whom the time is foretold.
    public var workers = 1

    /// Describes a request.
    public init(_ audience: AudienceSource) { self.audience = audience }
}

/// What a job list asks for, before anything of it is made.
public struct AudienceReport: Sendable, Encodable {
    /// Viewers who get a reel.
    public var viewers = 0
    /// Viewers who get none.
    public var failed = 0
    /// Lines of the list.
    public var lines = 0
    /// Different reels.
    public var reels = 0
    /// Bytes of the different reels, about.
    public var bytes: Int64 = 0
    /// Workers for whom the time holds.
    public var workers = 1
    /// Seconds that they take, judged by some reels that were made and dropped; `nil` where nothing was.
    public var seconds: Int64?
    /// The tasks that the list is worth.
    public var tasks = 1
    /// Why viewers get none, the first.
    public var failures: [String] = []
}

/// Plans the reels of an audience and writes them as a job list.
public struct AudienceJobs {
    private let request: AudienceRequest
    private let session: FarmSession
    private let edition: Edition
    private var report = AudienceReport()
    private var seen: Set<JobKey> = []
    /// Some of the different reels, which are made to see how long it takes.
    private var samples: [ResolvedReel] = []
    private static let mostSamples = 8

    /// Opens what is needed.
    /// - Throws: `Fault` when the edition is not there.
    public init(_ request: AudienceRequest, _ session: FarmSession) throws(Fault) {
        self.request = request
        self.session = session
        edition = try session.edition("current")
        report.workers = request.workers
    }

    /// Writes the list; an older one is replaced when the new one is whole.
    /// - Throws: `Fault` when it cannot be written, or a viewer's reel cannot be planned.
    public consuming func write(
        to path: String, progress: ProgressHandler = { _ in }
    ) throws -> AudienceReport {
        let viewers = try viewers()
        var output = try OutputFile.create(path)
        for (number, viewer) in viewers.enumerated() {
            try Interruption.check()
            do {
                if let line = try line(viewer) { try output.append(line) }
                report.viewers += 1
            } catch let error as any ReportableError where request.keepsGoing && error.status == .badInput {
                report.failed += 1
                if report.failures.count < 20 { report.failures.append("\(printable(viewer)): \(error.description)") }
            }
            progress(
                ProgressReport(
                    stage: "planning", done: number + 1, total: viewers.count, unit: "viewers", failed: report.failed))
        }
        report.reels = seen.count
        report.tasks = FarmSubmission.tasks(for: report.lines)
        try measure(beside: path)
        try output.commit()
        return report
    }

    private func viewers() throws(Fault) -> [String] {
        switch request.audience {
        case .segment(let segment): return try session.viewers(segment)
        case .file(let path):
            var rows = try LineReader.open(path)
            var viewers: [String] = []
            while let row = try rows.next() {
                let text = String(decoding: row.bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
                guard text.hasPrefix("{") else {
                    if let flaw = flaw(inName: text) {
                        throw Fault(.badInput, "\(printable(path)): line \(row.number): the viewer's id \(flaw)")
                    }
                    viewers.append(text)
                    continue
                }
                struct Form: Decodable { var viewer: String }
                viewers.append(try StrictJSON.Line(row.bytes, number: row.number, of: path).decode(Form.self).viewer)
            }
            return viewers
        }
    }

    /// A viewer's line; `nil` where an earlier one has the same reel and one is enough.
    private mutating func line(_ viewer: String) throws -> [UInt8]? {
        let job = ViewerJob(viewer: viewer, cadence: request.cadence, seed: request.seed, audio: request.audio)
        let plan = try session.plan(job, edition).plan
        let reel = try ResolvedReel(plan, edition, rendition: request.rendition)
        let isNew = seen.insert(JobIdentity(reel: reel.id, rendition: request.rendition).key).inserted
        if isNew {
            report.bytes += bytes(of: reel)
            if samples.count < Self.mostSamples { samples.append(reel) }
        } else if request.isByReel {
            return nil
        }
        report.lines += 1
        var json = JSONWriter(capacity: 1_024)
        json.object { json in
            json.member("output", request.isByReel ? "\(reel.id).mp4" : "\(Self.fileName(viewer)).mp4")
            json.member("edition", edition.id)
            if !request.isByReel { json.member("viewer", viewer) }
            json.member("cadence", plan.cadence)
            json.member("rendition", request.rendition)
            json.array("slots") { json in
                for slot in plan.slots {
                    json.object { json in
                        json.member("title", slot.title)
                        json.member("type", slot.type)
                    }
                }
            }
            json.object("audio") { json in Self.write(reel.plan.audio ?? AudioSettings(), &json) }
        }
        return json.bytes + [0x0A]
    }

    private static func write(_ audio: AudioSettings, _ json: inout JSONWriter) {
        json.member("bed", audio.bed)
        json.member("mode", audio.mode?.rawValue)
        json.member("start", audio.start)
        json.member("fadeIn", audio.fadeIn)
        json.member("fadeOut", audio.fadeOut)
    }

    /// A viewer's id as the name of a file: what is not plain is written as percent and two digits.
    static func fileName(_ viewer: String) -> String {
        let plain = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_@+=,")
        return viewer.addingPercentEncoding(withAllowedCharacters: plain) ?? viewer
    }

    /// What a reel will have: its clips to the byte, its sound by the bit rate.
    private func bytes(of reel: ResolvedReel) -> Int64 {
        let clips = reel.layout.picture.reduce(0) { $0 + $1.part.size }
        guard let mode = reel.plan.audio?.mode, mode != .none else { return clips }
        let rate = edition.manifest.beds.first { $0.name == reel.plan.audio?.bed }?.bitsPerSecond ?? 128_000
        return clips + reel.layout.samples * Int64(rate) / 8 / 48_000
    }

    /// Makes some reels on the list's disk, and drops them.
    private mutating func measure(beside path: String) throws {
        guard !samples.isEmpty else { return }
        let folder = Path.folder(of: path)
        // The first makes the beginning and the end of the sound, which all share.
        for reel in samples.prefix(1) { _ = try session.sound(of: reel) }
        let started = ContinuousClock.now
        var written: Int64 = 0
        for reel in samples {
            var file = try OutputFile.create("\(folder)/.measured")
            try ReelWriter(reel.layout, sound: session.sound(of: reel), reel: reel.id).write(into: &file)
            try file.flush()
            try Path.syncFileSystem(of: folder)
            written += file.size
            if ContinuousClock.now - started > .seconds(2) { break }
        }
        let elapsed = (ContinuousClock.now - started).components
        let microseconds = elapsed.seconds * 1_000_000 + elapsed.attoseconds / 1_000_000_000_000
        let all = Double(microseconds) * Double(report.bytes) / Double(max(1, written)) / Double(request.workers)
        report.seconds = Int64((all / 1e6).rounded(.up))
    }
}
