import Diagnostics
import Foundation
@testable import Learning
import TestSupport
import Testing

@Suite struct ItemModelTests {
    /// The five viewers of SEQUENCING, section 2.
    private let liked = [[0, 1], [0, 1, 2], [1, 2], [0, 3], [2, 3]]

    @Test func weightsAreTheClosedForm() throws {
        let fit = try ItemModelFit(liked: liked, titleCount: 4, lambda: 2)
        let rows = (0..<2).map { liked in (0..<4).map { fit.weight(ofLiked: liked, for: $0) } }
        #expect(agree(rows[0], [0, 0.363636363636, -0.012658227848, 0.227272727273]))
        #expect(agree(rows[1], [0.405063291139, 0, 0.405063291139, -0.181818181818]))
        #expect(agree(rows[0][2] + rows[1][2], 0.392405063291))
    }

    @Test func denseWeightsAreTheSameInSinglePrecision() throws {
        let fit = try ItemModelFit(liked: liked, titleCount: 4, lambda: 2)
        let expected = (0..<4).flatMap { liked in (0..<4).map { Float(fit.weight(ofLiked: liked, for: $0)) } }
        #expect(fit.weights() == expected)
    }

    @Test func theOrderOfLikesAndLikesThatAreThereTwiceDoNotMatter() throws {
        let fit = try ItemModelFit(liked: liked, titleCount: 4, lambda: 2)
        let other = try ItemModelFit(
            liked: [[3, 0, 3], [2, 1], [2, 1, 0], [], [1, 0], [3, 2, 2]], titleCount: 4, lambda: 2)
        #expect(fit.weights() == other.weights())
    }

    @Test func titlesThatNobodyLikedHaveNoWeights() throws {
        let fit = try ItemModelFit(liked: liked, titleCount: 4, lambda: 2)
        // The same titles with gaps between them.
        let places = [1, 2, 4, 6]
        let wide = try ItemModelFit(liked: liked.map { $0.map { places[$0] } }, titleCount: 8, lambda: 2)
        #expect(wide.likedTitles == places)
        var expected = [Float](repeating: 0, count: 64)
        for (row, place) in places.enumerated() {
            for (column, other) in places.enumerated() { expected[place * 8 + other] = fit.weights()[row * 4 + column] }
        }
        #expect(wide.weights() == expected)
        #expect(wide.weight(ofLiked: 0, for: 1) == 0)
        #expect(wide.weight(ofLiked: 1, for: 7) == 0)
    }

    @Test func nothingLikedIsAModelOfZeros() throws {
        #expect(try ItemModelFit(liked: [[], []], titleCount: 2).weights() == [0, 0, 0, 0])
        #expect(try ItemModelFit(liked: [], titleCount: 0).weights() == [])
    }

    /// Expected by numpy 2.4.6, with `i, j` the viewers' and titles' numbers as a column and a row:
    ///
    ///     X = (((i*7919 + j*104729 + i*j*31) % 97) < 25).astype(float); X[:, 4] = 0; X[:, 29] = 0
    ///     a = np.flatnonzero(X.sum(0)); Q = np.linalg.inv(X[:, a].T @ X[:, a] + 20*np.eye(len(a)))
    ///     b = -Q/np.diag(Q); np.fill_diagonal(b, 0); B = np.zeros((30, 30)); B[np.ix_(a, a)] = b
    @Test func agreesWithNumpy() throws {
        let liked = (0..<50).map { viewer in
            (0..<29).filter { $0 != 4 && (viewer * 7919 + $0 * 104_729 + viewer * $0 * 31) % 97 < 25 }
        }
        let fit = try ItemModelFit(liked: liked, titleCount: 30, lambda: 20)
        let entries = [(0, 1), (1, 0), (7, 19), (28, 3), (13, 14)].map { fit.weight(ofLiked: $0.0, for: $0.1) }
        #expect(
            agree(
                entries,
                [0.023801062039039, 0.024327041053415, 0.026290183006393, 0.086096954665221, 0.023891850995976],
                to: 1e-13))
        let all = (0..<30).map { liked in (0..<30).map { fit.weight(ofLiked: liked, for: $0) } }
        #expect(agree(all.joined().reduce(0, +), 20.967593618962418, to: 1e-12))
        #expect(agree(all.joined().reduce(0) { $0 + $1 * $1 }, 1.357975504195698, to: 1e-12))
        #expect(agree(all[5].reduce(0, +), 0.775200714718853, to: 1e-12))
        #expect(agree(all.reduce(0) { $0 + $1[5] }, 0.778961783976677, to: 1e-12))
    }

    @Test func saysWhatIsWrong() throws {
        #expect(
            try fault { _ = try ItemModelFit(liked: [[0], [1, 2]], titleCount: 2) }
                == Fault(.badInput, "viewer 1: likes title 2 of 2, counted from 0"))
        #expect(
            try fault { _ = try ItemModelFit(liked: [[-1]], titleCount: 2) }
                == Fault(.badInput, "viewer 0: likes title -1 of 2, counted from 0"))
        for lambda in [0, -1, .nan, .infinity] {
            let words = try fault { _ = try ItemModelFit(liked: [[0]], titleCount: 2, lambda: lambda) }
            #expect(words == Fault(.badInput, "lambda \(lambda) is not more than 0; the default is 300"))
        }
        for count in [-1, 20_001] {
            let words = try fault { _ = try ItemModelFit(liked: [], titleCount: count) }
            #expect(words == Fault(.badInput, "\(count) titles: an item model has at most 20000; leave some out"))
        }
    }

    @Test func aMissingLibraryIsNamed() throws {
        #expect(throws: Never.self) { try PositiveMatrix.load() }
        let missing = try fault { try PositiveMatrix.load("libopenblas.so.none") }
        #expect(missing.status == .unavailable)
        #expect(missing.message.hasPrefix("libopenblas.so.none cannot be used: libopenblas.so.none: cannot open"))
        #expect(missing.message.hasSuffix("; install libopenblas0-pthread"))
        // A library that is there and knows nothing of matrices.
        let wrong = try fault { try PositiveMatrix.load("libc.so.6") }
        #expect(wrong.status == .unavailable)
        #expect(wrong.message.contains("dpotri_"))
    }

    @Test func aMatrixThatIsNotPositiveDefiniteIsRefused() throws {
        var matrix = PositiveMatrix(order: 2)
        matrix.entries = [1, 0, 2, 1]
        #expect(
            try fault { try matrix.factor() }
                == Fault(
                    .badInput,
                    "matrix of order 2: its leading part of order 2 is not positive definite; raise lambda"))
    }

    /// The protocol's split per viewer: the last fifth of his positives is to be found from what came before.
    @Test(.enabled(if: MovieLens.folder != nil, "set SIZZLE_MOVIELENS to the folder that holds u.data"))
    func findsWhatViewersOfMovieLensLikeNext() throws {
        let ratings = try MovieLens.ratings()
        #expect(ratings.count == 100_000)
        let viewers = Dictionary(grouping: ratings, by: \.viewer)
        var (seen, liked, sought) = ([Int: Set<Int>](), [[Int]](), [Int: Set<Int>]())
        for viewer in 0..<943 {
            let own = viewers[viewer] ?? []
            let positives = own.indices.filter { own[$0].isPositive }
            let tested = positives.count < 5 ? 0 : (positives.count + 4) / 5
            let cut = tested > 0 ? positives[positives.count - tested] : own.count
            seen[viewer] = Set(own[..<cut].map(\.title))
            liked.append(own[..<cut].filter(\.isPositive).map(\.title))
            if tested > 0 { sought[viewer] = Set(own[cut...].filter(\.isPositive).map(\.title)) }
        }
        let weights = try ItemModelFit(liked: liked, titleCount: 1682).weights()
        var popularity = [Double](repeating: 0, count: 1682)
        for title in liked.joined() { popularity[title] += 1 }
        var (popular, model) = ([Double](), [Double]())
        for (viewer, relevant) in sought.sorted(by: { $0.key < $1.key }) {
            var scores = [Double](repeating: 0, count: 1682)
            for title in liked[viewer] {
                for other in 0..<1682 { scores[other] += Double(weights[title * 1682 + other]) }
            }
            func ndcg(_ scores: [Double]) throws -> Double {
                let top = RankingMeasures.top(10, of: scores) { seen[viewer]?.contains($0) == false }
                return try #require(
                    RankingMeasures.ndcg(top.map(relevant.contains), relevant: relevant.count, at: 10))
            }
            popular.append(try ndcg(popularity))
            model.append(try ndcg(scores))
        }
        #expect(model.count == 938)
        #expect(agree(try Estimate(meanOf: popular), 0.097456, 0.0049, to: 1e-4))
        #expect(agree(try Estimate(meanOf: model), 0.198349, 0.0065, to: 1e-4))
    }
}
