"""Concurrent producers, transactions, readers and groups on a broker that is killed and restarted; then the checker.

Groups and transactions take part where the broker advertises them.

history.py [SECONDS] [--seed N] [--runs N] [--keep FILE]: SECONDS of load a run (default 25), with `ok` or `FAIL` a line. A seed
gives the same choices to the clients and to the killer; when they meet is the machine's. --keep writes the history down.
"""
import argparse
import json
import random
import socket
import struct
import sys
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from broker import Broker
from history_check import RULES, check
from history_clients import PATIENCE, QUICK, AssignedReader, History, Member, PlainProducer, TransactionalProducer, everybody
from history_copier import Copier
from history_guests import Guest

PARTITIONS = 3
GROUPS = {"committed": True, "uncommitted": False}  # and whether they read committed records only
GUESTS = {"committed": "librdkafka", "uncommitted": "kafka-python"}  # the client that goes without a word
MEMBERS = 2  # that leave in order, of each group
TOPICS = {name: [f"{name}/{index}" for index in range(PARTITIONS)] for name in ("plain", "ledger", "copies")}


JOIN_GROUP, END_TRANSACTION = 11, 26
# Of a run's tally, what a run may be without.
MAY_BE_MISSING = {"unknown", "stops", "calls that never returned"}


def advertised(port):
    """The numbers of the APIs in an ApiVersions answer, version 0."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(struct.pack(">ihhih", 10, 18, 0, 1, -1))
        stream = connection.makefile("rb")
        answer = stream.read(struct.unpack(">i", stream.read(4))[0])
    return {struct.unpack_from(">h", answer, 10 + 6 * index)[0] for index in range(struct.unpack_from(">i", answer, 6)[0])}


class Run:
    """One broker, its clients, and what they saw."""

    def __init__(self, seed, seconds):
        self.seed, self.seconds = seed, seconds
        self.random = random.Random(f"{seed}/killer")
        self.history = History()
        self.broker = Broker("history", ["log.segment.bytes=1048576", "group.min.session.timeout.ms=1000", "group.initial.rebalance.delay.ms=100"]).start()
        self.apis = advertised(self.broker.port)
        self.kills = self.stops = 0
        self.copiers, self.guests = [], []

    def create_topics(self):
        admin = AdminClient({"bootstrap.servers": self.broker.address})
        for future in admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in TOPICS]).values():
            future.result(20)

    def clients(self):
        written = TOPICS["plain"] + TOPICS["ledger"]
        producers = [PlainProducer(self, f"plain{n}", TOPICS["plain"]) for n in range(2)]
        members = []
        if END_TRANSACTION in self.apis:
            producers += [TransactionalProducer(self, f"ledger{n}", TOPICS["ledger"]) for n in range(2)]
            self.copiers = [Copier(self, "copier", "ledger", TOPICS["copies"])]
        if JOIN_GROUP in self.apis:
            members = [Member(self, f"{group}{n}", group, ["plain", "ledger"], committed)
                       for group, committed in GROUPS.items() for n in range(MEMBERS)]
            self.guests = [Guest(self, f"{group}-guest", GUESTS[group], group, ["plain", "ledger"], committed)
                           for group, committed in GROUPS.items()]
        readers = [AssignedReader(self, "reader-committed", written + TOPICS["copies"], True),
                   AssignedReader(self, "reader-uncommitted", written + TOPICS["copies"], False)]
        return producers, members, readers

    def trouble(self):
        """Kills and stops the broker at random moments until the time is over."""
        end = time.monotonic() + self.seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, self.random.uniform(1, 5)))
            if self.random.random() < 0.7:
                self.broker.kill()
                self.kills += 1
            else:
                self.broker.stop()
                self.stops += 1
            time.sleep(self.random.choice([0, 0, 0.2, 1]))
            self.broker.start()

    def stop(self, clients):
        for client in clients:
            client.stopping.set()
        for client in clients:
            client.join(2 * PATIENCE)
            if client.is_alive():
                print(everybody(), file=sys.stderr)
                raise RuntimeError(f"{client.name} does not end; it stands in {client.standing()}")
            if client.failure:
                raise RuntimeError(client.failure)

    def drain(self, group, partitions, committed):
        """Waits until a group has read all there is: its last read of each partition lies at its end or before markers only."""
        scans = {p: records for p, records in self.scans[committed].items() if p in partitions}
        wanted = {(p, value) for p, records in scans.items() for _, value in records}
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            read = {(e[4], e[6]) for e in list(self.history.events) if e[0] == "read" and e[1] == group}
            if wanted <= read:
                return self.history.add("drained", group, partitions)
            time.sleep(0.2)
        raise RuntimeError(f"{group} has not read {len(wanted - read)} of {len(wanted)} records {PATIENCE} s after the last one was written")

    def see_only_members(self, members):
        """Waits until the groups are without those that went without a word."""
        admin = AdminClient({"bootstrap.servers": self.broker.address})
        deadline = time.monotonic() + PATIENCE
        while True:
            described = {group: future.result(20) for group, future in admin.describe_consumer_groups(list(GROUPS)).items()}
            counts = {group: len(each.members) for group, each in described.items()}
            if set(counts.values()) == {MEMBERS}:
                return
            if failed := [each.failure for each in members if each.failure]:
                raise RuntimeError(failed[0])
            if time.monotonic() > deadline:
                raise RuntimeError(f"{counts} members {PATIENCE} s after all but {MEMBERS} of each group were killed")
            time.sleep(0.2)

    def drain_copiers(self):
        """Waits until the copies of everything committed are there, or the copier has come to rest without."""
        sources = {value for records in self.scan(TOPICS["ledger"], True).values() for _, value in records}
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            copied = {value for records in self.scan(TOPICS["copies"], True).values() for _, value in records}
            made = {e[1]: e[2] for e in list(self.history.events) if e[0] == "copy"}
            if failed := [each.failure for each in self.copiers if each.failure]:
                raise RuntimeError(failed[0])
            if sources <= {made.get(value) for value in copied}:
                return
            time.sleep(0.5)
        standing = ", ".join(each.standing() for each in self.copiers)
        raise RuntimeError(f"the copier left records uncopied {PATIENCE} s after the last one was written; it stands in {standing}")

    def scan(self, partitions, committed):
        """Everything that is in partitions, by partition."""
        consumer = Consumer({
            "bootstrap.servers": self.broker.address, "group.id": "nobody", "enable.partition.eof": True, "enable.auto.commit": False,
            "isolation.level": "read_committed" if committed else "read_uncommitted", **QUICK})
        places = [p.rsplit("/", 1) for p in partitions]
        consumer.assign([TopicPartition(topic, int(index), OFFSET_BEGINNING) for topic, index in places])
        records, left, deadline = {p: [] for p in partitions}, set(partitions), time.monotonic() + PATIENCE
        while left:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{left} do not end")
            for message in consumer.consume(500, 0.1):
                partition = f"{message.topic()}/{message.partition()}"
                if message.error():
                    if message.error().code() == KafkaError._PARTITION_EOF:
                        left.discard(partition)
                else:
                    records[partition].append((message.offset(), message.value().decode("utf-8", "replace")))
        consumer.close()
        return records

    def play(self):
        self.create_topics()
        producers, members, readers = self.clients()
        for client in (*producers, *self.copiers, *members, *self.guests, *readers):
            client.start()
        self.trouble()
        self.stop(producers)
        if self.copiers:
            self.drain_copiers()
        self.stop(self.copiers)
        self.stop(readers)
        everything = [partition for partitions in TOPICS.values() for partition in partitions]
        self.scans = {committed: self.scan(everything, committed) for committed in (False, True)}
        for committed, scans in self.scans.items():
            for partition, records in scans.items():
                self.history.add("scan", committed, partition, records)
        for member in members:
            member.stays = True
        self.stop(self.guests)
        for group, committed in GROUPS.items() if members else ():
            self.drain(group, TOPICS["plain"] + TOPICS["ledger"], committed)
        if self.guests:
            self.see_only_members(members)
        self.stop(members)
        if self.copiers:
            self.history.add("copied", TOPICS["ledger"])

    def tally(self):
        """What the run consisted of; a run in which something never happened has shown nothing of it."""
        events = self.history.events
        outcomes = [e[3] for e in events if e[0] == "end"]
        tally = {"acknowledged": sum(e[0] == "ack" for e in events), "reads": sum(e[0] == "read" for e in events),
                 "kills": self.kills, "stops": self.stops}
        if END_TRANSACTION in self.apis:
            tally |= {"committed": outcomes.count("commit"), "aborted": outcomes.count("abort"), "unknown": outcomes.count("unknown"),
                      "copies": sum(e[0] == "copy" for e in events), "calls that never returned": sum(each.abandoned for each in self.copiers)}
        if JOIN_GROUP in self.apis:
            tally |= {"offset commits": sum(e[0] == "offset-committed" for e in events),
                      "assignments": sum(e[0] == "offset-start" for e in events),
                      "members killed": sum(each.kills for each in self.guests), "members frozen": sum(each.freezes for each in self.guests)}
        return tally


def play(seed, seconds, keep):
    run = Run(seed, seconds)
    try:
        run.play()
        tally = run.tally()
        said = check(run.history.events)
        never = [what for what, count in tally.items() if count == 0 and what not in MAY_BE_MISSING]
        said += [f"the run had no {what}" for what in never]
    except Exception as error:
        tally, said = run.tally(), [f"{type(error).__name__}: {error}"]
        print(run.broker.log_tail(), file=sys.stderr)
    finally:
        for guest in run.guests:
            guest.abandon()
        if keep:
            with open(keep, "w") as file:
                json.dump(run.history.events, file)
        run.broker.remove()
    print(f"seed {seed}: " + ", ".join(f"{count} {what}" for what, count in tally.items()), flush=True)
    return said


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("seconds", nargs="?", type=float, default=25)
    arguments.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    arguments.add_argument("--runs", type=int, default=1)
    arguments.add_argument("--keep")
    options = arguments.parse_args()
    failed = 0
    for seed in range(options.seed, options.seed + options.runs):
        began = time.monotonic()
        said = play(seed, options.seconds, options.keep)
        for rule in RULES:
            broken = [line for line in said if line.startswith(rule.__name__ + ":")]
            failed += bool(broken)
            print(f"FAIL history seed {seed} {rule.__name__}" if broken else f"ok history seed {seed} {rule.__name__}")
            print("".join(f"    {line}\n" for line in broken), end="")
        for line in said:
            if line.split(":")[0] not in {rule.__name__ for rule in RULES}:
                failed += 1
                print(f"FAIL history seed {seed}: {line}")
        print(f"seed {seed} took {time.monotonic() - began:.1f} s", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
