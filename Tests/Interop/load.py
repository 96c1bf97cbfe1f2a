"""Idempotent producers that never stop, and the ledger of what the broker acknowledged."""
import json
import random
import threading
import time

from confluent_kafka import Producer


class LoadingProducer(threading.Thread):
    """One idempotent librdkafka producer with up to five requests in flight, numbering its records per partition.

    A record is `producer:partition:sequence:` and then noise. `acknowledged[partition][sequence]` is the offset
    the broker gave, or None where the client learned only that the record is there (a duplicate of a batch
    older than the broker remembers offsets for).
    """

    def __init__(self, number, address, topic, partitions, seed):
        super().__init__(daemon=True)
        self.number, self.topic, self.partitions = number, topic, partitions
        self.random = random.Random(f"{seed}/{number}")
        self.noise = self.random.randbytes(1 << 16)
        self.sent = [0] * partitions
        self.acknowledged = [dict() for _ in range(partitions)]
        self.errors = []
        self.requests_in_flight = 0
        self.statistics_at = 0.0
        self.stopping = threading.Event()
        self.paused = threading.Event()
        self.producer = Producer({
            "bootstrap.servers": address, "enable.idempotence": True, "acks": "all",
            "max.in.flight.requests.per.connection": 5, "linger.ms": 2, "batch.size": 65536,
            "compression.type": ["none", "lz4", "none", "zstd"][number % 4],
            "queue.buffering.max.messages": 4000, "delivery.timeout.ms": 600_000, "socket.timeout.ms": 10_000,
            "reconnect.backoff.ms": 10, "reconnect.backoff.max.ms": 100, "retry.backoff.ms": 20,
            "statistics.interval.ms": 20, "stats_cb": self.statistics, "error_cb": self.error,
            "log_level": 2,
        })

    def statistics(self, text):
        brokers = json.loads(text)["brokers"].values()
        self.requests_in_flight = sum(b["waitresp_cnt"] for b in brokers)
        self.statistics_at = time.monotonic()

    def error(self, error):
        if error.fatal():
            self.errors.append(f"producer {self.number}: fatal {error.str()}")

    def delivered(self, partition, sequence):
        def callback(error, message):
            if error:
                self.errors.append(f"producer {self.number}: record {partition}:{sequence} failed: {error.str()}")
            elif sequence in self.acknowledged[partition]:
                self.errors.append(f"producer {self.number}: record {partition}:{sequence} acknowledged twice")
            else:
                offset = message.offset()
                self.acknowledged[partition][sequence] = offset if offset >= 0 else None
        return callback

    def run(self):
        while not self.stopping.is_set():
            if self.paused.is_set():
                self.producer.poll(0.02)
                continue
            partition = self.random.randrange(self.partitions)
            for _ in range(self.random.randrange(1, 20)):
                sequence = self.sent[partition]
                start, size = self.random.randrange(1 << 15), self.random.randrange(2500)
                value = b"%d:%d:%d:" % (self.number, partition, sequence) + self.noise[start:start + size]
                try:
                    self.producer.produce(self.topic, value, partition=partition,
                                          on_delivery=self.delivered(partition, sequence))
                except BufferError:
                    break
                except Exception as error:
                    self.errors.append(f"producer {self.number}: {error}")
                    return
                self.sent[partition] += 1
            self.producer.poll(0.002)

    def outstanding(self):
        """Records handed to the client and not acknowledged."""
        return sum(self.sent) - sum(map(len, self.acknowledged))

    def finish(self):
        self.stopping.set()
        self.join()
        if self.producer.flush(120):
            self.errors.append(f"producer {self.number}: {len(self.producer)} records unacknowledged 120 s after the load")
