"""Exact search of resight beside faiss-cpu, numpy and torch, as ratios of one run. See README.md here.

    python compare.py --python VENV/bin/python [--rows 1000000] [--dim 512] [--rounds 15] [--json FILE]
"""

import argparse
import json
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PEERS = ["faiss", "numpy", "torch"]
# Worker threads of some libraries spin for a while after their work; wait until they have given up the cores.
PAUSE_SECONDS = 0.4


class Contestant:
    """A process that answers questions and says how long each took."""

    def __init__(self, name, command):
        self.name = name
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.read()

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.name} ended before it answered")
        return json.loads(line)

    def ask(self, what, first):
        time.sleep(PAUSE_SECONDS)
        self.process.stdin.write(f"{what} {first}\n")
        self.process.stdin.flush()
        return self.read()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def build():
    """Builds our side and returns its path."""
    command = ["cargo", "build", "--release", "-p", "resight-vector", "--example", "search_million"]
    command += ["--message-format", "json"]
    output = subprocess.run(command, cwd=HERE, check=True, stdout=subprocess.PIPE, text=True).stdout
    messages = (json.loads(line) for line in output.splitlines())
    return next(m["executable"] for m in messages if m.get("target", {}).get("name") == "search_million")


def measure(contestants, rounds, questions):
    """Rounds in which each contestant answers each question, one after the other: noise meets all alike."""
    seconds = {name: {what: [] for what in questions} for name in contestants}
    answers = {name: {what: {} for what in questions} for name in contestants}
    peaks = {}
    for turn in range(rounds + 1):
        first = turn * 7 % 192
        for what in questions:
            for name, contestant in contestants.items():
                if what not in ("single", "batch") and name != "resight":
                    continue
                answer = contestant.ask(what, first)
                peaks[name] = answer["peak_bytes"]
                answers[name][what][first] = answer["top"]
                if turn > 0:  # the first is for warming up
                    seconds[name][what].append(answer["seconds"])
    return seconds, answers, peaks


def agreement(ours, theirs):
    """(queries with the same top 5 in the same order, queries)."""
    pairs = [(a, b) for first in ours for a, b in zip(ours[first], theirs[first])]
    return sum(a == b for a, b in pairs), len(pairs)


def report(options, seconds, answers, peaks):
    best = {n: {w: min(t) for w, t in by.items() if t} for n, by in seconds.items()}
    middle = {n: {w: statistics.median(t) for w, t in by.items() if t} for n, by in seconds.items()}
    print(f"\n{options.rows:,} x {options.dim}, {options.rounds} rounds, {platform.machine()}; milliseconds, best (median)")
    print(f"{'':10}{'one query':>22}{'batch of 64':>22}{'peak memory':>14}")
    for name in seconds:
        cells = [f"{1e3 * best[name][w]:.1f} ({1e3 * middle[name][w]:.1f})" for w in ("single", "batch")]
        print(f"{name:10}{cells[0]:>22}{cells[1]:>22}{peaks[name] / 1e9:>11.2f} GB")
    for what in ("scan", "distance"):
        print(f"resight {what} of 64: {1e3 * best['resight'][what]:.1f} ({1e3 * middle['resight'][what]:.1f})")
    result = {"rows": options.rows, "dim": options.dim, "best": best, "median": middle, "peak_bytes": peaks}
    result["ratios"] = {}
    for what in ("single", "batch"):
        by_best = min(best[p][what] for p in PEERS) / best["resight"][what]
        by_median = min(middle[p][what] for p in PEERS) / middle["resight"][what]
        result["ratios"][what] = {"best": by_best, "median": by_median}
        print(f"{what}: {by_best:.2f} times as fast as the fastest peer (by medians {by_median:.2f})")
    result["same_top_5"] = {p: {w: agreement(answers["resight"][w], answers[p][w]) for w in ("single", "batch")} for p in PEERS}
    for peer, by in result["same_top_5"].items():
        print(f"same top 5 as {peer}: " + ", ".join(f"{w} {same} of {of}" for w, (same, of) in by.items()))
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(result, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="a Python that has faiss-cpu, numpy and torch")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", help="also write the figures here")
    options = parser.parse_args()
    ours = build()
    folder = tempfile.mkdtemp(prefix="resight-bench-")
    contestants = {}
    try:
        table = [folder, str(options.rows), str(options.dim)]
        subprocess.run([ours, "generate", *table, str(options.seed)], check=True)
        contestants["resight"] = Contestant("resight", [ours, "serve", *table])
        for peer in PEERS:
            contestants[peer] = Contestant(peer, [options.python, str(HERE / "peer.py"), peer, *table])
        report(options, *measure(contestants, options.rounds, ["single", "batch", "scan", "distance"]))
    finally:
        for contestant in contestants.values():
            contestant.close()
        shutil.rmtree(folder)


main()
