"""kill -9 under load, again and again; nothing acknowledged may be lost, doubled or moved."""
import random
import signal
import sys
import time

from broker import Broker
from dirty import unsynced_bytes
from load import LoadingProducer
from read_back import judge

PARTITIONS = 6
PRODUCERS = 4
# Each life of the broker runs under the next policy; a kill must be survived under all of them.
POLICIES = [[], ["log.flush.interval.messages=1"], ["log.flush.interval.ms=50"], ["log.flush.interval.messages=500"]]


def wait_for_progress(producers, seconds=30):
    """Until every producer got an acknowledgement it did not have: load runs, requests are in flight."""
    before = [sum(map(len, p.acknowledged)) for p in producers]
    deadline = time.monotonic() + seconds
    while any(sum(map(len, p.acknowledged)) == b for p, b in zip(producers, before)):
        errors = [e for p in producers for e in p.errors]
        if errors:
            raise AssertionError(errors[0])
        if time.monotonic() > deadline:
            raise AssertionError(f"no acknowledgement for some producer in {seconds} s")
        time.sleep(0.005)


def describe(broker, producers):
    unsynced = unsynced_bytes(broker.data)
    return (f"{sum(p.requests_in_flight for p in producers)} requests in flight, "
            f"{sum(p.outstanding() for p in producers)} records unacknowledged, "
            + ("unsynced n/a (no cachestat)" if unsynced is None else f"{unsynced / 1e6:.1f} MB unsynced"))


def kill_under_load(broker, producers, dice, frozen):
    """SIGKILL at a random time while requests are in flight.

    A frozen kill stops the process first, so that what is in flight is counted exactly; a plain one lands
    wherever the process is, inside a write too, and its count is at most 20 ms old.
    """
    time.sleep(dice.uniform(0.05, 1.5))
    while sum(p.requests_in_flight for p in producers) == 0:
        time.sleep(0.001)
    if frozen:
        broker.process.send_signal(signal.SIGSTOP)
        time.sleep(0.08)  # two statistics intervals: no answer can come, so the counts stand still
        if sum(p.requests_in_flight for p in producers) == 0:
            broker.process.send_signal(signal.SIGCONT)
            return kill_under_load(broker, producers, dice, frozen)
        text = describe(broker, producers)
        broker.kill()
    else:
        text = f"{sum(p.requests_in_flight for p in producers)} requests in flight at most 20 ms before; "
        broker.kill()
        text += describe(broker, producers).split(", ", 1)[1]
    return text


def kill_in_recovery(broker, policy, dice, recovery_seconds):
    """Starts the broker and kills it before it is ready; False where it was ready first."""
    delay = dice.uniform(0.2, 0.9) * recovery_seconds
    broker.launch(policy)
    deadline = time.monotonic() + delay
    while time.monotonic() < deadline and not broker.is_ready():
        time.sleep(0.0005)
    ready = broker.is_ready()
    broker.kill()
    return None if ready else delay


def campaign(count, seed):
    dice = random.Random(seed)
    broker = Broker("kill", [f"num.partitions={PARTITIONS}", "log.segment.bytes=33554432"])
    topic, recovery_seconds, in_recovery, passed = "killed", 0.05, 0, 0
    try:
        broker.start(POLICIES[0])
        producers = [LoadingProducer(n, broker.address, topic, PARTITIONS, seed) for n in range(PRODUCERS)]
        for producer in producers:
            producer.start()
        for kill in range(1, count + 1):
            wait_for_progress(producers)
            text = kill_under_load(broker, producers, dice, frozen=kill % 2 == 0)
            policy = POLICIES[kill % len(POLICIES)]
            if kill % 5 == 0:
                for _ in range(10):
                    delay = kill_in_recovery(broker, policy, dice, recovery_seconds)
                    if delay is not None:
                        in_recovery += 1
                        text += f"; killed again {delay * 1000:.0f} ms into recovery"
                        break
                    recovery_seconds /= 2
            began = time.monotonic()
            broker.start(policy)
            recovery_seconds = time.monotonic() - began
            print(f"ok kill {kill}: {text}; recovered in {recovery_seconds * 1000:.0f} ms, "
                  f"now {policy[0] if policy else 'no flush policy'}", flush=True)
            passed += 1
        wait_for_progress(producers)
        for producer in producers:
            producer.finish()
        wrong = [e for p in producers for e in p.errors][:20]
        # The last death: the log must read the same from disk as it did from the process that wrote it.
        broker.kill()
        broker.start()
        violations, total = judge(broker.address, topic, producers, PARTITIONS)
        wrong += violations
        acknowledged = sum(len(part) for p in producers for part in p.acknowledged)
        for line in wrong:
            print(f"FAIL {line}", flush=True)
        if in_recovery < count // 5:
            wrong.append("recovery")
            print(f"FAIL only {in_recovery} of {count // 5} kills landed during recovery", flush=True)
        if not wrong:
            print(f"ok {acknowledged} acknowledged records read back once, in order, at their offsets; "
                  f"{total} records in all, {count} kills, {in_recovery} of them again in recovery, seed {seed}", flush=True)
            broker.stop()
        return 1 if wrong else 0
    except (AssertionError, RuntimeError) as error:
        print(f"FAIL after {passed} kills, seed {seed}: {error}\n{broker.log_tail()}", flush=True)
        return 1
    finally:
        broker.remove()


if __name__ == "__main__":
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    chosen = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(1 << 32)
    print(f"{kills} kills, seed {chosen}", flush=True)
    sys.exit(campaign(kills, chosen))
