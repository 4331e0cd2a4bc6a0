import FFmpeg
import Foundation
import TestSupport
import Testing

@testable import Previews

/// Outlines of sounds that are known sample by sample.
@Suite struct WaveformTests {
    private func waveform(_ expression: String, seconds: Int = 1) throws -> Waveform {
        let folder = try TemporaryFolder()
        let path = folder.file("sound.wav")
        try Tools.check(
            "ffmpeg",
            [
                "-v", "error", "-f", "lavfi", "-i", "aevalsrc='\(expression)':s=48000:d=\(seconds)", "-c:a",
                "pcm_f32le", path,
            ])
        return try Waveform.read(path)
    }

    @Test func spansHoldTheExtremes() throws {
        // Left rises from 0 to 0.5, right is silent but for one sample of -1 at 24,000.
        let found = try waveform("t/2|-eq(n,24000)")
        #expect(found.samples == 48_000)
        #expect(found.peak == 1)
        let spans = found.spans(0..<48_000, columns: 4)
        #expect(spans.map { ($0.high * 1_000).rounded() } == [125, 250, 375, 500])
        #expect(spans.map(\.low) == [0, 0, -1, 0])
    }

    @Test func beyondBothEndsThereIsSilence() throws {
        let found = try waveform("0.5|0.5")
        #expect(found.spans(-48_000..<96_000, columns: 3).map(\.high) == [0, 0.5, 0])
        #expect(found.spans(100..<101, columns: 3).map(\.high) == [0.5, 0.5, 0.5])
    }

    @Test func bandAndStripsStandBesideThePictures() {
        let layout = SheetLayout(cells: 5, width: 640, height: 360, hasWaveform: true)
        #expect(layout.picture.description == "1376x956 rgb24")
        #expect(layout.band == .init(x: 24, y: 64, width: 1_328, height: 96))
        #expect(layout.pictures(in: 0)[0] == .init(x: 24, y: 176))
        #expect(layout.strip(in: 4) == .init(x: 24, y: 888, width: 320, height: 44))
        #expect(layout.text(in: 4).y + 42 <= 888)
    }
}
