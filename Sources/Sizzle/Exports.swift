@_exported public import Assembly
@_exported public import Audience
@_exported public import Catalogue
@_exported public import Conditioning
@_exported public import Diagnostics
@_exported public import Distributions
@_exported public import Editions
@_exported public import Editorial
@_exported public import Experiments
@_exported public import FFmpeg
@_exported public import Farm
@_exported public import FileSystem
@_exported public import Learning
@_exported public import Manifests
@_exported public import MediaTime
@_exported public import Models
@_exported public import Plans
@_exported public import Previews
@_exported public import Reports
@_exported public import Sequencing
@_exported public import Service
@_exported public import Sound
@_exported public import Stitching
@_exported public import Streaming
@_exported public import Tuning
@_exported public import Validation

/// Facts about the whole.
public enum Sizzle {
    /// The version of the library and of the command.
    public static let version = "0.1.0"
}
