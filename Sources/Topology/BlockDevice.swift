// A block device and what it is made of, from /sys.

/// What kind of storage this is, as far as names and flags tell. Calibration confirms it, since names lie.
package enum DiskClass: String, Sendable, Codable, CaseIterable {
    case hdd, ssd, nvme
    /// A disk of a hypervisor; what is behind it cannot be seen from inside.
    case virtual
    case memory, network, unknown
}

/// One block device: a disk, or a layer on the way down to one.
package struct BlockDevice: Equatable, Sendable, Codable {
    /// `nvme0n1`
    package let name: String
    package let number: DeviceNumber?
    /// `disk`, `partition`, `md`, `loop`, or `dm` with the kind the mapper names: `dm:LVM`, `dm:CRYPT`.
    package let layer: String
    package let model: String?
    package let vendor: String?
    package let serial: String?
    /// `nvme-pcie`, `sata`, `sas`, `usb`, `virtio`, `nvme-tcp` …
    package let transport: String?
    package let rotational: Bool?
    package let scheduler: String?
    /// `write back` or `write through`.
    package let writeCache: String?
    /// Of the device, or of the controller or bridge that it hangs on; nil where none has one, or the machine one node.
    package let numaNode: Int32?
    package let sizeBytes: Int64?
    package let readAheadBytes: Int64?
    package let logicalBlockBytes: Int64?
    package let diskClass: DiskClass
    /// Why this class, in a few words.
    package let reason: String
}

/// Walks from a device number down to the hardware.
struct BlockDeviceWalk {
    let system: any SystemSource
    private(set) var found: [BlockDevice] = []
    /// Deeper stacks are taken for circles.
    private static let maximumDepth = 12

    init(_ system: any SystemSource) { self.system = system }

    /// The undermost devices: those without a layer below.
    var undermost: [BlockDevice] { found.filter { !Self.isLayer($0.layer) } }
    private static func isLayer(_ layer: String) -> Bool { layer != "disk" }

    /// Appends the device and everything below it. Answers false when /sys does not know it.
    mutating func descend(_ number: DeviceNumber, depth: Int = 0) -> Bool {
        guard depth < Self.maximumDepth, let directory = system.resolved("/sys/dev/block/\(number)") else { return false }
        descend(into: directory, number: number, depth: depth)
        return true
    }

    private mutating func descend(into directory: String, number: DeviceNumber?, depth: Int) {
        let name = String(directory[(directory.lastIndex(of: "/").map(directory.index(after:)) ?? directory.startIndex)...])
        // Two partitions of one disk in one stack are one disk.
        guard !found.contains(where: { $0.name == name }) else { return }
        if system.exists("\(directory)/partition") {
            let parent = String(directory[..<(directory.lastIndex(of: "/") ?? directory.startIndex)])
            found.append(describe(name, number, directory, queue: parent, layer: "partition"))
            return descend(into: parent, number: system.text("\(parent)/dev").flatMap { DeviceNumber($0) }, depth: depth + 1)
        }
        let below = system.entries("\(directory)/slaves")
        if let layer = layer(name, directory) {
            found.append(describe(name, number, directory, queue: directory, layer: layer))
            if layer == "loop" { return descendLoop(directory, depth: depth) }
        } else {
            found.append(describe(name, number, directory, queue: directory, layer: "disk"))
        }
        guard depth < Self.maximumDepth else { return }
        for slave in below {
            guard let real = system.resolved("\(directory)/slaves/\(slave)") else { continue }
            descend(into: real, number: system.text("\(real)/dev").flatMap { DeviceNumber($0) }, depth: depth + 1)
        }
    }

    /// Appends what else the file system stands on: `/sys/fs/btrfs/UUID/devices` names all of them, a mount only one.
    mutating func descendSiblings(_ root: String) {
        for fileSystem in system.entries(root) {
            let names = system.entries("\(root)/\(fileSystem)/devices")
            guard names.contains(where: { name in found.contains { $0.name == name } }) else { continue }
            for name in names where !found.contains(where: { $0.name == name }) {
                guard let real = system.resolved("\(root)/\(fileSystem)/devices/\(name)") else { continue }
                descend(into: real, number: system.text("\(real)/dev").flatMap { DeviceNumber($0) }, depth: 1)
            }
        }
    }

    private mutating func descendLoop(_ directory: String, depth: Int) {
        guard let file = system.text("\(directory)/loop/backing_file"),
            let mount = Mount.holding(system.resolved(file) ?? file, mountInfo: system.text("/proc/self/mountinfo") ?? "")
        else { return }
        if let (diskClass, reason) = DataDirectory.withoutDevice(mount) {
            found.append(plain(name: mount.fileSystem, diskClass, "the loop device's file: \(reason)"))
        } else if !descend(mount.device, depth: depth + 1), let number = system.blockDevice(at: mount.source) {
            _ = descend(number, depth: depth + 1)
        }
    }

    private func layer(_ name: String, _ directory: String) -> String? {
        if name.hasPrefix("dm-") {
            let kind = system.text("\(directory)/dm/uuid").flatMap { $0.split(separator: "-").first }
            return kind.map { "dm:\($0)" } ?? "dm"
        }
        for layer in ["md", "loop", "bcache"] where name.hasPrefix(layer) { return layer }
        return nil
    }

    private func plain(name: String, _ diskClass: DiskClass, _ reason: String) -> BlockDevice {
        BlockDevice(
            name: name, number: nil, layer: "disk", model: nil, vendor: nil, serial: nil, transport: nil, rotational: nil, scheduler: nil,
            writeCache: nil, numaNode: nil, sizeBytes: nil, readAheadBytes: nil, logicalBlockBytes: nil, diskClass: diskClass, reason: reason)
    }

    private func describe(_ name: String, _ number: DeviceNumber?, _ directory: String, queue: String, layer: String) -> BlockDevice {
        let model = system.text("\(queue)/device/model").map(trimmed)
        let transport = Self.transport(name, directory, nvme: nvmeTransport(queue))
        let rotational = system.text("\(queue)/queue/rotational").map { $0 == "1" }
        let (diskClass, reason) = Self.classify(name: name, transport: transport, model: model, rotational: rotational)
        return BlockDevice(
            name: name, number: number, layer: layer, model: model, vendor: system.text("\(queue)/device/vendor").map(trimmed),
            serial: (system.text("\(queue)/serial") ?? system.text("\(queue)/device/serial")).map(trimmed), transport: transport,
            rotational: rotational, scheduler: system.choice("\(queue)/queue/scheduler"),
            writeCache: system.text("\(queue)/queue/write_cache"),
            numaNode: node(queue),
            sizeBytes: system.integer("\(directory)/size").map { $0 * 512 },
            readAheadBytes: system.integer("\(queue)/queue/read_ahead_kb").map { $0 * 1024 },
            logicalBlockBytes: system.integer("\(queue)/queue/logical_block_size"), diskClass: diskClass, reason: reason)
    }

    /// The controller's; of a disk with several paths that of the first, since its own directory is virtual and has none.
    private func nvmeTransport(_ queue: String) -> String? {
        if let own = system.text("\(queue)/device/transport") { return own }
        return system.entries("\(queue)/device").lazy.filter { $0.hasPrefix("nvme") }
            .compactMap { system.text("\(queue)/device/\($0)/transport") }.first
    }

    /// SATA and virtio disks have no node of their own: the PCI function above them has. -1 is the kernel's word for none.
    private func node(_ queue: String) -> Int32? {
        var places = ["\(queue)/device", "\(queue)/device/device"]
        var above = system.resolved(queue) ?? queue
        while let slash = above.lastIndex(of: "/"), above.hasPrefix("/sys/devices/") {
            above = String(above[..<slash])
            places.append(above)
        }
        let found = places.lazy.compactMap { system.integer("\($0)/numa_node") }.first
        return found.flatMap { $0 >= 0 ? Int32(exactly: $0) : nil }
    }

    static func transport(_ name: String, _ directory: String, nvme: String?) -> String? {
        if name.hasPrefix("nvme") { return "nvme-\(nvme ?? "pcie")" }
        if directory.contains("/virtio") { return "virtio" }
        if directory.contains("/usb") { return "usb" }
        if directory.contains("/ata") { return "sata" }
        if directory.contains("/session") { return "iscsi" }
        if directory.contains("/end_device-") || directory.contains("/sas") { return "sas" }
        return directory.contains("/vmbus") || directory.contains("/VMBUS") ? "vmbus" : nil
    }

    static func classify(name: String, transport: String?, model: String?, rotational: Bool?) -> (DiskClass, String) {
        func starts(_ prefixes: String...) -> Bool { prefixes.contains { name.hasPrefix($0) } }
        if starts("zram", "ram", "pmem") { return (.memory, "\(name) keeps its data in memory") }
        if starts("nullb") { return (.memory, "\(name) is the null block driver") }
        if starts("nbd", "rbd", "drbd") { return (.network, "\(name) reaches its data over a network") }
        if starts("vd", "xvd") || transport == "virtio" {
            return (.virtual, "\(transport ?? "paravirtual") disk of a hypervisor, which says nothing of the medium")
        }
        if transport == "vmbus" { return (.virtual, "disk of a hypervisor, which says nothing of the medium") }
        if transport == "iscsi" { return (.network, "iSCSI") }
        if starts("nvme") {
            if let transport, transport != "nvme-pcie" { return (.network, "NVMe over \(transport.dropFirst(5))") }
            if let model, model.contains("Elastic Block Store") || model == "nvme_card-pd" {
                return (.network, "the model \(model) is network storage behind an NVMe interface")
            }
            return (.nvme, "NVMe on PCIe")
        }
        switch rotational {
        case true?: return (.hdd, "\(transport ?? "disk") that says it rotates")
        case false?: return (.ssd, "\(transport ?? "disk") that says it does not rotate")
        case nil: return (.unknown, "nothing tells what \(name) is")
        }
    }
}
