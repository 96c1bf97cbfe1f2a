"""The clients of a history run: librdkafka's, each on a thread, each writing down what it did and what it was told."""
import itertools
import random
import sys
import threading
import time
import traceback

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Producer, TopicPartition

from history_check import text

QUICK = {"socket.timeout.ms": 5_000, "reconnect.backoff.ms": 10, "reconnect.backoff.max.ms": 200, "retry.backoff.ms": 20, "log_level": 0}
PATIENCE = 60  # seconds for anything once the broker stays up
# Shorter than most times between two ends of the broker: a group waits as long for a member that went without a word.
SESSION_MS = 1_500


class History:
    """Events in the order in which they were told, from any thread: appending to a list is one step, and copying it another, so that
    nobody ever waits here for a thread that stands still."""

    def __init__(self):
        self.events = []

    def add(self, *event):
        self.events.append(event)


class Client(threading.Thread):
    """Does `step` until it is told to stop, then `finish`. What it can't handle is kept in `failure`."""

    def __init__(self, run, name):
        super().__init__(daemon=True, name=name)
        self.history, self.address = run.history, run.broker.address
        self.random = random.Random(f"{run.seed}/{name}")
        self.stopping = threading.Event()
        self.failure = None

    def run(self):
        try:
            while not self.stopping.is_set():
                self.step()
            self.finish()
        except Exception as error:
            self.failure = f"{self.name}: {type(error).__name__}: {error}"

    def standing(self):
        """The line of this client that has not returned."""
        frame = sys._current_frames().get(self.ident)
        return "nowhere" if frame is None else traceback.format_stack(frame)[-1].strip().replace("\n", " ")


def everybody():
    """Where each thread stands, for a run in which one does not return: what it waits for is another's."""
    frames = sys._current_frames()
    return "".join(f"{each.name} stands in\n{''.join(traceback.format_stack(frames[each.ident]))}"
                   for each in threading.enumerate() if each.ident in frames)


class Sending(Client):
    """Counts its records; a client that fails for good is replaced by one with another name, whose numbers begin anew."""

    lives = itertools.count(1)

    def open(self, **settings):
        self.life = f"{self.name}.{next(Sending.lives)}"
        self.number = 0
        self.producer = Producer({
            "bootstrap.servers": self.address, "enable.idempotence": True, "linger.ms": self.random.choice([0, 5, 20]),
            "compression.type": self.random.choice(["none", "lz4", "zstd"]), **QUICK, **settings})

    def send(self, partition, transaction="", source=None):
        topic, index = partition.rsplit("/", 1)
        self.number += 1
        value = text(self.life, transaction, partition, self.number)
        self.history.add("send", value)
        if source is not None:
            self.history.add("copy", value, source)
        self.producer.produce(topic, value, partition=int(index), on_delivery=self.delivered(value))

    def delivered(self, value):
        def told(error, message):
            if not error:
                # Of a duplicate that the broker remembers no offset of, the client learns only that it is there.
                self.history.add("ack", value, message.offset() if message.offset() >= 0 else None)
        return told

    def is_dead(self, error):
        return error.fatal() or error.code() in (KafkaError._FENCED, KafkaError._FATAL)


class PlainProducer(Sending):
    """Idempotent, five requests in flight, no transaction."""

    def __init__(self, run, name, partitions):
        super().__init__(run, name)
        self.partitions = partitions
        self.open()

    def open(self):
        super().open(**{"delivery.timeout.ms": 300_000, "error_cb": self.error})
        self.died = False

    def error(self, error):
        self.died = self.died or error.fatal()

    def step(self):
        for _ in range(self.random.randrange(1, 40)):
            try:
                self.send(self.random.choice(self.partitions))
            except BufferError:
                self.producer.poll(0.1)
        self.producer.poll(0)
        time.sleep(self.random.choice([0, 0.05, 0.2]))  # a history that one can look at, not a benchmark
        if self.died:
            self.producer.purge()
            self.producer.flush(5)
            self.open()

    def finish(self):
        left = self.producer.flush(PATIENCE)
        if left and not self.died:
            raise RuntimeError(f"{left} records are still without an answer")


class TransactionalProducer(Sending):
    """A transaction after the other over several partitions; commits most, aborts some, drops a few and starts over."""

    more = {}  # settings

    def __init__(self, run, name, partitions):
        super().__init__(run, name)
        self.partitions = partitions
        self.producer = None
        self.transaction = 0

    def ready(self):
        """A producer whose transactional id is its own; whatever its predecessor left open is aborted by that."""
        while self.producer is None:
            self.open(**{"transactional.id": self.name, "transaction.timeout.ms": 20_000, "message.timeout.ms": 15_000, **self.more})
            try:
                self.producer.init_transactions(10)
            except KafkaException as error:
                if error.args[0].retriable() and self.retries("init_transactions", 10):
                    return
                self.drop()
                time.sleep(0.1)

    def retries(self, call, seconds, *arguments):
        """Whether a call that may be repeated succeeded in the end."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                getattr(self.producer, call)(*arguments, seconds)
                return True
            except KafkaException as error:
                if not error.args[0].retriable():
                    return False
        return False

    def drop(self):
        self.producer.purge()
        self.producer = None

    def step(self):
        self.ready()
        self.transaction += 1
        transaction = str(self.transaction)
        try:
            self.producer.begin_transaction()
            self.work(transaction)
            if self.random.random() < 0.03:
                # As a process that dies in between: the next one with this id fences it off.
                self.producer.flush(5)
                self.drop()
            elif self.random.random() < 0.2:
                self.abort(transaction)
            else:
                self.commit(transaction)
        except KafkaException as error:
            if self.is_dead(error.args[0]):
                self.drop()
            else:
                self.abort(transaction)

    def work(self, transaction):
        for _ in range(self.random.randrange(1, 30)):
            self.send(self.random.choice(self.partitions), transaction)
            self.producer.poll(0)
        time.sleep(self.random.choice([0, 0.02, 0.1, 0.2]))

    def commit(self, transaction):
        """Whether it is known to be committed."""
        if self.producer.flush(PATIENCE):
            return self.abort(transaction)
        life = self.life
        self.history.add("committing", life, transaction)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                self.producer.commit_transaction(5)
                self.history.add("end", life, transaction, "commit")
                return True
            except KafkaException as error:
                error = error.args[0]
                if error.retriable():
                    continue
                if error.txn_requires_abort():
                    return self.abort(transaction)
                self.history.add("end", life, transaction, "unknown")
                self.drop()
                return False
        raise RuntimeError(f"commit of {transaction} got no answer in {PATIENCE} s")

    def abort(self, transaction):
        life = self.life
        if self.retries("abort_transaction", 5):
            self.history.add("end", life, transaction, "abort")
        else:
            self.drop()
        return False

    def finish(self):
        """Ends what may be open, so that readers of committed records reach the end."""
        self.producer and self.drop()
        self.ready()


class Reading(Client):
    """Writes down what it reads, by partition and session."""

    sessions = itertools.count(1)

    def __init__(self, run, name, committed):
        super().__init__(run, name)
        self.committed = committed
        self.session = {}

    def settings(self, group):
        return {
            "bootstrap.servers": self.address, "group.id": group, "enable.auto.commit": False, "auto.offset.reset": "earliest",
            "isolation.level": "read_committed" if self.committed else "read_uncommitted", "session.timeout.ms": SESSION_MS,
            "heartbeat.interval.ms": SESSION_MS // 5, "fetch.wait.max.ms": 100, "topic.metadata.refresh.interval.ms": 5_000, **QUICK}

    def note(self, reader, messages):
        for message in messages:
            if message.error():
                continue
            partition = f"{message.topic()}/{message.partition()}"
            self.history.add(
                "read", reader, self.session[partition], self.committed, partition, message.offset(), message.value().decode("utf-8", "replace"))


class AssignedReader(Reading):
    """Reads partitions from their beginning, again and again, in no group."""

    def __init__(self, run, name, partitions, committed):
        super().__init__(run, name, committed)
        self.partitions = partitions
        self.consumer = Consumer(self.settings("nobody"))
        self.begin()

    def begin(self):
        session = next(Reading.sessions)
        self.session = {p: session for p in self.partitions}
        places = [p.rsplit("/", 1) for p in self.partitions]
        self.consumer.assign([TopicPartition(topic, int(index), OFFSET_BEGINNING) for topic, index in places])

    def step(self):
        self.note(self.name, self.consumer.consume(200, 0.2))
        if self.random.random() < 0.01:
            self.begin()

    def finish(self):
        self.consumer.close()


class Member(Reading):
    """A group member that comes, commits what it read, and goes in order. Those of history_guests.py go without a word."""

    commits = itertools.count(1)

    def __init__(self, run, name, group, topics, committed):
        super().__init__(run, name, committed)
        self.group, self.topics = group, topics
        self.consumer = None
        self.stays = False  # at the end it leaves only when told to stop

    def enter(self):
        self.consumer = Consumer(self.settings(self.group))
        self.consumer.subscribe(self.topics, on_assign=self.assigned)
        self.until = time.monotonic() + self.random.uniform(3, 15)

    def assigned(self, consumer, places):
        """Begins at the committed offsets, explicitly, so that the history has them."""
        session = next(Reading.sessions)
        for place in places:
            self.history.add("offset-asking", self.group, f"{place.topic}/{place.partition}")
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                found = consumer.committed(places, 5)
                break
            except KafkaException as error:
                if error.args[0].code() == KafkaError._DESTROY:
                    return  # given to a member that is leaving
                if time.monotonic() > deadline:
                    raise
        for place in found:
            if place.error:
                raise RuntimeError(f"{self.group}: committed offset of {place.topic}/{place.partition}: {place.error}")
            partition = f"{place.topic}/{place.partition}"
            self.session[partition] = session
            self.history.add("offset-start", self.group, partition, place.offset if place.offset >= 0 else None)
            if place.offset < 0:
                place.offset = OFFSET_BEGINNING
        consumer.assign(found)

    def step(self):
        if self.consumer is None:
            self.enter()
        messages = [m for m in self.consumer.consume(100, 0.2) if not m.error()]
        self.note(self.group, messages)
        if messages and self.random.random() < 0.7:
            self.commit(messages)
        if time.monotonic() > self.until and not self.stays:
            self.consumer.close()
            self.consumer = None
            time.sleep(self.random.uniform(0, 1))

    def commit(self, messages):
        ends = {}
        for message in messages:
            ends[message.topic(), message.partition()] = message.offset() + 1
        numbers = {}
        for (topic, partition), offset in ends.items():
            numbers[topic, partition] = next(Member.commits)
            self.history.add("offset-committing", numbers[topic, partition], self.group, f"{topic}/{partition}", offset)
        try:
            done = self.consumer.commit(offsets=[TopicPartition(t, p, o) for (t, p), o in ends.items()], asynchronous=False)
        except KafkaException:
            return
        for place in done:
            if not place.error:
                self.history.add("offset-committed", numbers[place.topic, place.partition])

    def finish(self):
        if self.consumer is not None:
            self.consumer.close()
