public import Diagnostics
public import Plans

/// A reel that is planned where it is made.
public struct ViewerJob: Sendable, Equatable {
    /// The viewer for whom it is planned.
    public var viewer: String
    /// `default`, or a cadence file.
    public var cadence: String
    /// The seed of random choices; `nil` makes one of viewer, edition and day.
    public var seed: UInt64?
    /// The sound; `nil` leaves every setting to the edition.
    public var audio: AudioSettings?

    /// Describes a request.
    public init(viewer: String, cadence: String = "default", seed: UInt64? = nil, audio: AudioSettings? = nil) {
        (self.viewer, self.cadence, self.seed, self.audio) = (viewer, cadence, seed, audio)
    }
}

/// A line of a job list: what reel, under which name.
///
///     {"output": "a.mp4", "edition": "current", "slots": [{"title": "A", "type": "80"}], "audio": {"mode": "bed"}}
///     {"output": "b.mp4", "viewer": "v1", "cadence": "default"}
public struct FarmJob: Sendable, Equatable {
    /// The reel's path in the output folder.
    public var output: String
    /// What is made.
    public var content: Content
    /// The edition that the line names: an id, or `current`.
    public var edition: String
    /// The name of a rendition; `nil` for the edition's best.
    public var rendition: String?

    /// Where the clips come from.
    public enum Content: Sendable, Equatable {
        /// They are named.
        case plan(ReelPlan)
        /// They are chosen for a viewer.
        case viewer(ViewerJob)
    }

    /// Reads a line.
    ///
    /// Done by hand, not by `Decodable`: a list has a million lines, and a computed plan says much that no render needs.
    /// - Throws: `Fault` (`badInput`) that begins with the file and the line.
    public init(_ line: StrictJSON.Line) throws(Fault) {
        do throws(Fault) {
            try self.init(line.value)
        } catch {
            throw Fault(error.status, "\(line.place): \(error.message)")
        }
    }

    private init(_ value: JSONValue) throws(Fault) {
        guard let output = try Self.text(value, "output") else {
            throw Fault(.badInput, "output: is missing; it names the reel's file in the output folder")
        }
        try Self.check(output: output)
        self.output = output
        rendition = try Self.text(value, "rendition")
        let audio = try Self.audio(value)
        edition = try Self.text(value, "edition") ?? "current"
        guard let slots = value["slots"] else {
            guard let viewer = try Self.text(value, "viewer") else {
                throw Fault(.badInput, "has neither slots nor a viewer; give a plan, or for whom to make one")
            }
            if let flaw = flaw(inName: viewer) { throw Fault(.badInput, "viewer: the name \(flaw)") }
            let cadence = try Self.text(value, "cadence") ?? "default"
            content = .viewer(
                ViewerJob(viewer: viewer, cadence: cadence, seed: try Self.seed(value), audio: audio))
            return
        }
        let plan = ReelPlan(edition: edition, slots: try Self.slots(slots), audio: audio)
        try plan.check()
        content = .plan(plan)
    }

    /// Refuses names that would lead out of the output folder, or into what the farm keeps there.
    private static func check(output: String) throws(Fault) {
        let name = "output '\(printable(output))'"
        if let flaw = flaw(inName: output) { throw Fault(.badInput, "\(name): the name \(flaw)") }
        if output.hasPrefix("/") {
            throw Fault(.badInput, "\(name): is absolute; name it relative to the output folder")
        }
        let parts = output.split(separator: "/", omittingEmptySubsequences: false)
        if parts.contains("..") { throw Fault(.badInput, "\(name): leads out of the output folder; leave '..' out") }
        if parts.contains("") || parts.contains(".") {
            throw Fault(.badInput, "\(name): has an empty part or '.'; write each folder once")
        }
        if parts.contains(where: { $0.utf8.count > 200 }) {
            throw Fault(
                .badInput, "\(name): a part has more than 200 bytes; file systems take 255, temporary names included")
        }
        if parts.contains(where: { $0.hasPrefix(".") && $0.hasSuffix(".partial") }) {
            throw Fault(.badInput, "\(name): looks like an unfinished file; choose another name")
        }
        if parts[0] == FarmFolder.shardsName || FarmFolder.ownNames.contains(output) {
            throw Fault(.badInput, "\(name): is where the farm keeps its own files; choose another name")
        }
    }

    private static func slots(_ value: JSONValue) throws(Fault) -> [ReelPlan.Slot] {
        guard case .array(let elements) = value else {
            throw Fault(.badInput, "slots: expected an array, found \(value.found)")
        }
        var slots: [ReelPlan.Slot] = []
        slots.reserveCapacity(elements.count)
        for (number, element) in elements.enumerated() {
            guard case .object = element else {
                throw Fault(.badInput, "slots[\(number)]: expected an object, found \(element.found)")
            }
            guard let title = try text(element, "title", in: number), let type = try text(element, "type", in: number)
            else { throw Fault(.badInput, "slots[\(number)]: needs a title and a type") }
            slots.append(ReelPlan.Slot(title: title, type: type))
        }
        return slots
    }

    private static func text(_ value: JSONValue, _ key: String, in slot: Int? = nil) throws(Fault) -> String? {
        switch value[key] {
        case nil, .null?: return nil
        case .string(let text)?: return text
        case let other?:
            let place = slot.map { "slots[\($0)]." } ?? ""
            throw Fault(.badInput, "\(place)\(key): expected a string, found \(other.found)")
        }
    }

    private static func audio(_ value: JSONValue) throws(Fault) -> AudioSettings? {
        guard let audio = value["audio"], audio != .null else { return nil }
        return try StrictJSON.decode(AudioSettings.self, from: audio, named: "audio")
    }

    private static func seed(_ value: JSONValue) throws(Fault) -> UInt64? {
        guard let seed = value["seed"], seed != .null else { return nil }
        guard case .number(let digits) = seed, let number = UInt64(digits) else {
            throw Fault(.badInput, "seed: expected a whole number from 0, found \(seed.found)")
        }
        return number
    }
}
