import StageSupport
import Diagnostics
import Editions
import FFmpeg
import Foundation
import MediaTime
import Plans
import TestSupport
import Testing

@testable import Previews

@Suite struct SheetLayoutTests {
    /// Corners and sizes of all pictures of a sheet.
    private func pictures(_ layout: SheetLayout, _ cells: Int) -> [(x: Int, y: Int, width: Int, height: Int)] {
        (0..<cells).flatMap { cell in
            layout.pictures(in: cell).enumerated().map { place, corner in
                let size = layout.picture(sized: place)
                return (corner.x, corner.y, size.width, size.height)
            }
        }
    }

    @Test func placesAreWholeValues() {
        let layout = SheetLayout(cells: 5, width: 640, height: 360)
        #expect(layout.picture.description == "1376x748 rgb24")
        #expect(layout.pictures(in: 0) == [.init(x: 24, y: 64), .init(x: 24, y: 248), .init(x: 186, y: 248)])
        #expect(layout.pictures(in: 4).map(\.x) == [24, 24, 186])
        #expect(
            (0..<3).map { layout.picture(sized: $0).description } == ["320x180 rgb24", "158x90 rgb24", "158x90 rgb24"])
        #expect(SheetLayout(cells: 1, width: 640, height: 360).picture.width == 368)
    }

    /// Whatever the shape of the pictures, nothing covers another or leaves the sheet.
    @Test func nothingOverlaps() {
        for (width, height) in [(640, 360), (360, 640), (2, 2), (1920, 800), (720, 576), (16, 4_096), (4_096, 16)] {
            for cells in [1, 2, 4, 5, 13] {
                let layout = SheetLayout(cells: cells, width: width, height: height)
                let all = pictures(layout, cells)
                let sheet = layout.picture
                #expect(
                    all.allSatisfy {
                        $0.x >= 0 && $0.y >= 0 && $0.x + $0.width <= sheet.width && $0.y + $0.height <= sheet.height
                    })
                for (number, one) in all.enumerated() {
                    let covered = all[(number + 1)...].contains { other in
                        one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height
                            && other.y < one.y + one.height
                    }
                    #expect(!covered, "\(width)x\(height), \(cells) cells, picture \(number)")
                }
            }
        }
    }
}

@Suite struct ReelSheetTests {
    /// The number that the picture in a part of a sheet carries.
    private func stamp(_ sheet: [UInt8], stride: Int, at place: SheetLayout.Place, _ size: PictureFormat) -> Int? {
        sheet.withUnsafeBytes { bytes in
            FrameStamp.read(
                luma: UnsafeRawBufferPointer(rebasing: bytes[(place.y * stride + place.x)...]), width: size.width,
                height: size.height, stride: stride)
        }
    }

    /// Every slot shows its middle frame large, its first and its last below, whatever its title.
    @Test func picturesAreThoseOfThePlan() throws {
        let stage = try Stage()
        var plan = stage.plan("BAEDC")
        plan.slots.append(ReelPlan.Slot(title: Stage.clips[5].title, type: Stage.clips[5].type))
        plan.viewer = "it's: 100% [me]"
        let png = try ReelSheet(plan, stage.edition).png()
        let path = stage.folder.file("sheet.png")
        try Data(png).write(to: URL(fileURLWithPath: path))
        let gray = try Tools.check("ffmpeg", ["-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "gray", "-"])
        let layout = SheetLayout(cells: 6, width: 160, height: 90)
        #expect(gray.output.count == layout.picture.width * layout.picture.height)
        let bytes = [UInt8](gray.output)
        let found = (0..<6).map { cell in
            layout.pictures(in: cell).enumerated().map { place, corner in
                stamp(bytes, stride: layout.picture.width, at: corner, layout.picture(sized: place))
            }
        }
        // Middle, first, last.
        #expect(
            found == [
                [100, 80, 119], [40, 0, 79], [120, 120, 120], [200, 160, 239], [180, 160, 199], [140, 120, 159],
            ])
        // The text below is drawn.
        for cell in 0..<6 {
            let corner = layout.text(in: cell)
            let lit = (0..<40).contains { row in
                let start = (corner.y + row) * layout.picture.width + corner.x
                return bytes[start..<start + 200].contains { $0 > 128 }
            }
            #expect(lit)
        }
    }

    @Test func theSamePlanGivesTheSameSheet() throws {
        let stage = try Stage()
        let sheets = try (0..<2).map { _ in try ReelSheet(stage.plan("AB"), stage.edition).png() }
        let same = sheets[0] == sheets[1]
        #expect(same)
    }

    @Test func aClipThatIsNotThereIsNamed() throws {
        let stage = try Stage()
        var plan = stage.plan("AB")
        plan.slots[1].title = "Z"
        #expect(
            throws: Fault(.badInput, "edition \(stage.edition.id) has no title 'Z'")
        ) { try ReelSheet(plan, stage.edition).png() }
    }
}

@Suite struct MegaSheetTests {
    /// Rows are never cut by the end of a sheet; a title with many clips takes several.
    @Test func manyTitlesTakeSeveralSheets() throws {
        let clip = MegaSheet.Clip(type: "80", range: try #require(FrameRange(0, 80)), timecode: nil)
        func pages(_ titles: Int, clips: Int) -> Int {
            MegaSheet(
                (0..<titles).map { MegaSheet.Title("T\($0)", clips: Array(repeating: clip, count: clips)) },
                heading: "mega.mp4", width: 640, height: 360
            ).pageCount
        }
        // A row of pictures 134 high takes 210 lines, 184 without a name: 28 fit into 6,000 with head and margins.
        #expect([1, 28, 29, 56, 57].map { pages($0, clips: 5) } == [1, 1, 2, 2, 3])
        #expect([15, 16].map { pages($0, clips: 6) } == [1, 2])
    }
}
