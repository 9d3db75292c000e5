"""Times `resight identify` of one photo against a large catalog, start of the program included. See README.md here.

    python3 time.py [--annotations 100000] [--rounds 15] [--json FILE]
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
SMALL = 100


def run(command):
    """Runs a command; returns the seconds it took and what it wrote."""
    began = time.perf_counter()
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    took = time.perf_counter() - began
    if done.returncode != 0:
        sys.exit(f"{command}: {done.stderr}")
    return took, done.stdout


def timed(command, rounds):
    """Seconds of each round; the first one, which reads from the disk, is told apart."""
    first, _ = run(command)
    return {"first": first, "seconds": [run(command)[0] for _ in range(rounds)]}


def summary(name, found):
    seconds = found["seconds"]
    row = {"what": name, "median": statistics.median(seconds), "fastest": min(seconds), "first": found["first"]}
    print(f"{name:44} median {row['median']:.3f} s   fastest {row['fastest']:.3f} s   first {row['first']:.3f} s")
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--annotations", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    program, maker = TARGET / "resight", TARGET / "examples" / "large_catalog"
    for needed in (program, maker):
        if not needed.exists():
            sys.exit(f"not built: {needed}; README.md says how")
    with tempfile.TemporaryDirectory(prefix="resight-bench-") as folder:
        large, small = pathlib.Path(folder) / "large", pathlib.Path(folder) / "small"
        print(run([maker, large, options.annotations])[1].strip())
        run([maker, small, SMALL])
        rows = [summary("start of the program (--version)", timed([program, "--version"], options.rounds))]
        for runtime in ("onnxruntime", "rten"):
            base = [program, "--quiet", "--json", "--runtime", runtime, "identify"]
            for catalog, count in ((small, SMALL), (large, options.annotations)):
                command = [*base, catalog, large.with_suffix(".jpg")]
                rows.append(summary(f"identify, {runtime}, {count} embeddings", timed(command, options.rounds)))
    if options.json:
        machine = {"cpu": platform.processor() or platform.machine(), "cores": os.cpu_count()}
        options.json.write_text(json.dumps({"machine": machine, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
