"""The judge of the generator's punctuality, fed rounds with planted faults: it must see each, and judge no generator by an unsteady machine."""
import sys

from generator_ceiling import punctual


def rounds(lags_microseconds, lost=0.02, achieved=1.0, left=0.95):
    return [{"lost": lost, "ceiling": 1e6, "ceilingBehind": left * 1e6, "achieved": achieved, "lagNanoseconds": lag * 1000} for lag in lags_microseconds]


CASES = [
    ("a lane that is on time", rounds([20, 30, 199, 25, 5000]), True),
    ("a lane that is late on a steady machine", rounds([20, 30, 201, 250, 5000]), False),
    ("a rate that is not reached", rounds([20] * 5, achieved=0.998), False),
    ("a rate that is not reached on an unsteady machine", rounds([20] * 5, lost=0.4, achieved=0.998), False),
    ("a late lane on an unsteady machine, which is nobody's", rounds([900] * 5, lost=0.4), None),
    ("a late lane whose ceiling fell meanwhile, by steady arithmetic", rounds([900] * 5, left=0.75), None),
    ("a late lane whose ceiling rose meanwhile", rounds([900] * 5, left=1.5), False),
    ("a lane that is on time on an unsteady machine", rounds([90] * 5, lost=0.4), True),
    ("a lane that is late where the machine was steady", rounds([900] * 3) + rounds([20] * 2, lost=0.4), False),
    ("a lane that is on time where the machine was steady", rounds([90] * 3) + rounds([9000] * 2, lost=0.4), True),
]


def main():
    failed = 0
    for name, given, wanted in CASES:
        met, _ = punctual(given)
        failed += met is not wanted
        print(f"{'ok' if met is wanted else 'FAIL'} the judge of punctuality sees {name}" + ("" if met is wanted else f": {met}"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
