"""Runs the cases of a file one after the other against its broker. One line a case: `ok NAME` or `FAIL NAME: why`."""
import sys
import time
import traceback


def run(broker, cases):
    """`cases`: pairs of a name and what is called with the started broker. Arguments of the program choose those whose name holds
    one of them. Stops and removes the broker; returns the exit code."""
    wanted, failed = sys.argv[1:], 0
    try:
        for name, case in cases:
            if wanted and not any(word in name for word in wanted):
                continue
            began = time.monotonic()
            try:
                case(broker)
                print(f"ok {name} ({time.monotonic() - began:.1f} s)", flush=True)
            except Exception as error:  # a case's failure is a line, not the end
                failed += 1
                print(f"FAIL {name}: {error or type(error).__name__}", flush=True)
                traceback.print_exc(limit=4)
                if broker.process.poll() is not None:
                    print(f"tidemarkd left with {broker.process.returncode}:\n{broker.log_tail()}", flush=True)
                    broker.start()
        broker.stop()
    finally:
        broker.remove()
    return 1 if failed else 0
