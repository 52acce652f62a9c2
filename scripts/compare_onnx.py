#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares networks imported from PyTorch's ONNX exports with ONNX Runtime, on random inputs: in float, and quantized to
8 bits by ONNX Runtime (QDQ).

Needs PyTorch, onnx, onnxscript (for the newer exporter) and onnxruntime. Usage: compare_onnx.py STAPES
Prints the largest error of each network: in float relative to its largest score, exits with 1 above 1e-4; of 8 bits in
steps of the scores, and the share of scores that are equal.
"""
import json
import os
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import onnxruntime
import torch
from onnxruntime import quantization
from torch import nn

LIMIT = 1e-4
INPUTS = 10


def conv(ins, outs, kernel, stride=1, pad=0, groups=1, act=nn.ReLU):
    layers = [nn.Conv2d(ins, outs, kernel, stride, pad, groups=groups, bias=False), nn.BatchNorm2d(outs)]
    return nn.Sequential(*layers, act()) if act else nn.Sequential(*layers)


class DepthwiseNet(nn.Module):
    """DS-CNN on 49 x 10 features."""

    def __init__(self):
        super().__init__()
        blocks = [conv(1, 16, (10, 4), 2, (5, 1))]
        for _ in range(2):
            blocks += [conv(16, 16, 3, 1, 1, groups=16), conv(16, 16, 1, act=nn.ReLU6)]
        self.features = nn.Sequential(*blocks)
        self.head = nn.Linear(16, 12)

    def forward(self, x):
        x = nn.functional.adaptive_avg_pool2d(self.features(x), 1)
        return torch.softmax(self.head(x.flatten(1)), 1)


class ResidualNet(nn.Module):
    """A residual network on images."""

    def __init__(self):
        super().__init__()
        self.stem = conv(3, 8, 3, 1, 1)
        self.a, self.b = conv(8, 8, 3, 1, 1), conv(8, 8, 3, 1, 1, act=None)
        self.c, self.d = conv(8, 16, 3, 2, 1), conv(16, 16, 3, 1, 1, act=None)
        self.short = nn.Conv2d(8, 16, 1, 2)
        self.head = nn.Linear(16 * 4 * 4, 10)

    def forward(self, x):
        x = self.stem(x)
        x = torch.relu(x + self.b(self.a(x)))
        x = torch.relu(self.short(x) + self.d(self.c(x)))
        return self.head(nn.functional.avg_pool2d(x, 2).flatten(1))


class WaveNet1d(nn.Module):
    """1-D convolutions on a wave, then two dimensions, as in ACDNet."""

    def __init__(self):
        super().__init__()
        self.c1, self.b1 = nn.Conv1d(1, 8, 9, 2), nn.BatchNorm1d(8)
        self.c2, self.b2 = nn.Conv1d(8, 20, 5, 2, bias=True), nn.BatchNorm1d(20)
        self.c3 = conv(1, 12, 3, 1, 1)
        self.hidden, self.head = nn.Linear(12 * 10 * 12, 16), nn.Linear(16, 5)

    def forward(self, x):
        x = torch.relu(self.b1(self.c1(x)))
        x = nn.functional.max_pool1d(torch.relu(self.b2(self.c2(x))), 8)
        x = torch.relu(nn.functional.max_pool2d(self.c3(x.unsqueeze(1)), 2))
        return self.head(torch.relu(self.hidden(x.flatten(1))))


class UprightNet(nn.Module):
    """Time as height, an average over time, normalization of the input, odd padding."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor(0.3))
        self.c1 = nn.Conv2d(4, 12, (5, 1), (2, 1), padding=(2, 0))
        self.c2 = nn.Conv2d(12, 8, (3, 1))

    def forward(self, x):
        x = torch.relu(self.c1((x - self.mean) / 2.5))
        x = self.c2(nn.functional.pad(x, (0, 0, 2, 1)))
        return x.mean(dim=(2, 3))


class Autoencoder(nn.Module):
    """Linear layers only."""

    def __init__(self):
        super().__init__()
        sizes = [64, 32, 8, 32, 64]
        layers = []
        for ins, outs in zip(sizes, sizes[1:]):
            layers += [nn.Linear(ins, outs), nn.BatchNorm1d(outs), nn.ReLU()]
        self.layers = nn.Sequential(*layers[:-2])

    def forward(self, x):
        return self.layers(x)


CASES = [(DepthwiseNet, (1, 49, 10)), (ResidualNet, (3, 16, 16)), (WaveNet1d, (1, 800)), (UprightNet, (4, 60, 1)),
         (Autoencoder, (64,))]


def randomize_norms(model):
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            nn.init.normal_(module.running_mean, 0, 0.3)
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.3)


def channels_last(values, dims):
    """The input of the file, without its batch, as height x width x channels."""
    order = [d - 1 for d in dims if d > 0]
    rest = [d for d in range(values.ndim) if d not in order]  # of size 1
    return np.ascontiguousarray(values.transpose(order + rest), dtype=np.float32)


def softmax(scores):
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


def largest_error(stapes, file, shape, folder):
    network, packed = f"{folder}/net.network", f"{folder}/net.stapes"
    info = json.loads(subprocess.check_output([stapes, "import-onnx", file, "-o", network, "--force", "--json"]))
    subprocess.check_call([stapes, "pack", network, "-o", packed, "--force", "--quiet"])
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    worst = 0
    for _ in range(INPUTS):
        x = np.random.randn(*shape).astype(np.float32)
        want = session.run(None, {session.get_inputs()[0].name: x[None]})[0].ravel()
        channels_last(x, info["input_dims"]).tofile(f"{folder}/in.f32")
        subprocess.check_call([stapes, "run", packed, "--input", f"{folder}/in.f32", "--output", f"{folder}/out.f32",
                               "--force", "--quiet"])
        got = np.fromfile(f"{folder}/out.f32", dtype=np.float32)
        if info["left_out"]:
            got = softmax(got)
        worst = max(worst, np.abs(got - want).max() / np.abs(want).max())
    return worst


class Calibration(quantization.CalibrationDataReader):
    def __init__(self, name, shape):
        self.windows = iter([{name: np.random.randn(1, *shape).astype(np.float32)} for _ in range(30)])

    def get_next(self):
        return next(self.windows, None)


def steps_off(stapes, file, shape, folder):
    """Of a QDQ model: the largest difference of the scores in steps, and the share of equal ones."""
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    ready, quantized, packed = f"{folder}/ready.onnx", f"{folder}/int8.onnx", f"{folder}/int8.stapes"
    quantization.quant_pre_process(file, ready)
    quantization.quantize_static(ready, quantized, Calibration(name, shape), per_channel=True,
                                 quant_format=quantization.QuantFormat.QDQ,
                                 activation_type=quantization.QuantType.QInt8,
                                 weight_type=quantization.QuantType.QInt8)
    result = subprocess.run([stapes, "import-onnx", quantized, "-o", packed, "--force", "--json"], check=True,
                            capture_output=True, text=True)
    info = json.loads(result.stdout)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(quantized, options, providers=["CPUExecutionProvider"])
    differences = []
    for _ in range(INPUTS):
        x = np.random.randn(*shape).astype(np.float32)
        want = session.run(None, {name: x[None]})[0].ravel()
        channels_last(x, info["input_dims"]).tofile(f"{folder}/in.f32")
        out = json.loads(subprocess.check_output([stapes, "run", packed, "--input", f"{folder}/in.f32", "--json"]))
        got = np.array(out["scores"])
        if info["left_out"]:
            got = np.round(255 * softmax(got)) / 255  # on the grid of ONNX Runtime's probabilities
        values = np.unique(np.concatenate([want, got]))
        gaps = np.diff(values)
        step = gaps[gaps > 1e-6 * np.abs(values).max()].min(initial=np.inf)
        differences += list(np.abs(got - want) / step if np.isfinite(step) else np.zeros_like(want))
    return max(differences), float(np.mean(np.array(differences) < 0.5))


def main():
    stapes = sys.argv[1]
    warnings.simplefilter("ignore")
    torch.manual_seed(3)
    np.random.seed(3)
    failed = False
    for case, shape in CASES:
        model = case()
        randomize_norms(model)
        model.eval()
        for newer in (False, True):
            with tempfile.TemporaryDirectory() as folder:
                file = os.path.join(folder, "net.onnx")
                torch.onnx.export(model, (torch.randn(1, *shape),), file, dynamo=newer, verbose=False)
                worst = largest_error(stapes, file, shape, folder)
                try:
                    steps, equal = steps_off(stapes, file, shape, folder)
                    quantized = f"8 bits {steps:.1f} steps, {100 * equal:.0f} % equal"
                except subprocess.CalledProcessError as error:
                    quantized = "8 bits refused: " + error.stderr.strip().split("onnx: ", 1)[-1]
            failed = failed or not worst <= LIMIT
            print(f"{case.__name__:<14} {'newer' if newer else 'older'} exporter  float {worst:.2e}  "
                  f"{quantized}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
