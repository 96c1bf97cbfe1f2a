"""Judges the disks of the lab's virtual machine: what they say of themselves, and what they do. Never an absolute figure of a fast one."""
import json
import os

from judging import calibrated, directory, runs

CLASSES = {"hdd": ("hdd", "sata", "LAB-HDD"), "ssd": ("ssd", "sata", "LAB-SSD"),
           "nvme-0": ("nvme", "nvme-pcie", "QEMU NVMe Ctrl"), "nvme-1": ("nvme", "nvme-pcie", "QEMU NVMe Ctrl"),
           "virtio": ("virtual", "virtio", None)}


def identities(judge, doctor):
    def identity(name):
        found = directory(doctor(), f"/disks/{name}")
        device = found["devices"][-1]
        seen = (found["diskClass"], device.get("transport"), device.get("model"))
        return seen == CLASSES[name], f"{device['name']}: {', '.join(str(s) for s in seen)}"
    for name in CLASSES:
        judge.check(f"the {name} is known by class, transport and model", lambda name=name: identity(name))

    def node(name):
        found = directory(doctor(), f"/disks/{name}")["devices"][-1].get("numaNode")
        return found == int(name[-1]), f"node {found}"
    for name in ("nvme-0", "nvme-1"):
        judge.check(f"{name} hangs on its node", lambda name=name: node(name))


def whole(results):
    """The record of each disk of which the whole profile ran."""
    places = {name: os.path.join(results, f"disk-{name}") for name in ("hdd",)}
    return {name: found[0] for name, place in places.items() if os.path.isdir(place) and (found := runs(place))}


def random_reads(results):
    """Nanoseconds of a random read of 4 KiB, by disk."""
    found = {name: calibrated(record, "random_read_p50") for name, record in whole(results).items()}
    for name in ("ssd", "nvme-1"):
        place = os.path.join(results, f"random-{name}.out")
        if os.path.exists(place):
            with open(place) as file:
                found[name] = next(i["value"] for i in json.load(file)["items"] if i["name"] == "random_read_p50")
    return found


def behaviour(judge, results):
    def mechanics():
        milliseconds = random_reads(results)["hdd"] / 1e6
        return 2 <= milliseconds <= 40, f"a random read of 4 KiB takes {milliseconds:.2f} ms, as a head that moves does in 2 to 40"
    judge.check("the HDD has mechanics", mechanics)

    def sequential():
        ratio = calibrated(whole(results)["hdd"], "write_direct") * 1e9 / (4096 / (random_reads(results)["hdd"] / 1e9))
        return ratio >= 35, f"{ratio:.0f} times"
    judge.check("the HDD is at least 35 times as fast in sequence as at random", sequential)

    def order():
        reads = random_reads(results)
        seen = ", ".join(f"{name} {1e9 / nanoseconds:.0f}/s" for name, nanoseconds in reads.items())
        return all(reads["hdd"] >= 5 * reads[n] for n in ("ssd", "nvme-1")), f"random reads: {seen}"
    judge.check("the HDD reads at random far slower than SSD and NVMe", order)

    def confirmed():
        found = {name: record["disks"][0].get("classConfirmed") for name, record in whole(results).items()}
        return found["hdd"] is True and whole(results)["hdd"]["disks"][0]["diskClass"] == "hdd", f"confirmed by calibration: {found}"
    judge.check("the HDD's class is confirmed by what it does", confirmed)
