"""Other people's clients against tidemarkd. One line a test: `ok NAME` or `FAIL NAME: why`."""
import asyncio
import hashlib
import os
import random
import subprocess
import sys
import time
import traceback

from broker import Broker
from kafka_bytes import stored_batches

RECORDS = 100_000
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


def lines(count, seed):
    """Distinct records of 1 to 400 bytes that hold every byte but a line feed."""
    source = random.Random(seed)
    alphabet = bytes(b for b in range(256) if b != 10)
    noise = bytes(source.choices(alphabet, k=1 << 20))
    made = []
    for number in range(count):
        start, size = source.randrange(len(noise) - 400), source.randrange(0, 392)
        made.append(b"%08x" % number + noise[start:start + size])
    return made


def kcat(broker, *arguments, **options):
    done = subprocess.run(["kcat", "-b", broker.address, *arguments], capture_output=True, timeout=120, **options)
    if done.returncode != 0:
        raise AssertionError(f"kcat {' '.join(arguments)} left with {done.returncode}: {done.stderr.decode()[-400:]}")
    return done.stdout


def kcat_produce(broker, topic, codec, path, *more):
    kcat(broker, "-P", "-t", topic, "-p", "0", "-z", codec, "-l", path, *more)


def kcat_consume(broker, topic, *more):
    return kcat(broker, "-C", "-t", topic, "-p", "0", "-o", "beginning", "-e", "-q", *more)


def same(got, expected):
    if got != expected:
        at = next((i for i, (a, b) in enumerate(zip(got, expected)) if a != b), min(len(got), len(expected)))
        raise AssertionError(f"{len(got)} bytes back for {len(expected)}; first difference at byte {at}")


def kcat_both_ways(broker, codec):
    records = lines(RECORDS, seed=codec)
    path = os.path.join(broker.directory, f"kcat-{codec}")
    with open(path, "wb") as file:
        file.write(b"".join(r + b"\n" for r in records))
    kcat_produce(broker, f"kcat-{codec}", codec, path)
    with open(path, "rb") as file:
        same(kcat_consume(broker, f"kcat-{codec}"), file.read())


def kcat_idempotent(broker, _):
    """kcat as an idempotent producer with keys, headers read back in its own format."""
    records = lines(20_000, seed="keys")
    path = os.path.join(broker.directory, "kcat-keys")
    with open(path, "wb") as file:
        file.write(b"".join(b"k%d\t" % i + r.replace(b"\t", b" ") + b"\n" for i, r in enumerate(records)))
    kcat_produce(broker, "kcat-keys", "none", path, "-K", "\t", "-H", "origin=kcat", "-X", "enable.idempotence=true")
    with open(path, "rb") as file:
        same(kcat_consume(broker, "kcat-keys", "-f", "%k\t%s\n"), file.read())
    headers = set(kcat_consume(broker, "kcat-keys", "-f", "%h\n").split(b"\n")) - {b""}
    assert headers == {b"origin=kcat"}, headers


def kcat_offsets(broker, _):
    """A consumer that starts in the middle, by offset and by time, gets exactly the rest."""
    everything = kcat_consume(broker, "kcat-none", "-f", "%o %T\n").splitlines()
    assert [int(line.split()[0]) for line in everything] == list(range(RECORDS)), "offsets are not 0..<100,000"
    tail = kcat(broker, "-C", "-t", "kcat-none", "-p", "0", "-o", str(RECORDS - 10), "-e", "-q", "-f", "%o\n")
    assert tail.split() == [str(i).encode() for i in range(RECORDS - 10, RECORDS)], tail
    target = int(everything[RECORDS // 2].split()[1])
    first = next(i for i, line in enumerate(everything) if int(line.split()[1]) >= target)
    found = kcat(broker, "-C", "-t", "kcat-none", "-p", "0", "-o", f"s@{target}", "-c", "1", "-q", "-f", "%o")
    assert int(found) == first, f"time {target} begins at offset {first}, got {found}"


def consume_confluent(broker, topic, count):
    from confluent_kafka import Consumer, TopicPartition
    consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "unused", "enable.auto.commit": False,
                         "auto.offset.reset": "error", "check.crcs": True})
    consumer.assign([TopicPartition(topic, 0, 0)])
    records, deadline = [], time.monotonic() + 60
    while len(records) < count and time.monotonic() < deadline:
        for message in consumer.consume(10_000, 0.2):
            assert message.error() is None, message.error()
            assert message.offset() == len(records), f"offset {message.offset()} at place {len(records)}"
            records.append(message.value())
    consumer.close()
    return records


def compare(got, expected):
    assert len(got) == len(expected), f"{len(got)} records back for {len(expected)}"
    for place, (one, other) in enumerate(zip(got, expected)):
        assert one == other, f"record {place} came back changed"


def confluent(broker, codec):
    from confluent_kafka import Producer
    topic, records = f"confluent-{codec}", lines(RECORDS, seed=f"c{codec}")
    failed = []
    producer = Producer({"bootstrap.servers": broker.address, "enable.idempotence": True, "linger.ms": 5,
                         "compression.type": codec, "queue.buffering.max.messages": RECORDS + 1})
    for number, record in enumerate(records):
        producer.produce(topic, record, partition=0,
                         on_delivery=lambda error, _: failed.append(error) if error else None)
        if number % 1000 == 0:
            producer.poll(0)
    assert producer.flush(60) == 0, "records left unacknowledged after 60 s"
    assert not failed, failed[0]
    compare(consume_confluent(broker, topic, RECORDS), records)
    if codec == "none":
        digest = hashlib.sha256(b"".join(r + b"\n" for r in records)).digest()
        assert hashlib.sha256(kcat_consume(broker, topic)).digest() == digest, "kcat reads something else"


def kafka_python(broker, codec):
    from kafka import KafkaConsumer, KafkaProducer, TopicPartition
    topic, records = f"kafka-python-{codec}", lines(20_000, seed=f"k{codec}")
    producer = KafkaProducer(bootstrap_servers=broker.address, enable_idempotence=True, acks="all", linger_ms=5,
                             compression_type=None if codec == "none" else codec)
    futures = [producer.send(topic, value=record, key=b"k", partition=0, headers=[("n", b"1")]) for record in records]
    producer.flush(timeout=60)
    for place, future in enumerate(futures):
        assert future.get(timeout=10).offset == place
    producer.close()
    consumer = KafkaConsumer(bootstrap_servers=broker.address, enable_auto_commit=False, check_crcs=True,
                             consumer_timeout_ms=10_000)
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    got = []
    while len(got) < len(records):
        batch = consumer.poll(timeout_ms=5000).get(partition, [])
        assert batch, f"{len(got)} records back for {len(records)}"
        got += batch
    assert consumer.end_offsets([partition]) == {partition: len(records)}
    consumer.close()
    compare([r.value for r in got], records)
    assert got[-1].key == b"k" and list(got[-1].headers) == [("n", b"1")], got[-1]


def aiokafka(broker, codec):
    """An idempotent producer: its batches have its codec and say who wrote them, and it and librdkafka read what it wrote."""
    topic, records = f"aiokafka-{codec}", lines(10_000, seed=f"a{codec}")
    asyncio.run(aiokafka_round_trip(broker, topic, codec, records))
    compare(consume_confluent(broker, topic, len(records)), records)
    heads = stored_batches(broker.address, topic)
    # A batch that would grow is sent as it is.
    assert CODECS.index(codec) in {head.codec for head in heads} <= {0, CODECS.index(codec)}, heads[:5]
    assert heads[0].producer >= 0 and {head[1:3] for head in heads} == {(heads[0].producer, 0)}, heads[:5]
    assert heads[0].sequence == 0 and all(one.sequence < other.sequence for one, other in zip(heads, heads[1:])), heads[:5]


async def aiokafka_round_trip(broker, topic, codec, records):
    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
    async with AIOKafkaProducer(bootstrap_servers=broker.address, enable_idempotence=True, linger_ms=5,
                                compression_type=None if codec == "none" else codec) as producer:
        sent = [await producer.send(topic, record, b"k%d" % place, partition=0, headers=[("n", b"%d" % place)])
                for place, record in enumerate(records)]
        offsets = [(await each).offset for each in sent]
    assert offsets == list(range(len(records))), "two records were acknowledged at one offset, or not in order"
    partition = TopicPartition(topic, 0)
    async with AIOKafkaConsumer(bootstrap_servers=broker.address, enable_auto_commit=False, check_crcs=True) as consumer:
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        got = []
        while len(got) < len(records):
            batch = (await consumer.getmany(partition, timeout_ms=10_000)).get(partition)
            assert batch, f"{len(got)} records back for {len(records)}"
            got += batch
        assert await consumer.end_offsets([partition]) == {partition: len(records)}
    compare([(r.offset, r.key, r.value, r.headers) for r in got],
            [(place, b"k%d" % place, record, (("n", b"%d" % place),)) for place, record in enumerate(records)])


def kafka_python_admin(broker, _):
    from kafka import KafkaAdminClient
    from kafka.admin import ConfigResource, ConfigResourceType, NewTopic
    admin = KafkaAdminClient(bootstrap_servers=broker.address)
    admin.create_topics([NewTopic(name="made", num_partitions=7, replication_factor=1)])
    made = next(t for t in admin.describe_topics(["made"]) if t.get("topic", t.get("name")) == "made")
    assert len(made["partitions"]) == 7, made
    admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, "made")])
    admin.delete_topics(["made"])
    assert "made" not in admin.list_topics()
    admin.close()


def restart(broker, _):
    """What was produced before a drain reads the same after it."""
    before = hashlib.sha256(kcat_consume(broker, "kcat-zstd")).digest()
    broker.stop()
    broker.start()
    assert hashlib.sha256(kcat_consume(broker, "kcat-zstd")).digest() == before


TESTS = [(f"kcat {RECORDS} records both ways, {c}", kcat_both_ways, c) for c in CODECS] + [
    ("kcat idempotent with keys and headers", kcat_idempotent, None),
    ("kcat from the middle, by offset and by time", kcat_offsets, None),
] + [(f"confluent-kafka idempotent, {c}", confluent, c) for c in CODECS] + [
    (f"kafka-python idempotent, {c}", kafka_python, c) for c in ["none", "gzip"]] + [
    (f"aiokafka idempotent, {c}", aiokafka, c) for c in CODECS] + [
    ("kafka-python admin", kafka_python_admin, None),
    ("the same bytes after a drain and a restart", restart, None),
]


def main():
    wanted = sys.argv[1:]
    broker = Broker("interop", ["auto.create.topics.enable=true", "log.segment.bytes=8388608"]).start()
    failed = 0
    try:
        for name, test, argument in TESTS:
            if wanted and not any(w in name for w in wanted):
                continue
            began = time.monotonic()
            try:
                test(broker, argument)
                print(f"ok {name} ({time.monotonic() - began:.1f} s)", flush=True)
            except Exception as error:  # a test's failure is a line, not the end
                failed += 1
                print(f"FAIL {name}: {error or type(error).__name__}", flush=True)
                traceback.print_exc(limit=3)
                if broker.process.poll() is not None:
                    print(f"tidemarkd left with {broker.process.returncode}:\n{broker.log_tail()}", flush=True)
                    broker.start()
        broker.stop()
    finally:
        broker.remove()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
