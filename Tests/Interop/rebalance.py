"""How long a large consumer group takes from one generation to the next, with members on raw sockets.

Usage: rebalance.py [--members 100] [--rounds 5] [--heartbeat-ms 300]

Prints for each kind of change the median and the largest time of its rounds, from the request that causes it until every
member has its assignment, and of it the broker's share: from the last JoinGroup until the last SyncGroup response. The rest
is the time until the members' heartbeats tell them of it. Exits non-zero where a member fails or is given a false share.
"""
import argparse
import selectors
import socket
import statistics
import struct
import sys
import time

from kafka.protocol.consumer import (
    HeartbeatRequest, HeartbeatResponse, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest, LeaveGroupResponse,
    SyncGroupRequest, SyncGroupResponse)
from kafka.protocol.consumer.group import JoinGroupRequest as Join

from broker import Broker

GROUP = "hundred"
SESSION_MS = 60_000


class Member:
    """One connection: joins, syncs, beats; joins again when its heartbeat says so."""

    def __init__(self, fleet, number):
        self.fleet, self.number = fleet, number
        self.id, self.generation, self.share, self.state = "", -1, None, "joining"
        self.socket = socket.create_connection(("127.0.0.1", fleet.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        fleet.selector.register(self.socket, selectors.EVENT_READ, self)
        self.join()

    def ask(self, request, response, version):
        self.awaited, self.version = response, version
        request.with_header(correlation_id=1, client_id=f"member-{self.number}")
        self.socket.sendall(request.encode(header=True, framed=True))

    def join(self):
        self.state = "joining"
        protocol = Join.JoinGroupRequestProtocol(version=5, name="range", metadata=b"\0" * 100)
        self.fleet.last_join = time.monotonic()
        self.ask(JoinGroupRequest(
            version=5, group_id=GROUP, session_timeout_ms=SESSION_MS, rebalance_timeout_ms=SESSION_MS, member_id=self.id,
            group_instance_id=None, protocol_type="consumer", protocols=[protocol]), JoinGroupResponse, 5)

    def beat(self):
        self.state = "beating"
        self.ask(HeartbeatRequest(
            version=3, group_id=GROUP, generation_id=self.generation, member_id=self.id, group_instance_id=None),
            HeartbeatResponse, 3)

    def leave(self):
        self.ask(LeaveGroupRequest(version=2, group_id=GROUP, member_id=self.id), LeaveGroupResponse, 2)
        self.state = "leaving"

    def readable(self):
        data = self.socket.recv(1 << 20)
        assert data, f"member {self.number} was disconnected"
        self.buffer += data
        if len(self.buffer) < 4 or len(self.buffer) < 4 + struct.unpack(">i", self.buffer[:4])[0]:
            return
        response = self.awaited.decode(self.buffer, version=self.version, header=True, framed=True)
        self.buffer = b""
        getattr(self, self.awaited.__name__)(response)

    def JoinGroupResponse(self, response):
        if response.error_code == 79:
            self.id = response.member_id
            return self.join()
        assert response.error_code in (0, 27), f"JoinGroup: error {response.error_code}"
        if response.error_code == 27:
            return self.join()
        self.generation, self.state = response.generation_id, "syncing"
        assignments = [
            SyncGroupRequest.SyncGroupRequestAssignment(version=3, member_id=m.member_id, assignment=m.member_id.encode())
            for m in response.members]
        self.ask(SyncGroupRequest(
            version=3, group_id=GROUP, generation_id=self.generation, member_id=self.id, group_instance_id=None,
            assignments=assignments), SyncGroupResponse, 3)

    def SyncGroupResponse(self, response):
        if response.error_code in (22, 27):
            return self.join()
        assert response.error_code == 0, f"SyncGroup: error {response.error_code}"
        assert bytes(response.assignment) == self.id.encode(), f"member {self.number} was given another one's share"
        self.fleet.last_share = time.monotonic()
        self.idle()

    def HeartbeatResponse(self, response):
        if response.error_code in (22, 27):
            return self.join()
        assert response.error_code == 0, f"Heartbeat: error {response.error_code}"
        self.idle()

    def LeaveGroupResponse(self, response):
        assert response.error_code == 0, f"LeaveGroup: error {response.error_code}"
        self.fleet.selector.unregister(self.socket)
        self.socket.close()
        self.state = "gone"

    def idle(self):
        self.state = "stable"
        self.fleet.due.append((time.monotonic() + self.fleet.heartbeat_seconds, self))


class Fleet:
    def __init__(self, port, heartbeat_ms):
        self.port, self.heartbeat_seconds = port, heartbeat_ms / 1000
        self.selector, self.members, self.due = selectors.DefaultSelector(), [], []
        self.last_join = self.last_share = 0

    def turn(self):
        """Answers what has come, and sends the heartbeats that are due."""
        for key, _ in self.selector.select(0.002):
            key.data.readable()
        now = time.monotonic()
        ready = [member for at, member in self.due if at <= now and member.state == "stable"]
        self.due = [(at, member) for at, member in self.due if at > now]
        for member in ready:
            member.beat()

    def settle(self, generation_after, seconds=60):
        """Runs until everybody is stable in one generation behind `generation_after`."""
        deadline = time.monotonic() + seconds
        while True:
            self.turn()
            settled = {m.generation for m in self.members} if all(m.state in ("stable", "beating") for m in self.members) else set()
            if len(settled) == 1 and settled.pop() > generation_after:
                return
            assert time.monotonic() < deadline, f"not settled after {seconds} s"

    def timed(self, change):
        before = max((m.generation for m in self.members), default=-1)
        began = time.monotonic()
        change()
        self.settle(before)
        return (self.last_share - began) * 1000, (self.last_share - self.last_join) * 1000

    def add(self, count=1):
        self.members += [Member(self, len(self.members) + n) for n in range(count)]

    def remove(self, position):
        self.members.pop(position).leave()


def report(what, times):
    whole, share = [t[0] for t in times], [t[1] for t in times]
    print(f"{what}: {statistics.median(whole):.0f} ms (largest {max(whole):.0f}), of it the broker's share "
          f"{statistics.median(share):.1f} ms (largest {max(share):.1f})", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--members", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--heartbeat-ms", type=int, default=300)
    options = parser.parse_args()
    broker = Broker("rebalance", ["group.initial.rebalance.delay.ms=0"]).start()
    try:
        fleet = Fleet(broker.port, options.heartbeat_ms)
        print(f"{options.members} members, a heartbeat each {options.heartbeat_ms} ms, {options.rounds} rounds")
        report("all join at once", [fleet.timed(lambda: fleet.add(options.members))])
        joins, leaves, leaders = [], [], []
        for _ in range(options.rounds):
            leaves.append(fleet.timed(lambda: fleet.remove(len(fleet.members) // 2)))
            joins.append(fleet.timed(fleet.add))
            leaders.append(fleet.timed(lambda: fleet.remove(0)))
            fleet.timed(fleet.add)
        report("one leaves", leaves)
        report("one joins", joins)
        report("the leader leaves", leaders)
        broker.stop()
    finally:
        broker.remove()


if __name__ == "__main__":
    sys.exit(main())
