"""Runs every shipped profile at smoke scale, and lists what each ended as: one point of it, or of heights-* every point.

Usage: profiles_smoke.py --tidemark PROGRAM [--own-disk DIRECTORY] [--scale 0.1] [--out FILE] [PROFILE…]

Durations are shortened, rates and sizes stay, apart from volumes that only fill a disk. A run that ends INVALID is made a
second time, and a third, since a machine may be disturbed; what then is INVALID still, or fails, makes this exit with 1. A
profile that this machine cannot run (no root, no file system of its own) is listed with the reason, and is no failure.
--out writes all of it as JSON.
"""
import argparse
import collections
import glob
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import time

import yaml

import smoke_record

STORED = "headlines.append.stored"
# What lies in a log before it is appended to, from 4 GiB to 64 MiB: the points still differ.
STORED_DIVISOR = 64
SIZES = {"": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
ATTEMPTS = 3
LONGEST = 300


def seconds(text):
    number, unit = re.fullmatch(r"([0-9._]+)(ns|us|µs|ms|s|m|h)", str(text)).groups()
    return float(number.replace("_", "")) * UNITS[unit]


def stored(value):
    """So many bytes at smoke scale."""
    number, unit = re.fullmatch(r"([0-9._]+)([kKMGT]?B|[KMGT]iB)?", str(value)).groups()
    return f"{int(float(number.replace('_', '')) * SIZES[unit or '']) // STORED_DIVISOR}B"


def duration(value):
    return f"{max(1, round(value * 1000))}ms"


def flow(value):
    """YAML on one line, as --set takes it."""
    return yaml.safe_dump(value, default_flow_style=True, width=10**9, sort_keys=False).strip().removesuffix("...").strip()


def scaled(profile, scale):
    """--set words that shorten a profile."""
    words = []
    phases = dict(profile.get("phases") or {})
    disturbed = "perturb" in profile
    # What is disturbed keeps two whole seconds before and after, to be compared.
    factor = max(scale, 0.3) if disturbed else scale
    steady = max(seconds(phases.get("steady", "10s")) * factor, 8.0 if disturbed else 2.0)
    factor = steady / seconds(phases.get("steady", "10s"))
    phases.update(warmUp="300ms", steadyWait="0s", steady=duration(steady), coolDown="100ms")
    if "then" in phases:
        phases["then"] = [dict(phase, steady=duration(max(seconds(phase["steady"]) * scale, 2.0))) if "steady" in phase else phase for phase in phases["then"]]
    if "search" in profile:
        # Its final measurement is its steady phase.
        del phases["steady"]
    words.append(f"phases={flow(phases)}")
    if disturbed:
        perturb = []
        for each in profile["perturb"]:
            each = dict(each)
            for key in ("at", "for", "restartAfter", "pause"):
                if key in each:
                    each[key] = duration(max(seconds(each[key]) * factor, 0.1))
            perturb.append(each)
        words.append(f"perturb={flow(perturb)}")
    if "search" in profile:
        words += ["search.trial=3s", "search.settle=500ms", "search.confirm=5s", "search.precision=50%"]
    if "backlog" in profile:
        words += ["backlog.bytes=64MiB", "backlog.atMost=20s"]
    if profile.get("gate", {}).get("kind") == "rate":
        words.append("producers.rate=5000")
    headlines = profile.get("headlines") or {}
    if "disk" in headlines:
        words.append("headlines.disk.perItem=200ms")
        if isinstance(headlines["disk"], dict) and "append" in headlines["disk"]:
            words += [f"headlines.disk.append.{key}={value}" for key, value in (("atMost", "1GiB"), ("engine", "1s"), ("warmUp", "200ms"), ("steady", "1s"), ("ceiling", "0s"))]
    if "append" in headlines:
        words += ["headlines.append.atMost=1GiB", "headlines.append.engine=1s", "headlines.append.steady=1s", "headlines.append.ceiling=1s"]
        if isinstance(headlines["append"], dict) and headlines["append"].get("sustained"):
            words += ["headlines.append.sustained=false", "headlines.append.steadyWait=0s"]
        if isinstance(headlines["append"], dict) and "stored" in headlines["append"]:
            words.append(f"{STORED}={stored(headlines['append']['stored'])}")
    if "pageCache" in headlines:
        words += page_cache(headlines["pageCache"])
    if "zeroCopy" in headlines:
        words += ["headlines.zeroCopy.pairs=5", "headlines.zeroCopy.slice=200ms"]
    if "placement" in headlines:
        words += [f"headlines.placement.{key}=2s" for key in ("steady",) if isinstance(headlines["placement"], dict) and key in headlines["placement"]]
    if "numa" in headlines:
        words += ["headlines.numa.warmUp=300ms", "headlines.numa.steady=1s", "headlines.numa.fetch=300ms", "headlines.numa.logBytes=16MiB"]
    return words


def points(name, profile):
    """--set words of each point to run: the last of every axis; of the heights all of them, since at each something else binds."""
    axes = [(full(path), values) for path, values in (profile.get("sweep") or {}).items()]
    axes = [(path, [stored(value) for value in values] if path == STORED else values) for path, values in axes]
    combinations = itertools.product(*(values if name.startswith("heights-") else values[-1:] for _, values in axes))
    # A text among the values is YAML itself, as it is to a sweep.
    return [[f"{path}={value if isinstance(value, str) else flow(value)}" for (path, _), value in zip(axes, combination)] for combination in combinations]


def page_cache(headline):
    """Every study that the profile asks for stays, at sizes that take seconds."""
    words = ["headlines.pageCache.logBytes=64MiB"]
    headline = headline if isinstance(headline, dict) else {}
    if "memory" in headline:
        words.append("headlines.pageCache.memory=96MiB")
    if "lag" in headline:
        shares = (headline["lag"] or {}).get("shares") if isinstance(headline["lag"], dict) else None
        words.append("headlines.pageCache.lag.steady=1s")
        if shares:
            # One that fits into the cache, and one that does not.
            words.append(f"headlines.pageCache.lag.shares={flow([shares[0], min(shares[-1], 2)])}")
    return words


def full(path):
    """The key behind an axis's short name."""
    names = {"producers": "producers.count", "consumers": "consumers.count", "partitions": "topic.partitions", "segmentBytes": "topic.segmentBytes",
             "durability": "broker.durability", "loops": "broker.loops", "idleConnections": "idleConnections"}
    return path if "." in path else names.get(path, f"producers.{path}")


def run(arguments, path, words, results):
    data = arguments.own_disk if "freeze" in open(path).read() and arguments.own_disk else tempfile.gettempdir().replace("/tmp", "/var/tmp")
    command = [arguments.tidemark, "run", path, "--quiet", "--results", results, "--data-dir", data]
    for word in words:
        command += ["--set", word]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return f"it had not ended after {LONGEST} s", None
    records = sorted(glob.glob(f"{results}/**/run.json", recursive=True), key=os.path.getmtime)
    verdict = json.load(open(records[-1])).get("verdict") if records and done.returncode in (0, 5) else None
    return (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1], verdict


def outcome(arguments, path, words):
    """A word, what is to be said of it, and how many runs it took."""
    for attempt in range(1, ATTEMPTS + 1):
        with tempfile.TemporaryDirectory(dir="/var/tmp") as results:
            said, verdict = run(arguments, path, words, results)
        if verdict is None:
            return ("REFUSED" if smoke_record.is_excused(said) else "FAILED"), said, attempt
        reasons = "; ".join(reason["text"] for reason in verdict["reasons"])
        if verdict["outcome"] != "invalid":
            return verdict["outcome"].upper(), reasons, attempt
    return "INVALID", reasons, ATTEMPTS


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tidemark", required=True)
    parser.add_argument("--own-disk", help="a directory on a file system of its own, which may be frozen")
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--out", help="a file for what each ended as, as JSON")
    parser.add_argument("profiles", nargs="*")
    arguments = parser.parse_args()
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Profiles")
    names = arguments.profiles or sorted(os.path.basename(path).removesuffix(".yaml") for path in glob.glob(f"{root}/*.yaml"))
    ended = []
    for name in names:
        path = os.path.join(root, f"{name}.yaml")
        profile = yaml.safe_load(open(path))
        every = points(name, profile)
        for point in every:
            began = time.monotonic()
            word, why, attempts = outcome(arguments, path, scaled(profile, arguments.scale) + point)
            ended.append(smoke_record.point(name, point, word, why, time.monotonic() - began, attempts))
            told = " ".join([name] + point) if len(every) > 1 else name
            again = f" (attempt {attempts})" if attempts > 1 else ""
            print(f"{word:9} {told}{': ' + why if why else ''}{again}", flush=True)
    if arguments.out:
        smoke_record.write(arguments.out, arguments.tidemark, arguments.scale, arguments.own_disk, ended)
    counts = collections.Counter(each["outcome"] for each in ended)
    print(", ".join(f"{count} {word}" for word, count in sorted(counts.items())) + f" of {len(ended)} points of {len(names)} profiles")
    sys.exit(1 if counts["FAILED"] or counts["INVALID"] else 0)


if __name__ == "__main__":
    main()
