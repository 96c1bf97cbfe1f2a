// What lies between two clocks on either side of a loopback connection, whoever reads them.
internal import ArgumentParser
internal import CReference
internal import Host

struct HeldEchoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "held-echo",
        abstract: "What a request and its answer take over loopback beyond the time that the other side stamps: two sockets and two wake-ups.",
        discussion: """
            A C loop on plain sockets, whose other thread holds each answer back as a broker does that has something to do: then every
            exchange wakes two threads that sleep. No harness can come nearer to a broker's own stamps than this.
            """)

    @Option(help: "How long it is asked.") var seconds = 1.0
    @Option(help: "How long an answer is held back, in microseconds.") var holdMicroseconds = 500
    @Option(help: "Between an answer and the next request, in microseconds.") var restMicroseconds = 1600
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard seconds > 0, seconds <= 60, (1...1_000_000).contains(holdMicroseconds), (0...1_000_000).contains(restMicroseconds) else {
            throw ValidationError("--seconds must be above 0 and at most 60, --hold-microseconds from 1 and --rest-microseconds from 0 to 1000000")
        }
    }

    func run() throws {
        var path = creference_latency()
        let failed = creference_held_echo(seconds, UInt64(holdMicroseconds) * 1_000, UInt64(restMicroseconds) * 1_000, &path)
        guard failed == 0 else { throw SystemError(call: "held echo", errno: -failed, subject: "the loopback") }
        output.print(
            command: "held-echo", directory: nil, [],
            items: [
                FigureItem("held_echo_p50", Double(path.p50), unit: "ns", samples: Int(path.count)),
                FigureItem("held_echo_p99", Double(path.p99), unit: "ns", samples: Int(path.count)),
            ])
    }
}
