internal import MediaTime

/// HLS playlists of a reel (RFC 8216): video on demand, picture and sound apart.
///
/// A stream has one timeline without discontinuities, unless its playlist points at media objects as they are stored.
public enum HLS {
    /// Version 7 of the protocol has all that is used: `EXT-X-MAP` needs 6.
    private static let version = "#EXT-X-VERSION:7"

    /// The multivariant playlist: RFC 8216, 4.3.4. Its addresses are relative: `{rendition}.m3u8`, `{rendition}-iframes.m3u8`, `audio.m3u8`.
    public static func multivariant(_ stream: ReelStream) -> String {
        var lines = [
            "#EXTM3U", version, "#EXT-X-INDEPENDENT-SEGMENTS",
            // A player that joins begins at the first frame, not near the end or at a segment of its choice.
            "#EXT-X-START:TIME-OFFSET=0,PRECISE=YES",
        ]
        if let sound = stream.sound {
            lines.append(
                "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"sound\",NAME=\"Sound\",DEFAULT=YES,AUTOSELECT=YES,"
                    + "CHANNELS=\"\(sound.channels)\",URI=\"audio.m3u8\"")
        }
        let target = stream.target
        for picture in stream.pictures {
            let peak = picture.peakBandwidth(target: target) + (stream.sound?.peakBandwidth(target: target) ?? 0)
            let average = picture.averageBandwidth + (stream.sound?.averageBandwidth ?? 0)
            let codecs = [picture.codec, stream.sound?.codec].compactMap(\.self).joined(separator: ",")
            var line = "#EXT-X-STREAM-INF:BANDWIDTH=\(peak),AVERAGE-BANDWIDTH=\(average),CODECS=\"\(codecs)\""
            line += shape(picture.picture)
            if let rate = picture.picture?.frameRate { line += ",FRAME-RATE=\(rate.rounded)" }
            if stream.sound != nil { line += ",AUDIO=\"sound\"" }
            lines += [line, "\(picture.name).m3u8"]
        }
        for picture in stream.pictures where picture.segments.allSatisfy({ $0.keyBytes > 0 }) {
            lines.append(
                "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=\(picture.keyBandwidth(target: target)),CODECS=\"\(picture.codec)\""
                    + "\(shape(picture.picture)),URI=\"\(picture.name)-iframes.m3u8\"")
        }
        return text(lines)
    }

    /// The playlist of a rendition: RFC 8216, 4.3.2 and 4.3.3.
    public static func media(_ track: StreamTrack, of stream: ReelStream) -> String {
        var lines = head(stream) + ["#EXT-X-INDEPENDENT-SEGMENTS", "#EXT-X-MAP:URI=\"\(track.initAddress)\""]
        for segment in track.segments {
            if segment.isDiscontinuous { lines.append("#EXT-X-DISCONTINUITY") }
            lines.append("#EXTINF:\(track.seconds(segment.ticks)),")
            lines.append(segment.address)
        }
        return text(lines + ["#EXT-X-ENDLIST"])
    }

    /// The playlist of the pictures that can be decoded alone, for seeking by pictures: RFC 8216, 4.3.3.6.
    public static func keyFrames(_ track: StreamTrack, of stream: ReelStream) -> String {
        var lines = head(stream) + ["#EXT-X-I-FRAMES-ONLY", "#EXT-X-MAP:URI=\"\(track.initAddress)\""]
        for segment in track.segments {
            if segment.isDiscontinuous { lines.append("#EXT-X-DISCONTINUITY") }
            lines += [
                "#EXTINF:\(track.seconds(segment.ticks)),",
                "#EXT-X-BYTERANGE:\(segment.keyBytes)@0",
                segment.address,
            ]
        }
        return text(lines + ["#EXT-X-ENDLIST"])
    }

    private static func head(_ stream: ReelStream) -> [String] {
        ["#EXTM3U", version, "#EXT-X-TARGETDURATION:\(stream.target)", "#EXT-X-PLAYLIST-TYPE:VOD"]
    }

    private static func shape(_ picture: StreamTrack.Picture?) -> String {
        picture.map { ",RESOLUTION=\($0.width)x\($0.height)" } ?? ""
    }

    private static func text(_ lines: [String]) -> String { lines.joined(separator: "\n") + "\n" }
}
