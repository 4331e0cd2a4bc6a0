public import Diagnostics

extension MegaReport {
    /// The report as JUnit XML, which CI systems show: a test case for the file and one for each clip.
    ///
    /// - Parameter failOn: faults from this severity on are failures; others stand in the output of their case.
    /// - Returns: an XML document in UTF-8.
    public func junit(failOn: Severity) -> [UInt8] {
        var cases = [testCase("the file", faults.filter { $0.title == nil }, failOn)]
        for clip in clips {
            let own = faults.filter { $0.title == clip.title && $0.type == clip.type }
            cases.append(testCase("\(clip.title) | \(clip.type)", own, failOn))
        }
        let names = Set(clips.map { [$0.title, $0.type] })
        for fault in faults {
            guard let title = fault.title, let type = fault.type, !names.contains([title, type]) else { continue }
            cases.append(testCase("\(title) | \(type)", [fault], failOn))
        }
        let failures = cases.count(where: \.failed)
        let suite = Self.escaped(file)
        return Array(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="sizzle validate" tests="\(cases.count)" failures="\(failures)" errors="0">
              <testsuite name="\(suite)" tests="\(cases.count)" failures="\(failures)" errors="0" skipped="0">
            \(cases.map(\.text).joined(separator: "\n"))
              </testsuite>
            </testsuites>

            """.utf8)
    }

    private func testCase(
        _ name: String, _ faults: [MegaFault], _ failOn: Severity
    ) -> (text: String, failed: Bool) {
        let head = "    <testcase classname=\"\(Self.escaped(file))\" name=\"\(Self.escaped(name))\""
        let failures = faults.filter { $0.severity >= failOn }
        let notes = faults.filter { $0.severity < failOn }
        guard !faults.isEmpty else { return ("\(head)/>", false) }
        var lines = ["\(head)>"]
        // Viewers show the first failure's message alone, so one failure tells of all.
        if let first = failures.first {
            let more = failures.count > 1 ? " (and \(failures.count - 1) more)" : ""
            lines.append(
                "      <failure type=\"\(first.kind.rawValue)\" message=\"\(Self.escaped(first.message + more))\">"
                    + failures.map { Self.escaped($0.line) }.joined(separator: "\n") + "</failure>")
        }
        if !notes.isEmpty {
            lines.append(
                "      <system-out>\(notes.map { Self.escaped($0.line) }.joined(separator: "\n"))</system-out>")
        }
        return ((lines + ["    </testcase>"]).joined(separator: "\n"), !failures.isEmpty)
    }

    /// Text as XML 1.0 may hold it: marks as entities, control characters as they are printed elsewhere.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
            case _ where scalar.value < 0x20: escaped += printable(String(scalar))
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

extension MegaFault {
    /// `error: clip (A, 80) begins …; move the in-point to 1001, 1 frame later`.
    public var line: String { "\(severity.rawValue): \(message)" + (fix.map { "; \($0)" } ?? "") }
}
