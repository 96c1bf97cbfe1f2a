"""Transactions of other people's clients against tidemarkd. One line a test: `ok NAME` or `FAIL NAME: why`."""
import asyncio
import random
import signal
import subprocess
import sys
import time
import traceback
import uuid

import aiokafka
import aiokafka.errors
import confluent_kafka as confluent
import kafka
import kafka.errors
from confluent_kafka.admin import AdminClient, NewTopic

from broker import Broker
from group_members import wait_for

PARTITIONS = 3
SETTINGS = ["transaction.state.log.num.partitions=4", "offsets.topic.num.partitions=4", "group.initial.rebalance.delay.ms=0"]


def create(broker, *topics):
    admin = AdminClient({"bootstrap.servers": broker.address})
    for made in admin.create_topics([NewTopic(topic, PARTITIONS, 1) for topic in topics]).values():
        made.result(20)


def consume(broker, topic, isolation):
    """Everything in a topic up to its end as the isolation level shows it: a list of values a partition."""
    consumer = confluent.Consumer({
        "bootstrap.servers": broker.address, "group.id": "reader", "isolation.level": isolation,
        "enable.partition.eof": True, "auto.offset.reset": "earliest", "enable.auto.commit": False})
    found, ended = [[] for _ in range(PARTITIONS)], set()
    consumer.assign([confluent.TopicPartition(topic, index, 0) for index in range(PARTITIONS)])
    deadline = time.monotonic() + 30
    while len(ended) < PARTITIONS:
        assert time.monotonic() < deadline, f"partitions {sorted(ended)} of {topic} alone came to an end in 30 s"
        message = consumer.poll(1)
        if message is None:
            continue
        if message.error():
            assert message.error().code() == confluent.KafkaError._PARTITION_EOF, message.error()
            ended.add(message.partition())
        else:
            found[message.partition()].append(message.value())
    consumer.close()
    return found


def batch(name, count=100):
    return [b"%s-%04d" % (name.encode(), number) for number in range(count)]


def spread(values):
    """As `send` of each client deals them out: by number."""
    return [[value for number, value in enumerate(values) if number % PARTITIONS == index] for index in range(PARTITIONS)]


def join(*batches):
    return [sum((spread(each)[index] for each in batches), []) for index in range(PARTITIONS)]


def confluent_producer(broker, name, **more):
    producer = confluent.Producer({
        "bootstrap.servers": broker.address, "transactional.id": name, **{k.replace("_", "."): v for k, v in more.items()}})
    producer.init_transactions(30)
    return producer


def confluent_send(producer, topic, values):
    for number, value in enumerate(values):
        producer.produce(topic, value, partition=number % PARTITIONS)


def confluent_commit_abort(broker, topic):
    create(broker, topic)
    producer = confluent_producer(broker, topic)
    for name, end in (("one", "commit"), ("two", "abort"), ("three", "commit")):
        producer.begin_transaction()
        confluent_send(producer, topic, batch(name))
        producer.flush(30)
        getattr(producer, f"{end}_transaction")(30)
    assert consume(broker, topic, "read_committed") == join(batch("one"), batch("three"))
    assert consume(broker, topic, "read_uncommitted") == join(batch("one"), batch("two"), batch("three"))


def kafka_python_commit_abort(broker, topic):
    create(broker, topic)
    producer = kafka.KafkaProducer(bootstrap_servers=broker.address, transactional_id=topic)
    producer.init_transactions()
    for name, end in (("one", "commit"), ("two", "abort"), ("three", "commit")):
        producer.begin_transaction()
        for number, value in enumerate(batch(name)):
            producer.send(topic, value, partition=number % PARTITIONS)
        producer.flush()
        getattr(producer, f"{end}_transaction")()
    producer.close()
    for isolation, expected in (
            ("read_committed", join(batch("one"), batch("three"))),
            ("read_uncommitted", join(batch("one"), batch("two"), batch("three")))):
        assert consume(broker, topic, isolation) == expected
        consumer = kafka.KafkaConsumer(
            bootstrap_servers=broker.address, isolation_level=isolation, auto_offset_reset="earliest", consumer_timeout_ms=2000)
        consumer.assign([kafka.TopicPartition(topic, index) for index in range(PARTITIONS)])
        found = [[] for _ in range(PARTITIONS)]
        count = sum(map(len, expected))
        for message in consumer:
            found[message.partition].append(message.value)
            if sum(map(len, found)) == count:
                break
        consumer.close()
        assert found == expected, isolation


def aiokafka_commit_abort(broker, topic):
    create(broker, topic)

    async def run():
        async with aiokafka.AIOKafkaProducer(bootstrap_servers=broker.address, transactional_id=topic) as producer:
            for name, commit in (("one", True), ("two", False), ("three", True)):
                await producer.begin_transaction()
                for number, value in enumerate(batch(name)):
                    await producer.send(topic, value, partition=number % PARTITIONS)
                await producer.flush()
                await (producer.commit_transaction() if commit else producer.abort_transaction())
        expected = join(batch("one"), batch("three"))
        consumer = aiokafka.AIOKafkaConsumer(
            bootstrap_servers=broker.address, isolation_level="read_committed", auto_offset_reset="earliest")
        await consumer.start()
        consumer.assign([aiokafka.TopicPartition(topic, index) for index in range(PARTITIONS)])
        found = [[] for _ in range(PARTITIONS)]
        while sum(map(len, found)) < sum(map(len, expected)):
            message = await asyncio.wait_for(consumer.getone(), 20)
            found[message.partition].append(message.value)
        await consumer.stop()
        assert found == expected

    asyncio.run(run())
    assert consume(broker, topic, "read_uncommitted") == join(batch("one"), batch("two"), batch("three"))


def kcat_commit_abort(broker, topic):
    """kcat's one transaction a run: it commits at the end of what it is given. What an interrupted one leaves open nobody reads as
    committed, and its successor aborts it by its beginning."""
    create(broker, topic)

    def writes():
        return subprocess.Popen(["kcat", "-b", broker.address, "-P", "-t", topic, "-p", "0", "-X", f"transactional.id={topic}"],
                                stdin=subprocess.PIPE, stderr=subprocess.PIPE)

    def reads(isolation):
        done = subprocess.run(["kcat", "-b", broker.address, "-C", "-t", topic, "-p", "0", "-o", "beginning", "-e", "-q",
                               "-X", f"isolation.level={isolation}"], capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr[-400:]
        return done.stdout.splitlines()

    def commits(values):
        process = writes()
        _, said = process.communicate(b"".join(value + b"\n" for value in values), 60)
        assert process.returncode == 0, said[-400:]

    commits(batch("one"))
    assert reads("read_committed") == batch("one")
    # It takes its input by the buffer, so that the last of these never come.
    two = batch("two", 5000)
    interrupted = writes()
    interrupted.stdin.write(b"".join(value + b"\n" for value in two))
    interrupted.stdin.flush()
    wait_for("the open transaction's records", lambda: len(reads("read_uncommitted")) > 1000)
    assert reads("read_committed") == batch("one")
    interrupted.send_signal(signal.SIGINT)
    interrupted.communicate(timeout=60)
    assert reads("read_committed") == batch("one")
    commits(batch("three"))
    assert reads("read_committed") == batch("one") + batch("three") == consume(broker, topic, "read_committed")[0]
    everything = reads("read_uncommitted")
    aborted = everything[len(batch("one")):-len(batch("three"))]
    assert len(aborted) > 900 and everything == batch("one") + two[:len(aborted)] + batch("three")


def open_transaction_holds_readers(broker, topic):
    create(broker, topic)
    producer = confluent_producer(broker, topic)
    producer.begin_transaction()
    confluent_send(producer, topic, batch("open"))
    producer.flush(30)
    plain = confluent.Producer({"bootstrap.servers": broker.address})
    confluent_send(plain, topic, batch("plain"))
    plain.flush(30)
    assert consume(broker, topic, "read_committed") == [[], [], []]
    assert consume(broker, topic, "read_uncommitted") == join(batch("open"), batch("plain"))
    producer.commit_transaction(30)
    assert consume(broker, topic, "read_committed") == join(batch("open"), batch("plain"))


def confluent_zombie(broker, topic):
    create(broker, topic)
    zombie = confluent_producer(broker, topic)
    zombie.begin_transaction()
    confluent_send(zombie, topic, batch("zombie"))
    zombie.flush(30)
    successor = confluent_producer(broker, topic)
    successor.begin_transaction()
    confluent_send(successor, topic, batch("successor"))
    try:
        zombie.commit_transaction(30)
        raise AssertionError("a fenced producer could commit")
    except confluent.KafkaException as error:
        assert error.args[0].code() == confluent.KafkaError._FENCED and error.args[0].fatal(), error
    successor.commit_transaction(30)
    assert consume(broker, topic, "read_committed") == spread(batch("successor"))


def kafka_python_zombie(broker, topic):
    create(broker, topic)
    zombie = kafka.KafkaProducer(bootstrap_servers=broker.address, transactional_id=topic)
    zombie.init_transactions()
    zombie.begin_transaction()
    zombie.send(topic, b"zombie", partition=0).get(20)
    successor = kafka.KafkaProducer(bootstrap_servers=broker.address, transactional_id=topic)
    successor.init_transactions()
    successor.begin_transaction()
    successor.send(topic, b"successor", partition=0).get(20)
    try:
        zombie.commit_transaction()
        raise AssertionError("a fenced producer could commit")
    except (kafka.errors.ProducerFencedError, kafka.errors.InvalidProducerEpochError):
        pass
    successor.commit_transaction()
    successor.close()
    zombie.close(timeout=1)
    assert consume(broker, topic, "read_committed")[0] == [b"successor"]


def timeout_aborts(broker, topic):
    create(broker, topic)
    producer = confluent_producer(broker, topic, transaction_timeout_ms=1000)
    producer.begin_transaction()
    confluent_send(producer, topic, batch("late"))
    producer.flush(30)
    deadline = time.monotonic() + 30
    while consume(broker, topic, "read_committed") != [[], [], []] or not is_stable(broker, topic):
        assert time.monotonic() < deadline, "the transaction was not aborted"
    try:
        producer.commit_transaction(30)
        raise AssertionError("a transaction whose time was over could be committed")
    except confluent.KafkaException as error:
        assert error.args[0].code() in (confluent.KafkaError._FENCED, confluent.KafkaError._TIMED_OUT), error
    assert consume(broker, topic, "read_committed") == [[], [], []]


def is_stable(broker, topic):
    """Whether readers of committed records are let to the partitions' ends."""
    consumer = kafka.KafkaConsumer(bootstrap_servers=broker.address, isolation_level="read_committed")
    plain = kafka.KafkaConsumer(bootstrap_servers=broker.address)
    partitions = [kafka.TopicPartition(topic, index) for index in range(PARTITIONS)]
    try:
        return consumer.end_offsets(partitions) == plain.end_offsets(partitions)
    finally:
        consumer.close()
        plain.close()


def transform(address, source, target, expected):
    """Reads one topic and writes another, records and offsets in one transaction. Begins anew after an error, as an
    application is told to; returns when the group has read everything."""
    while True:
        try:
            if transform_until_error(address, source, target, expected):
                return
        except confluent.KafkaException as error:
            print(f"begins anew: {error}", file=sys.stderr)
            time.sleep(0.05)


def transform_until_error(address, source, target, expected):
    consumer = confluent.Consumer({
        "bootstrap.servers": address, "group.id": target, "isolation.level": "read_committed", "auto.offset.reset": "earliest",
        "enable.auto.commit": False, "session.timeout.ms": 6000})
    producer = confluent.Producer({"bootstrap.servers": address, "transactional.id": target, "transaction.timeout.ms": 20000})
    producer.init_transactions(15)
    consumer.subscribe([source])
    while True:
        messages = [each for each in consumer.consume(20, 0.5) if not each.error()]
        if not messages:
            committed = consumer.committed([confluent.TopicPartition(source, index) for index in range(PARTITIONS)], 10)
            if sum(max(each.offset, 0) for each in committed) >= expected:
                consumer.close()
                return True
            continue
        producer.begin_transaction()
        offsets = {}
        for each in messages:
            producer.produce(target, each.value(), partition=each.partition())
            offsets[each.partition()] = each.offset() + 1
        producer.send_offsets_to_transaction(
            [confluent.TopicPartition(source, index, offset) for index, offset in offsets.items()],
            consumer.consumer_group_metadata(), 15)
        producer.commit_transaction(15)


def exactly_once_over_restarts(broker, topic):
    """Consume, transform, produce, while the broker is killed and started: each record comes out once, in its order. An
    application that is stuck in its client is killed too: its successor fences it."""
    source, target = f"{topic}-in", f"{topic}-out"
    create(broker, source, target)
    values = batch("record", 900)
    plain = confluent.Producer({"bootstrap.servers": broker.address, "enable.idempotence": True})
    confluent_send(plain, source, values)
    assert plain.flush(30) == 0
    command = [sys.executable, __file__, "--transform", broker.address, source, target, str(len(values))]
    log = open(f"{broker.directory}/transform.log", "ab")
    application = subprocess.Popen(command, stderr=log)
    source_of_pauses = random.Random(7)
    for _ in range(3):
        time.sleep(0.4 + source_of_pauses.random())
        broker.kill()
        broker.start()
    for _ in range(4):
        try:
            assert application.wait(20) == 0, open(log.name, errors="replace").read()[-2000:]
            break
        except subprocess.TimeoutExpired:
            application.kill()
            application.wait()
            application = subprocess.Popen(command, stderr=log)
    else:
        application.kill()
        raise AssertionError(f"not through in time: {open(log.name, errors='replace').read()[-2000:]}")
    assert consume(broker, target, "read_committed") == spread(values), "records are lost, twice there, or out of order"


TESTS = [
    confluent_commit_abort, kafka_python_commit_abort, aiokafka_commit_abort, kcat_commit_abort, open_transaction_holds_readers, confluent_zombie,
    kafka_python_zombie, timeout_aborts, exactly_once_over_restarts,
]


def main():
    words = sys.argv[1:]
    if words[:1] == ["--transform"]:
        return transform(words[1], words[2], words[3], int(words[4]))
    broker = Broker("transactions", SETTINGS)
    failed = 0
    try:
        broker.start()
        for test in TESTS:
            name = test.__name__
            if words and not any(word in name for word in words):
                continue
            began = time.monotonic()
            try:
                test(broker, f"{name.replace('_', '-')}-{uuid.uuid4().hex[:6]}")
                print(f"ok {name} ({time.monotonic() - began:.1f} s)", flush=True)
            except Exception as failure:
                failed += 1
                print(f"FAIL {name}: {failure!r}\n{traceback.format_exc()}{broker.log_tail()}", flush=True)
        broker.stop()
    finally:
        broker.remove()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
