"""What `cargo xtask bench history` compares the analyzer with: PM4Py, and the usual analyzer of steps in plain Python.

`history.py FILE ROUNDS` prints the best round of each as JSON, with the edges found. PM4Py computes the directly-follows graph, its times, starts and
ends, variants and dwell times. The plain analyzer tells of each step how long it took, whether it is a bottleneck, and which
variables it changed, added, removed and retyped: both sides of a step are compared by value.
"""

import gzip
import json
import sys
import time
import warnings
from datetime import datetime

import pandas
import pm4py

warnings.filterwarnings("ignore")
DECISIONS = ("DECISION", "ROUTING", "CONDITION")


def text_of(file):
    opened = gzip.open(file, "rb") if file.endswith(".gz") else open(file, "rb")
    with opened as source:
        return source.read()


def frame_of(text):
    rows = [
        (item["interactionId"], step["nodeId"], step["startTime"], step["endTime"])
        for item in json.loads(text)["data"]
        for step in item["steps"]
        if step.get("startTime") and step.get("endTime")
    ]
    frame = pandas.DataFrame(rows, columns=["case:concept:name", "concept:name", "start_timestamp", "time:timestamp"])
    for column in ("start_timestamp", "time:timestamp"):
        frame[column] = pandas.to_datetime(frame[column], utc=True, format="ISO8601")
    return frame


def mined(frame):
    graph = pm4py.discover_dfg(frame, timestamp_key="start_timestamp")
    times, _, _ = pm4py.discover_performance_dfg(frame)
    variants = pm4py.get_variants(frame, timestamp_key="start_timestamp")
    dwell = (frame["time:timestamp"] - frame["start_timestamp"]).groupby(frame["concept:name"]).mean()
    return graph, times, variants, dwell


def changes(before, after):
    return {
        "changed": {k: (before[k], v) for k, v in after.items() if k in before and before[k] != v and type(before[k]) is type(v)},
        "retyped": {k: (before[k], v) for k, v in after.items() if k in before and type(before[k]) is not type(v)},
        "added": {k: v for k, v in after.items() if k not in before},
        "removed": {k: v for k, v in before.items() if k not in after},
    }


def steps_of(text, threshold=15.0):
    told = []
    for item in json.loads(text)["data"]:
        for step in item["steps"]:
            if not step.get("startTime") or not step.get("endTime"):
                continue
            start = datetime.fromisoformat(step["startTime"].replace("Z", "+00:00"))
            end = datetime.fromisoformat(step["endTime"].replace("Z", "+00:00"))
            dwell = (end - start).total_seconds()
            is_decision = step.get("nodeType") in DECISIONS
            told.append(
                {
                    "interaction": item["interactionId"],
                    "node": step["nodeId"],
                    "type": step.get("nodeType"),
                    "dwell": dwell,
                    "is_decision": is_decision,
                    "is_bottleneck": is_decision and dwell > threshold,
                    "error": step.get("errorState", False),
                    "changes": changes(step.get("variablesBefore") or {}, step.get("variablesAfter") or {}),
                }
            )
    return told


def best(rounds, work):
    least = float("inf")
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        least = min(least, (time.perf_counter() - begun) * 1_000)
    return least


def main(file, rounds):
    text = text_of(file)
    frame = frame_of(text)
    graph = mined(frame)[0][0]
    figures = {
        "edges": [[start, end, count] for (start, end), count in graph.items()],
        "steps": len(steps_of(text)),
        "loaded_ms": best(rounds, lambda: mined(frame)),
        "file_ms": best(rounds, lambda: mined(frame_of(text_of(file)))),
        "steps_ms": best(rounds, lambda: steps_of(text)),
    }
    print(json.dumps(figures))


main(sys.argv[1], int(sys.argv[2]))
