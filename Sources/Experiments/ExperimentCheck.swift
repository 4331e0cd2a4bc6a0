public import Diagnostics

extension Experiment {
    /// The first moment that can be meant, 1973-03-03: what is earlier was written in seconds.
    private static let firstTime: Int64 = 100_000_000_000
    /// The last moment of the year 9999.
    static let lastTime: Int64 = 253_402_300_799_999
    private static let longestName = 64
    private static let longestText = 1_000

    /// Refuses an experiment that cannot be run or judged.
    ///
    /// - Throws: `Fault` `.badInput`, one line that names the key and the way out, without the file's name.
    public func check() throws(Fault) {
        try Self.checkName(name, "name")
        try Self.checkName(layer, "layer")
        try Self.checkName(salt, "salt", longest: 3 * Self.longestName)
        if let flaw = flaw(inName: hypothesis) { throw Fault(.badInput, "hypothesis: it \(flaw)") }
        guard hypothesis.count <= Self.longestText else {
            throw Fault(.badInput, "hypothesis: it has more than \(Self.longestText) characters")
        }
        try checkArms()
        try checkMeasures()
        try checkTimes()
    }

    private static func checkName(_ text: String, _ key: String, longest: Int = longestName) throws(Fault) {
        if let flaw = flaw(inName: text) { throw Fault(.badInput, "\(key): it \(flaw)") }
        guard isPlain(text, upTo: .max, and: "-_.") else {
            throw Fault(.badInput, "\(key): '\(printable(text))' has more than letters, digits, '-', '_' and '.'")
        }
        guard text.utf8.count <= longest else {
            throw Fault(.badInput, "\(key): it has \(text.utf8.count) characters, more than \(longest)")
        }
    }

    private func checkArms() throws(Fault) {
        guard arms.count >= 2 else {
            throw Fault(.badInput, "arms: \(arms.count) given; an experiment compares at least two")
        }
        for (index, arm) in arms.enumerated() {
            let place = "arms[\(index)]"
            try Self.checkName(arm.name, "\(place).name")
            guard !arm.buckets.isEmpty, arm.buckets.lowerBound >= 0, arm.buckets.upperBound <= Bucketing.count else {
                throw Fault(.badInput, "\(place).buckets: \(words(arm.buckets)) is no part of [0, \(Bucketing.count))")
            }
            for other in arms[..<index] {
                if other.name == arm.name {
                    throw Fault(.badInput, "\(place).name: '\(arm.name)' is there twice")
                }
                if other.buckets.overlaps(arm.buckets) {
                    let both = "\(words(arm.buckets)) overlaps with \(words(other.buckets)) of '\(other.name)'"
                    throw Fault(.badInput, "\(place).buckets: \(both)")
                }
            }
            do throws(Fault) {
                try arm.changes.check()
            } catch {
                throw Fault(error.status, "\(place).changes.\(error.message)")
            }
        }
        guard arms.contains(where: { $0.name == control }) else {
            throw Fault(.badInput, "control: '\(printable(control))' is none of the arms")
        }
    }

    private func checkMeasures() throws(Fault) {
        let all = metrics.all
        if let index = all.indices.first(where: { all[..<$0].contains(all[$0]) }) {
            throw Fault(.badInput, "metrics.secondary: '\(all[index].rawValue)' is there twice")
        }
        guard (0.000_001...1_000_000).contains(smallestEffect) else {
            throw Fault(.badInput, "smallestEffect: \(smallestEffect) is not from 0.000001 to 1000000")
        }
        if metrics.primary.isShare, smallestEffect >= 1 {
            throw Fault(
                .badInput, "smallestEffect: \(smallestEffect) is not less than 1; one point of a rate is 0.01")
        }
        guard minimumPerArm >= 2 else {
            throw Fault(.badInput, "minimumPerArm: \(minimumPerArm) is less than 2; a variance needs two viewers")
        }
        guard alpha > 0, alpha < 0.5 else {
            throw Fault(.badInput, "alpha: \(alpha) is not between 0 and 0.5; 0.05 is usual")
        }
    }

    private func checkTimes() throws(Fault) {
        for (key, time) in [("start", start), ("stop", stop ?? start)] {
            guard (Self.firstTime...Self.lastTime).contains(time) else {
                let range = "from 1973 to 9999; times are milliseconds since 1970"
                throw Fault(.badInput, "\(key): \(time) is not \(range)")
            }
        }
        if let stop, stop <= start {
            throw Fault(.badInput, "stop: \(stop) is not after the start, \(start)")
        }
    }
}

/// Buckets as messages name them: `[0, 5000)`.
func words(_ buckets: Range<Int>) -> String { "[\(buckets.lowerBound), \(buckets.upperBound))" }
