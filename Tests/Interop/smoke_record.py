"""What a smoke run of the profiles leaves behind as a file: which program, which machine, and what each point ended as."""
import datetime
import json
import os
import platform
import re
import socket
import subprocess

# What a profile may be refused for and nobody is to blame: root, a disk that may be frozen, or control groups are not here.
# Tests/ArchitectureTests/SmokeRecordCheck.swift lets the same pass.
EXCUSES = ["needs root", "on a file system of its own", "/sys/fs/cgroup has neither", "not on exactly one that /sys/block knows"]

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


def is_excused(reason):
    return any(excuse in reason for excuse in EXCUSES)


def impersonal(text):
    """Without the host's name and without paths that exist on this machine only."""
    text = text.replace(ROOT + "/", "").replace(ROOT, ".").replace(os.path.expanduser("~") + "/", "~/")
    text = re.sub(r"(/var)?/tmp/[\w./-]+", "TEMPORARY", text)
    host = socket.gethostname()
    return re.sub(rf"\b{re.escape(host)}\b", "HOST", text) if host else text


def point(profile, settings, outcome, reason, seconds, attempts):
    return {"profile": profile, "settings": settings, "outcome": outcome, "reason": impersonal(reason), "seconds": round(seconds, 1), "attempts": attempts}


def write(path, tidemark, scale, own_disk, points):
    version, commit = re.search(r"(\S+) \(([^)]*)\)", subprocess.run([tidemark, "--version"], capture_output=True, text=True, check=True).stdout).groups()
    counts = {}
    for each in points:
        counts[each["outcome"]] = counts.get(each["outcome"], 0) + 1
    record = {
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(), "version": version, "commit": commit, "machine": machine(own_disk),
        "scale": scale, "seconds": round(sum(each["seconds"] for each in points), 1), "outcomes": dict(sorted(counts.items())), "points": points}
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w") as out:
        out.write(json.dumps(record, indent=2, ensure_ascii=False) + "\n")


def machine(own_disk):
    return {
        "kernel": platform.release(), "architecture": platform.machine(), "cpu": first("/proc/cpuinfo", "model name"), "cpus": len(os.sched_getaffinity(0)),
        "memory": first("/proc/meminfo", "MemTotal"), "root": os.geteuid() == 0, "diskOfItsOwn": bool(own_disk)}


def first(path, name):
    for line in open(path):
        if line.startswith(name):
            return line.split(":", 1)[1].strip()
    return "unknown"
