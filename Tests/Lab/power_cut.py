"""Power cuts under produce: what was acknowledged is read back after the machine has booted again.

`every-append` loses nothing; `interval` nothing older than its window; `none` must lose something, and so must `every-append` on a
file system that sends no flushes: else the disk's cache did not die and the campaign proves nothing.
"""
import os
import random
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "Tests/Interop"))

from load import LoadingProducer  # noqa: E402
from power_machine import PowerMachine  # noqa: E402
from read_back import read  # noqa: E402

PARTITIONS = 3
WINDOW = 0.5
# A sync that was under way when the window ended, on an emulated processor.
SLACK = 1.0
EVERY_APPEND = ("log.flush.interval.messages=1",)
# Policy, its settings, whether the file system flushes the disk's cache, what may be lost.
LIVES = [("every-append", EVERY_APPEND, True, "nothing"), ("interval", (f"log.flush.interval.ms={WINDOW * 1000:.0f}",), True, "its window"),
         ("none", (), True, "something"), ("every-append without barriers", EVERY_APPEND, False, "something")]


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


def judged(allowed, wrong, lost, cut, acknowledged):
    """Whether it is as the policy promises, and what was seen."""
    ages = [cut - p.times[partition][sequence] for p, partition, sequence in lost]
    seen = f"{len(lost)} of {acknowledged} acknowledged records lost" + (f", the oldest acknowledged {max(ages) * 1000:.0f} ms before the cut" if ages else "")
    if allowed == "something":
        return bool(lost), seen
    if wrong:
        return False, "; ".join(wrong)
    return (not lost if allowed == "nothing" else all(age <= WINDOW + SLACK for age in ages)), seen


def one_cut(lab, dice, life, number):
    name, settings, barrier, allowed = LIVES[life]
    machine = PowerMachine(lab, f"power-{number}", escape_percent=dice.choice([0, 20, 60]))
    try:
        if not machine.boot(settings, barrier):
            raise RuntimeError(f"no broker on an empty disk: {machine.last_words()}")
        producers, cut = produce(machine, "cut", dice)
        errors = [e for p in producers for e in p.errors]
        if errors:
            raise RuntimeError(errors[0])
        acknowledged = sum(len(part) for p in producers for part in p.acknowledged)
        if machine.boot(settings):
            wrong, lost = audit(machine, "cut", producers)
        else:
            # Without barriers even the file system may be beyond repair: then everything is lost.
            wrong, lost = ["the machine does not come up again: " + machine.last_words()], [
                (p, partition, s) for p in producers for partition in range(PARTITIONS) for s in p.acknowledged[partition]]
        holds, seen = judged(allowed, wrong, lost, cut, acknowledged)
        print(f"{'ok' if holds else 'FAIL'} cut {number}, {name} may lose {allowed}: {seen}", flush=True)
        return holds
    except RuntimeError as error:
        print(f"FAIL cut {number}, {name}: {error}", flush=True)
        return False
    finally:
        machine.remove()


def main(lab, count, seed):
    dice = random.Random(seed)
    print(f"{count} cuts, seed {seed}", flush=True)
    good = sum(one_cut(lab, dice, number % len(LIVES), number + 1) for number in range(count))
    print(f"{good} of {count} as promised, seed {seed}", flush=True)
    return 0 if good == count else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100,
                  int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().randrange(1 << 32)))
