/// The style sheet of a report's page, in the colours of the service's own page: every pair of text and ground has a
/// contrast of at least 4.5:1, every mark of a plot one of 3:1.
public enum PageStyle {
    /// The text of the sheet.
    public static let text = """
        :root {
          color-scheme: light dark;
          --ground: #f6f6f4; --raised: #ffffff; --text: #1b1d21; --quiet: #555b66; --edge: #7d8490; --hair: #d9dbdf;
          --good: #0b57c2; --bad: #b3401b; --plain: #555b66; --shade: #ecedf0; --problem: #a3141c;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #131519; --raised: #1d2026; --text: #eceef2; --quiet: #a9b0bc; --edge: #79818e; --hair: #343943;
            --good: #8ab8ff; --bad: #ff9d76; --plain: #a9b0bc; --shade: #2a2e36; --problem: #ff9a9a;
          }
        }
        *, ::before, ::after { box-sizing: border-box; }
        body {
          margin: 0 auto; padding: 1.5rem 1rem; max-width: 54rem; background: var(--ground); color: var(--text);
          font: 1rem/1.45 system-ui, sans-serif; overflow-wrap: anywhere;
        }
        h1, h2 { margin: 0; line-height: 1.2; }
        h1 { font-size: 1.5rem; }
        h2 { font-size: 1.2rem; }
        h2 small, dd small { color: var(--quiet); font-size: .875rem; font-weight: 400; }
        p { margin: .5rem 0; }
        header p, footer p, .quiet { color: var(--quiet); }
        header .hypothesis { color: var(--text); font-size: 1.1rem; }
        section {
          margin-top: 1rem; padding: 1rem 1.25rem; border: 1px solid var(--hair); border-radius: .6rem;
          background: var(--raised);
        }
        .conclusion { border-left: .35rem solid var(--good); }
        ul { margin: .5rem 0 0; padding-left: 1.2rem; }
        ul:first-of-type { padding: 0; font-size: 1.15rem; list-style: none; }
        li + li { margin-top: .3rem; }
        .alarm { border-left-color: var(--problem); }
        .alarm h2 { color: var(--problem); }
        dl { display: flex; flex-wrap: wrap; gap: .5rem 2.5rem; margin: .75rem 0; }
        dt { color: var(--quiet); font-size: .875rem; }
        dd { margin: 0; font-size: 1.25rem; font-variant-numeric: tabular-nums; }
        .row {
          display: flex; flex-wrap: wrap; align-items: baseline; gap: .1rem .75rem; margin: .75rem 0 .25rem;
          font-variant-numeric: tabular-nums;
        }
        .tag { padding: 0 .5rem; border: 1px solid currentcolor; border-radius: 1rem; font-size: .875rem; }
        .tag.good { color: var(--good); }
        .tag.bad { color: var(--bad); }
        .tag.plain { color: var(--plain); }
        .plot { display: block; width: 100%; overflow: visible; }
        .plot .good { --tone: var(--good); }
        .plot .bad { --tone: var(--bad); }
        .plot .plain { --tone: var(--plain); }
        .plot text { fill: var(--quiet); font-size: .8125rem; font-variant-numeric: tabular-nums; }
        .shade { fill: var(--shade); }
        .zero { stroke: var(--edge); stroke-dasharray: 3 3; }
        .tick { stroke: var(--edge); }
        .bar { stroke: var(--tone); stroke-width: 4; }
        .end { stroke: var(--tone); stroke-width: 2; }
        circle { fill: var(--tone); stroke: var(--raised); stroke-width: 2; }
        .unit { margin: 0; color: var(--quiet); font-size: .8125rem; text-align: center; }
        table { width: 100%; margin-top: .5rem; border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th, td { padding: .3rem .75rem .3rem 0; border-top: 1px solid var(--hair); text-align: left; font-weight: 400; }
        thead th, td:nth-child(-n + 3) { white-space: nowrap; }
        thead th { border: 0; color: var(--quiet); font-size: .875rem; }
        footer { margin-top: 1rem; font-size: .875rem; }
        @media (max-width: 30rem) {
          body { padding: 1rem .75rem; }
          section { padding: .75rem; }
        }
        """
}
