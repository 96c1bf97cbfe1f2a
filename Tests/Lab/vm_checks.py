"""Judges what the lab's virtual machine brought out: placement, the disks' identity, their order. Never an absolute figure."""
import argparse
import json
import os
import sys

from judging import Judge, runs, within
from vm_disks import behaviour, identities, whole
from vm_placement import ASKED, FAULTY, doctors, matrix


def judged(judge, results, asked):
    def doctor():
        with open(os.path.join(results, "doctor.out")) as file:
            return json.load(file)
    doctors(judge, doctor)
    matrix(judge, results, asked)
    identities(judge, doctor)
    behaviour(judge, results)

    def labelled():
        records = list(whole(results).values()) + runs(os.path.join(results, "numa"))
        labels = {r["environment"]["hard"].get("modelled", "nothing") for r in records} | {doctor()["machine"].get("modelled", "nothing")}
        return len(records) >= 2 and all("lab-vm" in label for label in labels), " and ".join(sorted(labels))
    judge.check("every result says that it is modelled", labelled)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", help="what the machine brought out")
    parser.add_argument("--must-fail", action="store_true", help="it was the faulty machine")
    parser.add_argument("--began", type=float, help="when the check began, of time.monotonic(); default: nobody asks how long it took")
    parser.add_argument("--limit", type=float, default=90, help="seconds that it may take")
    given = parser.parse_args()
    judge = Judge(given.must_fail)
    judged(judge, given.results, FAULTY if given.must_fail else ASKED)
    if given.began is not None:
        within(judge, given.began, given.limit)
    return 1 if judge.failures else 0


if __name__ == "__main__":
    sys.exit(main())
