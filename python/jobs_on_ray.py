#!/usr/bin/env python3
"""Carries jobs of resight out on a Ray cluster.

    pip install ray
    python THIS_FILE [--address auto] [--cpus 2] [--tries 4]

Every job is one call of the program, in a folder that all machines see under the same path. A job begins when those that it
waits for are done. Where a machine dies, its jobs start again elsewhere and go on from what they kept. When all are done the
last call puts together what came of them. Running this again does what is left; the jobs are those of when this was written.
"""

import argparse
import ctypes
import json
import signal
import subprocess
import sys
import time

PROGRAM = @PROGRAM@
FOLDER = @FOLDER@
# Each with its name, the names of those that it waits for, and what the program is called with.
JOBS = json.loads(@JOBS@)
LAST = json.loads(@LAST@)
OPTIONS = json.loads(@OPTIONS@)
# Codes after which what a job waits for may only not be seen yet on a shared disk.
NOT_YET = @NOT_YET@


def end_with_parent():
    """A job must not outlive the worker that began it (Linux): it would keep its folder from the one that goes on."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def do(job, threads, *_after):
    """Does one job; what it waits for comes as arguments, so that Ray waits too."""
    line = [PROGRAM, *OPTIONS, "--no-progress", "--threads", str(threads), *job["arguments"]]
    for pause in (1, 5, 20, 0):
        done = subprocess.run(line, cwd=FOLDER, preexec_fn=end_with_parent, capture_output=True, text=True)
        if done.returncode not in NOT_YET or not pause:
            break
        time.sleep(pause)
    said = (done.stdout + done.stderr).strip()[-2000:]
    if done.returncode != 0:
        raise RuntimeError(f"ended with {done.returncode}: {said}")
    return said


def main():
    import ray

    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--address", default=None, help="address of the cluster; none starts Ray on this machine")
    arguments.add_argument("--cpus", type=int, default=2, help="cores of a job")
    arguments.add_argument("--tries", type=int, default=4, help="how often a job is begun at most, should machines die")
    given = arguments.parse_args()

    ray.init(address=given.address, ignore_reinit_error=True, log_to_driver=False)
    # The program says itself what failed: Ray tries again only what a machine took with it.
    task = ray.remote(num_cpus=given.cpus, max_retries=given.tries - 1, retry_exceptions=False)(do)
    running = {}
    for job in JOBS:
        after = [running[name] for name in job["after"]]
        running[job["name"]] = task.remote(job, given.cpus, *after)
    names = {reference: name for name, reference in running.items()}
    failed, open_ = [], list(names)
    while open_:
        ready, open_ = ray.wait(open_)
        for reference in ready:
            try:
                said = ray.get(reference)
                print(f"done: {names[reference]}: {said}" if said else f"done: {names[reference]}", flush=True)
            except Exception as error:  # what Ray raises is of many kinds
                failed.append(names[reference])
                print(f"failed: {names[reference]}: {error}", file=sys.stderr, flush=True)
    if failed:
        return 1
    return subprocess.run([PROGRAM, *OPTIONS, *LAST], cwd=FOLDER).returncode


if __name__ == "__main__":
    sys.exit(main())
