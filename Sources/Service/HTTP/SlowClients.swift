import HTTPTypes
import NIOCore
import NIOHTTPTypes
import Synchronization

/// Closes connections whose clients are too slow: a request has to come whole in time and be no longer than any that is answered, and
/// of an answer something has to be taken in time. (Hummingbird closes those on which nothing is said at all.)
final class SlowClients: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let patience: TimeAmount
    private let metrics: Metrics
    private var request: Scheduled<Void>?
    private var bodyBytes = 0
    private var answer: Scheduled<Void>?
    private var unsent = 0
    /// Whether the client wants the connection to end with the answer: RFC 9112, 9.6.
    private var isLast = false
    /// No body is longer that is answered with anything but a problem.
    private static let maximumBody = EventBatch.maximumBytes + 64 << 10
    /// Answers are sent in pieces of this size, so that a slow client can be told from one that takes nothing.
    private static let pieceSize = 128 << 10

    init(patience: TimeAmount, metrics: Metrics) { (self.patience, self.metrics) = (patience, metrics) }

    func handlerAdded(context: ChannelHandlerContext) { metrics.connections.add(1, ordering: .relaxed) }

    func handlerRemoved(context: ChannelHandlerContext) {
        metrics.connections.subtract(1, ordering: .relaxed)
        request?.cancel()
        answer?.cancel()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            bodyBytes = 0
            isLast = head.headerFields[.connection]?.lowercased().split { ", ".contains($0) }.contains("close") == true
            request?.cancel()
            request = closing(context)
        case .body(let bytes):
            bodyBytes += bytes.readableBytes
            // What is too long is refused by now; the rest of it is read to nowhere, until it ends or the time does.
            if bodyBytes > Self.maximumBody { return }
        case .end:
            request?.cancel()
            request = nil
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .body(let bytes): send(inPieces: bytes, context, promise)
        case .head(var head):
            if isLast { head.headerFields[.connection] = "close" }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end where isLast:
            let sent = promise ?? context.eventLoop.makePromise()
            let held = NIOLoopBound(context, eventLoop: context.eventLoop)
            sent.futureResult.whenComplete { _ in held.value.close(promise: nil) }
            context.write(data, promise: sent)
        case .end: context.write(data, promise: promise)
        }
    }

    private func send(inPieces whole: ByteBuffer, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?)
    {
        var bytes = whole
        while bytes.readableBytes > Self.pieceSize, let piece = bytes.readSlice(length: Self.pieceSize) {
            send(piece, context, nil)
        }
        send(bytes, context, promise)
    }

    private func send(_ bytes: ByteBuffer, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        unsent += 1
        if answer == nil { answer = closing(context) }
        let taken = context.eventLoop.makePromise(of: Void.self)
        taken.futureResult.cascade(to: promise)
        let held = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        taken.futureResult.whenComplete { _ in
            let (handler, context) = held.value
            handler.unsent -= 1
            handler.answer?.cancel()
            handler.answer = handler.unsent > 0 ? handler.closing(context) : nil
        }
        context.write(wrapOutboundOut(.body(bytes)), promise: taken)
    }

    /// Closes the connection when the patience is at its end.
    private func closing(_ context: ChannelHandlerContext) -> Scheduled<Void> {
        let held = NIOLoopBound(context, eventLoop: context.eventLoop)
        return context.eventLoop.scheduleTask(in: patience) { held.value.close(promise: nil) }
    }
}
