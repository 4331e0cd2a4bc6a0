import ArgumentParser
import Foundation
import Sizzle

struct EditionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "editions", abstract: "The versions of the Mega Asset: what is live, what was, and what changed.",
        subcommands: [
            List.self, Show.self, Verify.self, Promote.self, Rollback.self, Log.self, Diff.self, Prune.self, Pin.self,
            Unpin.self, Export.self, Import.self,
        ])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List all editions, oldest first.",
            discussion: "A * marks the live edition, a share of viewers its canary; pinned editions are never pruned.")
        @OptionGroup var library: LibraryOptions
        @Flag(name: .long, help: "Print one JSON document on stdout.") var json = false

        private struct Row: Encodable {
            var id: String
            var live: Bool
            /// The share of viewers that get it as the canary.
            var share: ViewerShare?
            var pinned: String?
            var created: String
            var source: String
            var clips: Int
            var frames: Int64
        }

        func run() throws {
            let library = try library.open()
            let live = try? library.live()
            let pins = try library.pins()
            let rows = try library.editionIDs().map { try library.edition($0) }.map { edition in
                Row(
                    id: edition.id, live: edition.id == live?.edition,
                    share: edition.id == live?.canary?.edition ? live?.canary?.share : nil, pinned: pins[edition.id],
                    created: edition.manifest.provenance.created, source: edition.manifest.provenance.source,
                    clips: edition.manifest.clips, frames: edition.manifest.frames)
            }.sorted { ($0.created, $0.id) < ($1.created, $1.id) }
            if json { return try Terminal.say(json: rows) }
            for line in Terminal.table(
                rows.map { row in
                    [
                        row.live ? "*" : row.share?.description ?? " ", row.id, row.created, "\(row.clips) clips",
                        "\(row.frames) frames", row.source, row.pinned.map { "pinned: \(printable($0))" } ?? "",
                    ]
                })
            { Terminal.say(line) }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show what an edition is made of.")
        @Argument(help: "The edition's id, or 'current'.") var id = "current"
        @OptionGroup var library: ReadableLibraryOptions
        @Flag(name: .long, help: "Print one JSON document on stdout.") var json = false

        private struct Document: Encodable {
            var id: String
            var manifest: EditionManifest
        }

        func run() throws {
            let edition = try library.open().edition(id)
            if json { return try Terminal.say(json: Document(id: edition.id, manifest: edition.manifest)) }
            let manifest = edition.manifest
            Terminal.say("edition \(edition.id), made \(manifest.provenance.created) of \(manifest.provenance.source)")
            Terminal.say("\(manifest.clips) clips, \(manifest.frames) frames at \(manifest.frameRate) a second")
            for rendition in manifest.renditions {
                Terminal.say(
                    "picture '\(rendition.name)': \(rendition.width)x\(rendition.height) \(rendition.codec), "
                        + "\(rendition.condition), \(rendition.bytes) bytes")
            }
            for bed in manifest.beds {
                Terminal.say(
                    "bed '\(bed.name)': \(bed.samples) samples at \(bed.sampleRate) Hz, \(bed.channels) channels, \(bed.codec)"
                        + (bed.loop.map { ", then from sample \($0.start) on again" } ?? "")
                        + (bed.levels.map { ", " + LoudnessTable.columns($0).joined(separator: ", ") } ?? ""))
            }
            if let sound = manifest.clipSound {
                Terminal.say(
                    "sound of clips: \(sound.clips) of \(manifest.clips), \(sound.channels) channels"
                        + (sound.loudness.map { ", brought to \($0) LUFS" } ?? ""))
            }
            let rows = try edition.clips.all().map { [$0.title, $0.type, $0.range.description] }
            for line in Terminal.table(rows) { Terminal.say(line) }
        }
    }
}

struct LookupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lookup", abstract: "Show the frame range, times and media objects of one clip.")

    @Argument(help: "The title's id.") var title: String
    @Argument(help: "The clip type.") var type: String
    @OptionGroup var library: ReadableLibraryOptions
    @OptionGroup var edition: EditionOptions
    @Flag(name: .long, help: "Print one JSON document on stdout.") var json = false

    private struct Document: Encodable {
        var title: String
        var type: String
        var start: Int64
        var end: Int64
        var frameRate: String
        var edition: String
        var objects: [Object]
        /// The clip's own sound; missing where it is silent or not kept.
        var sound: ClipSound?
    }

    private struct Object: Encodable {
        var rendition: String
        var object: String
        var bytes: Int64
        var parts: Int
    }

    func run() throws {
        let edition = try library.open().edition(edition.edition ?? "current")
        let clip = try edition.clip(title: title, type: type)
        let objects = try edition.manifest.renditions.enumerated().map { number, rendition in
            let media = try edition.clips.media(of: clip, rendition: number)
            return Object(
                rendition: rendition.name, object: media.object.description, bytes: media.bytes,
                parts: media.parts.count)
        }
        let sound = try edition.clips.sound(of: clip)
        if json {
            return try Terminal.say(
                json: Document(
                    title: clip.title, type: clip.type, start: clip.range.start, end: clip.range.end,
                    frameRate: edition.manifest.frameRate.description, edition: edition.id, objects: objects,
                    sound: sound))
        }
        let ticks = try edition.times(of: clip, rendition: 0).start(of: clip.range.count)
        let milliseconds = ticks * 1000 / Int64(edition.manifest.renditions[0].timescale)
        Terminal.say(
            "(\(clip.title), \(clip.type)): frames \(clip.range), \(clip.range.count) frames in \(milliseconds) ms, rate "
                + "\(edition.manifest.frameRate)")
        for object in objects {
            Terminal.say("\(object.rendition): \(object.bytes) bytes in \(object.parts) parts, object \(object.object)")
        }
        if let sound {
            Terminal.say(
                "sound: \(LoudnessTable.columns(sound.levels).joined(separator: ", ")), lossless copy \(sound.lossless)"
            )
        }
    }
}
