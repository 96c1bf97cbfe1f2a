"""Sarama, by the program that Scripts/sarama builds."""
import os
import signal
import subprocess
import time

from capturing import PARTITIONS, PASSWORD, TOPIC, USER, VALUES


def label():
    """Debian's version, without its revision."""
    said = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "golang-github-shopify-sarama-dev"], capture_output=True, text=True, check=True)
    return f"sarama-{said.stdout.split('-')[0]}"


def sarama(address, *arguments, options=()):
    done = subprocess.run([os.environ["SARAMA"], *options, address, *map(str, arguments)], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "SARAMA_PASSWORD": PASSWORD})
    assert done.returncode == 0, f"sarama {arguments}: {done.stderr[-400:]}"


def records(address):
    sarama(address, "admin", "create", TOPIC, PARTITIONS, "segment.ms=99000")
    sarama(address, "produce", TOPIC, "none", len(VALUES))
    sarama(address, "produce", TOPIC, "snappy", len(VALUES), "idempotent")
    sarama(address, "consume", TOPIC, 2 * len(VALUES))


def group(address):
    member = subprocess.Popen([os.environ["SARAMA"], address, "group", TOPIC, "sarama-group"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        read = [member.stdout.readline() for _ in range(1 + len(VALUES))]
        assert all(read), member.stderr.read()
        time.sleep(1)  # a heartbeat each half second, a commit each fifth
        member.send_signal(signal.SIGTERM)
        _, said = member.communicate(timeout=20)
        assert member.returncode == 0, said
    finally:
        member.kill()


def admin(address):
    sarama(address, "admin", "describe", TOPIC)
    sarama(address, "admin", "set", TOPIC, "retention.ms=654321")
    sarama(address, "admin", "grow", TOPIC, 5)
    sarama(address, "admin", "delete", TOPIC)


def sasl(address):
    sarama(address, "produce", "secret", "none", 1, options=("-user", USER))


TASKS = [records, group, admin]
MOCK_TASKS = []
