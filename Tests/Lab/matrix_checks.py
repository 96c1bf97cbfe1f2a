"""Prints what the lab's joint matrix came to as a table that can be kept, and judges that its cells are where they say.

Every figure is of a modelled machine: what is judged is placement, never a time.
"""
import json
import os
import re
import sys

from judging import Judge, runs

LEAST_SHARE = 0.95
BROKERS = CLIENTS = (0, 1)
POLICIES = ("local", "bind:0", "bind:1", "bind:2", "interleave:0-2")
PAGES = (None, 0, 1, 2)
DISKS = {"hdd": ("hdd", None), "ssd": ("ssd", None), "nvme-0": ("nvme", 0), "nvme-1": ("nvme", 1)}
CLASSES = ("hdd", "ssd", "nvme")


def time(cells, quantile):
    """`1.23 ms`, `–` where too few were seen."""
    reading = next((c["reading"] for c in cells if c["quantile"] == quantile), {})
    return f"{reading['nanoseconds'] / 1e6:.2f} ms" if "nanoseconds" in reading else "–"


def figure(metrics, name, unit):
    found = next((m for m in metrics if m["name"] == name and "value" in m), None)
    if found is None:
        return "–"
    return f"{found['value'] / 1e6:.2f} ms" if unit == "ms" else f"{found['value']:.3g} {found['unit']}"


def rows(results, step):
    return runs(os.path.join(results, step))[0]["headlines"]["latency"]["rows"]


def matrix_table(results, step):
    lines = ["| cell | clock | p50 | p99 | samples | on its nodes |", "|---|---|--:|--:|--:|--:|"]
    for row in rows(results, step):
        verified = f"{100 * row.get('verifiedShare', 0):.1f} %" + ("" if row["valid"] else f", INVALID: {row.get('note', '')}")
        lines.append(f"| {row['placement']} | {row['clock']} | {time(row['cells'], 0.5)} | {time(row['cells'], 0.99)} | {row['samples']} | {verified} |")
    return lines


def disk_table(results):
    lines = ["| disk | class | node | random read | in sequence | append with its sync | engine | broker | record p50 | record p99 |",
             "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|"]
    for disk in runs(os.path.join(results, "disks"))[0]["disks"]:
        own, log = disk["calibration"], disk.get("log") or {}
        appends = {row["height"]: row["accepted"] for row in log.get("append", {}).get("rows", [])}
        heights = [figure([appends[h]] if h in appends else [], appends.get(h, {}).get("name"), "") for h in ("engine", "broker")]
        cells = log.get("acknowledged", {}).get("cells", [])
        lines.append("| " + " | ".join([
            disk["name"], disk["diskClass"], str(disk.get("numaNode", "–")), figure(own, "random_read_p50", "ms"), figure(own, "write_direct", ""),
            figure(own, "append_fdatasync_p50", "ms"), *heights, time(cells, 0.5), time(cells, 0.99)]) + " |")
    return lines


def table(results):
    """The lines; a step that brought nothing out has its reason in the place of its table."""
    labels = sorted({r["environment"]["hard"].get("modelled", "nothing") for step in ("numa", "numa-disks", "disks")
                     if os.path.isdir(os.path.join(results, step)) for r in runs(os.path.join(results, step))})
    lines = [f"modelled ({', '.join(labels) or 'no result'}): no figure of hardware, and none to hold against hardware's"]
    for title, step, make in (("Broker × client × memory × cached pages, on nvme-1", "numa", matrix_table),
                              ("Broker × client × disk, every append synced", "numa-disks", matrix_table),
                              ("A log on each class of disk", "disks", lambda results, _: disk_table(results))):
        try:
            made = make(results, step)
        except (IndexError, KeyError, OSError) as error:
            made = [f"none: {type(error).__name__}: {error}"]
        lines += ["", title, "", *made]
    return lines


def numa_cells():
    return [f"broker node {b} · client node {c} · memory {m}" + ("" if p is None else f" · pages on node {p}")
            for b in BROKERS for c in CLIENTS for m in POLICIES for p in PAGES]


def disk_cells():
    found = []
    for name, (kind, node) in DISKS.items():
        for broker in BROKERS:
            hangs = "" if node is None else f", node {node}, {'local' if node == broker else 'remote'}"
            found += [f"broker node {broker} · client node {c} · memory local · disk {name} ({kind}{hangs})" for c in CLIENTS]
    return found


def judged(judge, results):
    def whole(step, wanted, named):
        found = [named(row["placement"]) for row in rows(results, step)]
        other = sorted(set(found) ^ set(wanted))
        return sorted(found) == sorted(wanted), f"{len(found)} of {len(wanted)} cells; {other[0] if other else 'as asked for'}"
    # The data directory's own disk stands behind each.
    judge.check("the matrix has every node, policy and cached page", lambda: whole("numa", numa_cells(), lambda text: text.split(" · disk")[0]))
    # A SATA disk's node is nobody's question.
    judge.check("the matrix of disks has every node, and each NVMe disk local and remote",
                lambda: whole("numa-disks", disk_cells(), lambda text: re.sub(r"\((hdd|ssd), .*\)", r"(\1)", text)))

    def placed(step):
        least = min(rows(results, step), key=lambda row: row.get("verifiedShare", 0))
        share = least.get("verifiedShare", 0)
        return share >= LEAST_SHARE, f"at least {share:.3f} of threads and pages: {least['placement']}"
    judge.check("every cell of the matrix is on its nodes", lambda: placed("numa"))
    judge.check("every cell of the matrix of disks is on its nodes", lambda: placed("numa-disks"))

    def logs():
        disks = runs(os.path.join(results, "disks"))[0]["disks"]
        found = {d["diskClass"]: sorted(row["height"] for row in d["log"]["append"]["rows"]) for d in disks if d.get("log")}
        return all({"device", "engine", "broker"} <= set(found.get(kind, [])) for kind in CLASSES), json.dumps(found)
    judge.check("an HDD, an SSD and an NVMe disk each carried a log at every height", logs)

    def labelled():
        labels = [r["environment"]["hard"].get("modelled", "nothing") for step in ("numa", "numa-disks", "disks") for r in runs(os.path.join(results, step))]
        return len(labels) == 3 and all("lab-vm" in label for label in labels), f"{len(labels)} results: {' and '.join(sorted(set(labels)))}"
    judge.check("every result says that it is modelled", labelled)


def main(results):
    lines = table(results)
    with open(os.path.join(results, "table.md"), "w") as file:
        file.write("\n".join(lines) + "\n")
    print("\n".join(lines), flush=True)
    judge = Judge()
    judged(judge, results)
    return 1 if judge.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
