#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares imported int8 models with LiteRT (XNNPACK) and OpenVINO: one thread, alternating, medians over rounds.

Usage: compare_tflite.py STAPES MODEL.tflite... [--rounds N] [--seconds S]
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

try:
    import numpy
    import openvino
    from ai_edge_litert.interpreter import Interpreter
except ImportError as missing:
    print(f"skipped: {missing}; make an environment with: pip install ai-edge-litert openvino")
    sys.exit(0)


def median_ms(run, seconds):
    run()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times)


class Contest:
    """One model, prepared for each engine."""

    def __init__(self, stapes, model, folder):
        self.name = model.stem
        self.stapes, self.packed = stapes, str(pathlib.Path(folder) / (model.stem + ".stapes"))
        subprocess.run([stapes, "import-tflite", str(model), "-o", self.packed, "--quiet"], check=True)
        self.litert = Interpreter(str(model), num_threads=1)
        self.litert.allocate_tensors()
        given = self.litert.get_input_details()[0]
        values = numpy.random.default_rng(1).integers(-128, 128, given["shape"], dtype=numpy.int8)
        self.litert.set_tensor(given["index"], values)
        options = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": "1", "PERFORMANCE_HINT": "LATENCY"}
        self.openvino = openvino.Core().compile_model(str(model), "CPU", options).create_infer_request()
        self.openvino.set_input_tensor(openvino.Tensor(values))
        self.times = []

    def round(self, seconds):
        ours = subprocess.run([self.stapes, "bench", self.packed, "--json"], check=True, capture_output=True)
        self.times.append((json.loads(ours.stdout)["median_ms"], median_ms(self.litert.invoke, seconds),
                           median_ms(self.openvino.infer, seconds)))

    def row(self):
        ours, litert, vino = (statistics.median(column) for column in zip(*self.times))
        return (f"| {self.name} | {1e3 * ours:.1f} | {1e3 * litert:.1f} | {1e3 * vino:.1f}"
                f" | {min(litert, vino) / ours:.2f}x |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stapes")
    parser.add_argument("models", nargs="+", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.6)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        contests = [Contest(options.stapes, model, folder) for model in options.models]
        for _ in range(options.rounds):
            for contest in contests:
                contest.round(options.seconds)
    print("| model | stapes, us | LiteRT, us | OpenVINO, us | the faster peer over stapes |")
    print("|---|---|---|---|---|")
    for contest in contests:
        print(contest.row())


if __name__ == "__main__":
    main()
