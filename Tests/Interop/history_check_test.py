"""The checker of histories, fed faults that are planted into one that is right: it must name each. `ok NAME` or `FAIL NAME`."""
import sys

from history_check import check, text

A, B = "t/0", "t/1"


def sent(*values):
    return [("send", value) for value in values]


def acknowledged(**offsets):
    return [("ack", V[name], offset) for name, offset in offsets.items()]


# Two plain records, a committed transaction over two partitions, an aborted one, one whose end nobody knows.
V = {
    "p1": text("p", "", A, 1), "p2": text("p", "", A, 2),
    "c1": text("x", "1", A, 1), "c2": text("x", "1", B, 1),
    "a1": text("x", "2", A, 2), "a2": text("x", "2", B, 2),
    "u1": text("y", "1", A, 1), "u2": text("y", "1", B, 1),
}
LOG_A = [(0, "p1"), (1, "c1"), (3, "a1"), (5, "p2"), (6, "u1")]
LOG_B = [(0, "c2"), (2, "a2"), (4, "u2")]
DROPPED = ("a1", "a2", "u1", "u2")


def records(log, without=(), instead=None):
    return [(offset, V[name]) for offset, name in (instead or log) if name not in without]


def right(a=LOG_A, b=LOG_B, committed_a=None, committed_b=None):
    """A history without fault, but for what the logs and scans are made to say."""
    return [
        *sent(*V.values()), *acknowledged(p1=0, p2=5, c1=1, c2=0, a1=3, a2=2, u1=6, u2=4),
        ("committing", "x", "1"), ("end", "x", "1", "commit"), ("end", "x", "2", "abort"),
        ("committing", "y", "1"), ("end", "y", "1", "unknown"),
        ("scan", False, A, records(a)), ("scan", False, B, records(b)),
        ("scan", True, A, records(committed_a) if committed_a is not None else records(a, DROPPED)),
        ("scan", True, B, records(committed_b) if committed_b is not None else records(b, DROPPED)),
    ]


def reads(names, committed=True, reader="r", session=1, log=LOG_A, partition=A):
    places = {name: offset for offset, name in log}
    return [("read", reader, session, committed, partition, places[name], V[name]) for name in names]


def committed_offsets(*steps):
    """`("c", offset)` commits with success, `("t", offset)` is tried, `("s", offset)` is where a member begins."""
    events = []
    for number, (what, offset) in enumerate(steps):
        if what == "s":
            events += [("offset-asking", "g", A), ("offset-start", "g", A, offset)]
        else:
            events += [("offset-committing", number, "g", A, offset)] + ([("offset-committed", number)] if what == "c" else [])
    return events


K1, K2, K3 = text("k", "1", B, 11), text("k", "1", B, 12), text("k", "2", B, 13)


def copies(*pairs):
    made = [("scan", True, B, [(offset, copy) for offset, (copy, _) in enumerate(pairs)])]
    return [*sent(V["p1"], V["p2"], *[c for c, _ in pairs]), *[("copy", c, V[s]) for c, s in pairs],
            ("committing", "k", "1"), ("end", "k", "1", "commit"), ("committing", "k", "2"), ("end", "k", "2", "commit"),
            ("scan", True, A, [(0, V["p1"]), (5, V["p2"])]), *made, ("copied", [A])]


UNKNOWN_COMMITTED_A = [(0, "p1"), (1, "c1"), (5, "p2"), (6, "u1")]
CASES = [
    ("nothing wrong in a right history", right() + reads(["p1", "c1", "p2"]) + reads(["p1", "c1", "a1", "p2"], committed=False, reader="s"), None),
    ("nothing wrong when an unknown transaction turns out committed", right(committed_a=UNKNOWN_COMMITTED_A, committed_b=[(0, "c2"), (4, "u2")]), None),
    ("a record that nobody sent", right()[1:] + [("read", "r", 1, False, A, 0, V["p1"])], "phantom"),
    ("bytes that are nobody's", right() + [("read", "r", 1, False, A, 9, "garbage")], "phantom"),
    ("a record in another partition", right() + [("read", "r", 1, False, B, 9, V["p1"])], "phantom"),
    ("two values at one offset", right() + [("read", "r", 1, False, A, 0, V["c1"])], "one_value_per_offset"),
    ("a record at two offsets", right(a=[*LOG_A, (7, "p1")]), "one_value_per_offset"),
    ("a record at another offset than was promised", right(a=[(0, "p1"), (1, "c1"), (3, "a1"), (4, "p2"), (6, "u1")]), "one_value_per_offset"),
    ("an aborted record in a committed read", right() + reads(["a1"]), "aborted_read"),
    ("an aborted record in the committed scan", right(committed_a=[(0, "p1"), (1, "c1"), (3, "a1"), (5, "p2")]), "aborted_read"),
    ("a transaction that was never committed in a committed read", [e for e in right() if e[:2] != ("committing", "y")] + reads(["u1"]), "aborted_read"),
    ("nothing wrong in an aborted record that an uncommitted reader gets", right() + reads(["a1"], committed=False), None),
    ("an acknowledged record that is gone", right(a=LOG_A[1:]), "lost"),
    ("a lost tail", right(a=LOG_A[:3] + LOG_A[4:]), "lost"),
    ("an acknowledged record of an aborted transaction that is gone", right(a=[r for r in LOG_A if r[1] != "a1"]), "lost"),
    ("a committed record that readers of committed records don't see", right(committed_a=[(1, "c1"), (5, "p2")]), "lost"),
    ("a reader that goes back", right() + reads(["c1", "p1"]), "reordered"),
    ("a reader that gets a record twice", right() + reads(["c1", "c1"]), "reordered"),
    ("nothing wrong in a second session that begins earlier", right() + reads(["c1", "p2"]) + reads(["p1", "c1"], session=2), None),
    ("a producer's records in another order", right(a=[(0, "p2"), (1, "c1"), (3, "a1"), (5, "p1"), (6, "u1")]), "reordered"),
    ("a reader that passes a record over", right() + reads(["p1", "p2"]), "skipped"),
    ("an uncommitted reader that passes an aborted record over", right() + reads(["p1", "c1", "p2"], committed=False), "skipped"),
    ("a committed transaction of which a partition is missing", right(committed_b=[]), "torn"),
    ("an unknown transaction of which one half is committed", right(committed_a=UNKNOWN_COMMITTED_A), "torn"),
    ("a committed transaction of which nothing is there", right(committed_a=[(0, "p1"), (5, "p2")], committed_b=[]), "torn"),
    ("a commit that lowers an offset", committed_offsets(("c", 10), ("c", 7)), "group_went_back"),
    ("a member that begins before the last commit", committed_offsets(("c", 10), ("s", 9)), "group_went_back"),
    ("a member that begins anew although there was a commit", committed_offsets(("c", 10), ("s", None)), "group_went_back"),
    ("a member that begins behind everything committed", committed_offsets(("c", 10), ("s", 11)), "group_went_back"),
    ("nothing wrong in a commit without an answer that took effect", committed_offsets(("c", 10), ("t", 12), ("s", 12), ("c", 15)), None),
    ("nothing wrong in a commit without an answer that took none", committed_offsets(("c", 10), ("t", 12), ("s", 10), ("c", 11)), None),
    ("nothing wrong in an answer that arrives late", [
        ("offset-committing", 1, "g", A, 10), ("offset-committing", 2, "g", A, 20), ("offset-committed", 2), ("offset-committed", 1)], None),
    ("a group that never read a record", right() + reads(["p1", "c1"], reader="g") + [("drained", "g", [A])], "unread"),
    ("nothing wrong in a group that read it in two sessions",
     right() + reads(["p1", "c1"], reader="g") + reads(["c1", "p2"], reader="g", session=2) + [("drained", "g", [A])], None),
    ("a record without a copy", copies((K1, "p1")), "copied_once"),
    ("a record with two copies", copies((K1, "p1"), (K2, "p2"), (K3, "p2")), "copied_once"),
    ("nothing wrong in one copy each", copies((K1, "p1"), (K2, "p2")), None),
]


def main():
    failed = 0
    for name, history, wanted in CASES:
        said = check(history)
        good = not said if wanted is None else any(line.startswith(wanted + ":") for line in said)
        failed += not good
        print(f"{'ok' if good else 'FAIL'} the checker sees {name}" + ("" if good else f": {said}"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
