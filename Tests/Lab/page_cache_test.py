"""The judge of the page cache, fed results with planted faults: it must see each, and must not pass what was not looked at."""
import copy
import sys

import page_cache_checks as judge


def metric(value):
    return {"name": "m", "unit": "%", "polarity": "neutral", "value": value}


def whole():
    """A result in which everything is there and holds."""
    def row(state, group, broker, known):
        return {"state": state, "group": group, "byBroker": metric(broker), "byProcess": metric(known), "byDevice": metric(known), "readahead": "off",
                "agreement": "agree within 1.0 points", "agrees": True, "expected": metric(known)}
    rows = [row(f"{percent} % resident", "one catch-up consumer", percent + 1, percent) for percent in judge.KNOWN_PERCENT]
    rows.append(row("bounded(128 MiB)", judge.BOUNDED, 31, 31.5))
    rows.append(row("guest-cold", "one catch-up consumer", 0.4, 0))
    return {
        "environment": {"hard": {"kernel": "Linux 6.12"}}, "software": {"commit": "0123456789ab"}, "verdict": {"reasons": []},
        "headlines": {"hitRate": {
            "rows": rows, "notes": [],
            "doubleCaching": {"logInCacheBefore": 0, "logInCacheAfter": 256 << 20, "residentBefore": 20 << 20, "residentHighest": 21 << 20},
            "lagCurve": {"cpuByProcess": 10.0, "cpuByControlGroup": 10.1, "notes": [], "points": [{"lagShare": 0.5, "hitRate": metric(99.9)}]},
        }},
    }


def planted(fault):
    run = copy.deepcopy(whole())
    fault(run["headlines"]["hitRate"], run)
    return run


def without_group(head, run):
    head["rows"].pop(3)
    head["lagCurve"] = {"notes": ["no control group: permission denied"], "points": []}


def unreadable(metrics):
    metrics.pop("value")
    metrics["unavailable"] = "the counter is not readable here"


CASES = [
    ("a result in which all holds", whole(), True, "ok"),
    ("a file system that could not be mounted", "mount: unknown filesystem type", False, "SKIPPED: mount: unknown filesystem type"),
    ("a result without a headline", planted(lambda head, run: run["headlines"].pop("hitRate")), False, "SKIPPED: the result has no page-cache headline"),
    ("a machine without a control group", planted(without_group), False, "SKIPPED: no control group accounted"),
    ("a curve without the group's CPU", planted(lambda head, run: head["lagCurve"].pop("cpuByControlGroup")), False, "SKIPPED"),
    ("a counter that is not readable", planted(lambda head, run: unreadable(head["rows"][0]["byProcess"])), False, "SKIPPED: the counter is not readable here"),
    ("a row that is missing", planted(lambda head, run: head["rows"].pop(1)), False, "50 % are resident"),
    ("a hit rate that is three points off", planted(lambda head, run: head["rows"][2]["byBroker"].update(value=78)), False, "FAIL"),
    ("a bounded cache that finds more than there is", planted(lambda head, run: head["rows"][3]["byBroker"].update(value=40)), False, "FAIL"),
    ("a bounded cache of which more was read", planted(lambda head, run: head["rows"][3]["byProcess"].update(value=20)), False, "FAIL"),
    ("a device that read more than was missed", planted(lambda head, run: head["rows"][0]["byDevice"].update(value=10)), False, "FAIL"),
    ("instruments that were flagged", planted(lambda head, run: head["rows"][4].update(agrees=False, agreement="the device read 9.0 points less than missed")), False, "FAIL ext4, guest-cold: the device read 9.0"),
    ("read-ahead that was on", planted(lambda head, run: head["rows"][0].update(readahead="on")), False, "SKIPPED: read-ahead was on"),
    ("a broker that caches for itself", planted(lambda head, run: head["doubleCaching"].update(residentHighest=200 << 20)), False, "FAIL"),
    ("a group that counts more CPU", planted(lambda head, run: head["lagCurve"].update(cpuByControlGroup=11.0)), False, "FAIL"),
    ("a cache that was not as asked for", planted(lambda head, run: run["verdict"]["reasons"].append({"rule": "cacheState", "text": "cold: 9 % resident"})), False, "FAIL ext4: cold: 9 %"),
]


def main():
    failed = 0
    for name, run, holds, said in CASES:
        lines, good = judge.report({"ext4": run})
        right = good == holds and any(said in line for line in lines)
        failed += not right
        print(f"{'ok' if right else 'FAIL'} the judge of the page cache sees {name}" + ("" if right else f": {lines}"))
    _, good = judge.report({})
    failed += good
    print(f"{'FAIL' if good else 'ok'} the judge of the page cache passes nothing where nothing ran")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
