// How much faster is a device in order than at random?
internal import ArgumentParser
internal import CReference
internal import Host

struct DeviceOrderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "device-order", abstract: "Reads and writes a file in order and at random places, past the page cache, in turns.",
        discussion: """
            In order means 1 MiB at a time, at random 4 KiB at a time, one request after the other. Writes go to places that were written before and are \
            not forced to the device one by one: a device with a write cache answers out of it.
            """)

    @Option(help: "A directory on the disk to be measured.") var dir: String
    @Option(help: "MiB of the file; more than a cache below us holds.") var mebibytes = 1024
    @Option(help: "Seconds of each pass.") var seconds = 0.3
    @Option(help: "Rounds of one pass of each kind.") var rounds = 9
    @OptionGroup var output: OutputOptions

    private static let large: UInt32 = 1 << 20, small: UInt32 = 4096

    func validate() throws {
        guard mebibytes > 1, seconds > 0, rounds > 0 else { throw ValidationError("--mebibytes of 2 or more, and positive --seconds and --rounds") }
    }

    /// Bytes a second, by round.
    private struct Kind {
        let name: String
        let writes: Bool
        var inOrder: [Double] = []
        var atRandom: [Double] = []

        var items: [FigureItem] {
            [
                FigureItem("random_\(name)_iops", medianOf: atRandom.map { $0 / Double(DeviceOrderCommand.small) }, unit: "/s", .higher),
                FigureItem("random_\(name)", medianOf: atRandom.map { $0 / 1e6 }, unit: "MB/s", .higher),
                FigureItem("sequential_\(name)", medianOf: inOrder.map { $0 / 1e6 }, unit: "MB/s", .higher),
                FigureItem("\(name)_order_ratio", medianOf: zip(inOrder, atRandom).map { $0 / $1 }, unit: "x", .neutral),
            ]
        }
    }

    func run() throws {
        let scratch = try ScratchDirectory(in: dir)
        defer { scratch.remove() }
        let path = "\(scratch.path)/device"
        let failed = creference_make_file(path, UInt64(mebibytes) << 20)
        guard failed == 0 else { throw referenceFailure(failed, "make file") }
        var kinds = [Kind(name: "read", writes: false), Kind(name: "write", writes: true)]
        for round in 0..<rounds {
            for index in kinds.indices {
                // They take turns in being the first.
                let orders = round % 2 == 0 ? [true, false] : [false, true]
                for isInOrder in orders {
                    let rate = try pass(path, kinds[index].writes, isInOrder)
                    if isInOrder { kinds[index].inOrder.append(rate) } else { kinds[index].atRandom.append(rate) }
                }
            }
        }
        output.print(
            command: "device-order", directory: dir, [("fileBytes", .count(mebibytes << 20)), ("rounds", .count(rounds)), ("seconds", .number(seconds))],
            items: kinds.flatMap(\.items))
    }

    private func pass(_ path: String, _ writes: Bool, _ isInOrder: Bool) throws -> Double {
        let rate = creference_direct(path, UInt64(mebibytes) << 20, writes, isInOrder, isInOrder ? Self.large : Self.small, seconds)
        guard rate > 0 else { throw referenceFailure(Int64(rate), "O_DIRECT \(writes ? "write" : "read")") }
        return rate
    }
}
