"""The lab's other judges, fed planted faults: what a control is, how long a check takes, bounded caches, power cuts, the joint matrix, limits."""
import contextlib
import io
import json
import os
import sys
import tempfile
from types import SimpleNamespace

import bounded_checks
import host_checks
import matrix_checks
from judging import Judge, within
from power_judge import ITS_WINDOW, NOTHING, OLDER, SLACK, SOMETHING, WINDOW
from power_judge import judged as cut

failed = 0


def tell(right, what, found=""):
    global failed
    failed += not right
    print(f"{'ok' if right else 'FAIL'} the lab's judges: {what}" + ("" if right else f": {found}"))


def quiet(look, must_fail=False):
    """The names of what is not as it must be; the judge's own lines count for nobody."""
    judge = Judge(must_fail)
    with contextlib.redirect_stdout(io.StringIO()):
        look(judge)
    return {name for name, good, _ in judge.said if not good}


def keep(runs, folder):
    """Results by their place below a folder."""
    for place, run in runs.items():
        os.makedirs(os.path.join(folder, place))
        with open(os.path.join(folder, place, "run.json"), "w") as file:
            json.dump(run, file)


def controls():
    def broken():
        raise FileNotFoundError("doctor.out")
    for what, look, as_check, as_control in (("what holds", lambda: (True, ""), True, False), ("what does not hold", lambda: (False, ""), False, True),
                                             ("what cannot be read", broken, False, False), ("a tool that is missing", lambda: {}["items"], False, False)):
        for must_fail, good in ((False, as_check), (True, as_control)):
            found = quiet(lambda judge: judge.check("it", look), must_fail)
            tell((not found) == good, f"{what} {'is right' if good else 'is a failure'} as {'a negative control' if must_fail else 'a check'}", found)


def seconds():
    for took, good in ((70, True), (90, True), (90.5, False)):
        found = quiet(lambda judge: within(judge, 1000, 90, now=lambda: 1000 + took))
        tell((not found) == good, f"{took} s of 90 are {'in time' if good else 'too long'}", found)


BOUNDED = "a control group of version 2 bounds the broker's page cache"
NEAR = "a reader well within the cache finds everything there"
FAR = "a reader two caches behind does not"
LAW = "fetches at random places find the part of the log that is resident"
CPU = "the group and the broker's own clock account for the same CPU"


def bounded():
    """A result in which everything holds."""
    points = [{"lagShare": share, "hitRate": {"value": hits}} for share, hits in ((0.25, 99), (2, 50))]
    curve = {"controlGroup": 2, "limitBytes": bounded_checks.MEMORY_BYTES, "cacheBytes": 90 << 20, "points": points, "cpuByProcess": 10.0, "cpuByControlGroup": 10.1}
    rows = [{"group": "fetches at random places", "byBroker": {"value": 38}, "expected": {"value": 39}}]
    return {"verdict": {"reasons": []}, "headlines": {"hitRate": {"lagCurve": curve, "rows": rows}}}


def curve_of(run):
    return run["headlines"]["hitRate"]["lagCurve"]


def row_of(run):
    return run["headlines"]["hitRate"]["rows"][0]


def caches():
    def look(run, must_fail=False):
        with tempfile.TemporaryDirectory() as folder:
            if run:
                keep({"a": run}, folder)
            return quiet(lambda judge: bounded_checks.judged(judge, folder), must_fail)
    tell(not look(bounded()), "a bounded cache that holds passes", look(bounded()))
    for what, fault, checks in [
        ("a group of version 1", lambda run: curve_of(run).update(controlGroup=1), {BOUNDED}),
        ("a bound that was taken away", lambda run: run["verdict"]["reasons"].append({"rule": "cacheState", "text": "the limit reads none"}), {BOUNDED}),
        ("a near reader that reads from the disk", lambda run: curve_of(run)["points"][0]["hitRate"].update(value=80), {NEAR}),
        ("a far reader that finds everything", lambda run: curve_of(run)["points"][1]["hitRate"].update(value=95), {FAR}),
        ("more found than is there", lambda run: row_of(run)["byBroker"].update(value=45), {LAW}),
        ("a cache that holds most of the log", lambda run: (row_of(run)["byBroker"].update(value=80), row_of(run)["expected"].update(value=80)), {LAW}),
        ("a group in which somebody else works", lambda run: curve_of(run).update(cpuByControlGroup=11.0), {CPU}),
    ]:
        run = bounded()
        fault(run)
        tell(look(run) == checks, f"{what} is seen", look(run))
    tell(look(bounded(), must_fail=True) == {BOUNDED, FAR, LAW, CPU}, "a bounded cache is no negative control", look(bounded(), must_fail=True))
    tell(look(None, must_fail=True) == {BOUNDED, FAR, LAW, CPU}, "no result of a cache is no negative control", look(None, must_fail=True))


def cuts():
    def lost(*ages):
        """Records that were acknowledged so many seconds before a cut at 100."""
        producer = SimpleNamespace(times=[{n: 100 - age for n, age in enumerate(ages)}])
        return [(producer, 0, n) for n in range(len(ages))]
    limit = WINDOW + SLACK
    for what, allowed, wrong, gone, good in [
        ("every-append that lost nothing", NOTHING, [], lost(), True), ("every-append that lost one", NOTHING, [], lost(0.01), False),
        ("interval that lost within its window", ITS_WINDOW, [], lost(0.1, WINDOW), True),
        ("interval with one that is older than window and slack", ITS_WINDOW, [], lost(0.1, limit + 0.01), False),
        ("interval with records in another order", ITS_WINDOW, ["out of order"], lost(), False),
        ("none that lost what is older than the window", OLDER, [], lost(0.1, limit + 0.01), True),
        ("none that lost only what interval might, too", OLDER, [], lost(0.1, limit - 0.01), False), ("none that lost nothing", OLDER, [], lost(), False),
        ("no barriers, and something lost", SOMETHING, ["damaged"], lost(0.1), True), ("no barriers, and nothing lost", SOMETHING, [], lost(), False),
    ]:
        found = cut(allowed, wrong, gone, 100)
        tell(found[0] == good, f"a power cut of {what} {'is as promised' if good else 'is a failure'}", found)
    tell(SLACK * 2 < WINDOW, "the slack of a power cut is less than half of its window", (WINDOW, SLACK))


def joint():
    """Every cell of the joint matrix, verified."""
    def result(cells):
        rows = [{"placement": text, "clock": "response", "cells": [{"quantile": 0.5, "reading": {"nanoseconds": 2_500_000}}], "samples": 9,
                 "verifiedShare": 0.99, "valid": True} for text in cells]
        return {"environment": {"hard": {"modelled": "lab-vm"}}, "headlines": {"latency": {"rows": rows}}}
    heights = {"append": {"rows": [{"height": h, "accepted": {"name": "accepted", "unit": "MB/s", "value": 40}} for h in ("device", "engine", "broker")]}}
    disks = [{"name": k, "diskClass": k, "calibration": [{"name": "random_read_p50", "value": 8e6, "unit": "ns"}], "log": heights} for k in matrix_checks.CLASSES]
    return {"numa": result(f"{text} · disk (nvme, node 1, local)" for text in matrix_checks.numa_cells()), "numa-disks": result(matrix_checks.disk_cells()),
            "disks": {"environment": {"hard": {"modelled": "lab-vm"}}, "disks": disks}}


def matrix():
    def look(steps):
        with tempfile.TemporaryDirectory() as folder:
            keep({f"{step}/a": run for step, run in steps.items()}, folder)
            return quiet(lambda judge: matrix_checks.judged(judge, folder)), matrix_checks.table(folder)
    found, lines = look(joint())
    tell(not found, "a whole joint matrix passes", found)
    tell(lines[0].startswith("modelled (lab-vm)"), "the table of the joint matrix says first that it is modelled", lines[0])
    tell(any("bind:2 · pages on node 1 " in line and "2.50 ms" in line for line in lines), "the table of the joint matrix has a line a cell", lines)
    tell(any(line.startswith("| hdd | hdd | – | 8.00 ms |") and line.count("40 MB/s") == 2 for line in lines), "the table of disks has a line a disk", lines)
    for what, fault, count in [
        ("a cell that is missing", lambda s: s["numa"]["headlines"]["latency"]["rows"].pop(), 1),
        ("a disk that is remote and called local", lambda s: s["numa-disks"]["headlines"]["latency"]["rows"][-1].update(
            placement="broker node 1 · client node 1 · memory local · disk nvme-1 (nvme, node 0, remote)"), 1),
        ("a cell on another node", lambda s: s["numa"]["headlines"]["latency"]["rows"][5].update(verifiedShare=0.4), 1),
        ("a cell of a disk on another node", lambda s: s["numa-disks"]["headlines"]["latency"]["rows"][5].update(verifiedShare=0.4), 1),
        ("a disk without a log", lambda s: s["disks"]["disks"][1].pop("log"), 1),
        ("a result that is not labelled", lambda s: s["disks"]["environment"]["hard"].pop("modelled"), 1),
        # Its cells, its disk, and its label.
        ("a step that brought nothing out", lambda s: s.pop("numa"), 3),
    ]:
        steps = joint()
        fault(steps)
        found, _ = look(steps)
        tell(len(found) == count, f"{what} of the joint matrix is seen", found)


def limits():
    bites, lifted = "the hdd held to a rate lets that much pass", "the hdd let go again is fast again"
    rate = host_checks.HELD
    for what, while_held, after, wrong in [
        ("a limit that bites and is lifted", rate, 20 * rate, set()), ("a limit that nobody keeps", 20 * rate, 20 * rate, {bites, lifted}),
        ("a limit that stays", rate, rate, {lifted}), ("a disk that is slower than it is held to", rate / 4, 20 * rate, {bites}),
    ]:
        found = quiet(lambda judge: host_checks.held(judge, "hdd", while_held, after))
        tell(found == wrong, f"{what} {'is seen' if wrong else 'passes'}", found)
    found = quiet(lambda judge: host_checks.held(judge, "hdd", 20 * rate, 90 * rate), must_fail=True)
    tell(not found, "a disk that knows of no limit is a negative control", found)


def left():
    with tempfile.TemporaryDirectory() as folder:
        tell(folder in host_checks.left(folder)["file"], "a directory of the block devices that stayed is seen", host_checks.left(folder))
    tell(folder not in host_checks.left(folder)["file"], "a directory of the block devices that is gone is not", host_checks.left(folder))


def main():
    for each in (controls, seconds, caches, cuts, matrix, limits, left):
        each()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
