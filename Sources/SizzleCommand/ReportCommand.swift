import ArgumentParser
import Foundation
import Sizzle

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Say how reels did: completion, skips, clicks and plays.",
        discussion: """
            Slots are shown by place, title and length, each beside what the two others let expect: a slot that is skipped often may have a \
            bad place, a bad title, or be too long.

              sizzle report --library lib --by cadence
              sizzle report --library lib --from 2026-11-01 --html november.html
              sizzle report --aggregates counted/       what deploy/spark counted of logs too large for one machine
            """)
    @Option(name: .long, help: "What rows of reels have in common.") var by: ReportDimension = .day
    @Option(name: .long, help: "The first UTC day, such as 2026-11-01.") var from: String?
    @Option(name: .long, help: "The last UTC day.") var to: String?
    @Option(name: .long, help: "A folder with reel_days.csv and slot_days.csv to report on, instead of the library.")
    var aggregates: String?
    @Option(name: .long, help: "Write what the report is made of to this folder: reel_days.csv and slot_days.csv.")
    var tables: String?
    @Option(name: .long, help: "Write the report as a page with plots to this file.") var html: String?
    @OptionGroup var library: LibraryOptions
    @Flag(name: .long, help: "Print one JSON document on stdout.") var json = false

    func run() throws {
        let counted = try counted()
        if aggregates == nil {
            let library = try library.open()
            for path in [tables, html].compactMap(\.self) { try library.requireOutside(path) }
        }
        if let tables {
            try Path.createFolder(tables)
            try OutputFile.write(Array(counted.reelTable.utf8), to: "\(tables)/reel_days.csv")
            try OutputFile.write(Array(counted.slotTable.utf8), to: "\(tables)/slot_days.csv")
        }
        let report = try SuccessReport(counted, by: by.dimension)
        if let html { try OutputFile.write(Array(report.page.utf8), to: html) }
        if json { return try Terminal.say(json: report) }
        Terminal.say(report.text)
    }

    private func counted() throws -> Aggregates {
        let (first, last) = (try day(from, "--from"), try day(to, "--to"))
        if let first, let last, last.daysSince1970 < first.daysSince1970 {
            throw Fault(.usage, "--to \(last): is before --from \(first)")
        }
        let end = last.map { CalendarDay(daysSince1970: $0.daysSince1970 + 1).description }
        guard let aggregates else {
            return try library.catalogue().aggregates(from: first?.description, until: end)
        }
        let (reels, slots) = ("\(aggregates)/reel_days.csv", "\(aggregates)/slot_days.csv")
        var counted = try Aggregates(
            reelTable: String(decoding: InputFile.contents(of: reels), as: UTF8.self),
            slotTable: String(decoding: InputFile.contents(of: slots), as: UTF8.self), names: (reels, slots))
        counted.reels.removeAll { $0.day < first?.description ?? "" || $0.day >= end ?? "~" }
        counted.slots.removeAll { $0.day < first?.description ?? "" || $0.day >= end ?? "~" }
        return counted
    }

    private func day(_ text: String?, _ option: String) throws(Fault) -> CalendarDay? {
        guard let text else { return nil }
        guard let day = CalendarDay(text) else {
            throw Fault(.usage, "\(option) \(text): is not a day; write it as 2026-11-24")
        }
        return day
    }
}

/// The values of `--by`.
enum ReportDimension: String, ExpressibleByArgument, CaseIterable {
    case day
    case cadence
    case edition
    case arm

    var dimension: SuccessReport.Dimension {
        switch self {
        case .day: .day
        case .cadence: .cadence
        case .edition: .edition
        case .arm: .arm
        }
    }
}
