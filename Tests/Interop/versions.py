"""Which versions of other people's clients and checkers the tests meet: the fixed ones, which are written down here and in
requirements.txt? A line each. Another major or minor version fails; another one behind those is said with a WARNING."""
import importlib.metadata
import os
import re
import subprocess
import sys

import confluent_kafka

import broker as running

# What Debian 12 has, and the library inside confluent-kafka's wheel. All of the Python ones are in requirements.txt.
FIXED = {"kcat": "1.7.1", "kcat's librdkafka": "2.0.2", "Sarama": "1.22.1", "promtool": "2.42.0", "confluent-kafka's librdkafka": "2.16.0"}


def said_by(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, f"{' '.join(command)} left with {done.returncode}: {(done.stderr or done.stdout).strip()[-200:]}"
    return done.stdout


def after(pattern, text):
    found = re.search(pattern + r"(\d+(?:\.\d+)+)", text)
    assert found, f"no version is in {text.strip()[:200]!r}"
    return found[1]


def promtool():
    program = os.environ.get("PROMTOOL") or os.path.join(running.ROOT, ".build/promtool/promtool")
    return after("version ", said_by(program, "--version"))


# Sarama is a package of sources: nothing that is built from it knows its version.
ASK = {"kcat": lambda: after("Version ", said_by("kcat", "-V")),
       "kcat's librdkafka": lambda: after("librdkafka ", said_by("kcat", "-V")),
       "Sarama": lambda: after("", said_by("dpkg-query", "-W", "-f", "${Version}", "golang-github-shopify-sarama-dev")),
       "promtool": promtool,
       "confluent-kafka's librdkafka": lambda: confluent_kafka.libversion()[0]}
# Empty where a flag of Scripts/test leaves the tests out that need it.
NEEDED_BY = {"Sarama": "SARAMA", "promtool": "PROMTOOL"}


def pinned():
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "requirements.txt")) as file:
        return dict(line.strip().split("==") for line in file if "==" in line)


def verdict(name, fixed, ask):
    """One line, and whether it is a failure."""
    try:
        there = ask()
    except (AssertionError, OSError, importlib.metadata.PackageNotFoundError) as error:
        return f"FAIL {name}: {error}; {fixed} is to be there", True
    if there.split(".")[:2] != fixed.split(".")[:2]:
        return f"FAIL {name} {there}: the tests are written for {fixed}; where they pass with this one, write it down as the fixed one", True
    return f"ok {name} {there}" + ("" if there == fixed else f"\nWARNING: {name} is {there}; {fixed} is the fixed one"), False


def main():
    asked = [(name, fixed, ASK[name]) for name, fixed in FIXED.items() if os.environ.get(NEEDED_BY.get(name, ""), name)]
    asked += [(name, fixed, lambda name=name: importlib.metadata.version(name)) for name, fixed in pinned().items()]
    verdicts = [verdict(*each) for each in asked]
    print("\n".join(line for line, _ in verdicts))
    return 1 if any(failed for _, failed in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
