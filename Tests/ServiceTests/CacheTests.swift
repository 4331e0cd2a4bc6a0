import Foundation
import TestSupport
import Testing

@testable import Service

/// What is kept in memory and on the disk.
@Suite struct CacheTests {
    @Test func itNeverHoldsMoreThanItsLimit() {
        let cache = GenerationCache<Int, Int>(limit: 100)
        var random = FixedRandom(state: 3)
        for _ in 0..<10_000 {
            let key = Int.random(in: 0..<60, using: &random)
            if let known = cache[key] { #expect(known == key * 7) }
            cache.insert(key * 7, for: key, size: 1 + key % 9)
            #expect(cache.size <= 100)
        }
        cache.insert(1, for: 1_000, size: 51)
        #expect(cache[1_000] == nil)
    }

    @Test func whatIsUsedStays() {
        let cache = GenerationCache<Int, String>(limit: 20)
        cache.insert("often", for: 0, size: 1)
        for key in 1..<1_000 {
            cache.insert("once", for: key, size: 1)
            #expect(cache[0] == "often")
        }
        #expect(cache[1] == nil)
    }

    @Test func aBucketFillsSteadily() {
        let limiter = RateLimiter(perSecond: 10)
        let start = ContinuousClock.now
        let atOnce = (0..<15).map { _ in limiter.allows("a", at: start) }
        #expect(atOnce == Array(repeating: true, count: 10) + Array(repeating: false, count: 5))
        #expect(limiter.allows("b", at: start))
        let later = start + .milliseconds(250)
        #expect((0..<4).map { _ in limiter.allows("a", at: later) } == [true, true, false, false])
    }
}
