"""Power cuts under produce: what was acknowledged is read back after the machine has booted again.

`every-append` loses nothing; `interval` nothing older than its window; `none` must lose something that is older, else the window would
hold whatever the policy; `every-append` on a file system that sends no flushes must lose something, else the disk's cache did not die.

`--json FILE` keeps every cut, anew after each of them: `tidemark claims --power-cut FILE` judges by it.
"""
import argparse
import datetime
import json
import os
import platform
import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "Tests/Interop"))

from load import LoadingProducer  # noqa: E402
from power_judge import ITS_WINDOW, MUST_LOSE, NOTHING, OLDER, SLACK, SOMETHING, WINDOW, judged, milliseconds, words  # noqa: E402
from power_machine import PowerMachine  # noqa: E402
from read_back import read  # noqa: E402

PARTITIONS = 3
EVERY_APPEND = ("log.flush.interval.messages=1",)
# Policy, its settings, whether the file system flushes the disk's cache, what may or must be lost.
LIVES = [("every-append", EVERY_APPEND, True, NOTHING), ("interval", (f"log.flush.interval.ms={WINDOW * 1000:.0f}",), True, ITS_WINDOW),
         ("none", (), True, OLDER), ("every-append without barriers", EVERY_APPEND, False, SOMETHING)]


class TimedProducer(LoadingProducer):
    """Knows when each record was acknowledged."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.times = [dict() for _ in range(self.partitions)]

    def delivered(self, partition, sequence):
        callback = super().delivered(partition, sequence)

        def timed(error, message):
            callback(error, message)
            self.times[partition].setdefault(sequence, time.monotonic())
        return timed

    def abandon(self):
        """The broker is gone: no more records, and those under way are given up."""
        self.stopping.set()
        self.join()
        self.errors, errors = [], self.errors
        self.producer.purge()
        self.producer.poll(0)
        self.errors = errors


def produce(machine, topic, dice):
    """Load for a while, cut; the producers with what they were told, and when the cut was."""
    producers = [TimedProducer(n, machine.address, topic, PARTITIONS, dice.random()) for n in range(2)]
    for producer in producers:
        producer.start()
    deadline = time.monotonic() + 40
    while any(sum(map(len, p.acknowledged)) < 20 for p in producers):
        if time.monotonic() > deadline:
            raise RuntimeError(f"nothing was acknowledged in 40 s: {machine.last_words()}")
        time.sleep(0.01)
    # Longer than window and slack: what never syncs has older records to lose.
    time.sleep(2 * WINDOW + SLACK + dice.uniform(0, 1.5))
    cut = machine.cut()
    for producer in producers:
        producer.abandon()
    return producers, cut


def audit(machine, topic, producers):
    """What is wrong however weak the policy, and the acknowledged records that are not there, by producer and partition."""
    wrong, lost = [], []
    for partition in range(PARTITIONS):
        expected, next_offset = [0] * len(producers), 0
        try:
            for offset, value in read(machine.address, topic, partition):
                number, place, sequence = (int(part) for part in value.split(b":", 3)[:3])
                told = producers[number].acknowledged[partition].get(sequence)
                if (offset, place, sequence) != (next_offset, partition, expected[number]):
                    wrong.append(f"partition {partition}, offset {offset}: producer {number} record {sequence} of partition {place}; "
                                 f"expected offset {next_offset}, record {expected[number]}")
                if told is not None and told != offset:
                    wrong.append(f"partition {partition}: record {sequence} acknowledged at {told}, stands at {offset}")
                next_offset, expected[number] = offset + 1, sequence + 1
        except Exception as error:  # A topic that is gone was lost whole, which the records below say.
            if "UNKNOWN_TOPIC" not in str(error).upper().replace(" ", "_"):
                wrong.append(f"partition {partition} cannot be read: {error}")
        for producer in producers:
            lost += [(producer, partition, s) for s in producer.acknowledged[partition] if s >= expected[producer.number]]
    return wrong[:5], lost


def one_cut(lab, dice, life, number):
    """What the result keeps of a cut."""
    name, settings, barrier, allowed = LIVES[life]
    escape = dice.choice([0, 20, 60])
    entry = {"number": number, "durability": name.split(" ")[0], "flushesDisk": barrier, "mayLose": allowed, "escapePercent": escape, "asPromised": False,
             "acknowledged": 0, "lost": 0, "oldestLostMilliseconds": None, "failure": None}
    machine = PowerMachine(lab, f"power-{number}", escape_percent=escape)
    try:
        if not machine.boot(settings, barrier):
            raise RuntimeError(f"no broker on an empty disk: {machine.last_words()}")
        producers, cut = produce(machine, "cut", dice)
        errors = [e for p in producers for e in p.errors]
        if errors:
            raise RuntimeError(errors[0])
        entry["acknowledged"] = sum(len(part) for p in producers for part in p.acknowledged)
        if machine.boot(settings):
            wrong, lost = audit(machine, "cut", producers)
        else:
            # Without barriers even the file system may be beyond repair: then everything is lost.
            wrong, lost = ["the machine does not come up again: " + machine.last_words()], [
                (p, partition, s) for p in producers for partition in range(PARTITIONS) for s in p.acknowledged[partition]]
        entry["lost"] = len(lost)
        entry["asPromised"], oldest = judged(allowed, wrong, lost, cut)
        entry["oldestLostMilliseconds"] = milliseconds(oldest)
        # What is wrong besides is the control's own doing: its disk was damaged on purpose.
        entry["failure"] = "; ".join(wrong) if wrong and allowed not in MUST_LOSE else None
        print(f"{'ok' if entry['asPromised'] else 'FAIL'} cut {number}, {name} {'must' if allowed in MUST_LOSE else 'may'} lose {allowed}: {words(entry, wrong)}", flush=True)
    except RuntimeError as error:
        entry["failure"] = str(error)
        print(f"FAIL cut {number}, {name}: {error}", flush=True)
    finally:
        machine.remove()
    return entry


def processor():
    with open("/proc/cpuinfo") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def keep(path, result):
    """Replaces the file as a whole: a campaign that is ended early leaves what it had."""
    with open(path + ".partial", "w") as file:
        json.dump(result, file, indent=2, sort_keys=True)
        file.write("\n")
    os.replace(path + ".partial", path)


def main(lab, count, seed, path=None, at_once=1):
    print(f"{count} cuts, seed {seed}" + (f", {at_once} machines at once" if at_once > 1 else ""), flush=True)
    result = {"schema": "tidemark.power-cut", "version": 1, "startedAt": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
              "modelled": f"a virtual machine ({os.environ['LAB_ACCELERATOR']}) on a block server whose volatile write cache dies with it",
              "machine": f"{processor()}, {os.cpu_count()} CPUs, Linux {platform.release()}", "atOnce": at_once,
              "count": count, "seed": seed, "windowMilliseconds": WINDOW * 1000, "slackMilliseconds": SLACK * 1000, "cuts": []}
    # Each cut in a process of its own: librdkafka's threads, whose broker is gone for good, would go on looking for it beside all later ones.
    pool = ProcessPoolExecutor(at_once, mp_context=get_context("spawn"), max_tasks_per_child=1)
    try:
        # Dice of its own for each: what it draws does not depend on who else is under way.
        cuts = [pool.submit(one_cut, lab, random.Random(f"{seed} {number}"), number % len(LIVES), number + 1) for number in range(count)]
        for cut in as_completed(cuts):
            result["cuts"] = sorted([*result["cuts"], cut.result()], key=lambda entry: entry["number"])
            if path:
                keep(path, result)
    finally:
        pool.shutdown(cancel_futures=True)
    good = sum(entry["asPromised"] for entry in result["cuts"])
    print(f"{good} of {count} as promised, seed {seed}", flush=True)
    return 0 if good == count else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lab", help="the machine room's directory")
    parser.add_argument("count", type=int, nargs="?", default=100, help="how many times the power is cut")
    parser.add_argument("seed", type=int, nargs="?", help="of everything that is drawn; default: any")
    parser.add_argument("--json", metavar="FILE", help="keep what each cut came to")
    parser.add_argument("--at-once", metavar="N", type=int, default=1, help="machines at a time, each of which keeps one CPU busy; default: 1")
    given = parser.parse_intermixed_args()
    if given.at_once < 1:
        parser.error("--at-once: at least one machine")
    sys.exit(main(given.lab, given.count, random.SystemRandom().randrange(1 << 32) if given.seed is None else given.seed, given.json, given.at_once))
