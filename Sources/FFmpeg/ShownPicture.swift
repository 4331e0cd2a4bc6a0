/// How a player shows the pictures of a track.
extension StreamInfo {
    /// Width and height with square samples, turned as the file says.
    public var shownSize: (width: Int, height: Int) {
        let width = Int(Int64(picture.width) * Int64(sampleAspect.width) / Int64(max(1, sampleAspect.height)))
        return rotation % 180 == 90 ? (picture.height, width) : (width, picture.height)
    }

    /// The filters that turn a decoded picture upright.
    public var uprighting: [FilterGraph.Filter] {
        switch rotation {
        case 90: [.init("transpose", ["dir": "clock"])]
        case 180: [.init("hflip"), .init("vflip")]
        case 270: [.init("transpose", ["dir": "cclock"])]
        default: []
        }
    }

    /// The matrix of its colours, by the name that libswscale has (ITU-T H.273, table 4); where the file says none, that of its size.
    public var matrixName: String {
        switch colour.matrix {
        case 1: "bt709"
        case 4: "fcc"
        case 5, 6: "bt601"
        case 7: "smpte240m"
        case 9, 10: "bt2020"
        default: picture.height < 720 ? "bt601" : "bt709"
        }
    }
}
