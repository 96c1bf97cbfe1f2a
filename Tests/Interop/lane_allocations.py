"""How often a producer lane allocates for a record, once it is warm: the built harness against the null broker, its malloc counted.

Usage: lane_allocations.py --tidemark PROGRAM --counter LIBRARY --planted LIBRARY

The same load is made twice, for 1 s and for 3 s behind its warm-up. What the longer one allocated more, over the records that it sent
more, is the steady state's: starting, connecting, warming up, and telling the result are in both. Once with whole batches, and once with
about a record a request, where what a request allocates is what a record does. With the planted library every look at the clock
allocates, which must be found.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

# Of a record: far below one a batch of the first load has, and room for the few dozen that two runs differ by on their own.
BOUND = 0.005
SECONDS = (1, 3)
LOADS = [
    ("batches", ["--rate", "100000", "--linger", "5ms"]),
    ("a record a request", ["--rate", "10000", "--linger", "0ms"]),
]


def counted(tidemark, broker, library, options, seconds):
    """Allocations of the whole program, and the records of its schedule behind the warm-up."""
    with tempfile.NamedTemporaryFile() as told:
        done = subprocess.run(
            [tidemark, "ceiling", "--bootstrap", broker, "--record-bytes", "100", "--measure", f"{seconds}s", "--json", *options],
            capture_output=True, text=True, env={**os.environ, "LD_PRELOAD": library, "ALLOCATIONS_FILE": told.name})
        if done.returncode != 0:
            sys.exit(f"FAIL lane-allocations: tidemark ceiling left with {done.returncode}: {done.stderr.strip()}")
        text = open(told.name).read().strip()
    if not text:
        sys.exit(f"FAIL lane-allocations: {library} counted nothing: is the program linked with glibc's malloc?")
    return int(text), json.loads(done.stdout)["punctuality"]["records"]


def of_a_record(short, long):
    """Allocations a record of what one (allocations, records) has more than the other. Two runs may differ by a few either way."""
    allocations, records = long[0] - short[0], long[1] - short[1]
    if records <= 0:
        sys.exit(f"FAIL lane-allocations: {long[1]} records in {SECONDS[1]} s and {short[1]} in {SECONDS[0]} s: the schedule was not kept")
    return max(0, allocations) / records, f"{allocations} for {records} records more"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tidemark", required=True)
    parser.add_argument("--counter", required=True)
    parser.add_argument("--planted", required=True)
    arguments = parser.parse_args()
    null = subprocess.Popen([arguments.tidemark, "null-broker"], stdout=subprocess.PIPE, text=True)
    good = True
    try:
        broker = re.search(r"listeners=(\S+)", null.stdout.readline()).group(1)
        for name, options in LOADS:
            each, text = of_a_record(*(counted(arguments.tidemark, broker, arguments.counter, options, seconds) for seconds in SECONDS))
            good &= each <= BOUND
            print(f"{'ok' if each <= BOUND else 'FAIL'} lane-allocations: {name}: {each:.5f} a record, at most {BOUND} ({text})", flush=True)
        name, options = LOADS[-1]
        each, text = of_a_record(*(counted(arguments.tidemark, broker, arguments.planted, options, seconds) for seconds in SECONDS))
        good &= each > BOUND
        print(f"{'ok' if each > BOUND else 'FAIL'} lane-allocations: one that is planted at each look at the clock is found: {each:.2f} a record ({text})")
    finally:
        null.terminate()
        null.wait()
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
