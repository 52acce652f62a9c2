#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rows of the table in docs/studies/microcontroller-costs.md: each model on each emulated core that can run it."""
import argparse
import json
import pathlib
import subprocess

TARGETS = ["cortex-m4", "cortex-m33", "cortex-m7", "cortex-m0", "cortex-m55", "riscv32", "riscv32-zbb"]
COLUMNS = ["instructions, M", "per MAC", "code + constants, kB", "flash, kB", "arena, kB", "stack, bytes", "RAM, kB",
           "ms, estimate"]


def kilobytes(count):
    return f"{count / 1000:.1f}"


def cells(measured):
    if not measured.get("bit_equal", True):  # float results only need to be close
        return ["NOT EQUAL TO THE HOST"]
    return [f"{measured['instructions'] / 1e6:.2f}", f"{measured['instructions_per_mac']:.3f}",
            kilobytes(measured["code_bytes"] + measured["constant_bytes"]), kilobytes(measured["flash_bytes"]),
            kilobytes(measured["arena_bytes"]), str(measured["stack_bytes"]), kilobytes(measured["ram_bytes"]),
            f"{measured['estimate']['window_ms']:.0f}"]


def measure(stapes, model, target):
    done = subprocess.run([stapes, "measure", model, "--target", target, "--json"], capture_output=True, text=True)
    return cells(json.loads(done.stdout)) if done.stdout else [done.stderr.strip().splitlines()[-1]]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stapes")
    parser.add_argument("models", nargs="+")
    parser.add_argument("--targets", nargs="+", default=TARGETS, metavar="TARGET")
    options = parser.parse_args()
    print("| " + " | ".join(["core", "network", *COLUMNS]) + " |")
    print("|---" * (len(COLUMNS) + 2) + "|")
    for target in options.targets:
        for model in options.models:
            print("| " + " | ".join([target, pathlib.Path(model).stem, *measure(options.stapes, model, target)]) + " |",
                  flush=True)


if __name__ == "__main__":
    main()
