internal import MediaTime

/// The DASH manifest of a reel (ISO/IEC 23009-1): one period, each segment by its own address.
public enum DASH {
    /// The manifest.
    public static func manifest(_ stream: ReelStream) -> String {
        let duration = stream.pictures[0]
        var lines = [
            #"<?xml version="1.0" encoding="utf-8"?>"#,
            #"<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-main:2011" type="static""#
                + #" mediaPresentationDuration="PT\#(duration.seconds(duration.ticks))S" minBufferTime="PT\#(stream.target + 1)S">"#,
            #"  <Period id="0" start="PT0S">"#,
        ]
        lines += set(stream.pictures, id: 0, "video", stream.target)
        if let sound = stream.sound { lines += set([sound], id: 1, "audio", stream.target) }
        return (lines + ["  </Period>", "</MPD>"]).joined(separator: "\n") + "\n"
    }

    /// An adaptation set: 5.3.3.
    private static func set(_ tracks: [StreamTrack], id: Int, _ kind: String, _ target: Int64) -> [String] {
        var lines = [
            #"    <AdaptationSet id="\#(id)" contentType="\#(kind)" mimeType="\#(kind)/mp4" segmentAlignment="true" startWithSAP="1">"#
        ]
        for track in tracks {
            var line = #"      <Representation id="\#(escaped(track.name))""#
            if let picture = track.picture {
                line += #" width="\#(picture.width)" height="\#(picture.height)""#
                if let rate = picture.frameRate {
                    line += #" frameRate="\#(rate.denominator == 1 ? "\(rate.numerator)" : "\(rate)")""#
                }
            } else {
                line += #" audioSamplingRate="\#(track.timebase.denominator)""#
            }
            line += #" codecs="\#(escaped(track.codec))" bandwidth="\#(track.peakBandwidth(target: target))">"#
            lines.append(line)
            if track.channels > 0 {
                lines.append(
                    #"        <AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="\#(track.channels)"/>"#
                )
            }
            lines += list(track) + ["      </Representation>"]
        }
        return lines + ["    </AdaptationSet>"]
    }

    /// The segments: 5.3.9.3, with the timeline of 5.3.9.6.
    private static func list(_ track: StreamTrack) -> [String] {
        var lines = [
            #"        <SegmentList timescale="\#(track.timebase.denominator)">"#,
            #"          <Initialization sourceURL="\#(escaped(track.initAddress))"/>"#, "          <SegmentTimeline>",
        ]
        // Each segment has its own `S`: where one repeats (`r`), GStreamer asks for the first address again and again.
        var time: Int64 = 0
        for segment in track.segments {
            lines.append(#"            <S t="\#(time)" d="\#(segment.ticks)"/>"#)
            time += segment.ticks
        }
        lines.append("          </SegmentTimeline>")
        for segment in track.segments { lines.append(#"          <SegmentURL media="\#(escaped(segment.address))"/>"#) }
        return lines + ["        </SegmentList>"]
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
    }
}
