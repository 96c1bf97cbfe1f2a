"""Sarama, the Go client, as another witness: its own codecs, producer state, groups, admin calls, TLS and SASL. One line a case."""
import json
import os
import signal
import subprocess
import sys
import time

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, TopicPartition as Confluent
from confluent_kafka.admin import AdminClient, ConfigResource
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

import broker as running
import cases
from broker import Broker, free_port
from certificates import Certificates
from group_members import PARTITIONS, Load, committed
from kafka_bytes import stored_batches

CLIENT = os.environ.get("SARAMA", os.path.join(running.ROOT, ".build/sarama/sarama"))
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
PASSWORD = "alice-secret-7391"


def run(address, *arguments, options=(), password=None, fails=False):
    """What the client printed, a JSON value a line; with `fails` what it said on standard error instead."""
    environment = {**os.environ, "SARAMA_PASSWORD": password or ""}
    done = subprocess.run([CLIENT, *options, address, *map(str, arguments)], capture_output=True, text=True, timeout=90, env=environment)
    if fails:
        assert done.returncode == 1, f"{arguments} should have failed, and ended with {done.returncode}"
        return done.stderr
    assert done.returncode == 0, f"{arguments} ended with {done.returncode}: {done.stderr[-500:]}"
    return [json.loads(line) for line in done.stdout.splitlines()]


def create(broker, topic, partitions=1, *settings):
    run(broker.address, "admin", "create", topic, partitions, *settings)


def place(each):
    return each["partition"], each["offset"]


def read_python(broker, topic, partitions):
    """The same shape, by kafka-python."""
    consumer = KafkaConsumer(bootstrap_servers=broker.address, auto_offset_reset="earliest", consumer_timeout_ms=4000, check_crcs=True)
    consumer.assign([TopicPartition(topic, n) for n in range(partitions)])
    end = sum(consumer.end_offsets([TopicPartition(topic, n) for n in range(partitions)]).values())
    got = []
    while len(got) < end:
        each = next(consumer)
        got.append({"partition": each.partition, "offset": each.offset, "key": each.key.decode(), "value": each.value.decode(),
                    "headers": {name: value.decode() for name, value in each.headers}})
    consumer.close()
    return sorted(got, key=place)


def codec(broker, name):
    """Sarama writes, kafka-python and Sarama read; kafka-python writes, Sarama reads."""
    topic, count = f"sarama-{name}", 2000
    create(broker, topic, 3)
    written = sorted(run(broker.address, "produce", topic, name, count), key=place)
    assert len({place(each) for each in written}) == count, "two records were acknowledged at one offset"
    assert {each["headers"]["n"] for each in written} == {str(n) for n in range(count)}
    assert read_python(broker, topic, 3) == written, "kafka-python reads something else than Sarama wrote"
    assert sorted(run(broker.address, "consume", topic, count), key=place) == written, "Sarama reads something else than it wrote"
    other = f"python-{name}"
    create(broker, other, 1)
    producer = KafkaProducer(bootstrap_servers=broker.address, compression_type=None if name == "none" else name, linger_ms=20)
    values = [f"value {n} " * 4 for n in range(500)]
    for value in values:
        producer.send(other, value.encode(), b"key", [("h", value[:9].encode())])
    producer.flush(30)
    producer.close()
    got = run(broker.address, "consume", other, 500)
    assert [each["value"] for each in got] == values and [each["headers"]["h"] for each in got] == [value[:9] for value in values]
    assert [each["offset"] for each in got] == list(range(500))


def idempotent(broker):
    """Batches carry a producer id, an epoch and a sequence, and each record is there once."""
    topic, count = "sarama-idempotent", 3000
    create(broker, topic)
    written = sorted(run(broker.address, "produce", topic, "lz4", count, "idempotent"), key=place)
    assert [each["offset"] for each in written] == list(range(count))
    assert read_python(broker, topic, 1) == written
    # Sarama asks for an id; its batches then count their records on.
    heads = stored_batches(broker.address, topic)
    assert heads[0].producer >= 0 and heads[0].epoch == 0 and heads[0].sequence == 0, heads[0]
    assert {(head.producer, head.epoch) for head in heads} == {heads[0][1:3]}
    assert [head.sequence for head in heads] == sorted({head.sequence for head in heads}), "sequences that don't grow"


class Member:
    """A member of a group in a process of its own."""

    def __init__(self, broker, topic, group, number):
        self.path = os.path.join(broker.directory, f"{group}-{number}.out")
        self.output = open(self.path, "wb")
        self.told, self.place = [], 0  # what it printed, and how far into its output that is
        self.process = subprocess.Popen([CLIENT, broker.address, "group", topic, group], stdout=self.output, stderr=subprocess.STDOUT)

    def lines(self):
        with open(self.path, "rb") as file:
            file.seek(self.place)
            new = file.read()
        whole = new[:new.rfind(b"\n") + 1]
        self.place += len(whole)
        self.told += [json.loads(line) for line in whole.splitlines()]
        return self.told

    def records(self):
        return [each for each in self.lines() if "offset" in each]

    def share(self):
        """How many partitions it was given last."""
        claims = [each["claims"] for each in self.lines() if "claims" in each][-1:]
        return sum(len(partitions) for partitions in (claims[0] or {}).values()) if claims else 0

    def leave(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(20) == 0, self.lines()[-1:]
        self.output.close()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def wait(what, seconds, condition):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(0.05)


def group(broker):
    """Three members share six partitions; one leaves, one is killed; what was read is committed, and nothing is passed over."""
    topic, name, count = "sarama-group", "sarama-group", 1200
    create(broker, topic, 6)
    members = [Member(broker, topic, name, n) for n in range(3)]
    try:
        def shares():
            return sorted(member.share() for member in members if member.process.poll() is None)
        wait("an even share", 30, lambda: shares() == [2, 2, 2])
        written = run(broker.address, "produce", topic, "snappy", count)
        read = lambda: {place(each): each for member in members for each in member.records()}
        wait("reading everything", 30, lambda: len(read()) == count)
        assert all(read()[place(each)] == each for each in written), "a member read something else than was written"
        members[0].leave()
        wait("sharing after one left", 30, lambda: shares() == [3, 3])
        members[1].kill()
        wait("sharing after one was killed", 40, lambda: shares() == [6])
        more = run(broker.address, "produce", topic, "none", count)
        wait("reading the rest", 30, lambda: all(place(each) in read() for each in more))
        members[2].leave()
    finally:
        for member in members:
            member.kill()
    client = AdminClient({"bootstrap.servers": broker.address})
    asked = client.list_consumer_group_offsets([ConsumerGroupTopicPartitions(name)])[name].result(20).topic_partitions
    consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "unused"})
    ends = {n: consumer.get_watermark_offsets(Confluent(topic, n), 10)[1] for n in range(6)}
    consumer.close()
    commits = {each.partition: each.offset for each in asked}
    assert commits == ends, f"the last member's commits {commits} are not where the partitions end, {ends}"


def churn(broker):
    """Two members, then ten, then two again, under load: every record is read, and each partition's end is committed."""
    topic = name = "sarama-churn"
    create(broker, topic, PARTITIONS)
    load, members, gone = Load(broker, topic), [], []

    def joins(count):
        for _ in range(count):
            members.append(Member(broker, topic, name, len(members)))

    def sharing(parts):
        there = [member for member in members if member not in gone]
        wait(f"sharing by {len(there)}", 40, lambda: sorted(member.share() for member in there) == parts)
    try:
        joins(2)
        sharing([5, 5])
        for more in (3, 3):
            joins(more)
            time.sleep(0.5)
        joins(2)
        sharing([1] * 10)
        for pair in range(4):
            for leaving in members[2 * pair:2 * pair + 2]:
                leaving.leave()
                gone.append(leaving)
        sharing([5, 5])
        sent = load.finish()
        wait(f"reading all {sent} records", 40, lambda: len({place(each) for member in members for each in member.records()}) == sent)
        for leaving in members[8:]:
            leaving.leave()
    finally:
        load.stopping.set()
        for member in members:
            member.kill()
    for member in members:
        for each in member.records():
            number = each["offset"] * PARTITIONS + each["partition"]
            assert each["value"] == str(number) and number < sent, f"a member read {each} where the load wrote {number}"
    ends = {p: (sent - p + PARTITIONS - 1) // PARTITIONS for p in range(PARTITIONS)}
    assert committed(broker, name, topic) == ends, "the last members' commits are not where the partitions end"


def admin(broker):
    """Topics are made, described, set, grown and deleted, and what is wrong is refused."""
    topic = "sarama-admin"
    create(broker, topic, 2, "retention.ms=123456")

    client = AdminClient({"bootstrap.servers": broker.address})

    def partitions():
        return run(broker.address, "admin", "describe", topic)[0]["partitions"]

    def settings():
        resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
        return {name: entry.value for name, entry in client.describe_configs([resource])[resource].result(20).items()}
    assert partitions() == 2 and settings()["retention.ms"] == "123456"
    run(broker.address, "admin", "set", topic, "retention.ms=654321", "cleanup.policy=compact")
    assert settings()["retention.ms"] == "654321" and settings()["cleanup.policy"] == "compact"
    run(broker.address, "admin", "grow", topic, 5)
    assert partitions() == 5
    assert "Topic with this name already exists" in run(broker.address, "admin", "create", topic, 1, fails=True)
    run(broker.address, "admin", "grow", topic, 3, fails=True)
    run(broker.address, "admin", "set", topic, "retention.ms=soon", fails=True)
    assert partitions() == 5 and settings()["retention.ms"] == "654321"
    run(broker.address, "admin", "delete", topic)
    assert partitions() == 0


def secured(_):
    """By TLS and PLAIN together; a wrong password and a stranger's authority are turned away."""
    address = f"127.0.0.1:{free_port()}"
    broker = Broker("sarama-secured", ["sasl.enabled.mechanisms=PLAIN"], ["--listen", f"{address},security=sasl-tls"])
    try:
        certificates = Certificates(os.path.join(broker.directory, "certificates"))
        broker.settings.append(f"ssl.keystore.location={certificates.path('broker.pem')}")
        subprocess.run([running.PROGRAM, "credentials", "add", "--data-dir", broker.data, "--user", "alice", "--mechanism", "SCRAM-SHA-256"],
                       input=PASSWORD + "\n", text=True, check=True, capture_output=True, timeout=30)
        broker.start()
        create(broker, "secret", 1)
        options = ["-tls", certificates.path("ca.crt"), "-user", "alice"]
        written = run(address, "produce", "secret", "gzip", 500, options=options, password=PASSWORD)
        assert sorted(run(address, "consume", "secret", 500, options=options, password=PASSWORD), key=place) == sorted(written, key=place)
        run(address, "produce", "secret", "none", 1, options=options, password="wrong", fails=True)
        strangers = ["-tls", certificates.path("other.crt"), "-user", "alice"]
        run(address, "produce", "secret", "none", 1, options=strangers, password=PASSWORD, fails=True)
        assert len(read_python(broker, "secret", 1)) == 500, "somebody who was turned away wrote"
        broker.stop()
    finally:
        broker.remove()


CASES = [(f"codec {name}", lambda broker, name=name: codec(broker, name)) for name in CODECS] + [
    ("idempotent", idempotent), ("group", group),
    ("two to ten members join and leave under load", churn), ("admin", admin), ("TLS and SASL", secured)]


if __name__ == "__main__":
    sys.exit(cases.run(Broker("sarama", ["auto.create.topics.enable=false", "group.initial.rebalance.delay.ms=500"]).start(), CASES))
