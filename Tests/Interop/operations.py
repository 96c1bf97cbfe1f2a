"""Those who run a broker, against tidemarkd: Prometheus, supervisors, systemd. One line a test: `ok NAME` or `FAIL NAME: why`."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.error
import urllib.request

from confluent_kafka import Consumer, Producer, TopicPartition
from prometheus_client.parser import text_string_to_metric_families

from broker import PROGRAM, ROOT, Broker, free_port

PROMTOOL = os.environ.get("PROMTOOL", os.path.join(ROOT, ".build/promtool/promtool"))
UNIT = os.path.join(ROOT, "Scripts/tidemarkd.service")


class Watched(Broker):
    """A broker with an endpoint, and a configuration file that may change."""

    def __init__(self, name, settings=()):
        super().__init__(name, settings)
        self.metrics = free_port()
        self.configuration = os.path.join(self.directory, "tidemarkd.conf")
        self.arguments = ["--metrics-listen", str(self.metrics), "--log-format", "json", "--config", self.configuration]
        self.configure("# nothing yet\n")

    def configure(self, text):
        with open(self.configuration, "w") as file:
            file.write(text)

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def samples(self):
        status, text = self.get("/metrics")
        assert status == 200, (status, text)
        return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value
                for family in text_string_to_metric_families(text) for sample in family.samples}

    def value(self, name, **labels):
        return self.samples().get((name, tuple(sorted(labels.items()))))

    def logged(self):
        with open(self.log_path) as log:
            return [json.loads(line) for line in log if line.strip()]

    def until_logged(self, word, seconds=10):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = [line for line in self.logged() if word in line["message"]]
            if found:
                return found
            time.sleep(0.02)
        raise AssertionError(f"{word!r} is not logged: {self.log_tail()}")


def load(broker, topic, records):
    producer = Producer({"bootstrap.servers": broker.address, "linger.ms": 20})
    for number in range(records):
        producer.produce(topic, b"x" * 500, str(number).encode(), partition=0)
    assert producer.flush(30) == 0
    consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "none", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, 0, 0)])
    seen = 0
    deadline = time.monotonic() + 30
    while seen < records and time.monotonic() < deadline:
        seen += sum(message.error() is None for message in consumer.consume(1000, 1))
    consumer.close()
    assert seen == records, seen


def metrics_are_what_clients_did():
    broker = Watched("metrics", ["log.flush.interval.messages=1", "residency.sample.interval=1"]).start()
    try:
        load(broker, "loaded", 5_000)
        status, text = broker.get("/metrics")
        assert status == 200
        checked = subprocess.run([PROMTOOL, "check", "metrics"], input=text, capture_output=True, text=True)
        assert checked.returncode == 0 and not checked.stderr.strip(), checked.stderr
        samples = broker.samples()

        def value(name, **labels):
            return samples.get((name, tuple(sorted(labels.items()))))

        assert value("tidemark_produced_records_total") == 5_000
        assert value("tidemark_log_end_offset", topic="loaded", partition="0") == 5_000
        size = value("tidemark_log_size_bytes", topic="loaded", partition="0")
        assert 2_500_000 < size == value("tidemark_log_append_bytes_total"), size
        sent = sum(value("tidemark_fetch_sent_bytes_total", path=path) for path in ("splice", "sendfile", "copy"))
        assert sent >= size, (sent, size)
        assert value("tidemark_network_received_bytes_total") > size
        requests = value("tidemark_requests_total", api="Produce")
        assert requests > 0 and requests == value("tidemark_request_duration_seconds_count", api="Produce")
        assert value("tidemark_request_duration_seconds_bucket", api="Produce", le="+Inf") == requests
        assert value("tidemark_flush_duration_seconds_count") > 0
        assert value("tidemark_page_cache_hit_bytes_total") > 0
        assert value("process_resident_memory_bytes") > 1 << 20 and value("process_open_fds") > 5
    finally:
        broker.stop()
        broker.remove()


def every_log_line_is_json_with_its_fields():
    broker = Watched("json").start()
    try:
        with socket.create_connection(("127.0.0.1", broker.port)) as peer:
            peer.sendall(b"GET / HTTP/1.1\r\n\r\n\0\n\"")
            assert peer.recv(1) == b""
        line = broker.until_logged("a frame of")[0]
        assert line["level"] == "warning" and line["fields"]["kind"] == "badFrame", line
        assert re.fullmatch(r"127\.0\.0\.1:\d+", line["fields"]["peer"]), line
        assert line["logger"] == "tidemarkd" and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"]), line
    finally:
        broker.stop()
        assert broker.logged()[-1]["message"] == "shut down cleanly"
        broker.remove()


def health_names_a_dead_directory():
    broker = Watched("health")
    second = os.path.join(broker.directory, "second")
    broker.arguments += ["--data-dir", second]
    broker.start()
    try:
        assert broker.get("/healthz") == (200, "ok\n")
        broker.stop()
        shutil.rmtree(second)
        with open(second, "w") as file:
            file.write("no directory")
        broker.start()
        status, text = broker.get("/healthz")
        assert status == 503 and text.startswith(f"data directory out of service: {second}: "), (status, text)
        assert broker.value("tidemark_data_directory_up", directory=second) == 0
        assert broker.value("tidemark_data_directory_up", directory=broker.data) == 1
    finally:
        broker.stop()
        broker.remove()


def hangup_applies_what_may_change_and_names_the_rest():
    broker = Watched("hangup").start()
    try:
        broker.configure("num.partitions=5\nlogger.level=debug\nlog.segment.bytes=1MiB\nmessage.max.bytes=2MiB\n")
        broker.process.send_signal(signal.SIGHUP)
        waiting = broker.until_logged("unchanged until the next start")[0]
        assert waiting["fields"]["awaiting_restart"] == ["log.segment.bytes", "message.max.bytes"], waiting
        applied = broker.until_logged("in force now")[0]
        assert applied["fields"]["applied"] == ["logger.level", "num.partitions"], applied
        producer = Producer({"bootstrap.servers": broker.address})
        producer.produce("made", b"x")
        assert producer.flush(30) == 0
        assert len(producer.list_topics("made", 10).topics["made"].partitions) == 5
        broker.configure("num.partitions=7\nnum.partitons=8\n")
        broker.process.send_signal(signal.SIGHUP)
        wrong = broker.until_logged("nothing is changed")[0]
        assert wrong["level"] == "error" and ":2: unknown key" in wrong["message"] and "num.partitions?" in wrong["message"], wrong
        assert broker.value("tidemark_configuration_reloads_total", result="applied") == 1
        assert broker.value("tidemark_configuration_reloads_total", result="rejected") == 1
        producer.produce("later", b"x")
        assert producer.flush(30) == 0
        assert len(producer.list_topics("later", 10).topics["later"].partitions) == 5
    finally:
        broker.stop()
        broker.remove()


def told(listener, word, seconds=20):
    """The first notification with `word` in it."""
    listener.settimeout(seconds)
    while True:
        lines = listener.recv(4096).decode().split("\n")
        if word in lines:
            return lines


def notifies(address, listener):
    broker = Watched("notify")
    os.environ["NOTIFY_SOCKET"] = address
    try:
        broker.launch()
    finally:
        del os.environ["NOTIFY_SOCKET"]
    try:
        ready = told(listener, "READY=1")
        # Ready means that a client that connects now is served.
        socket.create_connection(("127.0.0.1", broker.port), 5).close()
        assert f"STATUS=serving {broker.address}" in ready, ready
        broker.wait_ready()
        broker.process.send_signal(signal.SIGHUP)
        assert any(re.fullmatch(r"MONOTONIC_USEC=\d+", line) for line in told(listener, "RELOADING=1"))
        told(listener, "READY=1")
        broker.process.send_signal(signal.SIGTERM)
        told(listener, "STOPPING=1")
        assert broker.process.wait(30) == 0
    finally:
        broker.remove()


def a_service_manager_hears_of_every_change():
    with tempfile.TemporaryDirectory() as directory, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        path = os.path.join(directory, "notify")
        listener.bind(path)
        notifies(path, listener)


def a_service_manager_with_an_abstract_name_does_too():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        name = f"tidemark-test-{os.getpid()}"
        listener.bind("\0" + name)
        notifies("@" + name, listener)


def a_service_manager_that_is_gone_stops_nobody():
    broker = Watched("deaf")
    os.environ["NOTIFY_SOCKET"] = os.path.join(broker.directory, "nobody")
    try:
        broker.start()
    finally:
        del os.environ["NOTIFY_SOCKET"]
    broker.stop()
    broker.remove()


def the_unit_is_one_that_systemd_takes():
    with open(UNIT) as file:
        text = file.read()
    for line in ("Type=notify", "ExecReload=/bin/kill -HUP $MAINPID", "NoNewPrivileges=yes", "ProtectSystem=strict"):
        assert line in text.splitlines(), line
    # A user that exists beforehand: who else could be given a private key to read, and again at a reload?
    user = re.search(r"^User=(\w+)$", text, re.M)[1]
    assert f"Group={user}" in text.splitlines() and not re.search(r"^(DynamicUser|LoadCredential)", text, re.M)
    with open(os.path.join(ROOT, "Sources/tidemarkd/OPERATIONS.md")) as file:
        told = file.read()
    configuration = re.search(r"^ExecStart=.* --config (\S+)/tidemarkd.conf$", text, re.M)[1]
    assert f"install -d -m 0750 -o root -g {user} {configuration}" in told and f"'u {user} - " in told
    assert int(re.search(r"^LimitNOFILE=(\d+)$", text, re.M)[1]) >= 65_536
    assert int(re.search(r"^RestartPreventExitStatus=(\d+)$", text, re.M)[1]) == 2
    misused = subprocess.run([PROGRAM, "serve"], capture_output=True)
    assert misused.returncode == 2, misused
    if analyze := shutil.which("systemd-analyze"):
        with tempfile.TemporaryDirectory() as directory:
            copy = os.path.join(directory, "tidemarkd.service")
            with open(copy, "w") as file:
                file.write(text.replace("/usr/local/bin/tidemarkd", PROGRAM))
            checked = subprocess.run([analyze, "verify", copy], capture_output=True, text=True)
            assert checked.returncode == 0 and not checked.stderr.strip(), checked.stderr


def slow_and_endless_readers_are_cut():
    broker = Watched("slow").start()
    try:
        began = time.monotonic()
        slow = socket.create_connection(("127.0.0.1", broker.metrics))
        endless = socket.create_connection(("127.0.0.1", broker.metrics))
        slow.sendall(b"GET /met")
        endless.sendall(b"POST /metrics HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        for peer in (slow, endless):
            peer.settimeout(30)
        try:
            while time.monotonic() < began + 30:
                endless.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")
                time.sleep(0.05)
        except ConnectionError:
            pass
        assert slow.recv(1) == b""
        assert time.monotonic() - began < 25, "ten seconds are a connection's all"
        assert broker.get("/healthz")[0] == 200
    finally:
        broker.stop()
        broker.remove()


CASES = [metrics_are_what_clients_did, every_log_line_is_json_with_its_fields, health_names_a_dead_directory,
         hangup_applies_what_may_change_and_names_the_rest, a_service_manager_hears_of_every_change,
         a_service_manager_with_an_abstract_name_does_too, a_service_manager_that_is_gone_stops_nobody,
         the_unit_is_one_that_systemd_takes, slow_and_endless_readers_are_cut]


def main():
    wanted = sys.argv[1:]
    failed = 0
    for case in CASES:
        if wanted and not any(word in case.__name__ for word in wanted):
            continue
        try:
            case()
            print(f"ok {case.__name__}", flush=True)
        except Exception as error:
            failed += 1
            print(f"FAIL {case.__name__}: {error}\n{traceback.format_exc()}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
