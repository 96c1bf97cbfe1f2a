// Recordings of machines: what their files say, cut to what the detector reads.
@testable import Topology

/// A physical machine: two SATA disks in md0 below LVM (data), an NVMe on node 1, a USB stick, an overlay,
/// btrfs, tmpfs, NFS and a loop device.
func physicalMachine() -> RecordedSystem {
    let pci = "/sys/devices/pci0000:00"
    var files: [String: String] = [
        "/proc/self/mountinfo": """
            22 27 0:21 / /proc rw,relatime - proc proc rw
            27 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw,discard
            30 27 253:0 / /data rw,noatime - xfs /dev/mapper/vg-data rw,attr2
            31 27 0:39 /vol /tree rw,relatime - btrfs /dev/sdc1 rw,ssd,space_cache=v2
            32 27 0:25 / /run/fast rw,nosuid - tmpfs tmpfs rw,size=1024k
            33 27 0:50 / /net rw - nfs4 server:/export rw,vers=4.2
            34 27 0:60 / /merged rw - overlay overlay rw,lowerdir=/a,upperdir=/data/upper,workdir=/data/work
            35 27 7:0 / /image rw - ext4 /dev/loop0 rw
            36 27 0:70 / /with\\040space rw - fuse.thing thing rw
            37 30 0:25 / /data/memory rw - tmpfs tmpfs rw
            """
    ]
    func disk(_ directory: String, _ number: String, _ more: [String: String]) {
        files["\(directory)/dev"] = number
        files["\(directory)/size"] = "2000000"
        for (name, text) in more { files["\(directory)/\(name)"] = text }
    }
    let nvme = "\(pci)/0000:00:02.0/nvme/nvme0/nvme0n1"
    disk(nvme, "259:0", [
        "queue/rotational": "0", "queue/scheduler": "[none] mq-deadline", "queue/write_cache": "write back",
        "device/model": "Fast 9000   ", "device/transport": "pcie", "device/serial": "N1", "device/device/numa_node": "1",
        "queue/read_ahead_kb": "128",
    ])
    disk("\(nvme)/nvme0n1p2", "259:2", ["partition": "2"])
    for (letter, number, serial) in [("a", "8:0", "A"), ("b", "8:16", "B")] {
        disk("\(pci)/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sd\(letter)", number, [
            "queue/rotational": "1", "queue/scheduler": "none [mq-deadline]", "queue/write_cache": "write through",
            "device/model": "Spinner", "device/vendor": "ATA     ", "device/serial": serial,
        ])
    }
    let stick = "\(pci)/0000:00:14.0/usb1/1-1/host2/target2:0:0/2:0:0:0/block/sdc"
    disk(stick, "8:32", ["queue/rotational": "0", "device/model": "Stick"])
    disk("\(stick)/sdc1", "8:33", ["partition": "1"])
    let virtual = "/sys/devices/virtual/block"
    disk("\(virtual)/dm-0", "253:0", ["dm/uuid": "LVM-abc", "queue/rotational": "1"])
    disk("\(virtual)/md0", "9:0", ["queue/rotational": "1"])
    disk("\(virtual)/loop0", "7:0", ["loop/backing_file": "/data/images/one.img", "queue/rotational": "0"])

    let sda = "\(pci)/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda"
    let sdb = "\(pci)/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sdb"
    return RecordedSystem(
        files: files,
        links: [
            "/sys/dev/block/259:2": "\(nvme)/nvme0n1p2", "/sys/dev/block/259:0": nvme, "/sys/dev/block/8:0": sda,
            "/sys/dev/block/8:33": "\(stick)/sdc1", "/sys/dev/block/253:0": "\(virtual)/dm-0", "/sys/dev/block/7:0": "\(virtual)/loop0",
            "\(virtual)/dm-0/slaves/md0": "\(virtual)/md0", "\(virtual)/md0/slaves/sda": sda, "\(virtual)/md0/slaves/sdb": sdb,
            "/srv/link": "/data",
        ],
        devices: [
            "/": .init(major: 259, minor: 2), "/data": .init(major: 253, minor: 0), "/data/upper": .init(major: 253, minor: 0),
            "/tree": .init(major: 0, minor: 40), "/run/fast": .init(major: 0, minor: 25), "/net": .init(major: 0, minor: 50),
            "/merged": .init(major: 0, minor: 60), "/image": .init(major: 7, minor: 0), "/with space": .init(major: 0, minor: 70),
            "/data/memory": .init(major: 0, minor: 25), "/database": .init(major: 259, minor: 2),
        ],
        blockDevices: ["/dev/sdc1": .init(major: 8, minor: 33)],
        spaces: ["/data": (5, 100)])
}

/// A Firecracker guest: one virtio disk that claims to rotate, a balloon that reports free pages, BBR, DAMON.
func guestMachine() -> RecordedSystem {
    let disk = "/sys/devices/pci0000:00/0000:00:02.0/virtio1/block/vda"
    let daemon = "/sys/kernel/mm/damon/admin/kdamonds/0"
    return RecordedSystem(
        files: [
            "/proc/self/mountinfo": "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard",
            "\(disk)/dev": "254:0", "\(disk)/size": "536870912", "\(disk)/queue/rotational": "1",
            "\(disk)/queue/scheduler": "none [mq-deadline] kyber", "\(disk)/queue/write_cache": "write back",
            "\(disk)/queue/read_ahead_kb": "8192", "\(disk)/device/vendor": "0x1af4",
            "/proc/cpuinfo": "processor\t: 0\nmodel name\t: AMD EPYC\nflags\t\t: fpu sse4_2 avx2 hypervisor constant_tsc",
            "/proc/meminfo": "MemTotal:       24684084 kB\nMemAvailable:   24000000 kB\nSwapTotal:             0 kB",
            "/sys/devices/system/cpu/online": "0-1",
            "/sys/devices/system/cpu/cpu0/topology/thread_siblings_list": "0",
            "/sys/devices/system/cpu/cpu1/topology/thread_siblings_list": "1",
            "/sys/devices/system/cpu/cpu0/cache/index3/level": "3", "/sys/devices/system/cpu/cpu0/cache/index3/type": "Unified",
            "/sys/devices/system/cpu/cpu0/cache/index3/size": "32768K",
            "/sys/devices/system/cpu/cpu0/cache/index3/shared_cpu_list": "0-1",
            "/sys/module/kvm_pvm/refcnt": "0",
            "/sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never",
            "/sys/bus/virtio/devices/virtio0/device": "0x0005",
            "/sys/bus/virtio/devices/virtio0/features": "0110010100000000000000000000000010",
            "/sys/bus/virtio/devices/virtio1/device": "0x0002",
            "/sys/bus/virtio/devices/virtio1/features": "0010001001100100",
            "/sys/module/page_reporting/parameters/reported_kib": "3189252",
            "\(daemon)/state": "on", "\(daemon)/contexts/0/schemes/0/action": "pageout",
            "\(daemon)/contexts/0/schemes/0/access_pattern/age/min": "12",
            "\(daemon)/contexts/0/monitoring_attrs/intervals/aggr_us": "5000000",
            "/proc/sys/net/ipv4/tcp_congestion_control": "bbr",
            "/proc/sys/net/ipv4/tcp_allowed_congestion_control": "reno bbr cubic",
            "/proc/self/limits": "Limit                     Soft Limit           Hard Limit           Units\n"
                + "Max open files            1024                 1048576              files",
            "/proc/self/cgroup": "4:memory:/api/run\n1:cpu:/",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
            "/sys/fs/cgroup/memory/api/memory.limit_in_bytes": "1073741824",
            "/sys/fs/cgroup/memory/api/run/memory.limit_in_bytes": "9223372036854771712",
        ],
        links: ["/sys/dev/block/254:0": disk],
        devices: ["/": .init(major: 254, minor: 0), "/data": .init(major: 254, minor: 0)],
        spaces: ["/data": (200, 1000)])
}
