import Sequencing

/// Reads an event's line in one pass, the way nearly all of them are written: one flat object of printable ASCII without escapes.
///
/// It knows no errors: whatever is out of the ordinary it leaves to the reader that takes everything and says what is wrong. What it does
/// read is what that one reads.
struct EventScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var texts: [Range<Int>?]
    private var numbers: [Int64?]
    private var isStartup: Bool?
    private var strangers: [Range<Int>] = []

    private typealias Key = EventRecord.CodingKeys
    private static let numberKeys: Set<Key> = [
        .v, .slot, .n, .atMilliseconds, .watchedMilliseconds, .durationMilliseconds, .stalledMilliseconds,
    ]
    /// The keys by the number of their bytes.
    private static let keys: [[(name: [UInt8], place: Int, isNumber: Bool)]] = (0..<16).map { length in
        Key.allCases.filter { $0.rawValue.utf8.count == length }.map {
            (Array($0.rawValue.utf8), $0.place, numberKeys.contains($0))
        }
    }

    /// The event of a line; `nil` for one that the other reader must look at.
    static func record(of line: UnsafeBufferPointer<UInt8>) -> EventRecord? {
        var scanner = EventScanner(line)
        return scanner.scan() ? scanner.record() : nil
    }

    private init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        texts = Array(repeating: nil, count: Key.allCases.count)
        numbers = Array(repeating: nil, count: Key.allCases.count)
    }

    private mutating func scan() -> Bool {
        guard take("{") else { return false }
        repeat {
            guard let key = string(), take(":"), member(key) else { return false }
        } while take(",")
        return take("}") && position == bytes.count
    }

    private mutating func member(_ key: Range<Int>) -> Bool {
        let candidates = key.count < Self.keys.count ? Self.keys[key.count] : []
        guard let known = candidates.first(where: { bytes[key].elementsEqual($0.name) }) else {
            guard !strangers.contains(where: { bytes[$0].elementsEqual(bytes[key]) }), strangers.count < 8 else {
                return false
            }
            strangers.append(key)
            return string() != nil || number() != nil || bool() != nil
        }
        // A key that is there twice is an error.
        let place = known.place
        guard texts[place] == nil, numbers[place] == nil else { return false }
        if known.isNumber {
            numbers[place] = number()
            return numbers[place] != nil
        }
        if place == Key.startup.place {
            guard isStartup == nil else { return false }
            isStartup = bool()
            return isStartup != nil
        }
        texts[place] = string()
        return texts[place] != nil
    }

    private mutating func skipSpace() {
        while position < bytes.count, bytes[position] == 0x20 { position += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// What stands between two quotation marks.
    private mutating func string() -> Range<Int>? {
        guard take("\"") else { return nil }
        let start = position
        while position < bytes.count, (0x20...0x7E).contains(bytes[position]) {
            if bytes[position] == UInt8(ascii: "\"") {
                position += 1
                return start..<position - 1
            }
            guard bytes[position] != UInt8(ascii: "\\") else { return nil }
            position += 1
        }
        return nil
    }

    /// A whole number of up to 15 digits that is not negative.
    private mutating func number() -> Int64? {
        skipSpace()
        let start = position
        var value: Int64 = 0
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
            value = value * 10 + Int64(bytes[position] - 0x30)
            position += 1
            guard position - start <= 15 else { return nil }
        }
        let digits = position - start
        guard digits > 0, digits == 1 || bytes[start] != 0x30 else { return nil }
        return value
    }

    private mutating func bool() -> Bool? {
        skipSpace()
        for (word, value) in [("true", true), ("false", false)] as [(StaticString, Bool)]
        where bytes.count - position >= word.utf8CodeUnitCount {
            let end = position + word.utf8CodeUnitCount
            if word.withUTF8Buffer({ bytes[position..<end].elementsEqual($0) }) {
                position = end
                return value
            }
        }
        return nil
    }

    /// A text; `nil` where there is none.
    private func text(_ key: Key) -> String? {
        guard let range = texts[key.place] else { return nil }
        return String(decoding: bytes[range], as: UTF8.self)
    }

    private func number(_ key: Key) -> Int64? { numbers[key.place] }

    /// Whether a name that is there is not blank.
    private func isGood(_ key: Key) -> Bool {
        guard let range = texts[key.place] else { return true }
        return bytes[range].contains { $0 != 0x20 }
    }

    private func record() -> EventRecord? {
        guard number(.v) == 1, let type = text(.type).flatMap(EventType.init), let id = text(.id),
            let viewer = text(.viewer), let ts = text(.ts).flatMap({ Timestamp(rfc3339: $0) }),
            [.id, .viewer, .reel, .edition, .title, .clip, .to].allSatisfy(isGood)
        else { return nil }
        let record = EventRecord(
            id: id, type: type, ts: ts, viewer: viewer, reel: text(.reel), edition: text(.edition), title: text(.title),
            clip: text(.clip), slot: number(.slot), watchedMilliseconds: number(.watchedMilliseconds),
            durationMilliseconds: number(.durationMilliseconds), stalledMilliseconds: number(.stalledMilliseconds),
            atMilliseconds: number(.atMilliseconds), isStartup: isStartup ?? false,
            offset: text(.tz).flatMap { UTCOffset($0) })
        return isWhole(record) && (number(.n) ?? 1) > 0 && (record.slot ?? 1) > 0 ? record : nil
    }

    /// Whether the keys that an event of its type must have are there. Impressions have more to them than is read here.
    private func isWhole(_ record: EventRecord) -> Bool {
        switch record.type {
        case .impression: false
        case .play: record.title != nil
        case .rebuffer: record.reel != nil && record.edition != nil
        case .slotStart, .slotComplete, .skip, .click:
            record.reel != nil && record.edition != nil && record.slot != nil && record.title != nil
                && record.clip != nil
        }
    }
}

extension EventRecord.CodingKeys {
    /// The key's place among all.
    fileprivate var place: Int {
        switch self {
        case .v: 0
        case .type: 1
        case .ts: 2
        case .viewer: 3
        case .reel: 4
        case .edition: 5
        case .slot: 6
        case .title: 7
        case .clip: 8
        case .n: 9
        case .to: 10
        case .startup: 11
        case .tz: 12
        case .id: 13
        case .atMilliseconds: 14
        case .watchedMilliseconds: 15
        case .durationMilliseconds: 16
        case .stalledMilliseconds: 17
        }
    }
}
