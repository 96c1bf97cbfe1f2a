// Holds a broker's disk to so many bytes a second: by a control group of the kernel's, or, where there can be none, by the lab.
internal import Topology

/// A limit that lasts until `release`.
final class DiskLimit {
    private enum Way {
        case group(ControlGroupLimit)
        case lab(LabDisk, before: String)
    }

    /// By which means, and what it does not hold.
    let means: String
    private var way: Way?

    /// Why it can be done by neither means; nil: as far as one can tell it can.
    ///
    /// - Parameters:
    ///   - device: under the broker's data directory, as under /sys/block; nil: there is none, or several.
    ///   - directory: that one.
    static func refusal(_ device: String?, _ directory: DataDirectory?) -> String? {
        guard let reason = ControlGroupLimit.refusal(device) else { return nil }
        guard let disk = LabDisk(under: directory) else {
            return "\(reason); a disk of the lab can be held, too, and the data directory is on none: Scripts/lab host up makes them, "
                + "--data-dir .build/lab/host/hdd or ssd names one"
        }
        return disk.isWritable ? nil : "\(reason); the data directory is on a disk of the lab, and this user may not write \(disk.control), which holds it"
    }

    /// - Throws: `HarnessError`, `SystemError`.
    init(pid: Int32, device: String?, directory: DataDirectory?, bytesPerSecond: Int64) throws {
        if let refusal = Self.refusal(device, directory) { throw HarnessError.impossible(refusal) }
        if ControlGroupLimit.refusal(device) == nil {
            let group = try ControlGroupLimit(pid: pid, device: device, bytesPerSecond: bytesPerSecond)
            means = group.means
            way = .group(group)
        } else {
            guard let disk = LabDisk(under: directory) else { preconditionFailure("a disk of the lab that was there is gone") }
            let before = try disk.hold(bytesPerSecond: bytesPerSecond)
            means = "\(decimalBytes(bytesPerSecond))/s by the lab's \(disk.name): reads and writes together, whoever's they are, what the kernel writes back "
                + "included; a flush by itself takes no time"
            way = .lab(disk, before: before)
        }
    }

    deinit { release() }

    /// Ends the limit; harmless the second time. What waits for the disk goes on at once.
    func release() {
        switch way {
        case .group(let group): group.release()
        case .lab(let disk, let before): disk.put(before)
        case nil: break
        }
        way = nil
    }
}
