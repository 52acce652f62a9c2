#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares Stapes with ONNX Runtime and OpenVINO: one thread, batch 1, alternating, medians over rounds. See README.md.

Usage: compare.py STAPES MODELS [--rounds N] [--seconds S]
"""
import argparse
import json
import statistics
import subprocess
import sys
import time

try:
    import numpy
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper
except ImportError as missing:
    print(f"skipped: {missing}; make an environment with: pip install onnxruntime onnx")
    sys.exit(0)

try:
    import openvino
except ImportError:
    openvino = None  # its column stays empty

SAMPLES, COLUMN, CLASSES = 30225, 50, 50
WIDTHS = {
    "acdnet": [8, 64, 32, 64, 64, 128, 128, 256, 256, 512, 512, 50],
    "micro": [7, 20, 10, 14, 22, 31, 35, 41, 51, 67, 69, 48],
}
# Packed model, peer network, and target: the minimum ratio of the peer's time to ours.
ROWS = [
    ("acdnet-xnor", "acdnet", "10"),
    ("acdnet-binary", "acdnet", "-"),
    ("acdnet-int8", "acdnet", "-"),
    ("acdnet-fp32", "acdnet", "0.67"),
    ("micro-int8", "micro", "3"),
    ("micro-xnor", "micro", "faster than micro-int8"),
    ("micro-binary", "micro", "-"),
    ("micro-fp32", "micro", "1"),
]


class AcdnetGraph:
    """ACDNet in full precision as ONNX: batch norms folded, weights random, shapes of arXiv:2103.03483, table 1."""

    def __init__(self, widths):
        self.random = numpy.random.default_rng(1)
        self.nodes, self.constants = [], []
        self.last, self.channels, self.height, self.width = "wave", 1, 1, SAMPLES
        self.conv(widths[0], (1, 9), stride=2, pad=0)
        self.conv(widths[1], (1, 5), stride=2, pad=0)
        self.max_pool(1, COLUMN)
        self.node("Transpose", [self.last], perm=[0, 2, 1, 3])
        self.channels, self.height = 1, widths[1]
        following = iter(widths[2:])
        for convs in (1, 2, 2, 2, 2):
            for _ in range(convs):
                self.conv(next(following), (3, 3), stride=1, pad=1)
            self.max_pool(2 if self.height > 1 else 1, 2 if self.width > 1 else 1)
        self.conv(next(following), (1, 1), stride=1, pad=0)
        self.node("AveragePool", [self.last], kernel_shape=[self.height, self.width])
        self.node("Flatten", [self.last])
        weights = [self.constant((self.channels, CLASSES)), self.constant((CLASSES,))]
        self.node("Gemm", [self.last, *weights])

    def node(self, op, inputs, **attributes):
        self.last = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [self.last], **attributes))

    def constant(self, shape):
        name = f"c{len(self.constants)}"
        values = self.random.normal(0, 0.1, shape).astype(numpy.float32)
        self.constants.append(onnx.numpy_helper.from_array(values, name))
        return name

    def conv(self, filters, kernel, stride, pad):
        weights = [self.constant((filters, self.channels, *kernel)), self.constant((filters,))]
        self.node("Conv", [self.last, *weights], kernel_shape=list(kernel), strides=[1, stride], pads=[pad] * 4)
        self.node("Relu", [self.last])
        self.channels = filters
        self.height += 2 * pad - kernel[0] + 1
        self.width = (self.width + 2 * pad - kernel[1]) // stride + 1

    def max_pool(self, height, width):
        self.node("MaxPool", [self.last], kernel_shape=[height, width], strides=[height, width])
        self.height, self.width = self.height // height, self.width // width

    def model(self):
        wave = helper.make_tensor_value_info("wave", TensorProto.FLOAT, [1, 1, 1, SAMPLES])
        scores = helper.make_tensor_value_info(self.last, TensorProto.FLOAT, [1, CLASSES])
        graph = helper.make_graph(self.nodes, "acdnet", [wave], [scores], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model)
        return model.SerializeToString()

    def session(self):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(self.model(), options, providers=["CPUExecutionProvider"])

    def openvino(self):
        core = openvino.Core()
        options = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": "1", "PERFORMANCE_HINT": "LATENCY",
                   "INFERENCE_PRECISION_HINT": "f32"}  # not bfloat16
        request = core.compile_model(core.read_model(self.model()), "CPU", options).create_infer_request()
        request.set_input_tensor(openvino.Tensor(WAVE))
        return request.infer


class Int8Graph(AcdnetGraph):
    """The same in int8 (QDQ): one scale for activations, one per filter for weights, all arbitrary."""

    def stored(self, values, dtype):
        name = f"c{len(self.constants)}"
        self.constants.append(onnx.numpy_helper.from_array(numpy.asarray(values, dtype), name))
        return name

    def quantize(self, scale, zero_point=0):
        grid = [self.stored(scale, numpy.float32), self.stored(zero_point, numpy.uint8)]
        super().node("QuantizeLinear", [self.last, *grid])
        super().node("DequantizeLinear", [self.last, *grid])

    def constant(self, shape):
        if len(shape) == 1:
            return super().constant(shape)
        data = self.last
        scales = self.random.uniform(0.001, 0.002, shape[0] if len(shape) == 4 else 1).astype(numpy.float32)
        parts = [self.stored(self.random.integers(-127, 128, shape), numpy.int8), self.stored(scales, numpy.float32),
                 self.stored(numpy.zeros(scales.shape), numpy.int8)]
        super().node("DequantizeLinear", parts, axis=0 if len(shape) == 4 else 1)
        weights, self.last = self.last, data
        return weights

    def node(self, op, inputs, **attributes):
        super().node(op, inputs, **attributes)
        if op in ("Relu", "AveragePool"):
            self.quantize(0.05)

    def conv(self, filters, kernel, stride, pad):
        if self.last == "wave":
            self.quantize(1 / 128, 128)
        super().conv(filters, kernel, stride, pad)


WAVE = numpy.random.default_rng(2).normal(0, 0.3, (1, 1, 1, SAMPLES)).astype(numpy.float32)


def peer_ms(run, seconds):
    """Median time of a call: calls for `seconds`, but at least five times."""
    run()
    runs, begin = [], time.perf_counter()
    while len(runs) < 5 or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        run()
        runs.append(1e3 * (time.perf_counter() - start))
    return statistics.median(runs)


def our_ms(stapes, model, seconds):
    command = [stapes, "bench", model, "--json", "--seconds", str(seconds)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["median_ms"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("stapes", help="the program")
    parser.add_argument("models", help="folder that make_models wrote")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.3, help="measuring time of each program in each round")
    options = parser.parse_args()
    sessions = {network: AcdnetGraph(widths).session() for network, widths in WIDTHS.items()}
    others = {f"{network}-{form}": graph(widths).openvino() for network, widths in WIDTHS.items()
              for form, graph in (("fp32", AcdnetGraph), ("int8", Int8Graph)) if openvino}
    ours, peers = {}, {}
    for _ in range(options.rounds):  # alternating, so that other load affects all
        for network, session in sessions.items():
            peers.setdefault(network, []).append(peer_ms(lambda: session.run(None, {"wave": WAVE}), options.seconds))
            for model, against, _ in ROWS:
                if against == network:
                    path = f"{options.models}/{model}.stapes"
                    ours.setdefault(model, []).append(our_ms(options.stapes, path, options.seconds))
                    if model in others:
                        peers.setdefault(model, []).append(peer_ms(others[model], options.seconds))
    print(f"ONNX Runtime {onnxruntime.__version__}, {options.rounds} rounds, one thread, batch 1, medians\n")
    print("| network | ours ms | ONNX Runtime fp32 ms | its time over ours | target"
          " | OpenVINO in the same form, ms | its time over ours |\n|---|---|---|---|---|---|---|")
    for model, against, target in ROWS:
        mine, theirs = statistics.median(ours[model]), statistics.median(peers[against])
        other = statistics.median(peers[model]) if model in peers else None
        columns = f"{other:.3f} | {other / mine:.2f}" if other else "- | -"
        print(f"| {model} | {mine:.3f} | {theirs:.3f} | {theirs / mine:.2f} | {target} | {columns} |")


main()
