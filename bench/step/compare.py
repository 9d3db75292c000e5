"""Time of one full-depth training step: resight (burn) against PyTorch eager.

    cargo build --release -p resight-train --example step_time
    python -m venv VENV && VENV/bin/pip install torch timm
    VENV/bin/python bench/step/compare.py

A step is forward, backward and AdamW of the whole network and a linear classifier of 100 classes behind its
embedding, with normalisation by the statistics of the batch. Both sides begin at random weights; inputs are
random numbers. The sides take turns, round by round, each in a process of its own, so that a busy machine hurts
both; the first step of every turn is not counted, and of what is, medians are shown.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

NETWORKS = {"efficientnet-lite0": "tf_efficientnet_lite0", "resnet18": "resnet18"}
CLASSES = 100


def torch_steps(name: str, batch: int, side: int, steps: int, device: str, layout: str) -> dict:
    """Seconds of each step; runs in the process of a turn."""
    import time

    import timm
    import torch

    torch.manual_seed(0)
    memory = {"eager": torch.contiguous_format, "channels_last": torch.channels_last}[layout]
    network = timm.create_model(NETWORKS[name], pretrained=False, num_classes=CLASSES)
    network = network.to(device, memory_format=memory).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4, weight_decay=1e-2)
    images = torch.randn(batch, 3, side, side).to(device, memory_format=memory)
    labels = (torch.arange(batch) % CLASSES).to(device)
    seconds = []
    for _ in range(steps + 1):
        start = time.perf_counter()
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(images), labels)
        loss.backward()
        optimizer.step()
        loss.item()
        if device != "cpu":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return {"seconds": seconds[1:], "version": f"PyTorch {torch.__version__}"}


def turn(command: list[str], threads: int) -> dict:
    environment = os.environ | {"OMP_NUM_THREADS": str(threads), "RAYON_NUM_THREADS": str(threads)}
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    return json.loads(answer.stdout.splitlines()[-1])


def compare(name: str, arguments: argparse.Namespace) -> None:
    sizes = [f"--batch={arguments.batch}", f"--side={arguments.side}", f"--steps={arguments.steps}"]
    ours = [str(arguments.program), f"--network={name}", f"--device={arguments.device}", *sizes]
    theirs = [sys.executable, __file__, f"--turn={name}", f"--device={arguments.device}", *sizes]
    sides = {"resight": ours, "eager": [*theirs, "--layout=eager"], "channels_last": [*theirs, "--layout=channels_last"]}
    seconds: dict[str, list[float]] = {side: [] for side in sides}
    versions = {}
    for number in range(arguments.rounds):
        for side, command in sides.items():
            answer = turn(command, arguments.threads)
            seconds[side] += answer["seconds"]
            versions[side] = answer["version"]
        row = {side: round(statistics.median(values), 3) for side, values in seconds.items()}
        print(f"{name}, round {number + 1} of {arguments.rounds}: {row}", file=sys.stderr)
    middle = {side: statistics.median(values) for side, values in seconds.items()}
    print(f"{name}, {versions['resight']}, {versions['eager']}")
    for side, value in middle.items():
        ratio = middle["resight"] / value
        rest = "" if side == "resight" else f"   a step of resight takes {ratio:.2f} times as long"
        print(f"  {side:14} {1000 * value:8.0f} ms/step {arguments.batch / value:7.1f} photos/s{rest}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=Path("target/release/examples/step_time"))
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS), choices=list(NETWORKS))
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--side", type=int, default=224)
    parser.add_argument("--steps", type=int, default=3, help="counted steps of a turn")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu", choices=["cpu", "gpu", "cuda"])
    parser.add_argument("--turn", help=argparse.SUPPRESS)
    parser.add_argument("--layout", default="eager", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.turn:
        device = "cpu" if arguments.device == "cpu" else "cuda"
        sizes = (arguments.batch, arguments.side, arguments.steps)
        print(json.dumps(torch_steps(arguments.turn, *sizes, device, arguments.layout)))
        return
    print(
        f"batch {arguments.batch}, {arguments.side} x {arguments.side}, single precision, {arguments.device}, "
        f"{arguments.threads} threads, {arguments.rounds} rounds of {arguments.steps} steps"
    )
    for name in arguments.networks:
        compare(name, arguments)


if __name__ == "__main__":
    main()
