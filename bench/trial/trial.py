"""Is what resight states true? A trial as in the field, from the command line.

A catalog is made of half of the individuals of a table and of their earlier encounters. Their later photos ask, and so do
the photos of the other half, which are newcomers. Optionally a network is trained on the catalog first and the catalog
brought over to it. What the answers state is then held against what is true.

    python3 trial.py TABLE --work FOLDER [--recipe head --recipe tail …] [--resight PROGRAM] [--json FILE]

Needs nothing but Python 3.9 and the program. Two runs with the same table and seed ask the same.
"""

import argparse
import csv
import hashlib
import json
import pathlib
import random
import subprocess
import sys
import time


def rows_of(table):
    with open(table, newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["identity"]]
    for row in rows:
        row["path"] = str((table.parent / row["path"]).resolve())
        row["encounter"] = row.get("encounter") or "photo " + row["image_id"]
    return rows


def dealt(text, seed):
    """A number that depends on the text and the seed alone."""
    return hashlib.sha256(f"{seed} {text}".encode()).hexdigest()


def divide(rows, seed, earlier_share=0.6):
    """Rows of the catalog, later rows of its individuals, rows of newcomers."""
    individuals = sorted({row["identity"] for row in rows}, key=lambda who: dealt(who, seed))
    half = set(individuals[: len(individuals) // 2])
    catalog, later, new = [], [], []
    for who in individuals:
        own = [row for row in rows if row["identity"] == who]
        if who not in half:
            new += own
            continue
        first = {}
        for row in own:
            first[row["encounter"]] = min(first.get(row["encounter"], "9999"), row.get("date") or "9999")
        order = sorted(first, key=lambda meeting: (first[meeting], dealt(meeting, seed)))
        kept = set(order[: max(1, -(-len(order) * 6 // 10))])
        for row in own:
            (catalog if row["encounter"] in kept else later).append(row)
    return catalog, later, new


def write(path, rows):
    columns = [name for name in ["image_id", "path", "identity", "species", "viewpoint", "date", "encounter"]
               if any(row.get(name) for row in rows)]
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        for row in rows:
            if row["encounter"].startswith("photo "):
                row = {**row, "encounter": ""}
            writer.writerow(row)


def call(program, *arguments, output=False):
    began = time.time()
    done = subprocess.run([*program, "--no-progress", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode not in (0, 3):
        sys.exit(f"{arguments}: exit code {done.returncode}\n{done.stderr[-2000:]}")
    return (done.stdout if output else done.stderr), time.time() - began


def ask(program, catalog, rows, at_once=400):
    answers = []
    for start in range(0, len(rows), at_once):
        part = rows[start : start + at_once]
        text, _ = call(program, "identify", catalog, *[row["path"] for row in part], "--json", output=True)
        answers += [json.loads(line) for line in text.splitlines()]
    return answers


def error(statements, bins=15):
    """Expected calibration error over bins of equal width; statements are (stated, true, weight)."""
    sums = {}
    for stated, true, weight in statements:
        place = min(bins - 1, max(0, -int(-stated * bins // 1) - 1))
        sums[place] = sums.get(place, 0.0) + weight * (stated - true)
    return sum(abs(value) for value in sums.values()) / max(1e-12, sum(weight for *_, weight in statements))


def error_by_chance(statements, draws=400):
    """The error that the same measure finds where what is stated is true: its mean, and what 95 of 100 draws stay under.

    Photos are taken to be independent, which those of one encounter are not: it is a lower bound.
    """
    dice = random.Random(1)
    found = sorted(error([(stated, float(dice.random() < stated), weight) for stated, _, weight in statements])
                   for _ in range(draws))
    return sum(found) / draws, found[int(0.95 * draws)]


def parts(statements, count, least_stated=0.0):
    """Mean stated and share true in so many parts of equal counts, most confident first."""
    chosen = sorted((one for one in statements if one[0] > least_stated), key=lambda one: -one[0])
    size = len(chosen) / count
    found = []
    for part in range(count):
        members = chosen[round(part * size) : round((part + 1) * size)]
        weight = sum(one[2] for one in members)
        if members and weight > 0:
            found.append((len(members), sum(s * w for s, _, w in members) / weight, sum(t * w for _, t, w in members) / weight))
    return found


def measure(later, new, answers_later, answers_new, rate):
    """What was stated against what is true, if a share `rate` of the photos were newcomers."""
    judged, first, of_new, wrong, stated_wrong, matches, right = [], [], [], 0.0, 0.0, 0.0, 0
    for rows, answers, share in ((later, answers_later, 1.0 - rate), (new, answers_new, rate)):
        usable = [(row, answer) for row, answer in zip(rows, answers) if answer["decision"] != "not-identifiable"]
        for row, answer in usable:
            weight = share / max(1, len(usable))
            known = rows is later
            best = answer["candidates"][0] if answer["candidates"] else None
            is_right = bool(known and best and best["individual"] == row["identity"])
            right += is_right
            judged.append(answer)
            if answer["new_probability"] is None:
                continue
            first.append((best["probability"] if best else 0.0, float(is_right), weight))
            of_new.append((answer["new_probability"], float(not known), weight))
            if answer["decision"] == "match":
                matches += weight
                stated_wrong += weight * (1.0 - best["probability"])
                wrong += weight * (not is_right)
    return {
        "share of newcomers": rate,
        "top-1 of the known": right / max(1, len(later)),
        "error of the first answer": error(first),
        "by chance alone": error_by_chance(first)[0],
        "by chance alone, 95 of 100 under": error_by_chance(first)[1],
        "error of new": error(of_new),
        "of new by chance alone": error_by_chance(of_new)[0],
        "of new by chance alone, 95 of 100 under": error_by_chance(of_new)[1],
        "matches of 100": 100 * matches,
        "false matches of 100": 100 * wrong,
        "stated false matches of 100": 100 * stated_wrong,
        "quarters (photos, stated, true)": parts(first, 4),
        "stated above .2, fifths (photos, stated, true)": parts(first, 5, 0.2),
        "without a probability": len(judged) - len(first),
    }


def show(name, result):
    print(f"\n{name}")
    for key, value in result.items():
        if isinstance(value, list):
            value = "  ".join(f"{count}: {stated:.2f}/{true:.2f}" for count, stated, true in value)
        elif isinstance(value, float):
            value = f"{value:.3f}"
        print(f"  {key:48} {value}")
    sys.stdout.flush()


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("table", type=pathlib.Path)
    options.add_argument("--work", type=pathlib.Path, required=True, help="a folder that is not there yet")
    options.add_argument("--recipe", action="append", default=[])
    options.add_argument("--set", action="append", default=[], help="change of the recipes, as in `resight train --set`")
    options.add_argument("--resight", default="resight")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--wrong-rate", type=float, default=0.1, help="an expectation that is not the trial's")
    options.add_argument("--most", type=int, default=1200, help="so many later photos and newcomers ask, each, at most")
    options.add_argument("--json", type=pathlib.Path)
    args = options.parse_args()
    program = args.resight.split()
    catalog_rows, later, new = divide(rows_of(args.table), args.seed)
    dice = random.Random(args.seed)
    later = dice.sample(later, min(args.most, len(later)))
    new = dice.sample(new, min(args.most, len(new)))
    true_rate = len(new) / (len(new) + len(later))
    args.work.mkdir(parents=True)
    catalog = args.work / "catalog"
    write(args.work / "catalog.csv", catalog_rows)
    call(program, "init", catalog)
    call(program, "ingest", catalog, args.work / "catalog.csv")
    print(f"{len(catalog_rows)} photos of {len({row['identity'] for row in catalog_rows})} individuals in the catalog, "
          f"{len(later)} later ones and {len(new)} of newcomers ask; by chance {1 / len({row['identity'] for row in catalog_rows}):.3f}")
    results = {}
    for recipe in [None, *args.recipe]:
        seconds = 0.0
        if recipe:
            run = args.work / f"run-{pathlib.Path(recipe).stem}"
            changes = [word for change in args.set for word in ("--set", change)]
            _, seconds = call(program, "train", catalog, "--recipe", recipe, "--run", run, *changes)
            call(program, "reembed", catalog, "--bundle", run)
        for told in (true_rate, args.wrong_rate):
            call(program, "calibrate", catalog, "--new-rate", f"{told:.4f}")
            answers = ask(program, catalog, later), ask(program, catalog, new)
            for share in dict.fromkeys((true_rate, told)):
                name = f"{recipe or 'untrained'}, told to expect {told:.2f}, where {share:.2f} are new"
                results[name] = {**measure(later, new, *answers, share), "seconds of training": seconds}
                show(name, results[name])
    if args.json:
        args.json.write_text(json.dumps(results, indent=1))


main()
