"""Members of groups in processes of their own, librdkafka's and kafka-python's, which leave without a word: killed, or frozen for
longer than their session and then woken, when they go on as if they were members still.

Run as a program it is such a process: history_guests.py KIND JSON. It writes an event a line and does what is next only when told that
those are in the history which others' events must be compared with.
"""
import itertools
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

from kafka import ConsumerRebalanceListener, KafkaConsumer
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from history_clients import PATIENCE, SESSION_MS, Client, Member, Reading

# Whose place among the others' events matters: what had been committed when a commit or a look-up began.
ORDERED = {"offset-committing", "offset-asking"}


class Guest(Client):
    """Starts such a process, takes its events into the history, and ends or freezes it at random moments; at its end it kills one
    that has partitions, so that the others get those only by the end of its session."""

    lives = itertools.count(1)

    def __init__(self, run, name, kind, group, topics, committed):
        super().__init__(run, name)
        self.kind, self.directory = kind, run.broker.directory
        self.who = {"group": group, "topics": topics, "committed": committed, "address": self.address, "seed": run.seed}
        self.process = None
        self.kills = self.freezes = 0

    def enter(self):
        life = f"{self.name}.{next(Guest.lives)}"
        self.log = os.path.join(self.directory, f"{life}.log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([sys.executable, __file__, self.kind, json.dumps({"name": life, **self.who})],
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
        self.is_assigned = False
        self.forwarding = threading.Thread(target=self.forward, args=(self.process,), daemon=True)
        self.forwarding.start()
        self.until = time.monotonic() + self.random.uniform(2, 5)

    def forward(self, process):
        for line in process.stdout:
            if not line.endswith(b"\n"):
                return  # killed in the middle of it
            event = json.loads(line)
            self.is_assigned = self.is_assigned or event[0] == "offset-start"
            self.history.add(*event)
            if event[0] in ORDERED:
                try:
                    process.stdin.write(b"told\n")
                    process.stdin.flush()
                except BrokenPipeError:
                    pass  # killed while it waited

    def step(self):
        if self.process is None:
            self.enter()
        time.sleep(0.05)
        self.must_run()
        if time.monotonic() < self.until:
            return
        # The first two are in every history.
        if not self.freezes:
            self.freeze()
        elif not self.kills:
            self.kill()
        else:
            self.random.choice([self.freeze, self.freeze, self.kill, self.kill, self.leave])()

    def must_run(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"its process ended with {self.process.returncode}: {self.said()}")

    def said(self):
        with open(self.log, errors="replace") as log:
            return log.read()[-600:]

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(self.random.uniform(1.2, 2.2) * SESSION_MS / 1000)
        self.process.send_signal(signal.SIGCONT)
        self.freezes += 1
        self.until = time.monotonic() + self.random.uniform(1, 4)

    def kill(self):
        self.process.kill()
        self.kills += 1
        self.gone()

    def leave(self):
        try:
            self.process.stdin.write(b"leave\n")
            self.process.stdin.flush()
            code = self.process.wait(PATIENCE)
        except BrokenPipeError:
            code = f"{self.process.wait(PATIENCE)} before it was asked to leave"
        except subprocess.TimeoutExpired:
            code = f"nothing, {PATIENCE} s after it was asked to leave"
        if code != 0:
            raise RuntimeError(f"its process ended with {code}: {self.said()}")
        self.gone()

    def gone(self):
        self.process.wait()
        self.forwarding.join()
        self.process.stdin.close()
        self.process.stdout.close()
        self.process = None

    def abandon(self):
        """For a run that failed: a frozen process would stay for ever."""
        self.stopping.set()
        process = self.process
        if process is not None:
            process.kill()

    def finish(self):
        if self.process is None:
            self.enter()
        deadline = time.monotonic() + PATIENCE
        while not self.is_assigned:
            self.must_run()
            if time.monotonic() > deadline:
                raise RuntimeError(f"it was given no partitions in {PATIENCE} s: {self.said()}")
            time.sleep(0.02)
        self.kill()


class Told:
    """The history as the process sees it."""

    def __init__(self):
        self.input = open(0, "rb", buffering=0)
        self.is_leaving = False

    def add(self, *event):
        sys.stdout.write(json.dumps(event) + "\n")
        if event[0] in ORDERED:
            sys.stdout.flush()
            while self.heard() != b"told\n":
                pass

    def heard(self):
        line = self.input.readline()
        if not line:
            os._exit(1)  # nobody is there any more
        self.is_leaving = self.is_leaving or line == b"leave\n"
        return line

    def must_leave(self):
        sys.stdout.flush()
        while not self.is_leaving and select.select([self.input], [], [], 0)[0]:
            self.heard()
        return self.is_leaving


class PythonMember(Member):
    """kafka-python's. Where it begins is looked up here and not by the client, which may go on where it was before others had the
    partition (FINDINGS.md); what it gives until then is not taken for read."""

    def enter(self):
        deadline = time.monotonic() + PATIENCE
        while self.consumer is None:
            try:
                self.consumer = KafkaConsumer(
                    bootstrap_servers=self.address, group_id=self.group, enable_auto_commit=False, auto_offset_reset="earliest",
                    isolation_level="read_committed" if self.committed else "read_uncommitted", session_timeout_ms=SESSION_MS,
                    heartbeat_interval_ms=SESSION_MS // 5, fetch_max_wait_ms=100, reconnect_backoff_ms=10, reconnect_backoff_max_ms=200,
                    request_timeout_ms=5_000, metadata_max_age_ms=5_000)
            except KafkaError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        self.places = None  # those it has since they were last looked up
        self.consumer.subscribe(self.topics, listener=Assigned(self))
        self.until = float("inf")

    def step(self):
        if self.consumer is None:
            self.enter()
        try:
            found = self.consumer.poll(timeout_ms=200, max_records=100)
            if self.places is not None:
                return self.place()
        except KafkaError as error:
            print(f"poll: {error!r}", file=sys.stderr)
            return time.sleep(0.05)
        ends = {}
        for place, records in found.items():
            partition = f"{place.topic}/{place.partition}"
            for record in records:
                self.history.add("read", self.group, self.session[partition], self.committed, partition, record.offset,
                                 record.value.decode("utf-8", "replace"))
            ends[place] = records[-1].offset + 1
        if ends and self.random.random() < 0.7:
            self.commit(ends)

    def place(self):
        session = next(Reading.sessions)
        places = self.places
        for place in places:
            self.history.add("offset-asking", self.group, f"{place.topic}/{place.partition}")
        for place in places:
            partition, offset = f"{place.topic}/{place.partition}", self.consumer.committed(place, timeout_ms=5_000)
            self.session[partition] = session
            self.history.add("offset-start", self.group, partition, offset)
            if offset is None:
                self.consumer.seek_to_beginning(place)
            else:
                self.consumer.seek(place, offset)
        self.places = None

    def commit(self, ends):
        numbers = []
        for place, offset in ends.items():
            numbers.append(next(Member.commits))
            self.history.add("offset-committing", numbers[-1], self.group, f"{place.topic}/{place.partition}", offset)
        try:
            self.consumer.commit({place: OffsetAndMetadata(offset, "", -1) for place, offset in ends.items()}, timeout_ms=5_000)
        except KafkaError as error:
            return print(f"commit: {error!r}", file=sys.stderr)
        for number in numbers:
            self.history.add("offset-committed", number)


class Assigned(ConsumerRebalanceListener):
    def __init__(self, member):
        self.member = member

    def on_partitions_assigned(self, partitions):
        self.member.places = list(partitions)

    def on_partitions_revoked(self, partitions):
        pass


KINDS = {"librdkafka": Member, "kafka-python": PythonMember}


def main():
    kind, who = sys.argv[1], json.loads(sys.argv[2])
    # Numbers that no other process gives.
    Reading.sessions = (f"{who['name']}.{number}" for number in itertools.count(1))
    Member.commits = (f"{who['name']}.{number}" for number in itertools.count(1))
    told = Told()
    run = SimpleNamespace(history=told, broker=SimpleNamespace(address=who["address"]), seed=who["seed"])
    member = KINDS[kind](run, who["name"], who["group"], who["topics"], who["committed"])
    member.stays = True
    while not told.must_leave():
        member.step()
    member.finish()
    sys.stdout.flush()


if __name__ == "__main__":
    main()
