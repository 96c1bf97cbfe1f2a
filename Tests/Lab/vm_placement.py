"""Judges placement in the lab's virtual machine: its nodes, the doctor's cells, and the joint matrix of nodes and disks."""
import os
from collections import namedtuple

from judging import runs

LEAST_SHARE = 0.95
# Of a broker's heap that numastat finds where the matrix says; apart from the matrix's own account at most; of somebody else's there.
HEAP_SHARE, APART, STRAY = 0.9, 0.05, 0.05

# What guest-check asks of the matrix: `lies` is the node on which the broker's memory is to be, `pages` those of the cached pages.
Asked = namedtuple("Asked", "broker client memory lies pages")
ASKED = Asked(broker=1, client=0, memory="bind:2", lies=2, pages=(0, 2))
# Nodes that the faulty machine has, too; its control group gives no memory of the broker's.
FAULTY = Asked(broker=0, client=1, memory="local", lies=0, pages=(1,))


def placements(asked):
    """What the rows of the matrix are called: for each disk a load, then fetches of pages on each node."""
    found = []
    for node in (0, 1):
        disk = f"disk nvme-{node} (nvme, node {node}, {'local' if node == asked.broker else 'remote'})"
        for pages in (None, *asked.pages):
            parts = [f"broker node {asked.broker}", f"client node {asked.client}", f"memory {asked.memory}"]
            found.append(" · ".join(parts + ([] if pages is None else [f"pages on node {pages}"]) + [disk]))
    return found


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


def doctors(judge, doctor):
    def nodes():
        found = {n["id"]: (n["cpus"]["cpus"], n["distances"]) for n in doctor()["machine"]["nodes"]}
        seen = "; ".join(f"node {i}: CPUs {cpus}, distances {distances}" for i, (cpus, distances) in sorted(found.items()))
        return found == {0: ([0, 1], [10, 21, 31]), 1: ([2, 3], [21, 10, 24]), 2: ([], [31, 24, 10])}, seen
    judge.check("three nodes, one of memory alone, at their distances", nodes)

    def cells(wanted, *subjects):
        """`wanted` cells, made of how many nodes have CPUs and how many have memory: fewer nodes are not what fails this check."""
        nodes = doctor()["machine"]["nodes"]
        count = wanted(sum(bool(n["cpus"]["cpus"]) for n in nodes), sum(n["memoryBytes"] > 0 for n in nodes))
        found = [c for c in doctor()["placement"] if c["subject"] in subjects]
        verified = sum(c["outcome"] == "verified" for c in found)
        failed = [f"{c['subject']} {c.get('policy', '')} on node {c['cpuNode']}: {c['evidence']}" for c in found if c["outcome"] == "failed"]
        return verified == count and not failed, f"{verified} of {count} cells; {'; '.join(failed[:2]) or 'none elsewhere'}"
    # A node with CPUs has a thread, a bound cell for each memory, a local and an interleaved one.
    judge.check("threads and memory are on the node that they were put on", lambda: cells(lambda cpus, memory: cpus * (memory + 3), "thread", "memory"))
    # Those with CPUs have memory as well.
    judge.check("cached pages are on the node of the thread that read them first, and stay", lambda: cells(lambda cpus, _: cpus * cpus, "pageCache", "cachedElsewhere"))


def matrix(judge, results, asked):
    def record():
        return runs(os.path.join(results, "numa"))[0]

    def rows():
        return record()["headlines"]["latency"]["rows"]

    def named():
        found, wanted = [r["placement"] for r in rows()], placements(asked)
        other = sorted(set(found) ^ set(wanted))
        return sorted(found) == sorted(wanted), f"{len(found)} of {len(wanted)} cells; {other[0] if other else 'as asked for'}"
    judge.check("the matrix has each cell, on an NVMe disk of either node, local or remote to its broker", named)

    def placed():
        least = min(rows(), key=lambda row: row.get("verifiedShare", 0))
        share = least.get("verifiedShare", 0)
        return share >= LEAST_SHARE, f"at least {share:.3f} of threads and pages; {least.get('note') or 'every cell is valid'}"
    judge.check("broker, client, memory and cached pages are each on the node that the matrix names", placed)

    def outside():
        ours = min(part["share"] for row in rows() for part in row["placed"] if part["part"] == "broker memory")
        theirs, harness = heap_shares(results, "tidemarkd", asked.lies), max(heap_shares(results, "tidemark", asked.lies))
        seen = (f"{ours:.3f} of the broker's memory on node {asked.lies} by numa_maps, {min(theirs):.3f} of its heap by numastat for {len(theirs)} "
                f"brokers; of the harness {harness:.3f}")
        # The harness is bound elsewhere or to nothing: what says that node of it, too, tells nobody's memory apart.
        return len(theirs) >= 2 and min(theirs) >= HEAP_SHARE and abs(min(theirs) - ours) <= APART and harness <= STRAY, seen
    judge.check("numastat finds the broker's heap on the node that the matrix says, and the client's elsewhere", outside)

    def waited():
        found = record()
        nodes = {d["name"]: d.get("numaNode") for d in found["disks"]}
        writes = {name: sum(d["writes"] for p in found["phases"] if p["kind"] == "steady" and p["name"].startswith(f"numa {name} ")
                            for d in p["host"]["disks"].values()) for name in ("nvme-0", "nvme-1")}
        durability = found["profile"]["durability"]
        holds = durability == "every-append" and (nodes.get("nvme-0"), nodes.get("nvme-1")) == (0, 1) and all(writes.values())
        return holds, f"durability {durability}, nodes {nodes}, writes while acknowledgements were timed {writes}"
    judge.check("acknowledgements of the matrix wait for the disk that it names", waited)
