import StageSupport
import Diagnostics
import Editions
import MediaTime
import Plans
import Stitching
import TestSupport
import Testing

/// A plan becomes fragments at their places, by arithmetic alone.
@Suite struct ReelLayoutTests {
    @Test func clipsStandEndToEnd() throws {
        let stage = try Stage(withBed: false)
        let layout = try ReelLayout(stage.plan("ABADEC"), stage.edition)
        #expect(layout.slots.map(\.start) == [0, 80, 120, 200, 280, 281])
        #expect(layout.slots.map(\.end) == [80, 120, 200, 280, 281, 321])
        #expect(layout.slots.map(\.clip.title) == ["A", "B", "A", "D", "E", "C"])
        #expect(layout.frames == 321)
        #expect(layout.samples == layout.frames * 2_000)
        // 80 frames are two parts of 40.
        #expect(layout.picture.map(\.position) == [0, 40, 80, 120, 160, 200, 240, 280, 281])
        #expect(layout.picture.map(\.part.frames) == [40, 40, 40, 40, 40, 40, 40, 1, 40])
        let a = try stage.edition.clips.media(of: stage.edition.clip(title: "A", type: "80"), rendition: 0)
        #expect(layout.picture[0...1].map(\.object) == [a.object, a.object])
        #expect(layout.picture[0...1].map(\.part) == a.parts)
        #expect(layout.picture[3...4].map(\.part) == a.parts)
    }

    @Test func aClipThatIsNotThereIsNamedWithItsSlot() throws {
        let stage = try Stage(withBed: false)
        var plan = stage.plan("AB")
        plan.slots[1].type = "50"
        #expect(
            try fault { _ = try ReelLayout(plan, stage.edition) }
                == Fault(
                    .badInput,
                    "slot 2: edition \(stage.edition.id) has no clip ('B', '50'); the title has 40"))
        plan.slots[1].title = "Z"
        #expect(
            try fault { _ = try ReelLayout(plan, stage.edition) }
                == Fault(.badInput, "slot 2: edition \(stage.edition.id) has no title 'Z'"))
    }

    @Test func noSlotsAreNoFrames() throws {
        let stage = try Stage(withBed: false)
        let layout = try ReelLayout(stage.plan(""), stage.edition)
        #expect(layout.frames == 0)
        #expect(layout.picture == [])
    }
}
