import Experiments
import Foundation

/// Numbers as people read them.
enum Cells {
    /// A number with so many digits after the point; the shorter nothing, where there is none.
    static func decimals(_ number: Double?, _ digits: Int) -> String {
        guard let number else { return "–" }
        return String(format: "%.\(digits)f", number)
    }

    /// A share in percent.
    static func percent(_ share: Double?) -> String { share.map { decimals($0 * 100, 1) + " %" } ?? "–" }
}

extension SuccessReport {
    private static let reelHeads = [
        "reels", "delivered", "started", "completion", "full watch", "click-through", "play-through", "rebuffering",
        "bots",
    ]

    private static func cells(_ row: Reels) -> [String] {
        [
            row.name, "\(row.counts.delivered)", "\(row.counts.started)", Cells.percent(row.completion),
            Cells.percent(row.fullWatch), Cells.percent(row.clickThrough), Cells.percent(row.playThrough),
            row.rebufferRatio.map { Cells.decimals($0 * 100, 2) + " %" } ?? "–", "\(row.counts.bots)",
        ]
    }

    private static func slotHeads(_ name: String) -> [String] {
        [name, "starts", "skipped", "over expected", "clicked", "over expected", "played"]
    }

    private static func cells(_ row: Slots) -> [String] {
        [
            row.name, "\(row.counts.starts)", Cells.percent(row.skipRate), Cells.decimals(row.skipsOverExpected, 2),
            Cells.percent(row.clickThrough), Cells.decimals(row.clicksOverExpected, 2), Cells.percent(row.playRate),
        ]
    }

    private var tables: [(title: String, rows: [[String]])] {
        [
            ("Reels", [Self.reelHeads] + (reels + (reels.count == 1 ? [] : [total])).map(Self.cells)),
            ("Slots by place", [Self.slotHeads("slot")] + places.map(Self.cells)),
            ("Slots by title", [Self.slotHeads("title")] + titles.map(Self.cells)),
            ("Slots by length", [Self.slotHeads("clip")] + lengths.map(Self.cells)),
        ]
    }

    /// The days that are reported on.
    private var days: String {
        guard let from, let to else { return "no day: none was delivered" }
        return from == to ? from : "\(from) to \(to)"
    }

    private static let notes = [
        "Rates of reels are by reels that were started, those of slots by times that they were shown.",
        "Over expected: beside what the two other things of place, title and length let expect; 1 is usual.",
    ]

    /// The report as text for a terminal.
    public var text: String {
        var lines = ["Reels of \(days)", ""]
        if !findings.isEmpty { lines += findings + [""] }
        for table in tables where table.rows.count > 1 { lines += Self.aligned(table.rows) + [""] }
        return (lines + Self.notes).joined(separator: "\n") + "\n"
    }

    /// Columns as wide as their widest entry; the first is flush left, the others flush right.
    private static func aligned(_ rows: [[String]]) -> [String] {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).enumerated().map { column, cell in
                let space = String(repeating: " ", count: cell.1 - cell.0.count)
                return column == 0 ? cell.0 + space : space + cell.0
            }.joined(separator: "  ")
        }
    }

    /// The report as an HTML page that stands alone: no script, nothing from elsewhere, all text escaped.
    public var page: String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>Reels of \(escaped(days))</title>
        <style>
        \(PageStyle.text)
        \(Self.style)
        </style>
        </head>
        <body>
        <header><h1>Reels</h1><p>\(escaped(days))</p></header>
        <main>
        \(summary)
        \(tables.filter { $0.rows.count > 1 }.map(section).joined(separator: "\n"))
        </main>
        <footer><p>\(escaped(Self.notes.joined(separator: " ")))</p></footer>
        </body>
        </html>

        """
    }

    private static let style = """
        body { max-width: 64rem; }
        .scroll { overflow-x: auto; }
        td, th { text-align: right; white-space: nowrap; }
        td:first-child, th:first-child { text-align: left; }
        svg.bars { display: block; width: 100%; height: auto; }
        svg.bars rect { fill: var(--good); }
        svg.bars text { fill: var(--quiet); font-size: 11px; }
        """

    private var summary: String {
        let facts = [
            ("Completion", Cells.percent(total.completion)), ("Full watch", Cells.percent(total.fullWatch)),
            ("Click-through", Cells.percent(total.clickThrough)), ("Play-through", Cells.percent(total.playThrough)),
            ("Started", "\(total.counts.started)"),
        ]
        let found =
            findings.isEmpty
            ? "<p>No place, title or length is skipped otherwise than the two others let expect.</p>"
            : "<ul>" + findings.map { "<li>\(escaped($0))</li>" }.joined() + "</ul>"
        return """
            <section class="conclusion">
            <h2>In short</h2>
            \(found)
            <dl>\(facts.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>" }.joined())</dl>
            </section>
            """
    }

    private func section(_ table: (title: String, rows: [[String]])) -> String {
        let rows = table.rows.dropFirst().map { row in
            "<tr>"
                + row.enumerated().map { $0 == 0 ? "<th scope=\"row\">\(escaped($1))</th>" : "<td>\(escaped($1))</td>" }
                .joined() + "</tr>"
        }
        return """
            <section>
            <h2>\(table.title)</h2>
            \(plot(table.title))
            <div class="scroll"><table>
            <thead><tr>\(table.rows[0].map { "<th scope=\"col\">\(escaped($0))</th>" }.joined())</tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody>
            </table></div>
            </section>
            """
    }

    /// What a table is about, as bars: the completion of reels, the skip rate of slots.
    private func plot(_ title: String) -> String {
        switch title {
        case "Reels": Self.bars(reels.map { ($0.name, $0.completion) }, of: "Completion")
        case "Slots by place": Self.bars(places.map { ($0.name, $0.skipRate) }, of: "Skip rate")
        case "Slots by length": Self.bars(lengths.map { ($0.name, $0.skipRate) }, of: "Skip rate")
        default: ""
        }
    }

    /// Upright bars from 0 to the largest share; more than some dozens would not be told apart.
    private static func bars(_ values: [(name: String, share: Double?)], of label: String) -> String {
        let shown = values.suffix(40)
        let largest = max(shown.compactMap(\.share).max() ?? 0, 0.001)
        guard shown.count > 1 else { return "" }
        let width = 640.0 / Double(shown.count)
        let marks = shown.enumerated().map { index, value in
            let height = (value.share ?? 0) / largest * 100
            let (x, middle) = (Double(index) * width, (Double(index) + 0.5) * width)
            let name = value.name.count > 6 ? String(value.name.suffix(5)) : value.name
            let every = max(1, shown.count / 12)
            return """
                <rect x="\(Cells.decimals(x + width * 0.1, 1))" y="\(Cells.decimals(120 - height, 1))" \
                width="\(Cells.decimals(width * 0.8, 1))" height="\(Cells.decimals(height, 1))">\
                <title>\(escaped(value.name)): \(Cells.percent(value.share))</title></rect>
                """
                    + (index % every == 0
                        ? "<text x=\"\(Cells.decimals(middle, 1))\" y=\"134\" text-anchor=\"middle\">\(escaped(name))</text>"
                        : "")
        }
        return """
            <svg class="bars" viewBox="0 0 640 140" role="img" aria-label="\(label), up to \(Cells.percent(largest))">
            <text x="0" y="12">\(label), up to \(Cells.percent(largest))</text>
            \(marks.joined(separator: "\n"))
            </svg>
            """
    }
}
