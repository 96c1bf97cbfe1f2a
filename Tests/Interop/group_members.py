"""Members of consumer groups, by several people's clients, and the load that they read."""
import asyncio
import collections
import threading
import time
import traceback

PARTITIONS = 10
SESSION_MS = 6000


def wait_for(what, condition, seconds=40):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not after {seconds} s"
        time.sleep(0.02)


def create(broker, topic, partitions=PARTITIONS):
    from confluent_kafka.admin import AdminClient, NewTopic
    admin = AdminClient({"bootstrap.servers": broker.address})
    admin.create_topics([NewTopic(topic, partitions, 1)])[topic].result(20)


def produce(broker, topic, count, partitions=PARTITIONS, key=b""):
    """`count` records, in turn to all partitions; every one acknowledged."""
    from confluent_kafka import Producer
    failed = []
    producer = Producer({"bootstrap.servers": broker.address, "linger.ms": 2, "enable.idempotence": True})
    for number in range(count):
        producer.produce(topic, b"%d" % number, key=key, partition=number % partitions,
                         on_delivery=lambda error, _: failed.append(error) if error else None)
    assert producer.flush(30) == 0 and not failed, failed[:1]


def committed(broker, group, topic, partitions=PARTITIONS):
    from confluent_kafka import Consumer, TopicPartition
    consumer = Consumer({"bootstrap.servers": broker.address, "group.id": group})
    found = consumer.committed([TopicPartition(topic, p) for p in range(partitions)], timeout=20)
    consumer.close()
    return {p.partition: p.offset for p in found}


class Seen:
    """What members read: by partition, each offset with how often."""

    def __init__(self):
        self.lock = threading.Lock()
        self.counts = collections.Counter()
        self.failure = None

    def add(self, partition, offset):
        with self.lock:
            self.counts[partition, offset] += 1

    def __len__(self):
        return len(self.counts)


class Load(threading.Thread):
    """Records to all partitions in turn until it is told to stop."""

    def __init__(self, broker, topic, per_second=2000):
        super().__init__(daemon=True)
        self.broker, self.topic, self.per_second = broker, topic, per_second
        self.stopping, self.sent, self.failed = threading.Event(), 0, []
        self.start()

    def run(self):
        from confluent_kafka import Producer
        producer = Producer({"bootstrap.servers": self.broker.address, "linger.ms": 5, "enable.idempotence": True})
        while not self.stopping.wait(0.01):
            for _ in range(self.per_second // 100):
                producer.produce(self.topic, b"%d" % self.sent, partition=self.sent % PARTITIONS,
                                 on_delivery=lambda error, _: self.failed.append(error) if error else None)
                self.sent += 1
            producer.poll(0)
        if producer.flush(30) != 0:
            self.failed.append("records left unacknowledged after 30 s")

    def finish(self):
        self.stopping.set()
        self.join()
        assert not self.failed, self.failed[0]
        return self.sent


class Member(threading.Thread):
    """A client of some kind that reads until it is told to leave; it commits what it has read."""

    def __init__(self, broker, group, topic, seen, **options):
        super().__init__(daemon=True)
        self.broker, self.group, self.topic, self.seen, self.options = broker, group, topic, seen, options
        self.stopping = threading.Event()
        self.owned, self.assignments = set(), 0
        self.revoked = []  # every partition that was taken away, again if again
        self.start()

    @staticmethod
    def static(name):
        """Options of a static member of that name, which has 20 s to come back."""
        return {"group_instance_id": name, "session_timeout_ms": 20_000}

    def run(self):
        try:
            self.consume()
        except Exception as error:  # told by `leave`, or by the test's wait
            self.seen.failure = f"{type(self).__name__}: {type(error).__name__} {error}"
            traceback.print_exc(limit=3)

    def leave(self):
        self.stopping.set()
        self.join(30)
        assert not self.is_alive(), "a member did not leave within 30 s"


class ConfluentMember(Member):
    strategy = "range"

    @staticmethod
    def static(name):
        return {"group.instance.id": name, "session.timeout.ms": 20_000}

    def consume(self):
        from confluent_kafka import Consumer, KafkaException
        consumer = Consumer({
            "bootstrap.servers": self.broker.address, "group.id": self.group, "auto.offset.reset": "earliest",
            "enable.auto.commit": False, "session.timeout.ms": SESSION_MS, "heartbeat.interval.ms": 300,
            "partition.assignment.strategy": self.strategy, **self.options})

        def assigned(consumer, partitions):
            self.assignments += 1
            if self.strategy == "cooperative-sticky":
                consumer.incremental_assign(partitions)
                self.owned |= {p.partition for p in partitions}
            else:
                consumer.assign(partitions)
                self.owned = {p.partition for p in partitions}

        def revoked(consumer, partitions):
            self.owned -= {p.partition for p in partitions}
            self.revoked += [p.partition for p in partitions]
            if self.strategy == "cooperative-sticky":
                consumer.incremental_unassign(partitions)
            else:
                consumer.unassign()

        consumer.subscribe([self.topic], on_assign=assigned, on_revoke=revoked, on_lost=revoked)
        try:
            while not self.stopping.is_set():
                messages = consumer.consume(500, 0.1)
                for message in messages:
                    assert message.error() is None, message.error()
                    self.seen.add(message.partition(), message.offset())
                if messages:
                    try:
                        consumer.commit(asynchronous=False)
                    except KafkaException as error:
                        # A new generation has begun: whoever has the partitions now reads from the last commit.
                        assert error.args[0].name() in ("ILLEGAL_GENERATION", "REBALANCE_IN_PROGRESS", "UNKNOWN_MEMBER_ID", "_NO_OFFSET"), error
        finally:
            consumer.close()


class CooperativeMember(ConfluentMember):
    strategy = "cooperative-sticky"


def listener(member, kind):
    """Counts a member's assignments and keeps what is taken from it; `kind` is the client's own class of listeners."""
    class Listener(kind):
        def on_partitions_assigned(self, partitions):
            member.assignments += 1

        def on_partitions_revoked(self, partitions):
            member.revoked += [p.partition for p in partitions]
    return Listener()


class KafkaPythonMember(Member):
    strategy = {}  # range and round robin

    def consume(self):
        from kafka import ConsumerRebalanceListener, KafkaConsumer
        from kafka.errors import CommitFailedError, RebalanceInProgressError
        consumer = KafkaConsumer(
            bootstrap_servers=self.broker.address, group_id=self.group, auto_offset_reset="earliest", enable_auto_commit=False,
            heartbeat_interval_ms=300, **{"session_timeout_ms": SESSION_MS, **self.strategy, **self.options})
        consumer.subscribe([self.topic], listener=listener(self, ConsumerRebalanceListener))
        try:
            while not self.stopping.is_set():
                found = consumer.poll(timeout_ms=100, max_records=500)
                for partition, records in found.items():
                    for record in records:
                        self.seen.add(partition.partition, record.offset)
                self.owned = {p.partition for p in consumer.assignment()}
                if found:
                    try:
                        consumer.commit()
                    except (CommitFailedError, RebalanceInProgressError):
                        pass  # a new generation has begun
        finally:
            consumer.close()


class KafkaPythonCooperativeMember(KafkaPythonMember):
    @property
    def strategy(self):
        from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
        return {"partition_assignment_strategy": [CooperativeStickyAssignor]}


class AiokafkaMember(Member):
    def consume(self):
        asyncio.run(self.read())

    async def read(self):
        from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
        from aiokafka.errors import CommitFailedError, IllegalStateError
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.broker.address, group_id=self.group, auto_offset_reset="earliest", enable_auto_commit=False,
            heartbeat_interval_ms=300, **{"session_timeout_ms": SESSION_MS, **self.options})
        consumer.subscribe([self.topic], listener=listener(self, ConsumerRebalanceListener))
        await consumer.start()
        try:
            while not self.stopping.is_set():
                found = await consumer.getmany(timeout_ms=100, max_records=500)
                for partition, records in found.items():
                    for record in records:
                        self.seen.add(partition.partition, record.offset)
                self.owned = {p.partition for p in consumer.assignment()}
                if found:
                    try:
                        await consumer.commit()
                    except (CommitFailedError, IllegalStateError):
                        pass  # a new generation has begun
        finally:
            await consumer.stop()
