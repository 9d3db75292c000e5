"""Many reviewers at once, against a server that runs: how long each request takes, and whether any fails.

    resight serve CATALOG --no-open --port 8157 --token-file token &
    python3 bench/screen/load.py http://127.0.0.1:8157 token --reviewers 30 --seconds 600 --pid "$!"

Each reviewer does what the screen does for a case: asks for it, for the pictures of its first photo and of the first candidate's, looks
for a while (--look, a second on average), gives a verdict, and goes on. Verdicts on the same candidate are `cannot-tell` and are said
for ever new, so that the queue does not end. Standard library only.
"""

import argparse
import http.client
import json
import random
import threading
import time
import urllib.parse


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


class Reviewer(threading.Thread):
    def __init__(self, number, options, token, times, errors):
        super().__init__(daemon=True)
        self.number, self.options, self.token, self.times, self.errors = number, options, token, times, errors
        self.random = random.Random(number)
        self.ends = time.monotonic() + options.seconds
        address = urllib.parse.urlsplit(options.address)
        self.connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)

    def ask(self, kind, method, path, body=None, headers=()):
        began = time.perf_counter()
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **dict(headers)}
        try:
            self.connection.request(method, path, body and json.dumps(body), sent)
            answer = self.connection.getresponse()
            read = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.errors.append(f"{kind}: {error}")
            self.connection.close()
            return None, {}
        self.times.setdefault(kind, []).append(time.perf_counter() - began)
        # Somebody else said something of the case meanwhile: that is right, and no error.
        if answer.status >= 400 and answer.status != 412:
            self.errors.append(f"{kind}: {answer.status} {read[:120]!r}")
        return (json.loads(read) if read[:1] == b"{" else None), {k.lower(): v for k, v in answer.getheaders()}

    def run(self):
        queue, _ = self.ask("queue", "GET", "/api/v1/queue?limit=500")
        cases = [row["case"] for row in (queue or {}).get("items", [])]
        self.random.shuffle(cases)
        place = 0
        while time.monotonic() < self.ends and cases:
            name = cases[place % len(cases)]
            place += 1
            case, headers = self.ask("case", "GET", f"/api/v1/cases/{name}")
            if not case or not case.get("candidates"):
                time.sleep(self.options.look)
                continue
            photos = [case["query"][0]["photo"], case["candidates"][0]["annotations"][0]["photo"]]
            for photo in photos:
                self.ask("picture", "GET", f"/media/photos/{photo}")
            time.sleep(self.random.expovariate(1 / self.options.look))
            said = {
                "verdict": "cannot-tell",
                "individual": case["candidates"][0]["individual"]["id"],
                "note": f"{self.number}-{place}",
                "by": f"reviewer {self.number}",
            }
            tag = headers.get("etag", "")
            self.ask("verdict", "POST", f"/api/v1/cases/{name}/verdict", said, {"If-Match": tag})


def memory(pid):
    if pid is None:
        return None
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))
    except (OSError, StopIteration):
        return float("nan")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("address")
    arguments.add_argument("token_file")
    arguments.add_argument("--reviewers", type=int, default=30)
    arguments.add_argument("--seconds", type=float, default=600)
    arguments.add_argument("--look", type=float, default=1.0)
    arguments.add_argument("--pid", type=int)
    options = arguments.parse_args()
    with open(options.token_file, encoding="ascii") as file:
        token = file.read().strip()
    times, errors = {}, []
    reviewers = [Reviewer(number, options, token, times, errors) for number in range(options.reviewers)]
    for reviewer in reviewers:
        reviewer.start()
    while any(reviewer.is_alive() for reviewer in reviewers):
        time.sleep(min(30, options.seconds / 4))
        if options.pid:
            print(f"memory {memory(options.pid):.0f} MiB", flush=True)
    print(f"{'':10} {'requests':>9} {'median ms':>10} {'p99 ms':>8} {'worst ms':>9}")
    for kind, values in sorted(times.items()):
        figures = [1000 * value for value in (percentile(values, 0.5), percentile(values, 0.99), max(values))]
        print(f"{kind:10} {len(values):9} {figures[0]:10.1f} {figures[1]:8.1f} {figures[2]:9.1f}")
    print(f"errors {len(errors)}", *errors[:5], sep="\n")


if __name__ == "__main__":
    main()
