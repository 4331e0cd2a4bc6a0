import Foundation
import MediaTime
import Testing

@Suite struct DecibelsTests {
    @Test func textHasTwoDigits() {
        let texts = [0, 5, -5, 100, -2_300, 1_234_567].map { Decibels(hundredths: $0).description }
        #expect(texts == ["0.00", "0.05", "-0.05", "1.00", "-23.00", "12345.67"])
    }

    @Test func theNearestHundredthIsTaken() {
        let values = [-23.004, -23.006, 0.125, 1_000].map { Decibels(nearest: $0)?.hundredths }
        #expect(values == [-2_300, -2_301, 13, 100_000])
        #expect([Double.nan, .infinity, -.infinity, 1_000.1].map { Decibels(nearest: $0) } == [nil, nil, nil, nil])
    }

    @Test func inJSONItIsANumber() throws {
        let level = Decibels(hundredths: -2_301)
        let data = try JSONEncoder().encode([level])
        #expect(String(decoding: data, as: UTF8.self) == "[-23.01]")
        #expect(try JSONDecoder().decode([Decibels].self, from: data) == [level])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([Decibels].self, from: Data("[1e9]".utf8)) }
    }
}
