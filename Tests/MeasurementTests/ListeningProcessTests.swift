import Glibc
import Testing

@testable import Measurement

@Suite struct ListeningProcessTests {
    private let table = """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 0100007F:2384 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 7001 1 0000000000000000 100 0 0 10 0
           1: 0100007F:2384 0100007F:A001 01 00000000:00000000 00:00000000 00000000     0        0 7002 1 0000000000000000 20 4 30 10 -1
           2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 7003 1 0000000000000000 100 0 0 10 0
           3: 00000000000000000000000001000000:2384 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 7004 1
        """

    @Test func `only listening sockets of the port are found, connections and other ports are not`() {
        #expect(ListeningProcess.socketInodes(listeningOn: 9092, in: table) == [7001, 7004])
        #expect(ListeningProcess.socketInodes(listeningOn: 22, in: table) == [7003])
        #expect(ListeningProcess.socketInodes(listeningOn: 40_961, in: table) == [])
        #expect(ListeningProcess.socketInodes(listeningOn: 22, in: "") == [])
    }

    @Test func `a process finds itself by the port it listens on`() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        #expect(listen(descriptor, 1) == 0)
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let known = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        #expect(known == 0)
        #expect(ListeningProcess.pids(port: UInt16(bigEndian: address.sin_port)).contains(getpid()))
        #expect(ListeningProcess.pids(port: 1) == [])
    }
}
