"""The peers of `compare.py`: one library a process, the same questions, f32 over the stored f16 rows.

    python peer.py faiss|numpy|torch FOLDER ROWS DIM
"""

import json
import resource
import sys
import time

import numpy as np

BATCH, NEAREST, HEADER_BYTES = 64, 5, 64


def load(folder, rows, dim):
    """The rows of the segment in f32, and the queries."""
    halves = np.memmap(f"{folder}/rows.f16", np.float16, "r", HEADER_BYTES, (rows, dim))
    wide = np.empty((rows, dim), np.float32)
    for start in range(0, rows, 50_000):
        wide[start : start + 50_000] = halves[start : start + 50_000]
    return wide, np.fromfile(f"{folder}/queries.f32", np.float32).reshape(-1, dim)


def numpy_searcher(rows):
    def search(queries):
        scores = queries @ rows.T if len(queries) > 1 else (rows @ queries[0])[None]
        best = np.argpartition(scores, -NEAREST, axis=1)[:, -NEAREST:]
        order = np.argsort(-np.take_along_axis(scores, best, 1), axis=1, kind="stable")
        return np.take_along_axis(best, order, 1)

    return search


def faiss_searcher(rows):
    import faiss

    index = faiss.IndexFlatIP(rows.shape[1])
    index.add(rows)
    return lambda queries: index.search(queries, NEAREST)[1]


def torch_searcher(rows):
    import torch

    table = torch.from_numpy(rows)

    def search(queries):
        with torch.inference_mode():
            queries = torch.from_numpy(queries)
            scores = queries @ table.T if len(queries) > 1 else (table @ queries[0])[None]
            return scores.topk(NEAREST, dim=1).indices.numpy()

    return search


def main():
    library, folder, rows, dim = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    table, queries = load(folder, rows, dim)
    searcher = {"numpy": numpy_searcher, "faiss": faiss_searcher, "torch": torch_searcher}[library]
    search = searcher(table)
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        what, first = line.split()
        count = 1 if what == "single" else BATCH
        asked = queries[int(first) : int(first) + count].copy()
        start = time.perf_counter()
        top = search(asked)
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"seconds": seconds, "top": top.tolist(), "peak_bytes": peak}), flush=True)


main()
