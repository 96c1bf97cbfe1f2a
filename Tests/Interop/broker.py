"""Starts and stops tidemarkd as the tests need it: one data directory, one port that survives restarts."""
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get("TIDEMARKD", os.path.join(ROOT, ".build/release/tidemarkd"))


# Below those that the kernel gives to outgoing connections: between the look and the broker's bind, and while a broker is
# down, no client of this or another test gets the port.
PORTS = range(10000, 32768)


def free_port():
    while True:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", random.choice(PORTS)))
            except OSError:
                continue
            return probe.getsockname()[1]


class Broker:
    """One broker on a data directory of its own; `stop`, `kill` and `start` may alternate."""

    def __init__(self, name, settings=(), arguments=()):
        """`arguments`: more of the command line, such as further listeners."""
        os.makedirs(os.path.join(ROOT, ".build"), exist_ok=True)
        self.directory = tempfile.mkdtemp(prefix=f"{name}-", dir=os.path.join(ROOT, ".build"))
        self.data = os.path.join(self.directory, "data")
        self.log_path = os.path.join(self.directory, "broker.log")
        self.settings = list(settings)
        self.arguments = list(arguments)
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.process = None

    def launch(self, settings=()):
        """Starts the process and returns at once; the port opens when recovery is over."""
        command = [PROGRAM, "serve", "--listen", self.address, "--data-dir", self.data,
                   "--counters", os.path.join(self.directory, "counters")]
        command += self.arguments
        for setting in [*self.settings, *settings]:
            command += ["--set", setting]
        self.log = open(self.log_path, "ab")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.output = b""

    def is_ready(self):
        self.output += self.process.stdout.read() or b""
        return re.search(rb"^tidemarkd ready ", self.output, re.M) is not None

    def wait_ready(self, seconds=60):
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            if self.process.poll() is not None:
                raise RuntimeError(f"tidemarkd left with {self.process.returncode}:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"tidemarkd was not ready after {seconds} s:\n{self.log_tail()}")
            time.sleep(0.0005)

    def start(self, settings=()):
        self.launch(settings)
        self.wait_ready()
        return self

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def stop(self):
        """A drain: SIGTERM, exit code 0 within 30 s."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError("tidemarkd did not leave within 30 s of SIGTERM") from None
        self.log.close()
        if code != 0:
            raise RuntimeError(f"tidemarkd left with {code} after SIGTERM:\n{self.log_tail()}")

    def log_tail(self, lines=15):
        try:
            with open(self.log_path, errors="replace") as log:
                return "".join(log.readlines()[-lines:])
        except OSError:
            return ""

    def remove(self):
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)
