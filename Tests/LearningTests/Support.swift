import Foundation
import Learning
import TestSupport
import Testing

/// Whether two numbers agree to a billionth, of themselves where they are large.
func agree(_ left: Double, _ right: Double, to tolerance: Double = 1e-9) -> Bool {
    abs(left - right) <= tolerance * max(1, abs(right))
}

/// Whether two lists agree number by number.
func agree(_ left: [Double], _ right: [Double], to tolerance: Double = 1e-9) -> Bool {
    left.count == right.count && zip(left, right).allSatisfy { agree($0, $1, to: tolerance) }
}

/// A value and its standard error, both to a tolerance.
func agree(_ estimate: Estimate, _ value: Double, _ error: Double?, to tolerance: Double = 1e-9) -> Bool {
    guard agree(estimate.value, value, to: tolerance) else { return false }
    switch (estimate.standardError, error) {
    case (nil, nil): return true
    case (let left?, let right?): return agree(left, right, to: tolerance)
    default: return false
    }
}

/// The sample of the Open Bandit Dataset (Saito et al., arXiv:2008.07146) beside the shared media.
enum OpenBandit {
    /// Its folder, `nil` when it isn't there.
    static let folder: String? = {
        let shared = ProcessInfo.processInfo.environment["SIZZLE_SHARED"] ?? "\(Package.root)/../shared"
        let folder = URL(fileURLWithPath: "\(shared)/data/open-bandit").standardizedFileURL.path
        if FileManager.default.fileExists(atPath: "\(folder)/bts-all.csv") { return folder }
        print(
            "skipped: tests on the Open Bandit Dataset, since \(folder) is not there; to run them set SIZZLE_SHARED to "
                + "the folder that holds data/")
        return nil
    }()

    /// The logged slots of a file.
    static func log(_ file: String) throws -> [LoggedAction] {
        try rows(file).map { row in
            LoggedAction(
                action: try number(row[1]), position: try number(row[2]) - 1, reward: try number(row[3]),
                propensity: try number(row[4]))
        }
    }

    /// The policy of a file.
    static func policy(_ file: String) throws -> SlotPolicy {
        var table = [[Double]](repeating: Array(repeating: 0, count: 80), count: 3)
        for row in try rows(file) { table[try number(row[1]) - 1][try number(row[0])] = try number(row[2]) }
        return try SlotPolicy(table)
    }

    private static func rows(_ file: String) throws -> [[Substring]] {
        let folder = try #require(folder)
        let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
        return text.split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
    }

    private static func number<Number: LosslessStringConvertible>(_ text: Substring) throws -> Number {
        try #require(Number(String(text)))
    }
}

/// MovieLens 100k, which may not be passed on: whoever has it names its folder.
enum MovieLens {
    /// The folder with `u.data`, `nil` when it isn't there.
    static let folder: String? = {
        guard let folder = ProcessInfo.processInfo.environment["SIZZLE_MOVIELENS"],
            FileManager.default.fileExists(atPath: "\(folder)/u.data")
        else {
            print("skipped: tests on MovieLens 100k; to run them set SIZZLE_MOVIELENS to the folder that holds u.data")
            return nil
        }
        return folder
    }()

    /// A rating; indexes are the ids less 1.
    struct Rating {
        var viewer: Int
        var title: Int
        var isPositive: Bool
        var time: Int
    }

    /// All ratings by (viewer, time, title).
    static func ratings() throws -> [Rating] {
        let folder = try #require(folder)
        let lines = try String(contentsOfFile: "\(folder)/u.data", encoding: .utf8).utf8.split(
            separator: UInt8(ascii: "\n"))
        return try lines.map { line in
            let numbers = line.split(separator: UInt8(ascii: "\t")).map { $0.reduce(0) { $0 * 10 + Int($1) - 48 } }
            try #require(numbers.count == 4)
            return Rating(viewer: numbers[0] - 1, title: numbers[1] - 1, isPositive: numbers[2] >= 4, time: numbers[3])
        }.sorted { ($0.viewer, $0.time, $0.title) < ($1.viewer, $1.time, $1.title) }
    }
}
