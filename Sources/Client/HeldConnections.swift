// Connections that are open and ask for nothing, beyond what keeps them open.
internal import CLinux
internal import Glibc
internal import Wire

/// Each has asked for versions and metadata, as a client does that has just started. Blocks; belongs to one thread.
package final class HeldConnections {
    private let broker: BrokerAddress
    private let options: ConnectionOptions
    /// nil: it has ended.
    private var connections: [BlockingConnection?] = []
    /// In the same order; -1 for those that have ended, which poll passes over.
    private var polled: [pollfd] = []
    package private(set) var openCount = 0

    package init(_ broker: BrokerAddress, _ options: ConnectionOptions) {
        self.broker = broker
        self.options = options
    }

    /// Opens one more.
    package func add() throws(ClientError) {
        let connection = try BlockingConnection(broker, options)
        try Self.ask(connection)
        connections.append(connection)
        polled.append(pollfd(fd: connection.descriptor, events: Int16(POLLIN), revents: 0))
        openCount += 1
    }

    /// Asks once more, so that the broker does not take it for one that nobody needs; without an answer it has ended.
    ///
    /// - Parameter number: in the order in which they were opened.
    package func keepAlive(_ number: Int) {
        guard let connection = connections[number] else { return }
        do throws(ClientError) { try Self.ask(connection) } catch { end(number) }
    }

    /// Lets go of all that have ended. Waits for none.
    package func lookForEnds() {
        let count = nfds_t(polled.count)
        guard poll(&polled, count, 0) > 0 else { return }
        // None has asked for anything: what there is to read is the end.
        for number in polled.indices where polled[number].revents != 0 { end(number) }
    }

    private func end(_ number: Int) {
        connections[number] = nil
        polled[number].fd = -1
        openCount -= 1
    }

    private static func ask(_ connection: BlockingConnection) throws(ClientError) {
        let _: MetadataResponse = try connection.call(MetadataRequest(topics: [], allowAutoTopicCreation: false))
    }
}
