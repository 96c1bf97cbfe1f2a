"""A virtual machine that runs tidemarkd on a disk with a volatile write cache, and whose power can be cut."""
import os
import signal
import socket
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class PowerMachine:
    """One image that outlives the cuts; each `boot` takes the flush policy of that life."""

    def __init__(self, lab, name, escape_percent=20, cache_mib=512):
        self.lab, self.name = lab, name
        self.image = os.path.join(lab, f"{name}.img")
        self.socket = os.path.join(lab, f"{name}.sock")
        self.console = os.path.join(lab, f"{name}.console.log")
        self.cache = [f"cache-mib={cache_mib}", f"escape-percent={escape_percent}"]
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.disk = self.machine = None
        if os.path.exists(self.image):
            os.remove(self.image)
        with open(self.image, "wb") as file:
            file.truncate(4 << 30)
        # 4 KiB blocks whatever the size, and nothing left for the guest to initialise at its leisure.
        subprocess.run(["mke2fs", "-q", "-t", "ext4", "-E", "lazy_itable_init=0,lazy_journal_init=0,nodiscard", self.image], check=True,
                       env={**os.environ, "PATH": os.environ["PATH"] + ":/sbin:/usr/sbin"})

    def boot(self, flush=(), barrier=True, seconds=60):
        """Until the broker says that it is ready; False where the disk cannot be mounted or the broker leaves."""
        if os.path.exists(self.socket):
            os.remove(self.socket)
        self.disk = subprocess.Popen(["nbdkit", "-f", "-U", self.socket, os.path.join(self.lab, "disk.so"), f"file={self.image}", *self.cache],
                                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(os.path.join(self.lab, f"{self.name}.disk.log"), "ab"))
        deadline = time.monotonic() + seconds
        while not os.path.exists(self.socket):
            if self.disk.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"nbdkit did not come up; its words are in {self.lab}/{self.name}.disk.log")
            time.sleep(0.02)
        kernel = next(os.path.join(self.lab, "kernel/boot", n) for n in os.listdir(os.path.join(self.lab, "kernel/boot")) if n.startswith("vmlinuz"))
        words = ["console=ttyS0 quiet panic=-1 mitigations=off clocksource=tsc tsc=reliable tidemark.modelled=lab-power-cut lab.do=broker",
                 f"lab.port={self.port}", f"lab.flush={','.join(flush)}", f"lab.barrier={'yes' if barrier else 'no'}"]
        with open(self.console, "wb") as console:
            # One CPU: with several an emulated kernel may run a stale breakpoint of its own patching, and panic (see vm_boot).
            self.machine = subprocess.Popen(
                ["qemu-system-x86_64", "-M", "q35", "-accel", os.environ["LAB_ACCELERATOR"], "-cpu", "max", "-nodefaults", "-no-user-config",
                 "-display", "none", "-no-reboot", "-serial", "stdio", "-m", "1G", "-smp", "1",
                 "-kernel", kernel, "-initrd", os.path.join(self.lab, "broker.cpio"), "-append", " ".join(words),
                 "-netdev", f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{self.port}-10.0.2.15:{self.port}",
                 "-device", "virtio-net-pci,netdev=net",
                 # Its own cache off: what the guest does not flush is in the block server or nowhere.
                 "-blockdev", f"driver=nbd,node-name=data,server.type=unix,server.path={self.socket},cache.direct=on,cache.no-flush=off",
                 "-device", "virtio-blk-pci,drive=data,serial=LAB-DATA,write-cache=on"],
                stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT)
        while True:
            with open(self.console, "rb") as file:
                said = file.read()
            if b"tidemarkd ready " in said:
                return True
            if self.machine.poll() is not None or b"lab: the disk cannot be mounted" in said or b"lab: the broker left" in said:
                return False
            if time.monotonic() > deadline:
                raise RuntimeError(f"no broker within {seconds} s: {self.last_words()}")
            time.sleep(0.02)

    def cut(self):
        """Processor and disk stop at once: nothing is flushed, nobody is told. The time, just before."""
        at = time.monotonic()
        self.machine.send_signal(signal.SIGSTOP)
        self.end()
        return at

    def end(self):
        for process in (self.disk, self.machine):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()

    def remove(self):
        self.end()
        for path in (self.image, self.socket):
            if os.path.exists(path):
                os.remove(path)

    def last_words(self):
        with open(self.console, "rb") as file:
            return file.read()[-800:].decode(errors="replace")
