/// Text entries in `moov/udta` (ISO/IEC 14496-12, 8.10.1): which edition and which reel a file was made of.
///
/// The form is that of iTunes' free-form metadata (`meta` with handler `mdir`, `ilst`, `----` holding `mean`, `name` and
/// `data`): players pass over it, and ffprobe, mediainfo and exiftool print each entry as a tag under its key.
public enum UserData {
    /// The `mean` of our entries: whose keys they are.
    public static let domain = "org.sizzle"

    /// One `meta` box for ``InitSegment/userData``, with the entries sorted by key so that the bytes are determined.
    public static func encode(_ entries: [String: String]) -> RawBox {
        var writer = BoxWriter(capacity: 256)
        writer.u32(0)  // version and flags of meta: 8.11.1
        writer.fullBox("hdlr") {
            $0.u32(0)
            $0.fourCC("mdir")
            $0.fourCC("appl")
            $0.zeros(9)
        }
        writer.box("ilst") {
            for (key, value) in entries.sorted(by: { $0.key < $1.key }) {
                $0.box("----") {
                    $0.fullBox("mean") { $0.text(domain) }
                    $0.fullBox("name") { $0.text(key) }
                    $0.box("data") {
                        $0.u32(1)  // UTF-8
                        $0.u32(0)  // any language
                        $0.text(value)
                    }
                }
            }
        }
        return RawBox("meta", writer.bytes)
    }

    /// Reads our entries among the boxes of `udta`, as ``MovieHeader/userData`` gives them; others are passed over.
    ///
    /// - Throws: `truncated` or `malformed` if an entry in our domain cannot be read.
    public static func parse(_ userData: [RawBox]) throws(ISOBMFFError) -> [String: String] {
        var entries: [String: String] = [:]
        for box in userData where box.type == "meta" && box.payload.starts(with: [0, 0, 0, 0]) {
            var reader = BoxReader(box.payload.dropFirst(4))
            while let child = try reader.next() {
                guard child.type == "ilst" else { continue }
                for entry in try child.children() where entry.type == "----" {
                    if let (key, value) = try keyAndValue(entry) { entries[key] = value }
                }
            }
        }
        return entries
    }

    private static func keyAndValue(_ entry: Box) throws(ISOBMFFError) -> (String, String)? {
        guard try text(try entry.child("mean"), skipping: 4) == domain else { return nil }
        return (try text(try entry.child("name"), skipping: 4), try text(try entry.child("data"), skipping: 8))
    }

    private static func text(_ box: Box, skipping count: Int) throws(ISOBMFFError) -> String {
        var reader = box.reader
        try reader.skip(count)
        guard let text = String(validating: reader.rest(), as: UTF8.self) else {
            throw ISOBMFFError(.malformed, at: box.header.offset, "'\(box.type)' holds no UTF-8 text")
        }
        return text
    }
}
