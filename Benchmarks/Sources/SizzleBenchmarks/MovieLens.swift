import Foundation
import Sizzle

/// MovieLens 100k: who rated what and when, and the release and the genres of each title. Viewers and titles count from 0.
struct MovieLens: Sendable {
    /// One rating.
    struct Rating: Sendable {
        var viewer: Int
        var title: Int
        var stars: Int
        /// Seconds since 1970.
        var seconds: Int64

        var isLike: Bool { stars >= 4 }
        var time: Timestamp { Timestamp(milliseconds: seconds * 1_000) }
    }

    static let viewerCount = 943
    static let titleCount = 1_682
    static let genreCount = 19
    private static let ratingCount = 100_000

    /// By rising viewer, then time, then title.
    let ratings: [Rating]
    /// The release of each title; `nil` if unknown.
    let released: [CalendarDay?]
    /// The genres of each title, by rising number.
    let genres: [[Int32]]

    /// Reads `u.data` and `u.item` of a folder.
    init(folder: String) throws(Fault) {
        let items = try Self.lines(of: "\(folder)/u.item")
        guard items.count == Self.titleCount else {
            throw Fault(.badInput, "\(folder)/u.item: has \(items.count) titles instead of \(Self.titleCount)")
        }
        var released: [CalendarDay?] = []
        var genres: [[Int32]] = []
        for (number, line) in items.enumerated() {
            let fields = line.split(separator: "|", omittingEmptySubsequences: false)
            let place = "\(folder)/u.item: line \(number + 1)"
            guard fields.count == 5 + Self.genreCount, Int(fields[0]) == number + 1,
                fields[5...].allSatisfy({ $0 == "0" || $0 == "1" })
            else { throw Fault(.badInput, "\(place): is not title \(number + 1) with \(Self.genreCount) genres") }
            let day = Self.day(fields[2])
            guard day != nil || fields[2].isEmpty else {
                throw Fault(.badInput, "\(place): \(printable(String(fields[2]))) is no date such as 01-Jan-1995")
            }
            released.append(day)
            genres.append((0..<Int32(Self.genreCount)).filter { fields[5 + Int($0)] == "1" })
        }
        self.released = released
        self.genres = genres
        ratings = try Self.ratings(of: "\(folder)/u.data")
    }

    private static func ratings(of path: String) throws(Fault) -> [Rating] {
        var ratings: [Rating] = []
        for (number, line) in try lines(of: path).enumerated() {
            let fields = line.split(separator: "\t").compactMap { Int64($0) }
            // Some copies hold lines of a viewer 0, which are no part of the data set.
            if fields.first == 0 { continue }
            guard fields.count == 4, (1...Int64(viewerCount)).contains(fields[0]),
                (1...Int64(titleCount)).contains(fields[1]), (1...5).contains(fields[2])
            else {
                throw Fault(.badInput, "\(path): line \(number + 1): is not a viewer, a title, 1 to 5 stars, a time")
            }
            ratings.append(
                Rating(viewer: Int(fields[0]) - 1, title: Int(fields[1]) - 1, stars: Int(fields[2]), seconds: fields[3])
            )
        }
        guard ratings.count == ratingCount else {
            throw Fault(.badInput, "\(path): has \(ratings.count) ratings instead of \(ratingCount)")
        }
        return ratings.sorted { ($0.viewer, $0.seconds, $0.title) < ($1.viewer, $1.seconds, $1.title) }
    }

    private static func lines(of path: String) throws(Fault) -> [Substring] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Fault(.notFound, "\(path): cannot be read; SIZZLE_MOVIELENS names a folder with u.data and u.item")
        }
        // Latin-1 has a character for every byte.
        return (String(data: data, encoding: .isoLatin1) ?? "").split(whereSeparator: \.isNewline)
    }

    /// Reads `01-Jan-1995` and `4-Feb-1971`.
    private static func day(_ text: Substring) -> CalendarDay? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = text.split(separator: "-")
        guard parts.count == 3, let day = Int(parts[0]), let month = months.firstIndex(of: String(parts[1])),
            let year = Int(parts[2])
        else { return nil }
        return CalendarDay(String(format: "%04d-%02d-%02d", year, month + 1, day))
    }

    /// When a title was released; `nil` if unknown.
    func release(of title: Int) -> Timestamp? {
        released[title].map { Moment.day($0).timestamp(offset: .utc) }
    }
}

/// What a model learns from, and what it is judged by.
struct Fold: Sendable {
    var train: [MovieLens.Rating]
    /// Likes only.
    var test: [MovieLens.Rating]
    /// The time at which a model looks at titles.
    var at: Timestamp
    /// Whether titles count that are not yet released.
    var hasUnreleased: Bool

    /// Per viewer: the last fifth of the likes is to be foreseen from all that came before the first of them. Viewers with fewer than five
    /// are only learnt from.
    static func perViewer(_ data: MovieLens) -> Fold {
        var (train, test): ([MovieLens.Rating], [MovieLens.Rating]) = ([], [])
        for viewer in 0..<MovieLens.viewerCount {
            let ratings = data.ratings.filter { $0.viewer == viewer }
            let likes = ratings.indices.filter { ratings[$0].isLike }
            guard likes.count >= 5 else {
                train += ratings
                continue
            }
            let held = likes.suffix((likes.count + 4) / 5)
            train += ratings[..<held[held.startIndex]]
            test += held.map { ratings[$0] }
        }
        let at = train.map(\.time).max() ?? Timestamp(milliseconds: 0)
        return Fold(train: train, test: test, at: at, hasUnreleased: true)
    }

    /// By time: windows of a twentieth of all ratings, each to be foreseen from all that came before it. `windows` counts them from the
    /// middle of the data on; the tenth is the last.
    static func byTime(_ data: MovieLens, windows: Range<Int>) -> [Fold] {
        let times = data.ratings.map(\.seconds).sorted()
        let start = { window in times[times.count / 2 + window * times.count / 20] }
        return windows.map { window in
            let (from, end) = (start(window), window < 9 ? start(window + 1) : (times.last ?? 0) + 1)
            return Fold(
                train: data.ratings.filter { $0.seconds < from },
                test: data.ratings.filter { $0.isLike && from <= $0.seconds && $0.seconds < end },
                at: Timestamp(milliseconds: from * 1_000), hasUnreleased: false)
        }
    }

    /// The first 16 digits of the SHA-256 of ratings, written as lines `viewer,title,stars,seconds`.
    static func digest(_ ratings: [MovieLens.Rating]) -> String {
        let lines = ratings.map { "\($0.viewer + 1),\($0.title + 1),\($0.stars),\($0.seconds)\n" }
        return String(ObjectID.of(Array(lines.joined().utf8)).description.prefix(16))
    }
}
