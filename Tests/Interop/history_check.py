"""What a history of concurrent clients may look like: events in, violations out. Pure: no clock, no broker, no files.

A record's value says who sent it: `producer|transaction|partition|number`; without a transaction that field is empty. A
partition is `topic/number`. Events, in the order in which they became known:

    ("send", value)                                    about to be handed to the client
    ("ack", value, offset)                             the broker acknowledged it
    ("committing", producer, transaction)              its commit is about to be asked for
    ("end", producer, transaction, outcome)            commit, abort or unknown
    ("copy", value, source)                            value is sent as the copy of another record
    ("read", reader, session, committed, partition, offset, value)
    ("scan", committed, partition, [(offset, value)])  the whole partition at the end
    ("offset-committing", id, group, partition, offset), ("offset-committed", id)
    ("offset-asking", group, partition), ("offset-start", group, partition, offset or None)
    ("drained", group, [partition])                    nothing of these is left to read
    ("copied", [partition])                            every record of these has its copy
"""
from collections import defaultdict
from typing import NamedTuple

SHOWN = 5  # violations of one rule that are named; the others are counted


class Value(NamedTuple):
    producer: str
    transaction: str
    partition: str
    number: int


def text(producer, transaction, partition, number):
    return f"{producer}|{transaction}|{partition}|{number}"


def parsed(value):
    """None for what no producer of ours wrote."""
    fields = value.split("|")
    return Value(*fields[:3], int(fields[3])) if len(fields) == 4 and fields[3].isdigit() else None


class Book:
    """The events by what they are about."""

    def __init__(self, history):
        self.history = history
        self.sent, self.acknowledged, self.outcomes, self.asked = set(), {}, {}, set()
        self.sources = {}
        # (reader, session, committed, partition) -> [(offset, value)]
        self.sessions = defaultdict(list)
        self.scans = {True: {}, False: {}}
        for event in history:
            kind = event[0]
            if kind == "send":
                self.sent.add(event[1])
            elif kind == "ack":
                self.acknowledged[event[1]] = event[2]
            elif kind == "committing":
                self.asked.add(event[1:3])
            elif kind == "end":
                self.outcomes[event[1:3]] = event[3]
            elif kind == "copy":
                self.sources[event[1]] = event[2]
            elif kind == "read":
                _, reader, session, committed, partition, offset, value = event
                self.sessions[reader, session, committed, partition].append((offset, value))
            elif kind == "scan":
                self.scans[event[1]][event[2]] = event[3]

    def fate(self, value):
        """commit, abort or unknown: what became of the record if it was acknowledged."""
        who = parsed(value)
        if not who or not who.transaction:
            return "commit"
        return self.transaction_fate((who.producer, who.transaction))

    def transaction_fate(self, transaction):
        outcome = self.outcomes.get(transaction, "unknown")
        # A commit that was never asked for can't have happened, whatever else is not known.
        return "abort" if outcome == "unknown" and transaction not in self.asked else outcome

    def everything_read(self):
        """(where, partition, offset, value) of sessions and scans."""
        for (reader, session, _, partition), records in self.sessions.items():
            for offset, value in records:
                yield f"{reader}/{session}", partition, offset, value
        for committed, scans in self.scans.items():
            for partition, records in scans.items():
                for offset, value in records:
                    yield f"the {'committed' if committed else 'uncommitted'} scan", partition, offset, value

    def committed_values(self):
        return {value for records in self.scans[True].values() for _, value in records}


def phantom(book):
    for where, partition, offset, value in book.everything_read():
        if value not in book.sent:
            yield f"{where} read {value!r} at {partition} {offset}, which nobody sent"
        elif parsed(value).partition != partition:
            yield f"{where} read {value} in {partition} at {offset}"


def one_value_per_offset(book):
    values, offsets = {}, {}
    found = [("the producer", parsed(v).partition, offset, v) for v, offset in book.acknowledged.items() if offset is not None]
    for where, partition, offset, value in [*found, *book.everything_read()]:
        first = values.setdefault((partition, offset), (value, where))
        if first[0] != value:
            yield f"{partition} {offset} is {first[0]} for {first[1]} and {value} for {where}"
        place = offsets.setdefault(value, (partition, offset, where))
        if place[:2] != (partition, offset):
            yield f"{value} stands at {place[0]} {place[1]} for {place[2]} and at {partition} {offset} for {where}"


def aborted_read(book):
    for (reader, session, committed, partition), records in book.sessions.items():
        for offset, value in records if committed else []:
            if book.fate(value) == "abort":
                yield f"{reader}/{session} read {value} of an aborted transaction at {partition} {offset}"
    for partition, records in book.scans[True].items():
        for offset, value in records:
            if book.fate(value) == "abort":
                yield f"the committed scan has {value} of an aborted transaction at {partition} {offset}"


def lost(book):
    """Every acknowledged record can be read; one of an aborted or unknown transaction by who reads everything."""
    there = {committed: {v for records in scans.values() for _, v in records} for committed, scans in book.scans.items()}
    for value, offset in book.acknowledged.items():
        partition = parsed(value).partition
        if partition in book.scans[False] and value not in there[False]:
            yield f"{value}, acknowledged at {partition} {offset}, is not in the log"
        elif partition in book.scans[True] and book.fate(value) == "commit" and value not in there[True]:
            yield f"{value}, acknowledged at {partition} {offset} and committed, is not in the committed scan"


def reordered(book):
    scans = {("scan", c, c, p): records for c, scans in book.scans.items() for p, records in scans.items()}
    for (reader, session, _, partition), records in {**book.sessions, **scans}.items():
        last, numbers = -1, {}
        for offset, value in records:
            if offset <= last:
                yield f"{reader}/{session} read {partition} {offset} after {last}"
            last = offset
            who = parsed(value)
            if who and who.number <= numbers.get(who.producer, -1):
                yield f"{reader}/{session} read {value} at {partition} {offset} after number {numbers[who.producer]} of the same producer"
            if who:
                numbers[who.producer] = who.number


def skipped(book):
    """Between the first and the last record that a session read of a partition, it read all there are."""
    for (reader, session, committed, partition), records in book.sessions.items():
        scan = book.scans[committed].get(partition)
        if scan is None:
            continue
        seen = {offset for offset, _ in records}
        first, last = min(seen), max(seen)
        for offset, value in scan:
            if first < offset < last and offset not in seen:
                yield f"{reader}/{session} passed over {value} at {partition} {offset}"


def torn(book):
    """Of a transaction, all that was acknowledged is committed, or nothing."""
    there = book.committed_values()
    acknowledged = defaultdict(list)
    for value in book.acknowledged:
        who = parsed(value)
        if who.transaction and who.partition in book.scans[True]:
            acknowledged[who.producer, who.transaction].append(value)
    for transaction, values in acknowledged.items():
        seen = sum(value in there for value in values)
        fate = book.transaction_fate(transaction)
        if 0 < seen < len(values) or (fate == "commit" and seen == 0):
            partitions = sorted({parsed(v).partition for v in values if v not in there})
            yield f"{fate} transaction {'|'.join(transaction)}: {seen} of {len(values)} records are committed; missing in {', '.join(partitions)}"


def group_went_back(book):
    """A commit that began after another had succeeded doesn't lower it, and who takes over begins at the last commit."""
    last = defaultdict(lambda: -1)  # acknowledged, by group and partition
    highest = defaultdict(lambda: -1)  # attempted
    attempts, floors = {}, {}
    for event in book.history:
        if event[0] == "offset-committing":
            _, number, group, partition, offset = event
            attempts[number] = (group, partition, offset, last[group, partition])
            highest[group, partition] = max(highest[group, partition], offset)
        elif event[0] == "offset-committed":
            group, partition, offset, floor = attempts[event[1]]
            if offset < floor:
                yield f"{group} committed {offset} of {partition} after {floor} had been committed"
            last[group, partition] = max(last[group, partition], offset)
        elif event[0] == "offset-asking":
            floors[event[1:3]] = last[event[1:3]]
        elif event[0] == "offset-start":
            _, group, partition, offset = event
            at, floor, most = -1 if offset is None else offset, floors[group, partition], highest[group, partition]
            if at < floor:
                yield f"a member of {group} began {partition} at {offset} although {floor} was committed"
            elif at > most:
                yield f"a member of {group} began {partition} at {offset}; nobody committed more than {most}"


def unread(book):
    """A group that has nothing left to read has read every record there is."""
    reads = defaultdict(set)
    isolation = {}
    for (reader, _, committed, partition), records in book.sessions.items():
        reads[reader, partition] |= {value for _, value in records}
        isolation[reader] = committed
    for event in book.history:
        if event[0] == "drained":
            _, group, partitions = event
            for partition in partitions:
                for offset, value in book.scans[isolation.get(group, True)].get(partition, []):
                    if value not in reads[group, partition]:
                        yield f"{group} never read {value} at {partition} {offset}"


def copied_once(book):
    """Reading, copying and committing in one transaction: each committed record has exactly one committed copy."""
    copies = defaultdict(int)
    for value in book.committed_values():
        if value in book.sources:
            copies[book.sources[value]] += 1
    for event in book.history:
        if event[0] == "copied":
            for partition in event[1]:
                for offset, value in book.scans[True].get(partition, []):
                    if copies[value] != 1:
                        yield f"{value} at {partition} {offset} has {copies[value]} copies"


RULES = [phantom, one_value_per_offset, aborted_read, lost, reordered, skipped, torn, group_went_back, unread, copied_once]


def check(history):
    """What is wrong with a history, `rule: what` each, the rules in order; empty where nothing is."""
    book = Book(history)
    said = []
    for rule in RULES:
        found = [f"{rule.__name__}: {violation}" for violation in rule(book)]
        said += found[:SHOWN] + ([f"{rule.__name__}: and {len(found) - SHOWN} more"] if len(found) > SHOWN else [])
    return said
