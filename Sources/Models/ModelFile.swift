import Crypto
import Diagnostics
import Foundation
import Sequencing

/// A model as a file: a line of JSON that people can read, then the item-item weights as 32-bit floats, little-endian, row by row.
enum ModelFile {
    private struct Head: Codable {
        var format: String
        var weights: [String: Double]
        var diversity: Double
        var temperature: Double
        var tailTemperature: Double
        var arrangement: Arrangement
        var origin: RankingModel.Origin
        /// The titles of rows and columns.
        var titles: [String]?
    }

    private static let format = "sizzle model 1"
    /// A dense model of more titles would not fit into memory.
    private static let mostTitles = 20_000

    /// The bytes of a model's file; the same model gives the same bytes.
    static func encode(_ model: RankingModel) throws -> [UInt8] {
        let policy = model.policy
        let head = Head(
            format: format,
            weights: Dictionary(
                uniqueKeysWithValues: ScoreFeature.allCases.map { ($0.rawValue, policy.weights[$0]) }),
            diversity: policy.diversity, temperature: policy.exploration.temperature,
            tailTemperature: policy.exploration.tailTemperature, arrangement: policy.arrangement, origin: model.origin,
            titles: model.items?.titles)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var bytes = Array(try encoder.encode(head)) + [UInt8(ascii: "\n")]
        for weight in model.items?.weights ?? [] {
            withUnsafeBytes(of: weight.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    /// The model of a file's bytes.
    /// - Throws: `Fault` (`badInput`) for anything that is not whole.
    static func decode(_ bytes: [UInt8], named name: String) throws(Fault) -> RankingModel {
        func damaged(_ why: String) -> Fault { Fault(.badInput, "\(printable(name)): is no model: \(why)") }
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { throw damaged("its first line does not end") }
        let head = try StrictJSON.decode(Head.self, from: bytes[..<end], named: name)
        guard head.format == format else { throw damaged("its format is '\(printable(head.format))', not '\(format)'") }
        var weights = ScoreWeights(preference: 0, popularity: 0, recency: 0)
        for (key, weight) in head.weights {
            guard let feature = ScoreFeature(rawValue: key), weight.magnitude <= ScoreWeights.limit else {
                throw damaged("the weight \(weight) of '\(printable(key))'")
            }
            weights[feature] = weight
        }
        guard (0...1).contains(head.diversity), (0...100).contains(head.temperature),
            (0...100).contains(head.tailTemperature)
        else { throw damaged("its diversity is not from 0 to 1, or a temperature not from 0 to 100") }
        return RankingModel(
            policy: RankingPolicy(
                weights: weights, diversity: head.diversity,
                exploration: Exploration(temperature: head.temperature, tailTemperature: head.tailTemperature),
                arrangement: head.arrangement),
            items: try items(head.titles, bytes[(end + 1)...], damaged), origin: head.origin)
    }

    private static func items(
        _ titles: [String]?, _ bytes: ArraySlice<UInt8>, _ damaged: (String) -> Fault
    ) throws(Fault) -> ItemModel? {
        guard let titles else {
            guard bytes.isEmpty else { throw damaged("bytes follow its first line, and it names no titles") }
            return nil
        }
        guard titles.count <= mostTitles, bytes.count == 4 * titles.count * titles.count,
            Set(titles).count == titles.count
        else { throw damaged("\(bytes.count) bytes are not the weights of \(titles.count) different titles") }
        let weights = bytes.withUnsafeBytes { raw in
            (0..<titles.count * titles.count).map { place in
                Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4 * place, as: UInt32.self)))
            }
        }
        guard weights.allSatisfy(\.isFinite) else { throw damaged("a weight is no number") }
        return ItemModel(titles: titles, weights: weights)
    }

    /// What a model is called: the day it was made, and the beginning of its hash.
    static func name(_ bytes: [UInt8], created: String) -> String {
        "\(created.prefix(10))-\(Hex.text(SHA256.hash(data: bytes).prefix(4)))"
    }
}
