"""Data directories that older builds left behind, opened by this one: `ok NAME` or `FAIL NAME: why`.

Tests/Golden/directories holds one directory for each build that wrote another format, `closed` in order or `killed`.
`older.py make PROGRAM NAME` had PROGRAM, a tidemarkd of that time, write them; the README there says which commits. Those
from format 3 on also hold what coordinators and the catalogue keep (older_state.py).
"""
import hashlib
import os
import shutil
import subprocess
import sys
import time
import traceback

from confluent_kafka import Consumer, Producer, TopicPartition

import broker as brokers
import older_state
from broker import PROGRAM, ROOT, Broker

DIRECTORIES = os.path.join(ROOT, "Tests/Golden/directories")
TOPIC, PARTITIONS, RECORDS = "kept", 2, 60
# One segment holds a third of a partition, so that there are sealed ones with their indexes.
SETTINGS = ["log.segment.bytes=4096", "log.index.interval.bytes=512", "log.preallocate=false", f"num.partitions={PARTITIONS}"]
BEGAN = 1_700_000_000_000


def record(partition, number):
    """Key, value and time, the same for whoever makes them."""
    value = hashlib.sha256(f"{partition} {number}".encode()).hexdigest() * 2
    return f"key-{number}".encode(), value.encode(), BEGAN + partition + number * 1_000


def produce(broker, numbers):
    producer = Producer({"bootstrap.servers": broker.address, "enable.idempotence": True, "linger.ms": 0})
    for number in numbers:
        for partition in range(PARTITIONS):
            key, value, at = record(partition, number)
            producer.produce(TOPIC, value, key, partition=partition, timestamp=at)
        # A batch a record, or there would be one segment and no index.
        assert producer.flush(30) == 0


def read(broker, count):
    """Everything in the topic, held to what was written."""
    consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "none", "enable.auto.commit": False})
    consumer.assign([TopicPartition(TOPIC, partition, 0) for partition in range(PARTITIONS)])
    seen = [[] for _ in range(PARTITIONS)]
    deadline = time.monotonic() + 20
    while sum(map(len, seen)) < count * PARTITIONS and time.monotonic() < deadline:
        for message in consumer.consume(1000, 0.5):
            assert message.error() is None, message.error()
            seen[message.partition()].append((message.offset(), message.key(), message.value(), message.timestamp()[1]))
    for partition in range(PARTITIONS):
        assert seen[partition] == [(number, *record(partition, number)) for number in range(count)], f"partition {partition}: {len(seen[partition])} records"
        middle = TopicPartition(TOPIC, partition, record(partition, count // 2)[2])
        assert consumer.offsets_for_times([middle], 10)[0].offset == count // 2
    consumer.close()


def make(program, name):
    for ending in ("closed", "killed"):
        broker = Broker("older", [*SETTINGS, *older_state.SETTINGS])
        brokers.PROGRAM = program
        try:
            broker.start()
            produce(broker, range(RECORDS))
            read(broker, RECORDS)
            older_state.fill(broker, TOPIC)
            if ending == "closed":
                broker.stop()
            else:
                broker.kill()
            target = os.path.join(DIRECTORIES, name, ending)
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(broker.data, target, ignore=shutil.ignore_patterns(".lock"))
        finally:
            broker.remove()


def opens(name, ending):
    source = os.path.join(DIRECTORIES, name, ending)
    has_state = os.path.exists(os.path.join(source, "__consumer_offsets-0"))
    assert has_state or name in ("first", "format-1", "format-2")
    arguments = ["--listen", older_state.listener()]
    broker = Broker("older", [*SETTINGS, *older_state.SETTINGS, "log.retention.ms=-1"], arguments)
    try:
        shutil.copytree(source, broker.data)
        broker.start()
        read(broker, RECORDS)
        if has_state:
            older_state.holds(broker, TOPIC, arguments)
        # Goes on where the older build left off, and is this build's from then on.
        produce(broker, range(RECORDS, RECORDS + 5))
        read(broker, RECORDS + 5)
        broker.stop()
        verified = subprocess.run([PROGRAM, "log", "verify", broker.data], capture_output=True, text=True)
        assert verified.returncode == 0, verified.stdout[-600:]
        broker.start()
        read(broker, RECORDS + 5)
        broker.stop()
    finally:
        broker.remove()


def newer_is_refused():
    broker = Broker("newer", SETTINGS)
    try:
        broker.start()
        broker.stop()
        path = os.path.join(broker.data, "catalogue")
        with open(path, "r+b") as file:
            file.seek(6)
            file.write(b"\x7f\x00")
        left = subprocess.run([PROGRAM, "serve", "--data-dir", broker.data, "--listen", "127.0.0.1:0"], capture_output=True, text=True)
        assert left.returncode != 0 and "32512" in left.stderr and path in left.stderr, left
    finally:
        broker.remove()


def main():
    if sys.argv[1:2] == ["make"]:
        make(sys.argv[2], sys.argv[3])
        return 0
    cases = [(f"{name}, {ending}, opens", lambda name=name, ending=ending: opens(name, ending))
             for name in sorted(os.listdir(DIRECTORIES)) if os.path.isdir(os.path.join(DIRECTORIES, name))
             for ending in sorted(os.listdir(os.path.join(DIRECTORIES, name)))]
    assert len(cases) >= 8, cases
    failed = 0
    for name, case in [*cases, ("a newer format is refused by name", newer_is_refused)]:
        try:
            case()
            print(f"ok {name}", flush=True)
        except Exception as error:
            failed += 1
            print(f"FAIL {name}: {error}\n{traceback.format_exc()}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
