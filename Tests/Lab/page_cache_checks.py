"""Holds what runs of Profiles/page-cache-check.yaml say of the page cache against what is known beforehand, a run a file system.

Usage: page_cache_checks.py FILESYSTEM=RUN.JSON FILESYSTEM='!why it did not run' …

Prints a table that can be kept: no path, no host. Every check has a row, one that could not be made as well, with the reason; what
is missing counts like what is wrong, so that nothing passes for want of figures.
"""
import json
import sys

KNOWN_PERCENT = (25, 50, 75)
# Points of hit rate; percent of CPU; percent of the cache's growth.
POINTS, CPU_PERCENT, GROWTH_PERCENT = 2, 2, 5
BOUNDED = "fetches at random places"


class Missing(Exception):
    """A figure that a check needs is not there, and why."""


def value(metric, what):
    if metric is None:
        raise Missing(f"the result has no figure {what}")
    if "value" not in metric:
        raise Missing(metric.get("unavailable", f"the result has no value {what}"))
    return metric["value"]


def hit_rates(run):
    head = run.get("headlines", {}).get("hitRate")
    if head is None:
        raise Missing("the result has no page-cache headline")
    return head


def row(run, holds, what):
    found = [each for each in hit_rates(run)["rows"] if holds(each)]
    if not found:
        notes = [note for note in hit_rates(run)["notes"] if "group" in note]
        raise Missing("; ".join([f"the result has no row {what}"] + notes))
    return found[0]


def known(percent):
    return lambda run: row(run, lambda each: each["state"] == f"{percent} % resident", f"of a log of which {percent} % are resident")


def bounded(run):
    return row(run, lambda each: each["group"] == BOUNDED, "of a bounded cache")


def rate(of, instrument):
    """What an instrument says of a row, and what is known of it."""
    def look(run):
        found = of(run)
        return value(found.get(instrument), f"by {instrument}"), value(found.get("expected"), "of what was there")
    return look


def reads(of):
    """The hit rate that the device's reads leave, and the broker's own: without read-ahead they are one."""
    def look(run):
        found = of(run)
        if found["readahead"] != "off":
            raise Missing("read-ahead was on")
        return value(found.get("byDevice"), "by the device"), value(found.get("byBroker"), "by the broker")
    return look


def cold(run):
    return row(run, lambda each: each["state"] in ("cold", "guest-cold"), "of an empty cache")


def growth(run):
    memory = hit_rates(run).get("doubleCaching")
    if memory is None:
        raise Missing("the broker's own memory was not followed")
    cache = memory["logInCacheAfter"] - memory["logInCacheBefore"]
    if cache < 32 << 20:
        raise Missing(f"the cache grew by {cache} bytes only, which tells nothing")
    return 100 * max(0, memory["residentHighest"] - memory["residentBefore"]) / cache, 0


def cpu(run):
    curve = hit_rates(run).get("lagCurve")
    if curve is None:
        raise Missing("there is no curve over a reader's lag")
    if not curve.get("cpuByControlGroup") or "cpuByProcess" not in curve:
        raise Missing("; ".join(["no control group accounted for the broker's CPU"] + curve.get("notes", [])))
    return 100 * curve["cpuByProcess"] / curve["cpuByControlGroup"], 100


def checks():
    """Name, what to look at, the most it may be off, its unit."""
    made = []
    for percent in KNOWN_PERCENT:
        made.append((f"{percent} % put into the cache, by the broker", rate(known(percent), "byBroker"), POINTS, "%"))
        made.append((f"{percent} % put into the cache, by bytes read", rate(known(percent), "byProcess"), POINTS, "%"))
        made.append((f"{percent} % put into the cache, misses and device", reads(known(percent)), POINTS, "%"))
    made.append(("an empty cache, misses and device", reads(cold), POINTS, "%"))
    made.append(("bounded, at random places, by the broker", rate(bounded, "byBroker"), POINTS, "%"))
    made.append(("bounded, at random places, by bytes read", rate(bounded, "byProcess"), POINTS, "%"))
    made.append(("the broker's own growth, of the cache's", growth, GROWTH_PERCENT, "%"))
    made.append(("CPU by its clock, of its control group's", cpu, CPU_PERCENT, "%"))
    return made


def judged(system, run):
    """The rows of a file system: its name, the check, found, known, off, verdict."""
    rows = []
    for name, look, most, unit in checks():
        try:
            if isinstance(run, str):
                raise Missing(run)
            found, expected = look(run)
            verdict = "ok" if abs(found - expected) <= most else "FAIL"
            rows.append((system, name, f"{found:.2f} {unit}", f"{expected:.2f} {unit}", f"{abs(found - expected):.2f}", f"{most}", verdict))
        except Missing as why:
            rows.append((system, name, "–", "–", "–", f"{most}", f"SKIPPED: {why}"))
    return rows


def told(system, run):
    """What is not judged, and where a cache was not in the state that was asked for."""
    if isinstance(run, str):
        return [], []
    lines = []
    head = run.get("headlines", {}).get("hitRate", {})
    for warm in head.get("warmUps") or []:
        last = [point["hitRate"] for point in warm["points"] if point.get("hitRate") is not None][-1:]
        end = f"{last[0]:.1f} % found at the end" if last else "nothing sampled"
        lines.append(f"{system}, {warm['state']}: {warm['residentBefore']:.1f} % resident before, {end}")
    for point in (head.get("lagCurve") or {}).get("points", []):
        hits = point["hitRate"].get("value")
        lines.append(f"{system}, {point['lagShare']:.2f} caches behind: " + ("hits unknown" if hits is None else f"{hits:.1f} % hits"))
    reasons = (run.get("verdict") or {}).get("reasons", [])
    wrong = [f"{system}: {reason['text']}" for reason in reasons if reason["rule"] == "cacheState"]
    return lines, wrong + [f"{system}, {each['state']}: {each['agreement']}" for each in head.get("rows", []) if each.get("agrees") is False]


def report(results):
    """The lines of a table, and whether everything was looked at and held. `results`: file system → run, or why there is none."""
    rows = [line for system, run in results.items() for line in judged(system, run)]
    kernels = sorted({run["environment"]["hard"].get("kernel", "unknown") for run in results.values() if not isinstance(run, str)})
    commits = sorted({run["software"].get("commit", "unknown") for run in results.values() if not isinstance(run, str)})
    lines = [f"{', '.join(kernels) or 'no kernel'}; commit {', '.join(commits) or 'none'}", ""]
    lines += ["| file system | check | found | known | off by | at most | |", "|---|---|--:|--:|--:|--:|---|"]
    lines += ["| " + " | ".join(line) + " |" for line in rows]
    states = []
    notes = []
    for system, run in results.items():
        more, wrong = told(system, run)
        notes += more
        states += wrong
    lines += [""] + [f"- {note}" for note in notes] + ([""] if notes else [])
    lines += [f"FAIL {state}" for state in states]
    held = sum(line[-1] == "ok" for line in rows)
    wrong = sum(line[-1] == "FAIL" for line in rows)
    skipped = len(rows) - held - wrong
    lines.append(f"{held} of {len(rows)} checks hold, {wrong} failed, {skipped} were not made" + (f", {len(states)} states or instruments were not as they have to be" if states else ""))
    return lines, bool(rows) and held == len(rows) and not states


def main(words):
    results = {}
    for word in words:
        system, _, place = word.partition("=")
        if place.startswith("!"):
            results[system] = place[1:]
            continue
        try:
            with open(place) as file:
                results[system] = json.load(file)
        except (OSError, ValueError) as error:
            results[system] = f"its result can't be read: {type(error).__name__}"
    lines, holds = report(results)
    print("\n".join(lines))
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
