#!/bin/sh
# From a folder with one folder an individual to answers, and to how far they can be trusted.
#
#     examples/own-photos.sh NAMED_PHOTOS NEW_PHOTOS
#
# Makes ./my-catalog, answers.jsonl, answers.html and report.html.
set -eu
named=$1
new=$2

resight models pull efficientnet-lite0

resight init my-catalog
resight ingest my-catalog "$named" --kind folder-per-individual

# One object a line, for programs; a page, for people. Nothing is stored.
find "$new" -type f -iname '*.jp*g' -exec resight identify my-catalog {} + --json > answers.jsonl
find "$new" -type f -iname '*.jp*g' -exec resight identify my-catalog --html answers.html {} + > /dev/null

# How often would it have been right, had it been asked about the photos it knows?
# The catalog's own table knows the encounters, from folders and capture times.
resight export-table my-catalog my-photos.csv
resight evaluate my-photos.csv --html report.html
