extension ExperimentReport {
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
        <title>Experiment \(escaped(experiment.id))</title>
        <style>
        \(PageStyle.text)
        </style>
        </head>
        <body>
        <header>
        <h1>Experiment \(escaped(experiment.id))</h1>
        <p class="hypothesis">\(escaped(experiment.hypothesis))</p>
        <p>\(escaped(when))</p>
        </header>
        <main>
        <section class="\(split.isOff ? "conclusion alarm" : "conclusion")">
        <h2>\(split.isOff ? "No result" : "Conclusion")</h2>
        \(conclusionList)
        </section>
        \(results.map { $0.section(experiment) }.joined(separator: "\n"))
        \(splitSection)
        </main>
        <footer>
        \(footer)
        </footer>
        </body>
        </html>

        """
    }

    /// What the primary metric says, then the others.
    private var conclusionList: String {
        let first = Set(results.first?.comparisons.map(\.sentence) ?? conclusions)
        let groups = [conclusions.filter(first.contains), conclusions.filter { !first.contains($0) }]
        return groups.filter { !$0.isEmpty }.map { group in
            "<ul>\n" + group.map { "<li>\(escaped($0))</li>\n" }.joined() + "</ul>"
        }.joined(separator: "\n")
    }

    private var splitSection: String {
        let rows = zip(experiment.arms, zip(split.viewers, split.shares)).map { arm, counted in
            let share = Words.fixed(counted.1 * 100, 1) + " %"
            return """
                <tr><th scope="row">\(escaped(arm.name))</th><td>\(Words.count(counted.0))</td><td>\(share)</td>\
                <td>\(escaped(arm.changes.changed.joined(separator: ", ")))</td></tr>
                """
        }
        return """
            <section>
            <h2>Arms</h2>
            \(split.isOff ? "" : "<p>\(escaped(split.sentence))</p>")
            <table>
            <thead><tr><th scope="col">Arm</th><th scope="col">Viewers</th><th scope="col">Meant</th>\
            <th scope="col">Changes</th></tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody>
            </table>
            <p class="quiet">Split: p \(escaped(Words.p(split.p))) for one look, \
            \(escaped(Words.p(split.sequentialP))) for any number of looks; below 0.001 it is off.</p>
            </section>
            """
    }

    private var footer: String {
        guard !results.isEmpty else { return "" }
        return """
            <p>The bar is where the true difference from '\(escaped(experiment.control))' is, \
            the dot what was measured. \(escaped(notes.joined(separator: " "))) \
            Shaded: differences too small to matter.</p>
            """
    }
}

extension ExperimentReport.Result {
    fileprivate func section(_ experiment: Experiment) -> String {
        let values = arms.map { arm in
            let value = escaped(Words.value(arm.value, metric))
            return "<div><dt>\(escaped(arm.arm))</dt><dd>\(value) <small>\(viewers(arm.viewers))</small></dd></div>"
        }
        return """
            <section>
            <h2>\(escaped(metric.label))\(isPrimary ? " <small>primary</small>" : "")</h2>
            <dl>
            \(values.joined(separator: "\n"))
            </dl>
            \(IntervalPlot(self, smallestEffect: isPrimary ? experiment.smallestEffect : nil).html)
            </section>
            """
    }

    private func viewers(_ count: Int) -> String { "\(Words.count(count)) \(count == 1 ? "viewer" : "viewers")" }
}

/// Text made fit for HTML, between tags and in quoted attributes.
public func escaped(_ text: some StringProtocol) -> String {
    var html = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": html += "&amp;"
        case "<": html += "&lt;"
        case ">": html += "&gt;"
        case "\"": html += "&quot;"
        case "'": html += "&#39;"
        default: html.unicodeScalars.append(scalar)
        }
    }
    return html
}
