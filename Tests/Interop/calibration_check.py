"""Holds the calibration's appends against fio on the same directory: same block, same sync, same size, in turns.

Usage: calibration_check.py --microbench PROGRAM --directory DIRECTORY [--rounds 7] [--mebibytes 512] [--must-fail]
       calibration_check.py --judge

Each round runs both, the one that begins changing from round to round; what counts is the median over the rounds of the
calibration's figure over fio's. Exit 0: every median is within 10 % of 1; 1: one is not, or nothing could be held against
fio. With --must-fail fio is told to do something else (blocks of another size, half the rate), and the exit code is 0 where
every row is found to be off. --judge tries the judgement itself on figures that were made up.
"""
import argparse
import json
import statistics
import subprocess
import sys
import tempfile

MOST = 0.10
APPEND_SECONDS = 2
# Of the calibration's writes: its figure is the median of so many slices, each as large as fio's file.
SLICES = 5
ROWS = ("write_direct", "write_buffered", "append_fdatasync_p50")
WORDS = {"write_direct": "1 MiB O_DIRECT + sync at the end", "write_buffered": "1 MiB buffered + sync at the end",
         "append_fdatasync_p50": "4 KiB append + fdatasync, p50"}


class Unavailable(Exception):
    """A figure that this directory does not give, and why."""


def ours(arguments, item):
    """The program's own figure: MB/s, or microseconds."""
    if item == "append_fdatasync_p50":
        words = ["--seconds", str(APPEND_SECONDS)]
    else:
        # Bytes end a slice, not time, unless the disk is too slow to write them within its fifth of a minute.
        words = ["--seconds", "60", "--most-mebibytes", str(SLICES * arguments.mebibytes)]
    done = subprocess.run([arguments.microbench, "calibrate", "--dir", arguments.directory, "--json", *words, "--only", item], capture_output=True, text=True)
    if done.returncode:
        sys.exit("microbench: " + (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1])
    found = next(i for i in json.loads(done.stdout)["items"] if i["name"] == item)
    if "value" not in found:
        raise Unavailable(found["unavailable"])
    return found["value"] / 1e3 if found["unit"] == "ns" else found["value"] * 1e3


def fio(arguments, item, rate=None):
    """fio's figure of the same work, in the same unit.

    rate: MB/s that it is held to, for a violation that is planted."""
    with tempfile.TemporaryDirectory(dir=arguments.directory) as place:
        common = ["fio", f"--directory={place}", "--ioengine=psync", "--rw=write", "--unlink=1", "--output-format=json"]
        if item == "append_fdatasync_p50":
            block = "256k" if arguments.must_fail else "4k"
            # Without a fallocate and without a layout the file grows with each append, as ours does, but for a disk that takes a GiB of them.
            job = ["--fallocate=none", f"--bs={block}", "--fdatasync=1", "--size=1g", f"--runtime={APPEND_SECONDS}", "--time_based"]
        else:
            job = ["--fallocate=native", "--bs=1m", "--end_fsync=1", f"--size={arguments.mebibytes}m", f"--direct={int(item == 'write_direct')}"]
            # Per second, in bytes; the floor keeps a planted rate from being none.
            if rate:
                job.append(f"--rate={max(1, int(rate * 1e6))}")
        # The first is for memory that a hypervisor has to give back, as the calibration's own warm pass is.
        words = common + ["--name=warm", *job, "--name=measured", "--stonewall", *job]
        done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        raise Unavailable("fio: " + (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1])
    measured = next(j for j in json.loads(done.stdout[done.stdout.index("{"):])["jobs"] if j["jobname"] == "measured")
    if item == "append_fdatasync_p50":
        if not measured["sync"].get("lat_ns", {}).get("percentile"):
            raise Unavailable("this fio tells no percentiles of its syncs")
        return (measured["write"]["clat_ns"]["percentile"]["50.000000"] + measured["sync"]["lat_ns"]["percentile"]["50.000000"]) / 1e3
    return measured["write"]["bw_bytes"] / 1e6


def judge(pairs):
    """Median, smallest and largest of ours over fio's, and whether the median is near enough to 1."""
    ratios = [own / other for own, other in pairs]
    middle = statistics.median(ratios)
    return middle, min(ratios), max(ratios), abs(middle - 1) <= MOST


def measure(arguments, item):
    """(ours, fio's) of each round."""
    pairs = []
    for number in range(arguments.rounds):
        # A planted rate goes by what ours came to, so then ours goes first.
        if number % 2 and not arguments.must_fail:
            other = fio(arguments, item)
            own = ours(arguments, item)
        else:
            own = ours(arguments, item)
            other = fio(arguments, item, own / 2 if arguments.must_fail else None)
        pairs.append((own, other))
    return pairs


def row(item, pairs, must_fail):
    middle, low, high, near = judge(pairs)
    unit = "µs" if item == "append_fdatasync_p50" else "MB/s"
    good = near != must_fail
    own, other = (statistics.median(side) for side in zip(*pairs))
    print(f"{'ok' if good else 'FAIL':4} {WORDS[item]:34} {own:9.1f} {unit:4} fio {other:9.1f} {unit:4} ours/fio {middle:.3f} [{low:.3f}, {high:.3f}]", flush=True)
    return good


def check(arguments):
    held = wrong = 0
    for item in ROWS:
        try:
            pairs = measure(arguments, item)
        except Unavailable as why:
            print(f"n/a  {WORDS[item]:34} {why}", flush=True)
            continue
        held += 1
        wrong += not row(item, pairs, arguments.must_fail)
    word = "each must be off, for fio was told to do something else" if arguments.must_fail else f"within {MOST:.0%}"
    print(f"{held - wrong} of {held} figures as they must be ({word}), median of {arguments.rounds} paired ratios, {arguments.mebibytes} MiB a write")
    return 1 if wrong or not held else 0


CASES = [
    ("equal figures", [(100, 100)] * 5, True), ("nine percent less", [(91, 100)] * 5, True), ("eleven percent less", [(89, 100)] * 5, False),
    ("eleven percent more", [(111, 100)] * 5, False), ("one round that was disturbed", [(100, 100), (100, 100), (20, 100)], True),
    ("a unit that slipped", [(1000, 1)] * 5, False), ("most rounds off", [(80, 100), (80, 100), (100, 100)], False),
    ("a machine that slowed down for both", [(100, 100), (50, 51), (25, 24.5)], True),
]


def try_judge():
    failed = 0
    for name, pairs, wanted in CASES:
        right = judge(pairs)[3] == wanted
        failed += not right
        print(f"{'ok' if right else 'FAIL'} the judge of calibrations {'takes' if wanted else 'refuses'} {name}")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--microbench")
    parser.add_argument("--directory")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--mebibytes", type=int, default=512)
    parser.add_argument("--must-fail", action="store_true")
    parser.add_argument("--judge", action="store_true")
    arguments = parser.parse_args()
    if arguments.judge:
        return try_judge()
    if not arguments.microbench or not arguments.directory or arguments.rounds < 1 or arguments.mebibytes < 1:
        parser.error("--microbench and --directory are needed, and at least one round of one MiB")
    return check(arguments)


if __name__ == "__main__":
    sys.exit(main())
