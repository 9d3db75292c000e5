"""Photos a second of embedding a folder of JPEGs: resight against the Python that people use.

    cargo build --release -p resight-model --examples
    target/release/examples/pull_model efficientnet-lite0 onnxruntime
    python -m venv VENV && VENV/bin/pip install torch timm pillow numpy
    VENV/bin/python bench/embed/make_photos.py PHOTOS 200
    VENV/bin/python bench/embed/compare.py PHOTOS

One network (EfficientNet-Lite0, 224 x 224; the weights do not matter for speed), the same number of threads
for every side (`--threads`, default 2). The sides take turns, round by round, so that a busy machine hurts all of them; medians are shown.
Each side embeds a few photos, unmeasured, before it is timed. PyTorch's threads wait for each other busily: on a
machine that does other work at the same time its numbers collapse (several times slower with two threads than
with one), so measure on a quiet one.

Peers:
  plain   Pillow decodes every pixel and resizes, PyTorch eager on batches of 8.
  workers the same, with decoding in a DataLoader of 2 worker processes.
  tuned   the best of: Pillow's `draft` (scaled decoding) and channels_last, with and without workers.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import timm
import torch
from PIL import Image

SIDE = 224
BATCH = 8


class Photos(torch.utils.data.Dataset):
    """The crops of a folder, as the network wants them."""

    def __init__(self, paths: list[Path], draft: bool) -> None:
        self.paths, self.draft = paths, draft

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> torch.Tensor:
        with Image.open(self.paths[index]) as image:
            if self.draft:
                image.draft("RGB", (SIDE, SIDE))
            small = image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
        values = (np.asarray(small, dtype=np.float32) - 127.0) / 128.0
        return torch.from_numpy(values.transpose(2, 0, 1).copy())


def python_rate(network: torch.nn.Module, paths: list[Path], draft: bool, channels_last: bool, workers: int) -> float:
    layout = torch.channels_last if channels_last else torch.contiguous_format
    network = network.to(memory_format=layout)
    loader = torch.utils.data.DataLoader(Photos(paths, draft), batch_size=BATCH, num_workers=workers)
    start = time.perf_counter()
    count = 0
    with torch.inference_mode():
        for batch in loader:
            embeddings = network(batch.to(memory_format=layout))
            embeddings = torch.nn.functional.normalize(embeddings)
            count += len(embeddings)
    return count / (time.perf_counter() - start)


def resight_rate(program: Path, photos: Path, bundle: str, threads: int) -> dict:
    command = [str(program), str(photos), bundle, str(threads), str(BATCH)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--program", type=Path, default=Path("target/release/examples/embed_folder"))
    parser.add_argument("--bundle", default="efficientnet-lite0")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    paths = sorted(arguments.photos.glob("*.jpg"))
    network = timm.create_model("tf_efficientnet_lite0", pretrained=False, num_classes=0).eval()
    peers = {
        "plain": dict(draft=False, channels_last=False, workers=0),
        "workers": dict(draft=False, channels_last=False, workers=2),
        "tuned, one process": dict(draft=True, channels_last=True, workers=0),
        "tuned, 2 workers": dict(draft=True, channels_last=True, workers=2),
        "draft, contiguous": dict(draft=True, channels_last=False, workers=0),
    }
    for options in peers.values():
        python_rate(network, paths[:16], **options)

    rates: dict[str, list[float]] = {name: [] for name in peers}
    ours: list[dict] = []
    for number in range(arguments.rounds):
        ours.append(resight_rate(arguments.program, arguments.photos, arguments.bundle, arguments.threads))
        for name, options in peers.items():
            rates[name].append(python_rate(network, paths, **options))
        row = {"chain": ours[-1]["chain"]} | {name: round(values[-1], 1) for name, values in rates.items()}
        print(f"round {number + 1} of {arguments.rounds}: {row}", file=sys.stderr)

    middle = {name: statistics.median(values) for name, values in rates.items()}
    chain = statistics.median(row["chain"] for row in ours)
    tuned = max(value for name, value in middle.items() if name not in ("plain", "workers"))
    print(f"{len(paths)} photos, {arguments.threads} threads, {arguments.rounds} rounds, torch {torch.__version__}, {ours[0]['runtime']}")
    print(f"resight, the chain        {chain:8.1f} photos/s")
    for part in ("decode", "network", "limit"):
        print(f"  {part:23} {statistics.median(row[part] for row in ours):8.1f}")
    for name, value in middle.items():
        print(f"{name:25} {value:8.1f} photos/s   resight is {chain / value:.2f} times as fast")
    print(f"against plain             {chain / middle['plain']:8.2f}   (wanted: at least 4)")
    print(f"against its best tuning   {chain / tuned:8.2f}   (wanted: at least 3)")
    print(f"limit over chain          {statistics.median(row['limit_over_chain'] for row in ours):8.2f}   (wanted: at most 1.25)")


if __name__ == "__main__":
    main()
