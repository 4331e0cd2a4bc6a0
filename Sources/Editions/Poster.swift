public import Diagnostics

/// A picture of a clip for people, made once: a JPEG of its middle frame.
public struct Poster: Sendable, Codable, DerivedMedia {
    /// The JPEG.
    public var picture: ObjectID

    /// Describes a poster.
    public init(picture: ObjectID) { self.picture = picture }

    /// Itself.
    public var objects: [MadeObject] { [MadeObject(picture, "jpg")] }

    /// The recipe of the poster of a clip's media object.
    public static func recipe(of media: ObjectID) -> String { "poster 1 \(media)" }
}

extension Edition {
    /// The picture of a clip; `nil` where none was made.
    /// - Throws: `Fault` when the clip table is damaged.
    public func poster(of clip: ClipTable.Clip) throws(Fault) -> ObjectID? {
        library.derived(Poster.recipe(of: try clips.media(of: clip, rendition: 0).object), as: Poster.self)?.picture
    }
}
