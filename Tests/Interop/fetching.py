"""Fetching in real life with other people's clients. One line a case: `ok NAME` or `FAIL NAME: why`.

Sessions, times, tiny limits with big batches, the broker's own time on records, and every producer's codec on topics that
demand another.
"""
import os
import subprocess
import sys
import time
import uuid

from confluent_kafka import Consumer, Producer, TopicPartition as Confluent, TIMESTAMP_CREATE_TIME, TIMESTAMP_LOG_APPEND_TIME
from confluent_kafka.admin import AdminClient, NewTopic
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

import cases
from broker import Broker
from kafka_bytes import stored_batches

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
TYPES = ["uncompressed", "gzip", "snappy", "lz4", "zstd"]
NOW = 1_700_000_000_000


def create(broker, topic, partitions=1, **config):
    config = {key.replace("_", "."): value for key, value in config.items()}
    admin = AdminClient({"bootstrap.servers": broker.address})
    made = NewTopic(topic, num_partitions=partitions, replication_factor=1, config=config)
    admin.create_topics([made])[topic].result(30)


def produce(broker, topic, records, codec="none", **settings):
    """`records`: (partition, key, value, headers, timestamp)."""
    failed = []
    producer = Producer({"bootstrap.servers": broker.address, "compression.type": codec, "linger.ms": 5, **settings})
    for partition, key, value, headers, timestamp in records:
        producer.produce(topic, value, key, partition, headers=headers, timestamp=timestamp,
                         on_delivery=lambda error, _: failed.append(error) if error else None)
        producer.poll(0)
    assert producer.flush(60) == 0, "records left unacknowledged after 60 s"
    assert not failed, failed[0]


def produce_kafka_python(broker, topic, records, codec="none", **settings):
    """The same by kafka-python, whose snappy has the other framing."""
    producer = KafkaProducer(bootstrap_servers=broker.address, acks="all", linger_ms=5,
                             compression_type=None if codec == "none" else codec, **settings)
    futures = [producer.send(topic, value, key, headers or [], partition, timestamp)
               for partition, key, value, headers, timestamp in records]
    producer.flush(timeout=60)
    for future in futures:
        future.get(timeout=10)
    producer.close()


def plain(count, partition=0, size=100):
    """Records that every codec makes smaller: librdkafka sends others as they are."""
    return [(partition, b"k%d" % n, os.urandom(size // 4) * 4, [("n", b"%d" % n)], NOW + n) for n in range(count)]


def consume(broker, topic, count, **settings):
    """All messages of partition 0."""
    consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "unused", "enable.auto.commit": False,
                         "auto.offset.reset": "error", "check.crcs": True, **settings})
    consumer.assign([Confluent(topic, 0, 0)])
    got, deadline = [], time.monotonic() + 60
    while len(got) < count and time.monotonic() < deadline:
        for message in consumer.consume(10_000, 0.2):
            assert message.error() is None, message.error()
            got.append(message)
    consumer.close()
    assert [m.offset() for m in got] == list(range(count)), f"{len(got)} messages back for {count}"
    return got


def reader(broker, **settings):
    return KafkaConsumer(bootstrap_servers=broker.address, enable_auto_commit=False, check_crcs=True,
                         auto_offset_reset="earliest", **settings)


def drain(consumer, count):
    got, deadline = [], time.monotonic() + 60
    while len(got) < count and time.monotonic() < deadline:
        for records in consumer.poll(timeout_ms=1000).values():
            got += records
    return got


def sessions(broker):
    """kafka-python opens one session for all partitions and hears everything through it; partitions come and go."""
    create(broker, "sessions", 6)
    sent = [(p, None, b"%d:%d" % (p, n), None, NOW + n) for n in range(500) for p in range(6)]
    produce(broker, "sessions", sent)
    consumer = reader(broker)
    consumer.assign([TopicPartition("sessions", p) for p in range(4)])
    got = drain(consumer, 2000)
    assert sorted(r.value for r in got) == sorted(v for p, _, v, _, _ in sent if p < 4), f"{len(got)} of 2000"
    handler, = consumer._fetcher._session_handlers.values()
    session = handler.next_metadata.session_id
    assert session > 0 and handler.next_metadata.epoch > 0, f"no session: {session} {handler.next_metadata.epoch}"
    # Nothing new, then a little of it in one partition, several times.
    for number in range(5):
        value = b"new %d" % number
        produce(broker, "sessions", [(number % 4, None, value, None, NOW)])
        assert [r.value for r in drain(consumer, 1)] == [value]
    consumer.assign([TopicPartition("sessions", p) for p in (0, 4, 5)])
    consumer.seek(TopicPartition("sessions", 0), 490)
    got = drain(consumer, 1000 + 10 + 2)
    assert sum(r.partition in (4, 5) for r in got) == 1000 and sum(r.partition == 0 for r in got) == 12, len(got)
    handler, = consumer._fetcher._session_handlers.values()
    assert handler.next_metadata.session_id > 0, "the session was lost on the way"
    consumer.close()


def times(broker):
    """The first record at or behind a time, by three clients, at every tenth of a second of record time."""
    create(broker, "times")
    records = [(0, None, b"v", None, NOW + 100 * n) for n in range(2_000)]
    produce(broker, "times", records, **{"batch.num.messages": 37})
    consumer = reader(broker)
    partition = TopicPartition("times", 0)
    confluent = Consumer({"bootstrap.servers": broker.address, "group.id": "unused"})
    for n in [0, 1, 36, 37, 38, 777, 1998, 1999]:
        for early in (0, 50, 99):
            found = consumer.offsets_for_times({partition: NOW + 100 * n - early})[partition]
            assert (found.offset, found.timestamp) == (n, NOW + 100 * n), f"{n} {early}: {found}"
            found, = confluent.offsets_for_times([Confluent("times", 0, NOW + 100 * n - early)], 10)
            assert found.offset == n, f"{n} {early}: {found}"
    assert consumer.offsets_for_times({partition: NOW + 100 * 2_000})[partition] is None
    assert consumer.beginning_offsets([partition]) == {partition: 0}
    assert consumer.end_offsets([partition]) == {partition: 2_000}
    done = subprocess.run(["kcat", "-b", broker.address, "-C", "-t", "times", "-p", "0", "-o", f"s@{NOW + 77_701}", "-c", "1", "-q",
                           "-f", "%o %T"], capture_output=True, timeout=60, check=True)
    assert done.stdout.split() == [b"778", b"%d" % (NOW + 77_800)], done.stdout
    consumer.assign([partition])
    consumer.seek(partition, 1_234)
    assert drain(consumer, 766)[0].offset == 1_234
    consumer.close()
    confluent.close()


def tiny_limits(broker):
    """Batches of 300 KB through clients that ask for a kilobyte at a time: each comes whole, and all come."""
    create(broker, "tiny", 2)
    sent = [(n % 2, None, os.urandom(300_000), None, NOW) for n in range(24)]
    produce(broker, "tiny", sent, **{"linger.ms": 0, "batch.num.messages": 1})
    consumer = reader(broker, max_partition_fetch_bytes=1_000, fetch_max_bytes=1_000)
    consumer.assign([TopicPartition("tiny", 0), TopicPartition("tiny", 1)])
    got = drain(consumer, 24)
    for partition in (0, 1):
        assert [r.value for r in got if r.partition == partition] == [v for p, _, v, _, _ in sent if p == partition]
    consumer.close()
    got = consume(broker, "tiny", 12, **{"fetch.message.max.bytes": 1_000})
    assert [m.value() for m in got] == [v for p, _, v, _, _ in sent if p == 0]


def log_append_time(broker):
    """The broker's time on records, said as such, to producer and consumers."""
    create(broker, "append-time", message_timestamp_type="LogAppendTime")
    before = int(time.time() * 1000)
    producer = KafkaProducer(bootstrap_servers=broker.address, acks="all")
    told = [producer.send("append-time", b"%d" % n, partition=0, timestamp_ms=NOW).get(timeout=30) for n in range(5)]
    producer.close()
    produce(broker, "append-time", plain(200), "lz4")
    after = int(time.time() * 1000) + 1
    got = consume(broker, "append-time", 205)
    for message in got:
        kind, stamp = message.timestamp()
        assert kind == TIMESTAMP_LOG_APPEND_TIME and before <= stamp <= after, f"{kind} {stamp} {before} {after}"
    assert [t.timestamp for t in told] == [m.timestamp()[1] for m in got[:5]], told
    assert all(t.timestamp_type == 1 for t in told) if hasattr(told[0], "timestamp_type") else True
    consumer = reader(broker)
    consumer.assign([TopicPartition("append-time", 0)])
    assert all(r.timestamp_type == 1 and before <= r.timestamp <= after for r in drain(consumer, 205))
    consumer.close()


def stored_codecs(broker, topic):
    """The codecs of the batches that the broker hands out."""
    return {head.codec for head in stored_batches(broker.address, topic)}


def recompression(broker, demanded):
    """What any client sends in any codec comes back as it was, in the topic's codec."""
    everything = []
    for codec in CODECS:
        topic = f"recode-{demanded}-{codec}"
        create(broker, topic, compression_type=demanded)
        records = plain(400) + [(0, None, b"", None, NOW), (0, b"", None, [("h", b"")], NOW + 7)]
        # librdkafka leaves lz4 out as long as a broker does not serve groups.
        if codec in ("lz4", "zstd"):
            produce_kafka_python(broker, topic, records, codec, enable_idempotence=True)
        else:
            produce(broker, topic, records, codec, **{"enable.idempotence": True})
        got = consume(broker, topic, len(records))
        for (_, key, value, headers, timestamp), message in zip(records, got):
            assert (message.key(), message.value(), message.headers() or None) == (key, value, headers), message.offset()
            assert message.timestamp() == (TIMESTAMP_CREATE_TIME, timestamp), message.timestamp()
        stored = stored_codecs(broker, topic)
        assert stored == {TYPES.index(demanded)}, f"{codec} to {demanded}: stored as {stored}"
        everything.append((topic, records))
    consumer = reader(broker)
    for topic, records in everything:
        consumer.assign([TopicPartition(topic, 0)])
        got = drain(consumer, len(records))
        assert [(r.key, r.value, r.timestamp) for r in got] == [(k, v, t) for _, k, v, _, t in records], topic
    consumer.close()


def pass_through(broker):
    """Without a demand the broker keeps what came, codec included."""
    for codec in CODECS:
        topic = f"pass-{codec}"
        create(broker, topic)
        produce_kafka_python(broker, topic, plain(400), codec)
        stored = stored_codecs(broker, topic)
        # A batch that would grow is sent as it is.
        assert CODECS.index(codec) in stored <= {0, CODECS.index(codec)}, f"{codec}: stored as {stored}"


CASES = [
    ("sessions of kafka-python", sessions), ("offsets by time", times), ("tiny limits with big batches", tiny_limits),
    ("log append time", log_append_time), ("pass-through of every codec", pass_through),
] + [(f"every codec to {demanded}", lambda broker, demanded=demanded: recompression(broker, demanded)) for demanded in TYPES]


if __name__ == "__main__":
    sys.exit(cases.run(Broker(f"fetching-{uuid.uuid4().hex[:6]}", ["auto.create.topics.enable=false"]).start(), CASES))
