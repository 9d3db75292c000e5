#!/usr/bin/env python3
"""Plants wrong names, or second names, in a table of labelled photos, to see what `resight audit` finds.

    planted_names.py TABLE.csv wrong 20 --seed 1 --output planted.csv --truth truth.csv
    planted_names.py TABLE.csv second 10 --seed 1 --output planted.csv --truth truth.csv

`wrong`: so many photos, each of another individual with three photos or more, get the name of an individual drawn by chance.
`second`: half of the encounters (of the photos, where none are stated) of so many individuals get a name of their own.
Paths become absolute, so that the planted table may lie anywhere.
"""

import argparse
import csv
import os
import random
from collections import defaultdict


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table")
    parser.add_argument("kind", choices=["wrong", "second"])
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", required=True)
    parser.add_argument("--truth", required=True)
    arguments = parser.parse_args()

    with open(arguments.table, newline="") as file:
        rows = list(csv.DictReader(file))
    folder = os.path.dirname(os.path.abspath(arguments.table))
    for row in rows:
        row["path"] = os.path.join(folder, row["path"])
    named = defaultdict(list)
    for row in rows:
        if row["identity"]:
            named[row["identity"]].append(row)
    dice = random.Random(arguments.seed)
    chosen = sorted(name for name, photos in named.items() if len(photos) >= 3)
    dice.shuffle(chosen)
    planted = wrong(dice, named, chosen, arguments.count) if arguments.kind == "wrong" else second(
        dice, named, chosen, arguments.count)
    write(arguments.output, rows)
    write(arguments.truth, planted)


def wrong(dice, named, chosen, count):
    planted = []
    names = sorted(named)
    for name in chosen[:count]:
        photo = dice.choice(named[name])
        given = dice.choice([other for other in names if other != name])
        photo["identity"] = given
        planted.append({"image_id": photo["image_id"], "named": given, "shows": name})
    return planted


def second(dice, named, chosen, count):
    planted = []
    for name in chosen:
        encounters = sorted({row.get("encounter") or row["image_id"] for row in named[name]})
        if len(encounters) < 2:
            continue
        dice.shuffle(encounters)
        moved = set(encounters[: len(encounters) // 2])
        for row in named[name]:
            if (row.get("encounter") or row["image_id"]) in moved:
                row["identity"] = f"{name} again"
        planted.append({"identity": name, "second_name": f"{name} again"})
        if len(planted) == count:
            break
    return planted


def write(path, rows):
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
