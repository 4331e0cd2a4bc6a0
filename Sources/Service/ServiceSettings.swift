public import Editions
public import Models
public import Sequencing
import Streaming

/// How a service is run.
public struct ServiceSettings: Sendable {
    /// Where it listens.
    public var host = "127.0.0.1"
    /// The port; 0 takes a free one.
    public var port = 8_080
    /// PEM files of the certificate chain and its key; `nil` serves without TLS.
    public var tls: (certificate: String, key: String)?
    /// The library.
    public var library: Library
    /// The SQLite file of titles and events; `nil` where there is none: then no reels are planned.
    public var catalogue: String?
    /// The file of what viewers like, of 'viewers snapshot'; where there is none the catalogue is read at the beginning.
    public var viewers: String?
    /// The models of the library; `nil` plans with the standard weights.
    public var models: ModelStore?
    /// How plans are made where no model is live: the standard weights, a little left to chance, so that the log can judge another policy.
    public var policy = RankingPolicy(exploration: .standard)
    /// What is left to chance, whatever a model says; `nil` leaves that to the model.
    public var exploration: Exploration?
    var plans: PlanSettings {
        PlanSettings(viewers: viewers, models: models, policy: policy, exploration: exploration)
    }
    /// Where events are logged.
    public var eventsFolder: String
    /// After how many bytes the log begins a new file.
    public var eventsRotation: Int64 = 64 << 20
    /// The secrets.
    public var keys: KeyRing
    /// Whether anybody may ask for reels, without a key.
    public var isOpen = false
    /// The cadences that may be asked for.
    public var cadences: [Cadence] = [.default]
    /// For how many seconds a reel can be asked for.
    public var tokenSeconds: UInt32 = 6 * 3_600
    /// Requests for reels a second and client, and as many at once; 0 for no limit.
    public var rate = 0
    /// Requests for reels that may be at work at a time; more are turned away.
    public var reelsInFlight = 512
    /// Connections that may be open at a time; more wait.
    public var connections = 20_000
    /// Seconds after which a connection is closed on which nothing is said.
    public var idleSeconds: Int64 = 30
    /// Seconds that a shutdown waits for what is being sent.
    public var shutdownSeconds: Int64 = 20
    /// Bytes of segments that are kept in memory.
    public var cacheBytes = 256 << 20
    /// Milliseconds between looks at which edition is live.
    public var lookMilliseconds: Int64 = 500
    /// Seconds between looks at the titles.
    public var catalogueSeconds: Int64 = 10
    /// What stands before the addresses of media: the origin of a CDN, or empty.
    public var mediaBase = ""
    /// Addresses of media.
    var addresses: MediaAddresses { MediaAddresses(folder: mediaBase + "/v1/m/") }
    /// The origin that other pages may ask from, or `*`; `nil` for none.
    public var corsOrigin: String? = "*"

    /// Settings with their defaults.
    public init(library: Library, eventsFolder: String, keys: KeyRing) {
        (self.library, self.eventsFolder, self.keys) = (library, eventsFolder, keys)
    }
}
