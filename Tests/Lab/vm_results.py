"""What the lab's virtual machine brings out, made up: everything in it holds, until a test plants a fault."""
import json
import os

from vm_placement import ASKED, placements


def nodes():
    def node(number, cpus, distances):
        return {"id": number, "cpus": {"cpus": cpus}, "memoryBytes": 1 << 28, "distances": distances}
    return [node(0, [0, 1], [10, 21, 31]), node(1, [2, 3], [21, 10, 24]), node(2, [], [31, 24, 10])]


def placement():
    def cell(subject, node, policy=None):
        return {"subject": subject, "cpuNode": node, "policy": policy, "outcome": "verified", "evidence": "4096 pages"}
    found = [{**cell("thread", 2), "outcome": "skipped"}]
    for node in (0, 1):
        found += [cell("thread", node)] + [cell("memory", node, p) for p in ("bind:0", "bind:1", "bind:2", "local", "interleave:0-2")]
        found += [cell("pageCache", node), cell("cachedElsewhere", 1 - node)]
    return found


def directories():
    def disk(name, kind, transport, model, **more):
        return {"path": f"/disks/{name}", "diskClass": kind, "devices": [{"name": name, "transport": transport, "model": model, **more}]}
    return [disk("hdd", "hdd", "sata", "LAB-HDD"), disk("ssd", "ssd", "sata", "LAB-SSD"),
            disk("nvme-0", "nvme", "nvme-pcie", "QEMU NVMe Ctrl", numaNode=0), disk("nvme-1", "nvme", "nvme-pcie", "QEMU NVMe Ctrl", numaNode=1),
            {"path": "/disks/virtio", "diskClass": "virtual", "devices": [{"name": "vda", "transport": "virtio"}]}]


def calibrated(kind, random_read, write):
    return {"environment": {"hard": {"modelled": "lab-vm"}}, "disks": [{"name": "data directory", "diskClass": kind, "classConfirmed": True}],
            "calibration": {"before": [{"name": "random_read_p50", "value": random_read}, {"name": "write_direct", "value": write}]}}


def matrix():
    rows = [{"placement": text, "clock": "fetch" if "pages" in text else "response", "verifiedShare": 0.99, "valid": True,
             "placed": [{"part": "broker memory", "share": 0.99}]} for text in placements(ASKED)]
    phases = [{"kind": "steady", "name": f"numa {disk} broker 1 client 0 bind:2", "host": {"disks": {disk: {"writes": 100}}}} for disk in ("nvme-0", "nvme-1")]
    return {"environment": {"hard": {"modelled": "lab-vm"}}, "profile": {"durability": "every-append"}, "headlines": {"latency": {"rows": rows}},
            "disks": [{"name": "nvme-0", "numaNode": 0}, {"name": "nvme-1", "numaNode": 1}], "phases": phases}


def numastat(node):
    heap = ["0.00"] * 3
    heap[node] = "8.00"
    return f"                Node 0   Node 1   Node 2   Total\nHeap  {' '.join(heap)} 8.00\nStack 0.00 0.00 0.00 0.00\n"


def whole():
    """File → content, as `write` takes it."""
    return {
        "doctor.out": {"machine": {"nodes": nodes(), "modelled": "lab-vm"}, "placement": placement(), "directories": directories()},
        "disk-hdd/a/run.json": calibrated("hdd", 8e6, 0.1), "random-ssd.out": {"items": [{"name": "random_read_p50", "value": 3e5}]},
        "random-nvme-1.out": {"items": [{"name": "random_read_p50", "value": 2e5}]}, "numa/a/run.json": matrix(),
        "numastat/tidemarkd-7-0": numastat(2), "numastat/tidemarkd-8-1": numastat(2), "numastat/tidemark-5-1": numastat(0),
    }


def write(files, folder):
    for name, content in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(content if isinstance(content, str) else json.dumps(content))
