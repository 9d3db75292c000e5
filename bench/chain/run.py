"""Where the time of taking photos in goes: the same photos, with one stage more each time, drawn.

    cargo build --release --workspace --examples
    target/release/examples/write_field 5 FIELD
    python bench/chain/run.py target/release/resight FIELD/photos --classifier RUN/bundle --classifier RUN/bundle \
        --svg docs/images/chain.svg

Every round takes the photos in anew, all ways one after the other, so that a busy machine hurts all of them; medians are shown.
Nothing is calibrated. The bars are the seconds that each stage adds; what the chain without marks keeps of the embedder's rate is
said.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
from pathlib import Path

COLORS = ["#4c78a8", "#f58518", "#54a24b", "#b279a2"]


def seconds(resight, photos, options):
    """Takes the photos into a new catalog, and says how long that took and how many photos there were."""
    with tempfile.TemporaryDirectory() as folder:
        catalog = str(Path(folder) / "catalog")
        subprocess.run([resight, "--quiet", "init", catalog, *options], check=True, stdout=subprocess.DEVNULL)
        line = [resight, "--quiet", "--no-progress", "--json", "ingest", catalog, photos, "--no-calibrate"]
        # 3: some photos could not be used, as of an animal that is too small.
        done = subprocess.run(line, capture_output=True, text=True)
        if done.returncode not in (0, 3):
            raise RuntimeError(done.stderr)
        report = json.loads(done.stdout.splitlines()[-1])
        return report["seconds"], report["stored"]


def drawn(stages, photos):
    """The stages as one bar, from left to right."""
    width, left, total = 760, 20, sum(added for _, added in stages)
    parts, at = [], left
    for color, (name, added) in zip(COLORS, stages):
        wide = (width - 2 * left) * added / total
        parts.append(f'<rect x="{at:.1f}" y="46" width="{wide:.1f}" height="44" fill="{color}"/>')
        if wide > 60:
            parts.append(f'<text x="{at + 6:.1f}" y="73" fill="#fff">{added:.1f} s</text>')
        at += wide
    for place, (color, (name, added)) in enumerate(zip(COLORS, stages)):
        x = left + place % 2 * 370
        y = 112 + place // 2 * 22
        parts.append(f'<rect x="{x}" y="{y - 11}" width="12" height="12" fill="{color}"/>')
        parts.append(f'<text x="{x + 18}" y="{y}">{name}: {100 * added / total:.0f} %</text>')
    first = stages[0][1]
    head = f"{photos} photos in {total:.1f} s: {photos / total:.0f} a second; the embedder alone {photos / first:.0f}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="150" font-family="sans-serif" '
        f'font-size="14"><rect width="{width}" height="150" fill="#fff"/>'
        f'<text x="{left}" y="28" font-size="16">{head}</text>{"".join(parts)}</svg>\n'
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("resight")
    parser.add_argument("photos")
    parser.add_argument("--detector", default="objects:resight-detect")
    parser.add_argument("--classifier", action="append", default=[])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--svg")
    given = parser.parse_args()

    finds = ["--detector", given.detector]
    says = [word for bundle in given.classifier for word in ("--classifier", bundle)]
    bare = ["--no-local-features"]
    ways = [
        ("decode, embed, store", bare),
        ("find the animals", [*bare, *finds]),
        ("say species and side", [*bare, *finds, *says]),
        ("read marks", [*finds, *says]),
    ]
    if not says:
        del ways[2]
    taken = {name: [] for name, _ in ways}
    for _ in range(given.rounds):
        for name, options in ways:
            found, photos = seconds(given.resight, given.photos, options)
            taken[name].append(found)
    stages, before = [], 0.0
    for name, _ in ways:
        median = statistics.median(taken[name])
        stages.append((name, max(median - before, 0.0)))
        print(f"{name:24} {median:7.2f} s in all, {photos / median:6.1f} photos a second, {median - before:+.2f} s")
        before = max(before, median)
    found = dict(stages)
    without_marks = sum(added for name, added in stages if name != "read marks")
    print(f"without marks the chain keeps {found['decode, embed, store'] / without_marks:.2f} of the embedder's rate")
    if given.svg:
        Path(given.svg).write_text(drawn(stages, photos))


if __name__ == "__main__":
    main()
