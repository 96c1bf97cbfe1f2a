"""The judge of the kill campaign, fed logs with planted faults: it must see each."""
import sys
from types import SimpleNamespace

from read_back import judge


def verdict(log, acknowledged):
    """What the judge says of one partition that holds the sequences `log` of one producer."""
    producer = SimpleNamespace(number=0, acknowledged=[acknowledged])
    records = [(offset, b"0:0:%d:x" % sequence) for offset, sequence in log]
    return judge("", "", [producer], 1, read=lambda *_: iter(records))[0]


def acknowledged(count):
    return {sequence: sequence for sequence in range(count)}


CASES = [
    ("a whole log", [(0, 0), (1, 1), (2, 2)], acknowledged(3), None),
    ("a record more than was acknowledged", [(0, 0), (1, 1), (2, 2)], acknowledged(2), None),
    ("a lost tail", [(0, 0), (1, 1)], acknowledged(3), "lost 1 acknowledged"),
    ("a lost record in the middle", [(0, 0), (1, 2)], {0: 0, 1: 1, 2: 2}, "too early"),
    ("a record twice", [(0, 0), (1, 1), (2, 1)], acknowledged(2), "again"),
    ("records in another order", [(0, 1), (1, 0)], {0: 1, 1: 0}, "too early"),
    ("a record at another offset than was promised", [(0, 0), (1, 1)], {0: 0, 1: 7}, "acknowledged at 7"),
    ("a hole in the offsets", [(0, 0), (2, 1)], {0: 0, 1: 2}, "follows"),
    ("an empty log", [], acknowledged(1), "lost 1 acknowledged"),
]


def main():
    failed = 0
    for name, log, promised, wanted in CASES:
        said = verdict(log, promised)
        right = not said if wanted is None else any(wanted in line for line in said)
        failed += not right
        print(f"{'ok' if right else 'FAIL'} the judge sees {name}" + ("" if right else f": {said}"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
