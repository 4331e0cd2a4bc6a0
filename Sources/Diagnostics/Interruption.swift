private import Glibc
private import Synchronization

/// Whether the user has asked the process to stop (SIGINT, SIGTERM).
///
/// Long work asks between its steps and unwinds like from any other error, so that nothing is left behind.
public enum Interruption {
    private static let signal = Atomic<Int32>(0)

    /// Ended by a signal: exit status 128 + its number.
    public struct Stopped: Error, Sendable, CustomStringConvertible {
        /// SIGINT (2) or SIGTERM (15).
        public let signal: Int32
        /// A line for people.
        public var description: String {
            "stopped by \(signal == SIGINT ? "SIGINT" : "SIGTERM"); nothing was left behind"
        }
    }

    /// Begins to listen; a second signal of a kind ends the process at once.
    public static func listen() {
        for number in [SIGINT, SIGTERM] {
            Glibc.signal(number) { received in
                Interruption.signal.store(received, ordering: .relaxed)
                Glibc.signal(received, SIG_DFL)
            }
        }
    }

    /// Returns if work may go on.
    /// - Throws: `Stopped` after a signal.
    public static func check() throws {
        let received = signal.load(ordering: .relaxed)
        if received != 0 { throw Stopped(signal: received) }
    }
}
