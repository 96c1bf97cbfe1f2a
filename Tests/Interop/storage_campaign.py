"""kill -9 under produce, retention and compaction, and a disk that fills: promises hold and the files are whole."""
import os
import random
import subprocess
import sys
import threading
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from broker import PROGRAM, Broker
from load import LoadingProducer

PARTITIONS = 2
KEYS = 200
SETTINGS = ["log.retention.check.interval.ms=200", "log.cleaner.backoff.ms=100", "log.segment.delete.delay.ms=100"]
RETAINED = {"segment.bytes": "1048576", "retention.bytes": "8388608", "file.delete.delay.ms": "100"}
COMPACTED = {"segment.bytes": "262144", "cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.01"}


class KeyedProducer(threading.Thread):
    """Writes ever larger numbers under few keys, and remembers the last acknowledged number and offset of each."""

    def __init__(self, address, seed):
        super().__init__(daemon=True)
        self.random, self.errors, self.acknowledged, self.number = random.Random(seed), [], {}, 0
        self.stopping = threading.Event()
        self.paused = threading.Event()
        self.producer = Producer({
            "bootstrap.servers": address, "enable.idempotence": True, "acks": "all", "linger.ms": 2, "batch.size": 65536,
            "delivery.timeout.ms": 600_000, "reconnect.backoff.ms": 10, "reconnect.backoff.max.ms": 100, "log_level": 2,
            "queue.buffering.max.messages": 2000})

    def delivered(self, key, number):
        def callback(error, message):
            if error:
                self.errors.append(f"key {key}: {error.str()}")
            elif number > self.acknowledged.get(key, (-1, -1))[0]:
                self.acknowledged[key] = (number, message.offset())
        return callback

    def run(self):
        while not self.stopping.is_set():
            if self.paused.is_set():
                self.producer.poll(0.02)
                continue
            key = self.random.randrange(KEYS)
            try:
                self.producer.produce("compacted", b"%d:" % self.number + b"x" * self.random.randrange(800), key=b"k%d" % key,
                                      partition=0, on_delivery=self.delivered(key, self.number))
                self.number += 1
            except BufferError:
                pass
            self.producer.poll(0.001)

    def finish(self):
        self.stopping.set()
        self.join()
        self.producer.flush(60)


def read(address, topic, partition):
    """Every message from the log's start to its end, and where it starts."""
    consumer = Consumer({"bootstrap.servers": address, "group.id": "unused", "enable.auto.commit": False,
                         "auto.offset.reset": "earliest", "check.crcs": True, "log_level": 2, "enable.partition.eof": True})
    low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=30)
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING)])
    messages, deadline, ended = [], time.monotonic() + 60, False
    while not ended and low < high:
        for message in consumer.consume(20_000, 0.5):
            if message.error():
                ended = ended or message.error().code() == -191
            else:
                messages.append(message)
        if time.monotonic() > deadline:
            raise AssertionError(f"{topic}-{partition} does not end: {len(messages)} messages of {low}..{high}")
    consumer.close()
    return low, messages


def judge(broker, producers, keyed):
    wrong, counted = [], 0
    for partition in range(PARTITIONS):
        low, messages = read(broker.address, "retained", partition)
        found = {m.offset(): m.value() for m in messages}
        low = min(found, default=low)
        if sorted(found) != list(range(low, low + len(found))):
            wrong.append(f"retained-{partition}: offsets have gaps")
        for producer in producers:
            for sequence, offset in list(producer.acknowledged[partition].items()):
                if offset is None or offset < low:
                    continue
                counted += 1
                if not found.get(offset, b"").startswith(b"%d:%d:%d:" % (producer.number, partition, sequence)):
                    wrong.append(f"retained-{partition}: record {sequence} of producer {producer.number} is not at {offset}")
    _, messages = read(broker.address, "compacted", 0)
    last = {}
    for message in messages:
        last[int(message.key()[1:])] = (int(message.value().split(b":")[0]), message.offset())
    for key, (number, offset) in list(keyed.acknowledged.items()):
        counted += 1
        if last.get(key, (-1, -1))[0] < number:
            wrong.append(f"compacted: key {key} reads {last.get(key)}, {number} was acknowledged at {offset}")
        elif last[key][0] == number and last[key][1] != offset:
            wrong.append(f"compacted: key {key} moved from {offset} to {last[key][1]}")
    return wrong, counted


def verify(data):
    """What `log verify` finds wrong with a closed data directory."""
    result = subprocess.run([PROGRAM, "log", "verify", data], capture_output=True, text=True, check=False)
    return [] if result.returncode == 0 else [f"log verify left with {result.returncode}: {result.stdout[-1500:]}{result.stderr[-300:]}"]


def begin(broker, seed):
    admin = AdminClient({"bootstrap.servers": broker.address})
    made = admin.create_topics([NewTopic("retained", PARTITIONS, 1, config=RETAINED), NewTopic("compacted", 1, 1, config=COMPACTED)])
    for future in made.values():
        future.result(30)
    producers = [LoadingProducer(n, broker.address, "retained", PARTITIONS, seed) for n in range(2)]
    keyed = KeyedProducer(broker.address, seed)
    for thread in [*producers, keyed]:
        thread.start()
    return producers, keyed


def quiet(threads, seconds=60):
    """Until everything that was sent is answered: the logs stand still while they are judged."""
    for thread in threads:
        thread.paused.set()
    deadline = time.monotonic() + seconds
    while any(len(thread.producer) for thread in threads):
        if time.monotonic() > deadline:
            raise AssertionError(f"records unacknowledged after {seconds} s")
        time.sleep(0.01)


def kills(count, seed):
    dice, wrong, counted = random.Random(seed), [], 0
    broker = Broker("storage", SETTINGS)
    try:
        broker.start()
        producers, keyed = begin(broker, seed)
        for kill in range(1, count + 1):
            time.sleep(dice.uniform(0.2, 1.2))
            broker.kill()
            broker.start()
            time.sleep(dice.uniform(0, 0.2))
            broker.stop()
            wrong += verify(broker.data)
            broker.start()
            wrong += [e for p in [*producers, keyed] for e in p.errors]
            quiet([*producers, keyed])
            found, counted = judge(broker, producers, keyed)
            wrong += found
            for thread in [*producers, keyed]:
                thread.paused.clear()
            if wrong:
                break
            print(f"ok kill {kill}: {sum(len(a) for p in producers for a in p.acknowledged)} records and {keyed.number} keyed ones so far", flush=True)
        if not wrong:
            print(f"ok {count} kills, {counted} acknowledged records and keys judged at the end, seed {seed}", flush=True)
        return wrong
    finally:
        broker.remove()


def full_disk(seed, reserve):
    """A file system of 48 MB fills under the load. With a reserve the broker refuses in time; without one it meets the
    end of the disk. What it acknowledged is there when it starts again, with more room where there was none."""
    broker = Broker("full", ["log.retention.check.interval.ms=200", f"log.dir.reserve.bytes={reserve}"])
    os.makedirs(broker.data)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", broker.data], capture_output=True, check=False).returncode != 0:
        print("skipped: no tmpfs can be mounted here, so no disk was filled", flush=True)
        return []
    try:
        broker.start()
        producers, keyed = begin(broker, seed)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and free(broker.data) > reserve + (256 << 10):
            time.sleep(0.05)
        time.sleep(3)
        left = free(broker.data)
        for thread in [*producers, keyed]:
            thread.stopping.set()
            thread.join()
        broker.kill()
        if not reserve:
            subprocess.run(["mount", "-o", "remount,size=96m", broker.data], check=True)
        broker.start()
        wrong, counted = judge(broker, producers, keyed)
        broker.stop()
        wrong += verify(broker.data)
        if reserve and left < reserve // 2:
            wrong.append(f"{left} bytes were left of a reserve of {reserve}")
        if not counted:
            wrong.append("nothing was acknowledged before the disk was full")
        if not wrong:
            print(f"ok a disk filled until {left} bytes were free, reserve {reserve}: {counted} acknowledged records and keys are there", flush=True)
        return wrong
    finally:
        if broker.process and broker.process.poll() is None:
            broker.kill()
        subprocess.run(["umount", broker.data], check=False)
        broker.remove()


def free(path):
    status = os.statvfs(path)
    return status.f_bavail * status.f_bsize


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    chosen = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(1 << 32)
    try:
        failures = kills(number, chosen)
        RETAINED["retention.bytes"] = "-1"
        for reserve in (8 << 20, 0):
            failures = failures or full_disk(chosen, reserve)
    except (AssertionError, RuntimeError) as error:
        failures = [str(error)]
    for failure in failures[:20]:
        print(f"FAIL seed {chosen}: {failure}", flush=True)
    sys.exit(1 if failures else 0)
