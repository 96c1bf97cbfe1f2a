"""Judges what the lab's virtual machine brought out: placement, the disks' identity, their order. Never an absolute figure."""
import json
import os
import sys

from judging import Judge, calibrated, directory, runs

CLASSES = {"hdd": ("hdd", "sata", "LAB-HDD"), "ssd": ("ssd", "sata", "LAB-SSD"),
           "nvme-0": ("nvme", "nvme-pcie", "QEMU NVMe Ctrl"), "nvme-1": ("nvme", "nvme-pcie", "QEMU NVMe Ctrl"),
           "virtio": ("virtual", "virtio", None)}


def heap_shares(results, program, node):
    """By numastat's last look at each process: the share of its heap and stacks on a memory node. Those that had ended have none."""
    folder, last = os.path.join(results, "numastat"), {}
    for name in os.listdir(folder):
        who, pid, look = name.rsplit("-", 2)
        heads, megabytes = [], {}
        with open(os.path.join(folder, name)) as file:
            for line in file:
                words = line.split()
                if "Node" in words:
                    # A table that is too wide is cut into several, each with its own head.
                    heads = [int(words[at + 1]) for at, word in enumerate(words[:-1]) if word == "Node"]
                elif words and words[0] in ("Heap", "Stack"):
                    for found, amount in zip(heads, words[1:]):
                        megabytes[found] = megabytes.get(found, 0) + float(amount)
        if who == program and sum(megabytes.values()) > 0:
            last[pid] = max(last.get(pid, (-1, 0)), (int(look), megabytes.get(node, 0) / sum(megabytes.values())))
    return [share for _, share in last.values()]


def main(results, must_fail):
    judge = Judge(must_fail)

    def doctor():
        with open(os.path.join(results, "doctor.out")) as file:
            return json.load(file)

    def nodes():
        found = {n["id"]: n for n in doctor()["machine"]["nodes"]}
        seen = "; ".join(f"node {i}: CPUs {n['cpus']['cpus']}, distances {n['distances']}" for i, n in sorted(found.items()))
        return ([found[0]["cpus"]["cpus"], found[1]["cpus"]["cpus"], found[2]["cpus"]["cpus"]] == [[0, 1], [2, 3], []]
                and [found[n]["distances"] for n in range(3)] == [[10, 21, 31], [21, 10, 24], [31, 24, 10]]), seen
    judge.check("three nodes, one of memory alone, at their distances", nodes)

    def cells(*subjects):
        found = [c for c in doctor()["placement"] if c["subject"] in subjects]
        verified = [c for c in found if c["outcome"] == "verified"]
        failed = [f"{c['subject']} {c.get('policy', '')} on node {c['cpuNode']}: {c['evidence']}" for c in found if c["outcome"] == "failed"]
        return found, verified, failed

    def memory():
        _, verified, failed = cells("thread", "memory")
        # Two nodes with CPUs: a thread, three bound, a local and an interleaved cell each.
        return len(verified) == 12 and not failed, f"{len(verified)} of 12 cells; {'; '.join(failed[:2]) or 'none elsewhere'}"
    judge.check("threads and memory are on the node that they were put on", memory)

    def page_cache():
        _, verified, failed = cells("pageCache", "cachedElsewhere")
        return len(verified) == 4 and not failed, f"{len(verified)} of 4 cells; {'; '.join(failed[:2]) or 'none elsewhere'}"
    judge.check("cached pages are on the node of the thread that read them first, and stay", page_cache)

    def matrix():
        rows = runs(os.path.join(results, "numa"))[0]["headlines"]["latency"]["rows"]
        places = [r["placement"] for r in rows]
        disks = all(any(disk in p for p in places) for disk in ("nvme-0 (nvme, node 0, remote)", "nvme-1 (nvme, node 1, local)"))
        pages = all(any(r["clock"] == "fetch" and f"pages on node {n}" in r["placement"] for r in rows) for n in (0, 2))
        return (len(rows) == 6 and disks and pages and all(r.get("verifiedShare", 0) >= 0.95 for r in rows),
                f"{len(rows)} of 6 cells, disks local and remote: {disks}, at least {min(r.get('verifiedShare', 0) for r in rows):.3f} of threads and pages")
    judge.check("broker, client, memory and cached pages are each on the node that the matrix names, on a disk of either node", matrix)

    def outside():
        rows = runs(os.path.join(results, "numa"))[0]["headlines"]["latency"]["rows"]
        ours = [part["share"] for row in rows for part in row["placed"] if part["part"] == "broker memory"]
        theirs, harness = heap_shares(results, "tidemarkd", 2), heap_shares(results, "tidemark", 2)
        # The harness is bound to nothing: what says node 2 of it, too, tells nobody's memory apart.
        return (len(theirs) >= 2 and abs(min(theirs) - min(ours)) <= 0.05 and max(harness) <= 0.05,
                f"{min(ours):.3f} of the broker's memory on node 2 by numa_maps, {min(theirs):.3f} of its heap by numastat for {len(theirs)} brokers; of the harness {max(harness):.3f}")
    judge.check("numastat finds the broker's heap on the node that the matrix says, and the client's elsewhere", outside)

    def waited():
        record = runs(os.path.join(results, "numa"))[0]
        nodes = {d["name"]: d.get("numaNode") for d in record["disks"]}
        writes = {name: sum(d["writes"] for p in record["phases"] if p["kind"] == "steady" and p["name"].startswith(f"numa {name} ")
                            for d in p["host"]["disks"].values()) for name in ("nvme-0", "nvme-1")}
        holds = record["profile"]["durability"] == "every-append" and nodes["nvme-0"] == 0 and nodes["nvme-1"] == 1 and all(writes.values())
        return holds, f"durability {record['profile']['durability']}, nodes {nodes}, writes while acknowledgements were timed {writes}"
    judge.check("acknowledgements of the matrix wait for the disk that it names", waited)

    def identity(name):
        def look():
            found = directory(doctor(), f"/disks/{name}")
            device = found["devices"][-1]
            seen = (found["diskClass"], device.get("transport"), device.get("model"))
            return seen == CLASSES[name], f"{device['name']}: {', '.join(str(s) for s in seen)}"
        return look
    for name in ("hdd", "ssd"):
        judge.check(f"the {name} is known by class, transport and model", identity(name))
    if not must_fail:
        # Nothing is wrong with what these say of themselves: their node is.
        for name in ("nvme-0", "nvme-1", "virtio"):
            judge.check(f"{name} is known by class, transport and model", identity(name))

    def node(name):
        return lambda: ((found := directory(doctor(), f"/disks/{name}")["devices"][-1].get("numaNode")) == int(name[-1]), f"node {found}")
    for name in ("nvme-0", "nvme-1"):
        judge.check(f"{name} hangs on its node", node(name))

    disks = {}
    for name in ("hdd", "nvme-1"):
        found = runs(os.path.join(results, f"disk-{name}")) if os.path.isdir(os.path.join(results, f"disk-{name}")) else []
        if found:
            disks[name] = found[0]
    random_read = {name: calibrated(record, "random_read_p50") for name, record in disks.items()}
    for name in ("ssd", "nvme-1"):
        place = os.path.join(results, f"random-{name}.out")
        if os.path.exists(place):
            with open(place) as file:
                random_read[name] = next(i["value"] for i in json.load(file)["items"] if i["name"] == "random_read_p50")

    def mechanics():
        milliseconds = random_read["hdd"] / 1e6
        return 2 <= milliseconds <= 40, f"a random read of 4 KiB takes {milliseconds:.2f} ms, as a head that moves does in 2 to 40"
    judge.check("the HDD has mechanics", mechanics)

    def sequential():
        ratio = calibrated(disks["hdd"], "write_direct") * 1e9 / (4096 / (random_read["hdd"] / 1e9))
        return ratio >= 35, f"{ratio:.0f} times"
    judge.check("the HDD is at least 35 times as fast in sequence as at random", sequential)

    def order():
        seen = ", ".join(f"{name} {1e9 / nanoseconds:.0f}/s" for name, nanoseconds in random_read.items())
        return all(random_read["hdd"] >= 5 * random_read[n] for n in ("ssd", "nvme-1")), f"random reads: {seen}"
    judge.check("the HDD reads at random far slower than SSD and NVMe", order)

    def confirmed():
        found = {name: record["disks"][0].get("classConfirmed") for name, record in disks.items()}
        return found["hdd"] is True and disks["hdd"]["disks"][0]["diskClass"] == "hdd", f"confirmed by calibration: {found}"
    judge.check("the HDD's class is confirmed by what it does", confirmed)

    def labelled():
        records = list(disks.values()) + runs(os.path.join(results, "numa"))
        labels = {r["environment"]["hard"].get("modelled", "nothing") for r in records} | {doctor()["machine"].get("modelled", "nothing")}
        return len(records) >= 2 and all("lab-vm" in label for label in labels), " and ".join(sorted(labels))
    judge.check("every result says that it is modelled", labelled)
    return 1 if judge.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "--must-fail" in sys.argv[2:]))
