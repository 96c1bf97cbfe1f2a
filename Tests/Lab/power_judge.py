"""What a power cut may take, by the flush policy: a pure function of what was acknowledged, what is lost, and when."""

# Seconds between forced writes under `interval`: three times the slack, so that it is the window that the bound is made of, and short
# enough that a broker with no policy keeps records back for longer than both while it is loaded.
WINDOW = 1.5
# What a sync that was under way may take beyond it: three partitions in turn, of a window's writes each, on an emulated processor and a
# disk in a process. With a window of 0.5 s the oldest lost record was 192 ms old; each cut prints what it used.
SLACK = 0.5

NOTHING, ITS_WINDOW = "nothing", "its window"
# Negative controls.
SOMETHING, OLDER = "something", "something older than the window"
MUST_LOSE = (SOMETHING, OLDER)


def judged(allowed, wrong, lost, cut):
    """Whether it is as the policy promises, and how long before the cut the oldest lost record was acknowledged; None: none was lost."""
    oldest = max((cut - p.times[partition][sequence] for p, partition, sequence in lost), default=None)
    if allowed == SOMETHING:
        return bool(lost), oldest
    if allowed == OLDER:
        # Else the bound on `interval` holds however little the broker syncs.
        return oldest is not None and oldest > WINDOW + SLACK, oldest
    if wrong:
        return False, oldest
    return (not lost if allowed == NOTHING else oldest is None or oldest <= WINDOW + SLACK), oldest


def milliseconds(seconds):
    return None if seconds is None else round(seconds * 1000, 1)


def words(entry, wrong):
    """One line of what a cut came to, with how much of the slack beyond the window it took."""
    if wrong and entry["mayLose"] not in MUST_LOSE:
        return "; ".join(wrong)
    text = f"{entry['lost']} of {entry['acknowledged']} acknowledged records lost"
    if entry["oldestLostMilliseconds"] is not None:
        text += f", the oldest acknowledged {entry['oldestLostMilliseconds']:.0f} ms before the cut"
    if entry["mayLose"] == ITS_WINDOW:
        used = max(0, (entry["oldestLostMilliseconds"] or 0) - WINDOW * 1000)
        text += f"; {used:.0f} of {SLACK * 1000:.0f} ms of slack beyond the window of {WINDOW * 1000:.0f} ms used"
    if entry["mayLose"] == OLDER:
        text += f"; the window and its slack are {(WINDOW + SLACK) * 1000:.0f} ms"
    return text
