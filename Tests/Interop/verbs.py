"""`tidemark topics|groups|offsets|cat` as a person types them, on what other people's clients wrote. `ok NAME` or `FAIL NAME: why`.

verbs.py [WORD]: only the cases whose name holds the word. TIDEMARK names another program than the release build's.
"""
import base64
import json
import os
import signal
import subprocess
import sys
import time
import traceback

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from broker import ROOT, Broker

PROGRAM = os.environ.get("TIDEMARK", os.path.join(ROOT, ".build/release/tidemark"))
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


def tidemark(address, *arguments, code=0, text=True, seconds=60):
    """Runs a verb; its standard output, or its standard error where another exit code than 0 is expected."""
    environment = dict(os.environ, TIDEMARK_BOOTSTRAP=address)
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, timeout=seconds, env=environment)
    if done.returncode != code:
        raise AssertionError(f"tidemark {' '.join(arguments)} left with {done.returncode}, not {code}: {done.stderr.decode()[-400:]}")
    said = done.stderr if code else done.stdout
    return said.decode() if text else said


def produced(address, topic, records, **settings):
    """Writes (partition, key, value, headers, timestamp) and waits for every acknowledgement."""
    failures = []
    producer = Producer({"bootstrap.servers": address, "linger.ms": 20, **settings})
    for partition, key, value, headers, timestamp in records:
        producer.produce(topic, value, key, partition, headers=headers, timestamp=timestamp,
                         on_delivery=lambda error, _: failures.append(error) if error else None)
        producer.poll(0)
    assert producer.flush(30) == 0 and not failures, failures[:3]


def shown(data):
    """A key or value as `--format json` shows it."""
    if data is None:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def cat_every_codec(broker):
    """Keys, nulls, headers, times and bytes that are no text, in every codec, come back as JSON lines."""
    for codec in CODECS:
        topic = f"cat-{codec}"
        tidemark(broker.address, "topics", "create", topic)
        records = [(0, None if i % 7 == 0 else b"k%d" % i, None if i % 11 == 0 else bytes([i % 256]) * (i % 50) + b'"\\\n',
                    [("h", b"\xff"), ("n", None)] if i % 5 == 0 else None, 1_700_000_000_000 + i) for i in range(500)]
        produced(broker.address, topic, records, **{"compression.codec": codec})
        got = [json.loads(line) for line in tidemark(broker.address, "cat", topic, "--format", "json").splitlines()]
        assert len(got) == 500, len(got)
        for i, (record, (_, key, value, headers, timestamp)) in enumerate(zip(got, records)):
            expected = {"topic": topic, "partition": 0, "offset": i, "timestamp": timestamp, "key": shown(key), "value": shown(value)}
            if headers:
                expected["headers"] = [["h", {"base64": "/w=="}], ["n", None]]
            assert record == expected, f"{codec}: {record} for {expected}"


def cat_formats(broker):
    """Fields and escapes, binary values untouched."""
    tidemark(broker.address, "topics", "create", "formats", "-p", "2")
    produced(broker.address, "formats", [(1, b"key", b"\x00\xffvalue", [("a", b"1"), ("b", b"2")], 1_700_000_000_123)])
    got = tidemark(broker.address, "cat", "formats", "--format", "%t/%p@%o %T %k[%K]=%s[%S] %h%%\\t\\x41\\n", text=False)
    assert got == b"formats/1@0 1700000000123 key[3]=\x00\xffvalue[7] a=1,b=2%\tA\n", got
    for wrong in ["%q", "%", "\\q", "\\x4"]:
        assert "--format" in tidemark(broker.address, "cat", "formats", "--format", wrong, code=64)


def cat_positions(broker):
    """From an offset, the end, the last few, a time; a count; a chosen partition."""
    tidemark(broker.address, "topics", "create", "positions", "-p", "2")
    produced(broker.address, "positions", [(i % 2, None, b"%d" % i, None, 1_700_000_000_000 + 1000 * i) for i in range(20)])

    def values(*arguments):
        return tidemark(broker.address, "cat", "positions", "-p", "0", *arguments).split()

    assert values() == [str(i) for i in range(0, 20, 2)], values()
    assert values("--from", "7") == ["14", "16", "18"]
    assert values("--from", "-2") == ["16", "18"]
    assert values("--from", "end") == []
    assert values("--from", "@1700000007000") == ["8", "10", "12", "14", "16", "18"]
    assert values("--from", "2023-11-14T22:13:37Z") == ["18"], values("--from", "2023-11-14T22:13:37Z")
    assert values("--from", "1d") == []
    assert values("--count", "3") == ["0", "2", "4"]
    assert values("--count", "0") == []
    both = tidemark(broker.address, "cat", "positions", "--format", "%p:%s ").split()
    assert sorted(both) == sorted(f"{i % 2}:{i}" for i in range(20)), both
    said = tidemark(broker.address, "cat", "positions", "-p", "0", "--from", "99", code=0)
    assert said == "", said
    assert "no partition 5" in tidemark(broker.address, "cat", "positions", "-p", "5", code=1)
    assert "no topic nowhere" in tidemark(broker.address, "cat", "nowhere", code=1)
    assert "--from" in tidemark(broker.address, "cat", "positions", "--from", "yesterday", code=64)


def cat_out_of_range(broker):
    """An offset below the log's start is refused with what there is."""
    tidemark(broker.address, "topics", "create", "cut")
    produced(broker.address, "cut", [(0, None, b"%d" % i, None, 0) for i in range(10)])
    admin = AdminClient({"bootstrap.servers": broker.address})
    for future in admin.delete_records([TopicPartition("cut", 0, 4)]).values():
        future.result(10)
    said = tidemark(broker.address, "cat", "cut", "--from", "2", code=1)
    assert "cut-0 has no offset 2: it holds 4 up to, not including, 10" in said, said
    assert tidemark(broker.address, "cat", "cut").split() == [str(i) for i in range(4, 10)]


def cat_follows(broker):
    """--follow prints what is produced later; Ctrl-C ends it with 130 and loses no line."""
    tidemark(broker.address, "topics", "create", "follow")
    produced(broker.address, "follow", [(0, None, b"before", None, 0)])
    reader = subprocess.Popen([PROGRAM, "cat", "follow", "-f", "-b", broker.address], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert reader.stdout.readline() == b"before\n"
    produced(broker.address, "follow", [(0, None, b"after %d" % i, None, 0) for i in range(3)])
    assert [reader.stdout.readline() for _ in range(3)] == [b"after %d\n" % i for i in range(3)]
    reader.send_signal(signal.SIGINT)
    out, err = reader.communicate(timeout=20)
    assert (reader.returncode, out, err) == (130, b"", b""), (reader.returncode, out, err)


def cat_follows_restart(broker):
    """--follow goes on when the broker has been away."""
    tidemark(broker.address, "topics", "create", "away")
    produced(broker.address, "away", [(0, None, b"one", None, 0)])
    reader = subprocess.Popen([PROGRAM, "cat", "away", "-f", "-b", broker.address], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert reader.stdout.readline() == b"one\n"
    broker.kill()
    broker.start()
    produced(broker.address, "away", [(0, None, b"two", None, 0)])
    assert reader.stdout.readline() == b"two\n"
    reader.send_signal(signal.SIGTERM)
    assert reader.wait(20) == 143, reader.returncode
    reader.communicate()


def cat_broken_pipe(broker):
    """A reader that has enough ends it with 0 and no word."""
    tidemark(broker.address, "topics", "create", "pipe")
    produced(broker.address, "pipe", [(0, None, b"x" * 1000, None, 0) for _ in range(5000)])
    line = f"set -o pipefail; {PROGRAM} cat pipe -b {broker.address} | head -c 10 | wc -c"
    done = subprocess.run(["bash", "-c", line], capture_output=True, timeout=60)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, b"10", b""), done


def cat_transactions(broker):
    """Committed records only, unless asked; never a marker."""
    tidemark(broker.address, "topics", "create", "transactions")
    producer = Producer({"bootstrap.servers": broker.address, "transactional.id": "verbs"})
    producer.init_transactions(20)
    for number, commits in enumerate([True, False, True]):
        producer.begin_transaction()
        producer.produce("transactions", b"%d" % number, partition=0)
        producer.flush(20)
        producer.commit_transaction(20) if commits else producer.abort_transaction(20)
    assert tidemark(broker.address, "cat", "transactions").split() == ["0", "2"]
    assert tidemark(broker.address, "cat", "transactions", "--uncommitted").split() == ["0", "1", "2"]
    producer.begin_transaction()
    producer.produce("transactions", b"open", partition=0)
    producer.flush(20)
    assert tidemark(broker.address, "cat", "transactions").split() == ["0", "2"]
    assert tidemark(broker.address, "cat", "transactions", "--uncommitted").split() == ["0", "1", "2", "open"]
    producer.abort_transaction(20)


def topics_come_and_go(broker):
    """create, list, show and delete agree with another client's view; refusals say why."""
    address = broker.address
    tidemark(address, "topics", "create", "made", "-p", "3", "-c", "retention.ms=123456", "--config", "cleanup.policy=compact")
    assert "TOPIC_ALREADY_EXISTS" in tidemark(address, "topics", "create", "made", code=1)
    assert "INVALID_CONFIG" in tidemark(address, "topics", "create", "odd", "-c", "no.such.key=1", code=1)
    tidemark(address, "topics", "create", "odd", "-p", "0", code=64)
    listed = {t["name"]: t["partitions"] for t in json.loads(tidemark(address, "topics", "list", "--json"))}
    theirs = AdminClient({"bootstrap.servers": address}).list_topics(timeout=10).topics
    assert listed == {name: len(t.partitions) for name, t in theirs.items() if not name.startswith("__")}, listed
    rows = {line.split()[0]: line.split()[1:] for line in tidemark(address, "topics", "list").splitlines()}
    assert rows["TOPIC"] == ["PARTITIONS", "REPLICAS"] and rows["made"] == ["3", "1"], rows
    answer = json.loads(tidemark(address, "topics", "show", "made", "--json"))
    assert answer["configs"] == {"retention.ms": "123456", "cleanup.policy": "compact"}, answer
    assert [p["partition"] for p in answer["partitions"]] == [0, 1, 2] and all(p["latest"] == 0 for p in answer["partitions"])
    assert "retention.ms=123456" in tidemark(address, "topics", "show", "made")
    assert "no topic gone" in tidemark(address, "topics", "delete", "made", "gone", code=1)
    assert "made" in {t["name"] for t in json.loads(tidemark(address, "topics", "list", "--json"))}
    tidemark(address, "topics", "delete", "made")
    assert "made" not in {t["name"] for t in json.loads(tidemark(address, "topics", "list", "--json"))}
    assert "no topic made" in tidemark(address, "topics", "show", "made", code=1)


def joined(consumer, partitions, seconds=30):
    """Waits until a consumer has so many partitions, and returns what it read meanwhile."""
    deadline, messages = time.monotonic() + seconds, []
    while len(consumer.assignment()) != partitions:
        message = consumer.poll(0.1)
        messages += [message] if message and not message.error() else []
        assert time.monotonic() < deadline, consumer.assignment()
    return messages


def groups_seen(broker):
    """A group of another client: its members, what they read, what is committed and the lag; deleted when they have left."""
    address = broker.address
    tidemark(address, "topics", "create", "watched", "-p", "3")
    produced(address, "watched", [(i % 3, None, b"%d" % i, None, 0) for i in range(30)])
    consumer = Consumer({"bootstrap.servers": address, "group.id": "watchers", "client.id": "one", "auto.offset.reset": "earliest",
                         "enable.auto.commit": False, "partition.assignment.strategy": "range"})
    consumer.subscribe(["watched"])
    joined(consumer, 3)
    consumer.commit(offsets=[TopicPartition("watched", 0, 4), TopicPartition("watched", 1, 10)], asynchronous=False)
    listed = {g["name"]: g for g in json.loads(tidemark(address, "groups", "list", "--json"))}
    assert listed["watchers"] == {"name": "watchers", "state": "Stable", "protocolType": "consumer"}, listed
    answer = json.loads(tidemark(address, "groups", "show", "watchers", "--json"))
    assert (answer["state"], answer["assignor"], answer["coordinator"]) == ("Stable", "range", address), answer
    [member] = answer["members"]
    assert member["clientID"] == "one" and member["partitions"] == ["watched-0", "watched-1", "watched-2"], member
    rows = {p["partition"]: (p.get("committed"), p["latest"], p.get("lag"), p["member"]) for p in answer["partitions"]}
    assert rows == {0: (4, 10, 6, member["id"]), 1: (10, 10, 0, member["id"]), 2: (None, 10, None, member["id"])}, rows
    table = tidemark(address, "groups", "show", "watchers").splitlines()
    assert table[0] == f"watchers: Stable, assignor range, coordinator {address}", table
    assert any(line.split()[:5] == ["watched", "0", "4", "10", "6"] for line in table), table
    assert "has members" in tidemark(address, "groups", "delete", "watchers", code=1)
    assert "has members" in tidemark(address, "offsets", "set", "-g", "watchers", "-t", "watched", "--to", "end", code=1)
    consumer.close()
    answer = json.loads(tidemark(address, "groups", "show", "watchers", "--json"))
    assert (answer["state"], answer["members"]) == ("Empty", []), answer
    tidemark(address, "groups", "delete", "watchers")
    assert "no group watchers" in tidemark(address, "groups", "show", "watchers", code=1)
    assert "no group watchers" in tidemark(address, "groups", "delete", "watchers", code=1)


def offsets_moved(broker):
    """Offsets of a topic by place, a group's set and deleted: another client begins where it was put."""
    address = broker.address
    tidemark(address, "topics", "create", "moved", "-p", "2")
    produced(address, "moved", [(i % 2, None, b"%d" % i, None, 1_700_000_000_000 + 1000 * i) for i in range(20)])
    rows = json.loads(tidemark(address, "offsets", "list", "-t", "moved", "--at", "@1700000010000", "--json"))
    assert rows == [{"partition": 0, "earliest": 0, "latest": 10, "at": 5}, {"partition": 1, "earliest": 0, "latest": 10, "at": 5}], rows
    tidemark(address, "offsets", "list", code=64)
    tidemark(address, "offsets", "list", "-t", "moved", "-g", "g", code=64)

    def begins():
        consumer = Consumer({"bootstrap.servers": address, "group.id": "mover", "enable.auto.commit": False, "auto.offset.reset": "earliest"})
        found = {p.partition: p.offset for p in consumer.committed([TopicPartition("moved", n) for n in range(2)], 10)}
        consumer.close()
        return found

    tidemark(address, "offsets", "set", "-g", "mover", "-t", "moved", "--to", "7")
    assert begins() == {0: 7, 1: 7}, begins()
    tidemark(address, "offsets", "set", "-g", "mover", "-t", "moved", "-p", "1", "--to", "-2")
    assert begins() == {0: 7, 1: 8}, begins()
    tidemark(address, "offsets", "set", "-g", "mover", "-t", "moved", "--to", "@1700000004000")
    assert begins() == {0: 2, 1: 2}, begins()
    answer = json.loads(tidemark(address, "offsets", "set", "-g", "mover", "-t", "moved", "--to", "99", "--json"))
    assert [(p["committed"], p["lag"]) for p in answer] == [(10, 0), (10, 0)], answer
    tidemark(address, "offsets", "set", "-g", "mover", "-t", "moved", "--to", "beginning")
    rows = json.loads(tidemark(address, "offsets", "list", "-g", "mover", "--json"))
    assert [(p["committed"], p["latest"], p["lag"]) for p in rows] == [(0, 10, 10)] * 2, rows
    tidemark(address, "offsets", "delete", "-g", "mover", "-t", "moved", "-p", "0")
    assert begins() == {0: -1001, 1: 0}, begins()
    tidemark(address, "offsets", "delete", "-g", "mover", "-t", "moved")
    assert begins() == {0: -1001, 1: -1001}, begins()
    assert "nothing of topic moved" in tidemark(address, "offsets", "delete", "-g", "mover", "-t", "moved", code=1)


def topics_change(broker):
    """More partitions and other configs, as another client sees them; refusals say why."""
    from confluent_kafka.admin import ConfigResource, ResourceType
    address = broker.address
    tidemark(address, "topics", "create", "changing", "-c", "retention.ms=1000000")
    tidemark(address, "topics", "add-partitions", "changing", "--total", "4")
    admin = AdminClient({"bootstrap.servers": address})
    assert len(admin.list_topics("changing", timeout=10).topics["changing"].partitions) == 4
    assert "INVALID_PARTITIONS" in tidemark(address, "topics", "add-partitions", "changing", "--total", "2", code=1)
    assert "no topic absent" in tidemark(address, "topics", "add-partitions", "absent", "--total", "2", code=1)

    def theirs(key):
        resource = ConfigResource(ResourceType.TOPIC, "changing")
        return admin.describe_configs([resource])[resource].result(10)[key].value

    tidemark(address, "topics", "config", "changing", "--set", "segment.bytes=2000000", "--set", "retention.ms=5000000")
    assert (theirs("segment.bytes"), theirs("retention.ms")) == ("2000000", "5000000")
    assert tidemark(address, "topics", "config", "changing").splitlines() == ["retention.ms=5000000", "segment.bytes=2000000"]
    tidemark(address, "topics", "config", "changing", "--unset", "retention.ms")
    assert theirs("retention.ms") == "604800000", theirs("retention.ms")
    assert tidemark(address, "topics", "config", "changing").splitlines() == ["segment.bytes=2000000"]
    everything = json.loads(tidemark(address, "topics", "config", "changing", "--all", "--json"))
    assert {"name": "segment.bytes", "value": "2000000", "isOwn": True} in everything and len(everything) > 10
    assert "INVALID_CONFIG" in tidemark(address, "topics", "config", "changing", "--set", "no.such.key=1", code=1)
    assert theirs("segment.bytes") == "2000000"
    tidemark(address, "topics", "config", "changing", "--set", "nonsense", code=64)
    tidemark(address, "topics", "config", "changing", "--set", "a=1", "--unset", "a", code=64)


def no_broker(_):
    """Nobody there: one line, exit code 1."""
    said = tidemark("127.0.0.1:1", "topics", "list", code=1)
    assert "127.0.0.1:1" in said and said.count("\n") == 1, said
    tidemark("nonsense:port:1", "topics", "list", code=64)


def librdkafkas_mock_cluster(_):
    """Three brokers of other people's making: leaders and coordinators differ, versions are fewer."""
    producer = Producer({"bootstrap.servers": "ignored:1", "test.mock.num.brokers": 3})
    brokers = producer.list_topics(timeout=10).brokers.values()
    address = ",".join(f"{b.host}:{b.port}" for b in brokers)
    for i in range(40):
        producer.produce("mocked", b"%d" % i, partition=i % 4)
    assert producer.flush(20) == 0
    rows = [json.loads(line) for line in tidemark(address, "cat", "mocked", "--format", "json").splitlines()]
    assert sorted((r["partition"], r["offset"], r["value"]) for r in rows) == sorted((i % 4, i // 4, str(i)) for i in range(40)), rows
    answer = json.loads(tidemark(address, "topics", "list", "--json"))
    assert [(t["name"], t["partitions"]) for t in answer] == [("mocked", 4)], answer


CASES = [cat_every_codec, cat_formats, cat_positions, cat_out_of_range, cat_follows, cat_follows_restart, cat_broken_pipe,
         cat_transactions, topics_come_and_go, topics_change, groups_seen, offsets_moved, no_broker, librdkafkas_mock_cluster]


def main():
    failed = 0
    broker = Broker("verbs").start()
    try:
        for case in CASES:
            if len(sys.argv) > 1 and sys.argv[1] not in case.__name__:
                continue
            began = time.monotonic()
            try:
                case(broker)
                print(f"ok {case.__name__} ({time.monotonic() - began:.1f} s)", flush=True)
            except Exception as error:
                failed += 1
                print(f"FAIL {case.__name__}: {error}", flush=True)
                traceback.print_exc()
                if broker.process.poll() is not None:
                    print(broker.log_tail())
                    broker.start()
    finally:
        broker.remove()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
