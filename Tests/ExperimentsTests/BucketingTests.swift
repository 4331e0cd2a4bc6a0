import Experiments
import Testing

/// The vectors of SEQUENCING, section 2.
@Suite struct BucketingTests {
    @Test func areTheHashOfSaltAndViewer() {
        #expect(Bucketing.bucket(viewer: "viewer-1", salt: "reel.cadence.2026-11") == 1_483)
        #expect(Bucketing.bucket(viewer: "viewer-2", salt: "reel.cadence.2026-11") == 999)
        #expect(Bucketing.bucket(viewer: "viewer-1", salt: "reel.weights.2026-11") == 7_387)
    }

    @Test func areAlikeFull() {
        var tenths = Array(repeating: 0, count: 10)
        for number in 0..<100_000 {
            tenths[Bucketing.bucket(viewer: "viewer-\(number)", salt: "reel.cadence.2026-11") / 1_000] += 1
        }
        #expect(tenths == [9_957, 9_850, 10_109, 9_995, 10_002, 10_119, 10_003, 10_040, 9_987, 9_938])
        let ratio = SampleRatio(viewers: tenths, weights: Array(repeating: 1, count: 10))
        #expect(agree(ratio.chiSquare, 5.6042))
        #expect(agree(ratio.p, 0.7787843332803632))
    }
}
