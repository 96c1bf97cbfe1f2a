"""Checks that print a line each, and their negative controls: the same checks on a machine where each must fail."""
import json
import os
import time


class Judge:
    """Counts checks. Where they `must_fail`, one that holds is the failure: it would not have seen a fault."""

    def __init__(self, must_fail=False):
        self.must_fail = must_fail
        self.failures = 0
        # The name of each check, whether it is as it must be, and what was seen.
        self.said = []

    def check(self, name, look):
        """`look` answers (whether it holds, what was seen).

        What it cannot read does not hold. It is no negative control either: a check that fails for want of a file tells nothing of what
        it would have said of the fault.
        """
        what = f"negative control, {name} fails" if self.must_fail else name
        try:
            holds, seen = look()
            good = bool(holds) != self.must_fail
        except Exception as error:  # A judge that stumbles has judged nothing, whatever it stumbled over.
            good, seen = False, f"{type(error).__name__}: {error}"
            if self.must_fail:
                seen = f"the control could not be made: {seen}"
        self.failures += not good
        self.said.append((name, good, seen))
        print(f"{'ok' if good else 'FAIL'} {what}: {seen}", flush=True)


def within(judge, began, limit, now=time.monotonic):
    """Whether what began then, on the clock of all processes, is over within its seconds."""
    took = now() - began
    judge.check(f"from begin to end it takes at most {limit:g} s", lambda: (took <= limit, f"{took:.1f} s"))


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
