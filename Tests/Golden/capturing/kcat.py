"""kcat, on Debian's librdkafka."""
import re
import subprocess

from capturing import MECHANISMS, PASSWORD, TOPIC, USER, VALUES


def label():
    said = subprocess.run(["kcat", "-V"], capture_output=True, text=True, check=True).stdout
    return "kcat-{}/librdkafka-{}".format(*re.search(r"Version (\S+) .*librdkafka (\S+)", said).groups())


def kcat(address, *arguments, sent=b""):
    done = subprocess.run(["kcat", "-b", address, *arguments], input=sent, capture_output=True, timeout=60)
    assert done.returncode == 0, f"kcat {' '.join(arguments)}: {done.stderr.decode()[-400:]}"
    return done.stdout


def records(address):
    lines = b"".join(b"key:%s\n" % value for value in VALUES)
    kcat(address, "-P", "-t", TOPIC, "-K", ":", "-H", "origin=kcat", sent=lines)
    kcat(address, "-P", "-t", TOPIC, "-p", "0", "-z", "lz4", "-X", "enable.idempotence=true", sent=lines)
    kcat(address, "-C", "-t", TOPIC, "-o", "beginning", "-e", "-q")
    kcat(address, "-L")


def transactions(address):
    kcat(address, "-P", "-t", "transactions", "-X", "transactional.id=kcat", sent=b"one\ntwo\n")
    kcat(address, "-C", "-t", "transactions", "-o", "beginning", "-e", "-q", "-X", "isolation.level=read_committed")


def group(address):
    kcat(address, "-G", "kcat-group", "-e", "-q", "-X", "auto.offset.reset=earliest", "-X", "heartbeat.interval.ms=20", TOPIC)


def times(address):
    kcat(address, "-Q", "-t", f"{TOPIC}:0:1")


def sasl(address):
    for mechanism in MECHANISMS:
        kcat(address, "-L", "-X", "security.protocol=SASL_PLAINTEXT", "-X", f"sasl.mechanism={mechanism}",
             "-X", f"sasl.username={USER}", "-X", f"sasl.password={PASSWORD}")


TASKS = [records, transactions, group, times]
MOCK_TASKS = [records, transactions, group]
