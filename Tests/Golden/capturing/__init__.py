"""What capture.py needs: the proxy that keeps frames, and what each client is put through for its requests' sake.

Records are few and small. What a client is told is not judged here, but that it is told no error: Tests/Interop asks for more.
"""
import time

TOPIC, PARTITIONS = "records", 2
USER, PASSWORD = "capture", "not-a-secret"
MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
VALUES = [b"value %d" % number for number in range(6)]


def wait_for(what, condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not after {seconds} s"
