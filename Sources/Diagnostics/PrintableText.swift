/// Text from outside, such as a title or a file name, made fit for one line of a message.
///
/// Control characters and line separators become `\u{…}`; a text of more than 120 characters is cut and ends with `…`.
public func printable(_ text: some StringProtocol) -> String {
    var line = ""
    for scalar in text.unicodeScalars {
        if isControl(scalar) {
            line += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        } else {
            line.unicodeScalars.append(scalar)
        }
    }
    return line.count > 120 ? line.prefix(120) + "…" : line
}

/// How messages name a clip: `(A, 80)`.
public func clipName(_ title: some StringProtocol, _ type: some StringProtocol) -> String {
    "(\(printable(title)), \(printable(type)))"
}

/// `1 frame`, `3 frames`, whatever the sign.
public func frameWords(_ count: Int64) -> String { count.magnitude == 1 ? "1 frame" : "\(count.magnitude) frames" }

/// What makes a text useless as a name (of a title, a clip type, an event), in words that continue a sentence: `is empty`.
///
/// A name is printed in one-line messages, used as a key and compared, so it must not be blank and must not hold control
/// characters or line separators; `nil` says that it is a good name.
public func flaw(inName text: some StringProtocol) -> String? {
    guard text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
        return text.isEmpty ? "is empty" : "is blank"
    }
    guard let control = text.unicodeScalars.first(where: isControl) else { return nil }
    let digits = String(control.value, radix: 16, uppercase: true)
    return "holds the control character U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}

/// Whether a scalar would break a line or steer a terminal (general categories Cc, Zl, Zp).
private func isControl(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
    return switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default: false
    }
}

/// Whether a text has at most so many bytes, all of them ASCII letters, digits or some others.
public func isPlain(_ text: String, upTo limit: Int, and others: String) -> Bool {
    text.utf8.count <= limit
        && text.utf8.allSatisfy {
            0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 || others.utf8.contains($0)
        }
}
