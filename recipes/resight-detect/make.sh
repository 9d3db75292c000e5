#!/bin/sh
# Makes the bundle `resight-detect` that the program carries: synthetic field photos, and a detector learnt from their boxes.
# About ten minutes on two cores. The folder `run/bundle` is the bundle; its name and card are then written by hand.
set -eu
here=$(dirname "$0")
cargo run --release -p resight-synth --example write_field -- 101 field "$here/field.json"
cargo run --release --bin resight -- train field/metadata.csv --task detector --run run
