#!/usr/bin/env python3
"""Writes captures.txt: frames that unmodified clients sent, and that a broker which is not ours answered. See README.md.

Usage: capture.py > captures.txt, in the tests' virtual environment, with SARAMA naming the program that Scripts/sarama builds.
A line reads
    <writer> <API> <version> request|response <hex of the whole frame, length included>
Of each writer, API, version and direction there are the smallest and the largest frame of up to 4 KiB. Requests are what the
clients sent to tidemarkd and to librdkafka's mock cluster; responses are the mock cluster's alone, since tidemarkd's would be
our own encoder's. Only the APIs and versions of frames.txt are kept. A second run writes other correlation ids, times, member
ids and salts; the tests ask for none of them.
"""
import contextlib
import os
import subprocess
import sys

import confluent_kafka

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "Interop"))

import broker as running  # noqa: E402
from broker import Broker, free_port  # noqa: E402
from capturing import MECHANISMS, PARTITIONS, PASSWORD, USER, aio, confluent, kafka_python, kcat, sarama  # noqa: E402
from capturing.proxy import Captures, Proxy  # noqa: E402

API_VERSIONS, SYNC_GROUP = 18, 14
SETTINGS = [
    f"sasl.enabled.mechanisms={','.join(MECHANISMS)}", "authorizer.class.name=acl", f"super.users=User:ANONYMOUS;User:{USER}",
    "auto.create.topics.enable=true", f"num.partitions={PARTITIONS}", "group.initial.rebalance.delay.ms=0",
    "offsets.topic.num.partitions=1", "transaction.state.log.num.partitions=1"]


def known_names():
    """Each API's name in frames.txt by its key and version."""
    names = {}
    with open(os.path.join(HERE, "frames.txt")) as file:
        for line in file:
            name, version, direction, _, digits = line.split()
            if direction == "request":
                names[int(digits[8:12], 16), int(version)] = name
    return names


@contextlib.contextmanager
def tidemarkd(heard):
    """A broker of ours behind two proxies, to which its answers lead back: the addresses of the open one and of SASL's."""
    sasl = f"127.0.0.1:{free_port()}"
    broker = Broker("capture", SETTINGS, ["--listen", f"{sasl},security=sasl"])
    proxies = [Proxy(broker.address, heard), Proxy(sasl, heard)]
    broker.settings.append(f"advertised.listeners={','.join(proxy.address for proxy in proxies)}")
    for mechanism in MECHANISMS[1:]:
        subprocess.run([running.PROGRAM, "credentials", "add", "--data-dir", broker.data, "--user", USER, "--mechanism", mechanism],
                       input=PASSWORD + "\n", text=True, check=True, capture_output=True, timeout=30)
    try:
        broker.start()
        yield [proxy.address for proxy in proxies]
    except Exception:
        print(broker.log_tail(), file=sys.stderr)
        raise
    finally:
        for proxy in proxies:
            proxy.close()
        broker.remove()


@contextlib.contextmanager
def mock_cluster(heard):
    """librdkafka's mock of one broker behind a proxy; it lives as long as the client that has it."""
    owner = confluent_kafka.Producer({"bootstrap.servers": "", "test.mock.num.brokers": 1, "log_level": 0})
    broker, = owner.list_topics(timeout=10).brokers.values()
    proxy = Proxy(f"{broker.host}:{broker.port}", heard, leads_back=True)
    try:
        yield proxy.address
    finally:
        proxy.close()
        del owner


def is_kafkas(key, answer):
    """Whether an answer of the mock cluster follows Kafka's schemas. Two kinds don't: ApiVersions' to a version that is unknown
    there, which should look like version 0, and SyncGroup's errors, with an assignment that is null."""
    at = {API_VERSIONS: 8, SYNC_GROUP: 12}.get(key)
    return at is None or answer[at:at + 2] == b"\0\0"


def run(label, task, address):
    print(f"{label}: {task.__module__.split('.')[-1]} {task.__name__}", file=sys.stderr, flush=True)
    task(address)


def main():
    captures = Captures(known_names())
    mock = f"librdkafka-mock-{confluent_kafka.libversion()[0]}"
    for client in (kcat, confluent, kafka_python, aio, sarama):
        label = client.label()

        def sent(key, version, direction, frame, label=label):
            if direction == "request":
                captures.add(label, key, version, direction, frame)

        def exchanged(key, version, direction, frame, label=label):
            if direction == "request" or is_kafkas(key, frame):
                captures.add(label if direction == "request" else mock, key, version, direction, frame)

        with tidemarkd(sent) as (address, sasl):
            for task in client.TASKS:
                run(label, task, address)
            run(label, client.sasl, sasl)
        if client.MOCK_TASKS:
            with mock_cluster(exchanged) as address:
                for task in client.MOCK_TASKS:
                    run(f"{label} at {mock}", task, address)
    for line in captures.lines():
        print(line)


if __name__ == "__main__":
    main()
