"""The lab's block devices on this machine: up, a look at each, down, and nothing left; then the same without mechanics and marks."""
import json
import os
import subprocess
import sys
import time

from judging import Judge, directory

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAMS = os.path.join(ROOT, os.environ.get("LAB_PROGRAMS", ".build/release"))


# What a device is held to, bytes a second, and how many are written then.
HELD = WRITTEN = 2 << 20
# A limit is seen at most 10 ms after it is set; what passes by then does not count.
SEEN_SECONDS = 0.05


def run(*words, **environment):
    return subprocess.run(words, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True)


def look(place, must_fail):
    judge = Judge(must_fail)
    paths = {name: os.path.join(place, name) for name in ("hdd", "ssd", "nvme")}
    said = run(os.path.join(PROGRAMS, "tidemark"), "doctor", "--json", *(w for p in paths.values() for w in ("--data-dir", p)))
    doctor = json.loads(said.stdout)
    reads = {}
    for name, path in paths.items():
        # Of a file of 64 MiB that it writes first.
        measured = run(os.path.join(PROGRAMS, "microbench"), "calibrate", "--dir", path, "--seconds", "0.4", "--only", "random_read_p50", "--json")
        reads[name] = next(i["value"] for i in json.loads(measured.stdout)["items"] if i["name"] == "random_read_p50")
    for name, path in paths.items():
        def known():
            found = directory(doctor, path)
            return found["diskClass"] == name and "lab-host" in found.get("modelled", ""), f"{found['diskClass']}: {found['classReason']}"
        judge.check(f"{name} is known for what it plays, and as modelled", known)
    judge.check("the HDD has mechanics", lambda: (2e6 <= reads["hdd"] <= 40e6, f"a random read of 4 KiB takes {reads['hdd'] / 1e6:.2f} ms"))
    judge.check("HDD, SSD and NVMe read at random in this order", lambda: (
        reads["hdd"] > 5 * reads["ssd"] > 5 * reads["nvme"], ", ".join(f"{name} {1e9 / took:.0f}/s" for name, took in reads.items())))
    for name in ("hdd", "ssd"):
        held(judge, name, *paces(place, name))
    return judge.failures


def paces(place, name):
    """Bytes a second that reach a device while it is held, and after that."""
    path = os.path.join(place, name, "paces")
    # Written once, so that what is timed needs no block of the file system's own.
    with open(path, "wb") as file:
        file.write(os.urandom(WRITTEN))
        os.fsync(file.fileno())
    found = []
    for rate in (str(HELD), "none"):
        said = run("Scripts/lab", "host", "limit", name, rate)
        if said.returncode:
            raise RuntimeError(said.stdout + said.stderr)
        time.sleep(SEEN_SECONDS)
        file = os.open(path, os.O_WRONLY | os.O_DSYNC)
        try:
            began = time.monotonic()
            for _ in range(WRITTEN >> 18):
                os.write(file, os.urandom(1 << 18))
            found.append(WRITTEN / (time.monotonic() - began))
        finally:
            os.close(file)
    os.unlink(path)
    return found


def held(judge, name, while_held, after):
    """Whether a limit bites and its end is felt, by the bytes a second of either."""
    seen = f"{while_held / 1e6:.1f} MB/s of {HELD / 1e6:.1f}, then {after / 1e6:.1f}"
    bites = 0.6 * HELD <= while_held <= 1.1 * HELD
    judge.check(f"the {name} held to a rate lets that much pass", lambda: (bites, seen))
    judge.check(f"the {name} let go again is fast again", lambda: (while_held <= 1.1 * HELD and after > 3 * HELD, seen))


def left(place):
    """What is still there of it, by kind."""
    with open("/proc/self/mounts") as file:
        mounts = [line.strip() for line in file if place in line]
    path = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
    loops = [line for line in run("losetup", "--list", "--noheadings", "--output", "NAME,BACK-FILE", PATH=path).stdout.splitlines()
             if place in line or "tidemark-lab-nvme" in line]
    processes = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                command = file.read().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if command.split(" ")[0].rsplit("/", 1)[-1] in ("nbdkit", "nbdfuse", "qemu-storage-daemon") and os.path.dirname(place) in command:
            processes.append(command)
    return {"mount": mounts, "loop device": loops, "process": processes,
            "file": [p for p in (place, "/dev/shm/tidemark-lab-nvme.img") if os.path.exists(p)]}


def nothing_left(judge, place):
    for kind, found in left(place).items():
        judge.check(f"no {kind} is left of it", lambda: (not found, f"{len(found)}, {found[0]}" if found else "none"))
    return judge.failures


def main(place):
    failures = 0
    for faults in (False, True):
        up = run("Scripts/lab", "host", "up", LAB_FAULTS="yes" if faults else "no")
        if up.returncode:
            print(f"FAIL lab host up left with {up.returncode}: {(up.stdout + up.stderr).strip()}")
            return 1
        try:
            failures += look(place, faults)
            # As long as it is up everything is left of it.
            if faults:
                failures += nothing_left(Judge(must_fail=True), place)
        finally:
            down = run("Scripts/lab", "host", "down")
        if down.returncode:
            print(f"FAIL lab host down left with {down.returncode}: {(down.stdout + down.stderr).strip()}")
            failures += 1
        failures += nothing_left(Judge(), place)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(os.path.realpath(sys.argv[1])))
