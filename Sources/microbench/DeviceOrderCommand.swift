// How much faster is a device in order than at random?
internal import ArgumentParser
internal import CReference
internal import Host

struct DeviceOrderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "device-order", abstract: "Reads and writes a file in order and at random places, past the page cache, in turns.",
        discussion: """
            In order and at random, 1 MiB and 4 KiB at a time, one request after the other: what is called sequential is 1 MiB in order, what is called \
            random is 4 KiB anywhere, and the two others tell what of it is the order and what the size. Then 4 KiB at random with \(depth) requests on \
            their way. Writes go to places that were written before and are not forced to the device one by one: a device with a write cache answers out \
            of it.
            """)

    @Option(help: "A directory on the disk to be measured.") var dir: String
    @Option(help: "MiB of the file; more than a cache below us holds.") var mebibytes = 1024
    @Option(help: "Seconds of each pass.") var seconds = 0.3
    @Option(help: "Rounds of one pass of each kind.") var rounds = 9
    @OptionGroup var output: OutputOptions

    private static let depth: UInt32 = 16

    func validate() throws {
        guard mebibytes > 1, seconds > 0, rounds > 0 else { throw ValidationError("--mebibytes of 2 or more, and positive --seconds and --rounds") }
    }

    /// A way of asking the device.
    private enum Shape: Int, CaseIterable {
        case largeInOrder, smallInOrder, largeAtRandom, smallAtRandom, deep

        var isInOrder: Bool { self == .largeInOrder || self == .smallInOrder }
        var block: UInt32 { self == .largeInOrder || self == .largeAtRandom ? 1 << 20 : 4096 }
        var depth: UInt32 { self == .deep ? DeviceOrderCommand.depth : 1 }
    }

    /// Bytes a second by shape and round.
    private struct Kind {
        let name: String
        let writes: Bool
        var rates = [[Double]](repeating: [], count: Shape.allCases.count)

        subscript(_ shape: Shape) -> [Double] { rates[shape.rawValue] }

        private func iops(_ name: String, _ shape: Shape) -> FigureItem { FigureItem(name, medianOf: self[shape].map { $0 / Double(shape.block) }, unit: "/s", .higher) }
        private func rate(_ name: String, _ shape: Shape) -> FigureItem { FigureItem(name, medianOf: self[shape].map { $0 / 1e6 }, unit: "MB/s", .higher) }
        private func ratio(_ name: String, _ one: Shape, to other: Shape) -> FigureItem {
            FigureItem(name, medianOf: zip(self[one], self[other]).map { $0 / $1 }, unit: "x", .neutral)
        }

        var items: [FigureItem] {
            [
                iops("random_\(name)_iops", .smallAtRandom), rate("random_\(name)", .smallAtRandom), rate("sequential_\(name)", .largeInOrder),
                ratio("\(name)_order_ratio", .largeInOrder, to: .smallAtRandom), rate("sequential_small_\(name)", .smallInOrder),
                rate("random_large_\(name)", .largeAtRandom), ratio("\(name)_order_ratio_of_4_KiB", .smallInOrder, to: .smallAtRandom),
                ratio("\(name)_order_ratio_of_1_MiB", .largeInOrder, to: .largeAtRandom), ratio("\(name)_size_ratio_at_random", .largeAtRandom, to: .smallAtRandom),
                iops("random_\(name)_iops_\(DeviceOrderCommand.depth)_deep", .deep),
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
                for step in Shape.allCases.indices {
                    let shape = Shape.allCases[(step + round) % Shape.allCases.count]
                    kinds[index].rates[shape.rawValue].append(try pass(path, kinds[index].writes, shape))
                }
            }
        }
        output.print(
            command: "device-order", directory: dir, [("fileBytes", .count(mebibytes << 20)), ("rounds", .count(rounds)), ("seconds", .number(seconds))],
            items: kinds.flatMap(\.items))
    }

    private func pass(_ path: String, _ writes: Bool, _ shape: Shape) throws -> Double {
        let rate = creference_direct(path, UInt64(mebibytes) << 20, writes, shape.isInOrder, shape.block, shape.depth, seconds)
        guard rate > 0 else { throw referenceFailure(Int64(rate), "O_DIRECT \(writes ? "write" : "read")") }
        return rate
    }
}
