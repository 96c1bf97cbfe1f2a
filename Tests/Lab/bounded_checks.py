"""Judges a broker that a control group of version 2 bounded in the lab's virtual machine, and one from whose group the bound was taken."""
import os
import sys

from judging import Judge, runs

POINTS, CPU_SHARE = 3, 0.02
MEMORY_BYTES = 96 << 20


def judged(judge, folder):
    def result():
        return runs(folder)[0]

    def curve():
        return result()["headlines"]["hitRate"]["lagCurve"]

    def hits(share):
        return next(point["hitRate"]["value"] for point in curve()["points"] if point["lagShare"] == share)

    def group():
        states = [reason["text"] for reason in result()["verdict"]["reasons"] if reason["rule"] == "cacheState"]
        seen = f"version {curve().get('controlGroup')}, {curve()['limitBytes']} bytes, {curve()['cacheBytes']} of them for the cache; {'; '.join(states) or 'as asked for'}"
        return curve().get("controlGroup") == 2 and curve()["limitBytes"] == MEMORY_BYTES and 0 < curve()["cacheBytes"] < MEMORY_BYTES and not states, seen
    judge.check("a control group of version 2 bounds the broker's page cache", group)
    if not judge.must_fail:
        # A cache without a bound holds what is near, too: lab_test.py plants what this must not pass.
        judge.check("a reader well within the cache finds everything there", lambda: (hits(0.25) >= 90, f"{hits(0.25):.1f} % hits"))
    # Nothing is read ahead: half of two caches is resident at most, and some headers were looked at.
    judge.check("a reader two caches behind does not", lambda: (hits(2) <= 70, f"{hits(2):.1f} % hits"))

    def law():
        row = next(each for each in result()["headlines"]["hitRate"]["rows"] if each["group"] == "fetches at random places")
        found, known = row["byBroker"]["value"], row["expected"]["value"]
        return abs(found - known) <= POINTS and known < 60, f"{found:.1f} % found of {known:.1f} % that were resident"
    judge.check("fetches at random places find the part of the log that is resident", law)

    def cpu():
        off = abs(curve()["cpuByProcess"] / curve()["cpuByControlGroup"] - 1)
        return off <= CPU_SHARE, f"{100 * off:.2f} % apart over {curve()['cpuByProcess']:.1f} s"
    judge.check("the group and the broker's own clock account for the same CPU", cpu)


def main(results):
    real, control = Judge(), Judge(must_fail=True)
    judged(real, os.path.join(results, "bounded"))
    judged(control, os.path.join(results, "unbounded"))
    return 1 if real.failures + control.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
