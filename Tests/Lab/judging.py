"""Checks that print a line each, and their negative controls: the same checks on a machine where each must fail."""
import json
import os


class Judge:
    """Counts checks. Where they `must_fail`, one that holds is the failure: it would not have seen a fault."""

    def __init__(self, must_fail=False):
        self.must_fail = must_fail
        self.failures = 0

    def check(self, name, look):
        """`look` answers (whether it holds, what was seen); whatever it cannot read does not hold."""
        try:
            holds, seen = look()
        except (AttributeError, IndexError, KeyError, OSError, StopIteration, TypeError, ValueError) as error:
            holds, seen = False, f"{type(error).__name__}: {error}"
        good = holds != self.must_fail
        self.failures += not good
        what = f"negative control, {name} fails" if self.must_fail else name
        print(f"{'ok' if good else 'FAIL'} {what}: {seen}", flush=True)


def directory(doctor, path):
    """What the doctor says of a data directory."""
    return next(d for d in doctor["directories"] if d["path"] == path)


def calibrated(record, item):
    """A figure of a run's calibration."""
    return next(m["value"] for m in record["calibration"]["before"] if m["name"] == item)


def runs(folder):
    """The records of the results in a folder, in order of their names."""
    found = []
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name, "run.json")
        if os.path.exists(path):
            with open(path) as file:
                found.append(json.load(file))
    return found
