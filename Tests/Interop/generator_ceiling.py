"""Our generator's ceiling beside librdkafka's, and how punctual ours is at half of a schedule's: on one null broker, in turns.

Usage: generator_ceiling.py --tidemark PROGRAM --rdkafka PROGRAM --steadiness PROGRAM [--rounds 5] [--measure 5] [--out FILE]

Both send from one process over one connection to one partition, acks=all, no compression, with the same record size, batch
bytes, linger and requests in flight, on the same CPUs as the null broker, which reads and parses every byte and keeps none.
Both copy each record's value; ours also writes its stamp and checksum, by which it can be audited.

Ours has two ceilings: as fast as it can (mode max), which is what librdkafka's is held against and the goal is about, and by a
schedule (mode open), which times each record by itself. Half of the schedule's is where its punctuality is measured, in rounds between
two looks at how much of its time the machine loses just then, on each of its CPUs, and between two measurements of that ceiling: half
of what it could a minute ago may be all that it can. At half of a ceiling what is lost makes records late for twice as long, until they
are made up for: where more than a quarter of a hundredth of the time is lost, half of the hundredth that a p99 leaves out is the
machine's, and nobody's p99 says much about a generator. The median counts of the other, steady rounds. Rounds are made, blind to the
lag, until five are steady, twelve at most; with fewer than three the lag is told and not judged (exit 3). Prints one JSON object, and on
stderr both ratios in words.
"""
import argparse
import datetime
import json
import os
import platform
import re
import statistics
import subprocess
import sys

SIZES = [100, 1024]
BATCH, LINGER_MS, IN_FLIGHT = 65_536, 5, 5
# Percent of the machine's time that may be lost; how many rounds must have been steady, are wanted so, and are made.
LOST, STEADY_ROUNDS, WANTED_ROUNDS, MOST_ROUNDS = 0.25, 3, 5, 12
LOOK_SECONDS = 2
# Of the ceiling before a round, what must be left of it behind.
LEFT = 0.8
LAG_NS, SHARE = 200_000, 0.001


def librdkafka():
    found = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "librdkafka1"], capture_output=True, text=True).stdout
    return f"librdkafka {found or 'of an unknown version'}"


def ours(arguments, broker, size, *more):
    done = subprocess.run(
        [arguments.tidemark, "ceiling", "--bootstrap", broker, "--record-bytes", str(size), "--batch-bytes", str(BATCH), "--linger", f"{LINGER_MS}ms",
         "--in-flight", str(IN_FLIGHT), "--measure", f"{arguments.measure}s", "--json", *more],
        capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def lost(arguments):
    """Percent of its time that the machine loses, on the CPU that loses most."""
    looks = [subprocess.Popen(["taskset", "-c", str(number), arguments.steadiness, str(LOOK_SECONDS)], stdout=subprocess.PIPE, text=True)
             for number in sorted(os.sched_getaffinity(0))]
    return max(float(look.communicate()[0]) for look in looks)


def is_steady(each):
    return each["lost"] <= LOST and each["ceilingBehind"] >= LEFT * each["ceiling"]


def punctual(rounds):
    """Of rounds {lost, ceiling, ceilingBehind, achieved, lagNanoseconds}: whether the goals are met, None where the machine was too unsteady; and the lag's median."""
    share = statistics.median(each["achieved"] for each in rounds)
    steady = [each["lagNanoseconds"] for each in rounds if is_steady(each)]
    counted = steady if len(steady) >= STEADY_ROUNDS else [each["lagNanoseconds"] for each in rounds]
    lag = statistics.median(counted)
    if abs(share - 1) > SHARE:
        return False, lag
    if lag <= LAG_NS:
        return True, lag
    return (False if len(steady) >= STEADY_ROUNDS else None), lag


def version(arguments):
    return subprocess.run([arguments.tidemark, "--version"], capture_output=True, text=True, check=True).stdout.strip()


def plainly(result):
    """Both ceilings of ours over librdkafka's, a line a record size."""
    for size in result["sizes"]:
        schedule, half = size["bySchedule"], size["atHalf"]
        yield (f"{size['recordBytes']} B: mode max {statistics.median(size['tidemarkRecordsPerSecond']):,.0f} records/s, {size['ratioMedian']} times librdkafka's "
               f"{statistics.median(size['librdkafkaRecordsPerSecond']):,.0f}; by a schedule {schedule['mostPerSecond']:,} records/s, {schedule['ratioToLibrdkafka']} times; "
               f"at half of the schedule's its lag has a p99 of {half['scheduleLagP99Microseconds']} us"
               + ("" if half["met"] is not None else f", which is not judged: {sum(not each['steady'] for each in half['rounds'])} of {len(half['rounds'])} rounds were beside an unsteady machine"))


def theirs(arguments, broker, size):
    done = subprocess.run(
        [arguments.rdkafka, broker, str(size), str(BATCH), str(LINGER_MS), str(IN_FLIGHT), str(arguments.measure)],
        capture_output=True, text=True, check=True)
    return float(done.stdout)


def rounds_at_half(arguments, broker, size, most):
    """The rounds, each at half of the ceiling just before it, and the worst lag of them all."""
    def ceiling():
        return min(most, max(1, ours(arguments, broker, size, "--rate", str(most))["punctuality"]["achievedPerSecond"]))
    rounds, worst, before, reach = [], 0, lost(arguments), ceiling()
    while len(rounds) < MOST_ROUNDS and sum(is_steady(each) for each in rounds) < WANTED_ROUNDS:
        kept = ours(arguments, broker, size, "--rate", str(reach / 2))["punctuality"]
        after, behind = lost(arguments), ceiling()
        worst = max(worst, kept["scheduleLagMaximumNanoseconds"])
        rounds.append({"lost": max(before, after), "ceiling": reach, "ceilingBehind": behind,
                       "achieved": kept["achievedPerSecond"] / kept["askedPerSecond"], "lagNanoseconds": kept["scheduleLagP99Nanoseconds"]})
        before, reach = after, behind
    return rounds, worst


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tidemark", required=True)
    parser.add_argument("--rdkafka", required=True)
    parser.add_argument("--steadiness", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--measure", type=int, default=5)
    parser.add_argument("--out")
    arguments = parser.parse_args()
    cpus = os.sched_getaffinity(0)
    null = subprocess.Popen([arguments.tidemark, "null-broker"], stdout=subprocess.PIPE, text=True)
    try:
        broker = re.search(r"listeners=(\S+)", null.stdout.readline()).group(1)
        result = {
            "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"), "tidemark": version(arguments),
            "settings": {"batchBytes": BATCH, "lingerMilliseconds": LINGER_MS, "inFlight": IN_FLIGHT, "connections": 1, "partitions": 1, "acks": "all",
                         "compression": "none", "idempotent": False, "cpus": len(cpus), "rounds": arguments.rounds, "secondsMeasured": arguments.measure},
            "opponent": librdkafka() + ", messages produced one by one and copied, as rdkafka_performance -P does",
            "machine": {"kernel": platform.release(), "architecture": platform.machine(), "cpu": cpu()}, "sizes": []}
        outcomes = []
        for size in SIZES:
            mine, other = [], []
            for number in range(arguments.rounds):
                # In turns, and each first in every other round.
                for side in (0, 1) if number % 2 == 0 else (1, 0):
                    if side == 0:
                        mine.append(ours(arguments, broker, size, "--share", "none")["throughput"]["recordsPerSecond"])
                    else:
                        other.append(theirs(arguments, broker, size))
            ratios = sorted(a / b for a, b in zip(mine, other))
            most = statistics.median(mine)
            # A schedule times each record by itself, which as fast as it can does by the run: its own ceiling is what it
            # reaches when more is asked for than it can.
            rounds, worst = rounds_at_half(arguments, broker, size, most)
            met, lag = punctual(rounds)
            scheduled = statistics.median(each["ceiling"] for each in rounds)
            result["sizes"].append({
                "recordBytes": size, "tidemarkRecordsPerSecond": [round(value) for value in mine], "librdkafkaRecordsPerSecond": [round(value) for value in other],
                "ratioMedian": round(statistics.median(ratios), 2), "ratioRange": [round(ratios[0], 2), round(ratios[-1], 2)],
                "bySchedule": {"mostPerSecond": round(scheduled), "ratioToLibrdkafka": round(scheduled / statistics.median(other), 2)},
                "atHalf": {"askedPerSecond": round(scheduled / 2), "achievedShare": round(statistics.median(each["achieved"] for each in rounds), 6),
                           "scheduleLagP99Microseconds": round(lag / 1e3, 1), "scheduleLagMaximumMicroseconds": round(worst / 1e3, 1), "met": met,
                           "rounds": [{"machineLostPercent": each["lost"], "ceilingPerSecond": round(each["ceiling"]), "ceilingBehindPerSecond": round(each["ceilingBehind"]),
                                       "steady": is_steady(each), "scheduleLagP99Microseconds": round(each["lagNanoseconds"] / 1e3, 1)} for each in rounds]}})
            outcomes += [statistics.median(ratios) >= 2, met]
        result["goals"] = {"ratioMedian": ">= 2, of mode max; bySchedule has no goal of its own", "scheduleLagP99Microseconds": "<= 200", "achievedShare": "within 0.001 of 1",
                           "met": False if False in outcomes else None if None in outcomes else True}
        text = json.dumps(result, indent=2)
        print(text)
        for line in plainly(result):
            print(line, file=sys.stderr)
        if arguments.out:
            open(arguments.out, "w").write(text + "\n")
        sys.exit({True: 0, False: 1, None: 3}[result["goals"]["met"]])
    finally:
        null.terminate()
        null.wait()


def cpu():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown"


if __name__ == "__main__":
    main()
