// Memory that stands ready: a hypervisor that takes idle pages back makes first writes up to 20 times slower.
internal import CReference
internal import Topology

/// Writes and unlinks as much as a pass will write, right before it.
struct WarmPass {
    let path: String
    let bytes: Int

    init(in scratch: ScratchDirectory, bytes: Int) {
        path = "\(scratch.path)/warm"
        self.bytes = bytes
    }

    func run() throws {
        let failed = creference_warm(path, UInt64(bytes))
        guard failed == 0 else { throw referenceFailure(failed, "warm pass") }
    }
}

/// What the kernel has given back to the hypervisor so far, where it keeps count.
enum HandedBack {
    static func bytes() -> Int64? {
        LiveSystem().text("/sys/module/page_reporting/parameters/reported_kib").flatMap { Int64($0) }.map { $0 * 1024 }
    }
}
