"""The judge of the lab's virtual machine, fed results with planted faults: each is seen by its check, and a missing file is no control."""
import contextlib
import io
import sys
import tempfile

import vm_results
from judging import Judge
from vm_checks import judged
from vm_placement import ASKED

PLACED = "broker, client, memory and cached pages are each on the node that the matrix names"
NAMED = "the matrix has each cell, on an NVMe disk of either node, local or remote to its broker"
NUMASTAT = "numastat finds the broker's heap on the node that the matrix says, and the client's elsewhere"
WAITED = "acknowledgements of the matrix wait for the disk that it names"
NODES = "three nodes, one of memory alone, at their distances"
MEMORY = "threads and memory are on the node that they were put on"
CACHED = "cached pages are on the node of the thread that read them first, and stay"
LABELLED = "every result says that it is modelled"


def numa(files):
    return files["numa/a/run.json"]


def cells(files, subject):
    return next(c for c in files["doctor.out"]["placement"] if c["subject"] == subject and c["outcome"] == "verified")


def disk(files, name):
    return next(d for d in files["doctor.out"]["directories"] if d["path"] == f"/disks/{name}")


def known(name):
    return f"the {name} is known by class, transport and model"


# What is planted, how, and the checks that must see it; no other may.
FAULTS = [
    ("a distance that is not the machine's", lambda f: f["doctor.out"]["machine"]["nodes"][2].update(distances=[31, 25, 10]), {NODES}),
    ("CPUs on the node of memory alone", lambda f: f["doctor.out"]["machine"]["nodes"][2].update(cpus={"cpus": [4]}), {NODES, MEMORY, CACHED}),
    ("memory on another node", lambda f: cells(f, "memory").update(outcome="failed"), {MEMORY}),
    ("a thread that was not looked at", lambda f: cells(f, "thread").update(outcome="skipped"), {MEMORY}),
    ("cached pages that moved", lambda f: cells(f, "cachedElsewhere").update(outcome="failed"), {CACHED}),
    ("a cell of the matrix on another node", lambda f: numa(f)["headlines"]["latency"]["rows"][3].update(verifiedShare=0.5), {PLACED}),
    ("a cell of the matrix that nobody verified", lambda f: numa(f)["headlines"]["latency"]["rows"][3].pop("verifiedShare"), {PLACED}),
    ("a cell of the matrix that is missing", lambda f: numa(f)["headlines"]["latency"]["rows"].pop(), {NAMED}),
    ("a disk that is remote and called local",
     lambda f: numa(f)["headlines"]["latency"]["rows"][0].update(placement=numa(f)["headlines"]["latency"]["rows"][0]["placement"].replace("remote", "local")), {NAMED}),
    ("a heap on another node", lambda f: f.update({"numastat/tidemarkd-8-1": vm_results.numastat(0)}), {NUMASTAT}),
    ("a harness whose heap is on the broker's node", lambda f: f.update({"numastat/tidemark-5-1": vm_results.numastat(2)}), {NUMASTAT}),
    ("one broker that numastat saw", lambda f: f.pop("numastat/tidemarkd-8-1"), {NUMASTAT}),
    ("an account of the matrix apart from numastat's",
     lambda f: numa(f)["headlines"]["latency"]["rows"][0]["placed"][0].update(share=0.9), {NUMASTAT}),
    ("a matrix that waits for no disk", lambda f: numa(f)["profile"].update(durability="none"), {WAITED}),
    ("a disk of the matrix on another node", lambda f: numa(f)["disks"][0].update(numaNode=1), {WAITED}),
    ("a disk that nothing was written to", lambda f: numa(f)["phases"][1]["host"]["disks"]["nvme-1"].update(writes=0), {WAITED}),
    ("an HDD that says it is an SSD", lambda f: disk(f, "hdd").update(diskClass="ssd"), {known("hdd")}),
    ("an SSD of another model", lambda f: disk(f, "ssd")["devices"][0].update(model="LAB-HDD"), {known("ssd")}),
    ("an NVMe disk that is virtio", lambda f: disk(f, "nvme-0")["devices"][0].update(transport="virtio"), {known("nvme-0")}),
    ("another NVMe disk of no model", lambda f: disk(f, "nvme-1")["devices"][0].pop("model"), {known("nvme-1")}),
    ("a virtio disk that is called NVMe", lambda f: disk(f, "virtio").update(diskClass="nvme"), {known("virtio")}),
    ("an NVMe disk on the other node", lambda f: disk(f, "nvme-0")["devices"][0].update(numaNode=1), {"nvme-0 hangs on its node"}),
    ("an NVMe disk of no node", lambda f: disk(f, "nvme-1")["devices"][0].pop("numaNode"), {"nvme-1 hangs on its node"}),
    ("an HDD without mechanics", lambda f: f["disk-hdd/a/run.json"]["calibration"]["before"][0].update(value=1.9e6), {"the HDD has mechanics"}),
    ("an HDD that is slow in sequence", lambda f: f["disk-hdd/a/run.json"]["calibration"]["before"][1].update(value=0.01),
     {"the HDD is at least 35 times as fast in sequence as at random"}),
    ("an SSD as slow as an HDD", lambda f: f.update({"random-ssd.out": {"items": [{"name": "random_read_p50", "value": 8e6}]}}),
     {"the HDD reads at random far slower than SSD and NVMe"}),
    ("a class that the calibration does not confirm", lambda f: f["disk-hdd/a/run.json"]["disks"][0].update(classConfirmed=False),
     {"the HDD's class is confirmed by what it does"}),
    ("a result that is not labelled", lambda f: numa(f)["environment"]["hard"].pop("modelled"), {LABELLED}),
    ("a doctor that does not label its machine", lambda f: f["doctor.out"]["machine"].pop("modelled"), {LABELLED}),
]


def seen(files, must_fail=False):
    """The judge, having looked at these files; its lines count for nobody."""
    judge = Judge(must_fail)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        vm_results.write(files, folder)
        judged(judge, folder, ASKED)
    return judge


def main():
    failed = 0

    def tell(right, what, found):
        nonlocal failed
        failed += not right
        print(f"{'ok' if right else 'FAIL'} the judge of the virtual machine {what}" + ("" if right else f": {found}"))

    judge = seen(vm_results.whole())
    every = {name for name, _, _ in judge.said}
    tell(judge.failures == 0, "passes what holds", [each for each in judge.said if not each[1]])
    planted = set()
    for what, fault, checks in FAULTS:
        files = vm_results.whole()
        fault(files)
        found = {name for name, good, _ in seen(files).said if not good}
        tell(found == checks, f"sees {what}", found)
        planted |= checks
    tell(planted == every, "has a planted fault for each of its checks", every - planted)
    judge = seen(vm_results.whole(), must_fail=True)
    tell(judge.failures == len(every), "takes nothing that holds for a negative control", judge.said)
    for name in ("doctor.out", "numa/a/run.json", "disk-hdd/a/run.json"):
        files = vm_results.whole()
        files.pop(name)
        dark = {check for check, good, _ in seen(files).said if not good}
        found = {check: why for check, good, why in seen(files, must_fail=True).said if check in dark and (good or "could not be made" not in why)}
        # With the HDD's result gone, one is left to be labelled, which is a judgement.
        tell(dark and not found.keys() - {LABELLED}, f"takes no check that lacks {name} for a negative control", found)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
