import Testing

@testable import Topology

@Suite struct NetworkInterfaceTests {
    @Test func `what the kernel makes itself is no device, and a virtio device hangs where its PCI device does`() {
        let system = RecordedSystem(
            files: [
                "/sys/class/net/lo/address": "00:00:00:00:00:00", "/sys/class/net/eth0/address": "02:00:00:00:00:01", "/sys/class/net/eth1/address": "02:00:00:00:00:02",
                "/sys/devices/pci/0000:00:03.0/numa_node": "1", "/sys/devices/pci/0000:00:04.0/numa_node": "-1", "/sys/devices/pci/0000:00:03.0/virtio1/vendor": "0x1af4",
                "/sys/class/net/bonding_masters": "",
            ],
            links: ["/sys/class/net/eth0/device": "/sys/devices/pci/0000:00:03.0/virtio1", "/sys/class/net/eth1/device": "/sys/devices/pci/0000:00:04.0"])
        #expect(NetworkInterface.all(system).map(\.description) == ["eth0 on node 1", "eth1 on no known node", "lo, no device"])
    }
}
