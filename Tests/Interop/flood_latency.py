"""What a flood does to a well-behaved client's latency: response times in open loop, quiet and under the floods of floods.py.

flood_latency.py [--rounds 5] [--seconds 5] [FLOOD…]: FLOOD as in slow_loris; by default all of them.

A round measures, in random order, the quiet broker, each flood on it, and each flood on another broker of the same machine:
the last one is what the flood's own work costs a client whose broker isn't flooded, since all share the processors. Each
measurement is a `tidemark run` of its own against the running broker: 2,000 records a second of 1 KiB at Poisson times, acks=all,
response time from the schedule to the acknowledgement. Its verdict is INVALID under a flood, for foreign load; that load is the
experiment. Where the schedule lag is near the response time, the generator itself came late to its processor.
"""
import argparse
import glob
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import threading
import time

from broker import ROOT
from floods import FLOODS, SECONDS, Place

PROGRAM = os.environ.get("TIDEMARK", os.path.join(ROOT, ".build/release/tidemark"))
PROFILE = os.path.join(ROOT, "Profiles/smoke.yaml")
INVALID_RUN = 5


class Flooding(threading.Thread):
    """A flood again and again, until it is told to stop."""

    def __init__(self, flood, place):
        super().__init__(daemon=True)
        self.flood, self.place = flood, place
        self.stopping, self.failure = threading.Event(), None
        self.start()

    def run(self):
        try:
            while not self.stopping.is_set():
                self.flood(self.place, time.monotonic() + SECONDS)
        except Exception as error:  # told by `stop`
            self.failure = error

    def stop(self):
        self.stopping.set()
        self.join(60)
        if self.failure or self.is_alive():
            raise RuntimeError(f"{self.flood.__name__} is no flood any more: {self.failure or 'it does not end'}")


def quantile(histogram, share):
    """Nanoseconds below which that share of the samples lies, by the lower bounds of its buckets."""
    rank = share * sum(histogram["counts"])
    for count, bound in zip(histogram["counts"], histogram["lowerBounds"]):
        rank -= count
        if rank <= 0:
            return bound
    return histogram["maximumNanoseconds"]


def measure(place, seconds):
    """Milliseconds of the steady phase by figure."""
    results = os.path.join(place.broker.directory, f"results-{time.monotonic_ns()}")
    command = [PROGRAM, "run", PROFILE, "--bootstrap", place.broker.address, "--results", results, "--quiet",
               "--data-dir", place.broker.directory, "--set", "producers.rate=2000", "--set", "producers.recordBytes=1KiB",
               "--set", f"phases.steady={seconds}s"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120 + 4 * seconds)
    if done.returncode not in (0, INVALID_RUN):
        raise RuntimeError(f"tidemark run left with {done.returncode}: {done.stderr[-800:]}")
    path, = glob.glob(os.path.join(results, "*", "run.json"))
    with open(path) as file:
        steady, = (phase for phase in json.load(file)["phases"] if phase["kind"] == "steady")
    clocks = steady["histograms"]
    figures = {"p50": ("response", 0.5), "p99": ("response", 0.99), "service p99": ("service", 0.99), "lag p99": ("schedule_lag", 0.99)}
    return {name: quantile(clocks[clock], share) / 1e6 for name, (clock, share) in figures.items()}


def states(floods, here, elsewhere):
    """What a round measures: the name of each state, the flood and the flooded place."""
    yield "quiet", None, None
    for flood in floods:
        yield flood.__name__, flood, here
        yield f"{flood.__name__} elsewhere", flood, elsewhere


def play(rounds, seconds, floods, here, elsewhere):
    """A list of figures, a round each, by state."""
    found, dice = {}, random.Random(5)
    for number in range(rounds):
        order = list(states(floods, here, elsewhere))
        dice.shuffle(order)
        for name, flood, place in order:
            flooding = Flooding(flood, place) if flood else None
            time.sleep(0.5)  # until it bites, or until the one before is over
            figures = measure(here, seconds)
            if flooding:
                flooding.stop()
            found.setdefault(name, []).append(figures)
            print(f"round {number + 1} {name}: " + ", ".join(f"{what} {value:.3f} ms" for what, value in figures.items()), flush=True)
    return found


def spread(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def report(found, floods):
    def ratios(name, other):
        return spread([one["p99"] / two["p99"] for one, two in zip(found[name], found[other])])

    print("\nmedians of the rounds in ms; ratios of p99 within a round: median (least to largest)")
    for name in ["quiet", *(name for flood in floods for name in (flood.__name__, f"{flood.__name__} elsewhere"))]:
        medians = ", ".join(f"{what} {statistics.median(each[what] for each in found[name]):.3f}" for what in found[name][0])
        against = "" if name == "quiet" else f"; p99 / quiet {ratios(name, 'quiet')}"
        if f"{name} elsewhere" in found:
            against += f"; p99 / elsewhere {ratios(name, f'{name} elsewhere')}"
        print(f"{name}: {medians}{against}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("floods", nargs="*", metavar="FLOOD")
    options = parser.parse_args()
    if unknown := set(options.floods) - {flood.__name__ for flood in FLOODS}:
        parser.error(f"no flood {', '.join(sorted(unknown))}; there are {', '.join(flood.__name__ for flood in FLOODS)}")
    floods = [flood for flood in FLOODS if not options.floods or flood.__name__ in options.floods]
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    places = []
    try:
        places += [Place()]
        places += [Place()]
        report(play(options.rounds, options.seconds, floods, *places), floods)
    finally:
        for place in places:
            place.broker.remove()


if __name__ == "__main__":
    sys.exit(main())
