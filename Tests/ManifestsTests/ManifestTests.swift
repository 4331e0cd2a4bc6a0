import MediaTime
import TestSupport
import Testing

@testable import Manifests

/// Playlists and manifests to the letter; `Tests/Tools/check_stream.py` holds those of the service against the standards.
@Suite struct ManifestTests {
    /// 24000/1001 frames a second: 40, 80 and 2 frames; and sound that ends a little before.
    private static func stream(sound: Bool = true) throws -> ReelStream {
        let rate = try #require(FrameRate(24_000, 1_001))
        let timebase = try #require(Timebase(1, 24_000))
        let picture = StreamTrack(
            name: "v720-3000", codec: "avc1.64001f", initAddress: "/v1/m/aa.mp4", timebase: timebase,
            picture: .init(width: 1_280, height: 720, frameRate: rate),
            segments: [
                .init(address: "/v1/m/bb.0@0.m4s", ticks: 40_040, bytes: 500_000, keyBytes: 40_000),
                .init(address: "/v1/m/cc.0@40.m4s", ticks: 80_080, bytes: 900_000, keyBytes: 50_000),
                .init(address: "/v1/m/cc.1@120.m4s", ticks: 2_002, bytes: 60_000, keyBytes: 30_000),
            ])
        let audio = StreamTrack(
            name: "audio", codec: "mp4a.40.2", initAddress: "/v1/m/dd.mp4", timebase: .samples48k, channels: 2,
            segments: [
                .init(address: "/v1/m/ee.0@0.m4s", ticks: 98_304, bytes: 32_768),
                .init(address: "/v1/m/ee.1@96.m4s", ticks: 144_384, bytes: 48_128),
            ])
        return ReelStream(pictures: [picture], sound: sound ? audio : nil)
    }

    @Test func multivariant() throws {
        #expect(
            HLS.multivariant(try Self.stream()) == """
                #EXTM3U
                #EXT-X-VERSION:7
                #EXT-X-INDEPENDENT-SEGMENTS
                #EXT-X-START:TIME-OFFSET=0,PRECISE=YES
                #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio.m3u8"
                #EXT-X-STREAM-INF:BANDWIDTH=2525603,AVERAGE-BANDWIDTH=2423410,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=23.976,AUDIO="sound"
                v720-3000.m3u8
                #EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=191809,CODECS="avc1.64001f",RESOLUTION=1280x720,URI="v720-3000-iframes.m3u8"

                """)
    }

    @Test func mediaPlaylists() throws {
        let stream = try Self.stream()
        #expect(
            HLS.media(stream.pictures[0], of: stream) == """
                #EXTM3U
                #EXT-X-VERSION:7
                #EXT-X-TARGETDURATION:3
                #EXT-X-PLAYLIST-TYPE:VOD
                #EXT-X-INDEPENDENT-SEGMENTS
                #EXT-X-MAP:URI="/v1/m/aa.mp4"
                #EXTINF:1.668333,
                /v1/m/bb.0@0.m4s
                #EXTINF:3.336667,
                /v1/m/cc.0@40.m4s
                #EXTINF:0.083417,
                /v1/m/cc.1@120.m4s
                #EXT-X-ENDLIST

                """)
        #expect(
            HLS.keyFrames(stream.pictures[0], of: stream) == """
                #EXTM3U
                #EXT-X-VERSION:7
                #EXT-X-TARGETDURATION:3
                #EXT-X-PLAYLIST-TYPE:VOD
                #EXT-X-I-FRAMES-ONLY
                #EXT-X-MAP:URI="/v1/m/aa.mp4"
                #EXTINF:1.668333,
                #EXT-X-BYTERANGE:40000@0
                /v1/m/bb.0@0.m4s
                #EXTINF:3.336667,
                #EXT-X-BYTERANGE:50000@0
                /v1/m/cc.0@40.m4s
                #EXTINF:0.083417,
                #EXT-X-BYTERANGE:30000@0
                /v1/m/cc.1@120.m4s
                #EXT-X-ENDLIST

                """)
    }

    @Test func aSilentReelHasNoGroupOfSound() throws {
        let text = HLS.multivariant(try Self.stream(sound: false))
        #expect(!text.contains("AUDIO") && !text.contains("mp4a"))
        #expect(!DASH.manifest(try Self.stream(sound: false)).contains("audio"))
    }

    @Test func manifest() throws {
        #expect(
            DASH.manifest(try Self.stream()) == """
                <?xml version="1.0" encoding="utf-8"?>
                <MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-main:2011" type="static" mediaPresentationDuration="PT5.088417S" minBufferTime="PT4S">
                  <Period id="0" start="PT0S">
                    <AdaptationSet id="0" contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1">
                      <Representation id="v720-3000" width="1280" height="720" frameRate="24000/1001" codecs="avc1.64001f" bandwidth="2397603">
                        <SegmentList timescale="24000">
                          <Initialization sourceURL="/v1/m/aa.mp4"/>
                          <SegmentTimeline>
                            <S t="0" d="40040"/>
                            <S t="40040" d="80080"/>
                            <S t="120120" d="2002"/>
                          </SegmentTimeline>
                          <SegmentURL media="/v1/m/bb.0@0.m4s"/>
                          <SegmentURL media="/v1/m/cc.0@40.m4s"/>
                          <SegmentURL media="/v1/m/cc.1@120.m4s"/>
                        </SegmentList>
                      </Representation>
                    </AdaptationSet>
                    <AdaptationSet id="1" contentType="audio" mimeType="audio/mp4" segmentAlignment="true" startWithSAP="1">
                      <Representation id="audio" audioSamplingRate="48000" codecs="mp4a.40.2" bandwidth="128000">
                        <AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="2"/>
                        <SegmentList timescale="48000">
                          <Initialization sourceURL="/v1/m/dd.mp4"/>
                          <SegmentTimeline>
                            <S t="0" d="98304"/>
                            <S t="98304" d="144384"/>
                          </SegmentTimeline>
                          <SegmentURL media="/v1/m/ee.0@0.m4s"/>
                          <SegmentURL media="/v1/m/ee.1@96.m4s"/>
                        </SegmentList>
                      </Representation>
                    </AdaptationSet>
                  </Period>
                </MPD>

                """)
    }
}
