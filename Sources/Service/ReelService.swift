public import Diagnostics
private import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdHTTP2
import HummingbirdTLS
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle
private import Tracing
import UnixSignals

/// The HTTP service: serves until SIGTERM or SIGINT, then finishes what is in flight and ends.
public struct ReelService: Sendable {
    private let state: ServiceState
    private let logger: Logger

    /// Lets all asynchronous work of the process run on the threads that serve connections, so that an answer changes threads only where it
    /// waits for a disk. Is called once, before the first service is made, by a program that does nothing else.
    public static func takeOverThreads() {
        NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor()
    }

    /// Gives each request the ids of a trace: of the caller's, if it sends `traceparent` (W3C Trace Context), else of a new one. They are in the
    /// log as `trace_id` and `span_id`. Is called once, by a program that installs no tracer of its own with `InstrumentationSystem`.
    public static func traceInLog() { InstrumentationSystem.bootstrap(TraceIDs()) }

    /// Prepares a service: opens what it serves.
    /// - Parameter logLevel: `info` logs every request.
    /// - Throws: `Fault` when the library, the catalogue or the folder of events cannot be used.
    public init(_ settings: ServiceSettings, logsRequests: Bool) throws(Fault) {
        var logger = Logger(label: "sizzle", factory: ServiceLog.init)
        logger.logLevel = logsRequests ? .info : .notice
        self.logger = logger
        state = try ServiceState(settings) { [logger] line in logger.error("events", metadata: ["error": "\(line)"]) }
    }

    /// Serves until the process is told to end.
    /// - Parameter listening: is called with the address when connections are taken.
    /// - Throws: `Fault` (`cannotCreate`) when the address cannot be listened on, or a certificate cannot be read.
    public func run(listening: @escaping @Sendable (String) -> Void) async throws {
        let settings = state.settings
        let scheme = settings.tls == nil ? "http" : "https"
        var application = Application(
            responder: Responder(service: state), server: try server(),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port), serverName: "sizzle", backlog: 4_096,
                availableConnectionsDelegate: MaximumAvailableConnections(settings.connections, logger: logger)),
            onServerRunning: { channel in
                listening("\(scheme)://\(settings.host):\(channel.localAddress?.port ?? settings.port)")
            }, logger: logger)
        application.addServices(state.events, Looking(state: state, logger: logger))
        do {
            var configuration = ServiceGroupConfiguration(
                services: [.init(service: application)], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
            configuration.maximumGracefulShutdownDuration = .seconds(settings.shutdownSeconds)
            try await ServiceGroup(configuration: configuration).run()
        } catch let error as IOError {
            throw Fault(
                .cannotCreate,
                "\(settings.host):\(settings.port): cannot listen: \(error.localizedDescription); choose another --port"
            )
        }
    }

    private func server() throws -> HTTPServerBuilder {
        let settings = state.settings
        let patience = TimeAmount.seconds(settings.idleSeconds)
        let channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [SlowClients(patience: patience, metrics: state.metrics)],
            idleTimeout: .seconds(settings.idleSeconds),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))
        guard let tls = settings.tls else { return .http1(configuration: channel) }
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(tls.certificate).map {
                NIOSSLCertificateSource.certificate($0)
            }
            let key = try NIOSSLPrivateKey(file: tls.key, format: .pem)
            return try .http2Upgrade(
                tlsConfiguration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key)),
                configuration: .init(idleTimeout: .seconds(settings.idleSeconds), streamConfiguration: channel))
        } catch {
            throw Fault(
                .badInput,
                "\(tls.certificate), \(tls.key): cannot be used for TLS: \(error); give PEM files that belong together")
        }
    }
}

/// Looks again and again at which edition is live, and now and then at the titles.
private struct Looking: Service {
    let state: ServiceState
    let logger: Logger

    func run() async throws {
        var lastTitles = ContinuousClock.now
        while !Task.isShuttingDownGracefully {
            try? await cancelWhenGracefulShutdown { [state] in
                try await Task.sleep(for: .milliseconds(state.settings.lookMilliseconds))
            }
            let isTime = lastTitles.duration(to: .now) >= .seconds(state.settings.catalogueSeconds)
            if isTime { lastTitles = .now }
            do {
                try await state.blocking { [state] in
                    try state.editions.look()
                    if isTime { try state.planner?.look(at: ServiceState.now) }
                }
            } catch {
                logger.error("cannot look at the library", metadata: ["error": "\(error)"])
            }
        }
    }
}
