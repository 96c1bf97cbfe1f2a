"""The client of a history run that reads committed records and writes copies of them, exactly once."""
import threading
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from history_clients import PATIENCE, QUICK, TransactionalProducer

# Seconds for a call that is told to take ten at most.
OVERDUE = 20


class Copier(TransactionalProducer):
    """Reads committed records, writes a copy of each and commits its offsets, all in one transaction."""

    # When its only broker is gone librdkafka 2.16 forgets it but in its cache of group coordinators, and waits there for ever
    # for a broker that no thread connects to (FINDINGS.md). Without this in most runs, with it in none that was seen.
    more = {"metadata.recovery.strategy": "none"}

    def __init__(self, run, name, topic, partitions):
        super().__init__(run, name, partitions)
        self.group = f"{name}-group"
        self.abandoned = 0
        self.consumer = Consumer({
            "bootstrap.servers": self.address, "group.id": self.group, "enable.auto.commit": False, "isolation.level": "read_committed",
            "auto.offset.reset": "earliest", "session.timeout.ms": 6_000, "topic.metadata.refresh.interval.ms": 5_000, **QUICK})
        self.consumer.subscribe([topic])

    def step(self):
        batch = [m for m in self.consumer.consume(50, 0.2) if not m.error()]
        if not batch:
            return
        self.ready()
        self.transaction += 1
        transaction, is_committed = str(self.transaction), False
        try:
            self.producer.begin_transaction()
            for message in batch:
                self.send(self.random.choice(self.partitions), transaction, message.value().decode())
                self.producer.poll(0)
            if self.producer.flush(PATIENCE):
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
            positions = [place for place in self.consumer.position(self.consumer.assignment()) if place.offset >= 0]
            self.send_offsets(positions)
            is_committed = self.commit(transaction)
        except KafkaException as error:
            if self.is_dead(error.args[0]):
                self.drop()
            else:
                self.abort(transaction)
        if not is_committed:
            self.rewind()

    def send_offsets(self, positions):
        """Of librdkafka this call may never return, whatever its timeout says (FINDINGS.md). Then it and its producer are left
        where they are, like an application that is stuck; the next producer has the same transactional id and fences it."""
        outcome, producer, member = [], self.producer, self.consumer.consumer_group_metadata()

        def call():
            try:
                outcome.append(producer.send_offsets_to_transaction(positions, member, 10))
            except Exception as error:  # raised below, where it belongs
                outcome.append(error)
        waiting = threading.Thread(target=call, daemon=True)
        waiting.start()
        waiting.join(OVERDUE)
        if waiting.is_alive():
            self.abandoned += 1
            raise KafkaException(KafkaError(KafkaError._FATAL))
        if outcome[0] is not None:
            # Out of the list: an error that lies in what its own traceback knows keeps the producer until some thread's collection
            # of garbage, and it is that thread which then waits until librdkafka has ended it.
            raise outcome.pop()

    def rewind(self):
        """Back to what is committed: the copies of what was read since have been aborted."""
        self.ready()
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                for place in self.consumer.committed(self.consumer.assignment(), 5):
                    self.consumer.seek(TopicPartition(place.topic, place.partition, place.offset if place.offset >= 0 else OFFSET_BEGINNING))
                return
            except KafkaException:
                time.sleep(0.1)

    def finish(self):
        super().finish()
        self.consumer.close()
