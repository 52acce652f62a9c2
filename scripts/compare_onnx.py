#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares Stapes with ONNX Runtime on random inputs and takes networks from PyTorch and Keras to firmware.

Needs PyTorch, onnx, onnxscript (for PyTorch's newer exporter), onnxruntime and, for the Keras network, keras.
Usage: compare_onnx.py STAPES [MODEL.stapes]...

For each network and exporter it prints, over 100 inputs:
  imported        the float model: largest error, relative to the largest score
  imported QDQ    the model quantized by ONNX Runtime: largest difference in steps of the scores, share of equal scores
    layer by layer  each layer of that model in both programs, on the same int8 inputs: largest difference in steps,
                  share of equal values, and the layer that differs most
  exported        the float model written by export-onnx: as "imported"
  exported QDQ    the model quantized by Stapes, written by export-onnx: as "imported QDQ"
Then the cost on the Cortex-M4 of networks quantized by Stapes, and for each MODEL.stapes of features, how far the
scores of ONNX Runtime differ from Stapes's. A step is the scale of the scores or, where these are not quantized, 1/255
of their range.
Exits with 1 if a float error is above 1e-4, a layer differs by more than one step, or no layer could be compared.
"""
import glob
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import warnings

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime import quantization
from torch import nn

LIMIT = 1e-4
INPUTS = 100
CALIBRATION = 100


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
    """1-D, then 2-D convolutions on a wave, as in ACDNet."""

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
    """Time as height, average over time, normalized input, odd padding."""

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


def keras_network():
    """DS-CNN on 49 x 10 features, channels last."""
    import keras
    from keras import layers

    def act():
        return [layers.BatchNormalization(), layers.ReLU()]

    return keras.Sequential([keras.Input((49, 10, 1)), layers.Conv2D(16, (10, 4), 2, padding="same", use_bias=False),
                             *act(), layers.DepthwiseConv2D(3, padding="same", use_bias=False), *act(),
                             layers.Conv2D(16, 1, use_bias=False), *act(), layers.GlobalAveragePooling2D(),
                             layers.Dense(12, activation="softmax")])


CASES = [(DepthwiseNet, (1, 49, 10)), (ResidualNet, (3, 16, 16)), (WaveNet1d, (1, 800)), (UprightNet, (4, 60, 1)),
         (Autoencoder, (64,))]


def randomize_norms(model):
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            nn.init.normal_(module.running_mean, 0, 0.3)
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.3)


def exported_files(folder):
    """Writes every network with every exporter. Yields name, file and input shape."""
    for case, shape in CASES:
        model = case()
        randomize_norms(model)
        model.eval()
        for newer in (False, True):
            file = f"{folder}/{case.__name__}-{newer}.onnx"
            torch.onnx.export(model, (torch.randn(1, *shape),), file, dynamo=newer, verbose=False)
            yield f"{case.__name__}, {'newer' if newer else 'older'} exporter", file, shape
    try:
        model = keras_network()
    except ImportError:
        return
    model(np.zeros((1, 49, 10, 1), np.float32))
    model.export(f"{folder}/keras.onnx", format="onnx", verbose=False)
    yield "DS-CNN, Keras", f"{folder}/keras.onnx", (49, 10, 1)


class Stapes:
    """Commands of `stapes` on files in one folder."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def __call__(self, *arguments):
        result = subprocess.run([self.program, *arguments, "--json"], capture_output=True, text=True)
        if result.returncode != 0:
            raise RuntimeError(result.stderr.strip().split("onnx: ", 1)[-1])
        return json.loads(result.stdout)

    def scores(self, model, features):
        features.astype(np.float32).tofile(f"{self.folder}/in.f32")
        return np.array(self("run", model, "--input", f"{self.folder}/in.f32")["scores"])


class Reference:
    """ONNX Runtime on a file. `left_out`: a final node to omit; the scores are then its input."""

    def __init__(self, file, left_out=""):
        model = onnx.load(file)
        nodes = {node.name: node for node in model.graph.node}
        self.output = nodes[left_out].input[0] if left_out else model.graph.output[0].name
        if left_out:
            model.graph.output.append(onnx.ValueInfoProto(name=self.output))
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        self.session = onnxruntime.InferenceSession(model.SerializeToString(), options,
                                                    providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name
        makers = {output: node for node in model.graph.node for output in node.output}
        constants = {tensor.name: tensor for tensor in model.graph.initializer}
        maker = makers[self.output]
        self.step = None
        if maker.op_type == "DequantizeLinear":
            self.step = float(onnx.numpy_helper.to_array(constants[maker.input[1]]).ravel()[0])

    def scores(self, x):
        return self.session.run([self.output], {self.input: x[None]})[0].ravel()


def channels_last(values, dims):
    """The file's input without batch, as height x width x channels."""
    order = [d - 1 for d in dims if d > 0]
    rest = [d for d in range(values.ndim) if d not in order]  # of size 1
    return np.ascontiguousarray(values.transpose(order + rest), dtype=np.float32)


def compared(stapes, model, dims, reference, shape):
    """The scores of Stapes and of the reference for INPUTS inputs."""
    inputs = [np.random.randn(*shape).astype(np.float32) for _ in range(INPUTS)]
    return (np.array([stapes.scores(model, channels_last(x, dims)) for x in inputs]),
            np.array([reference.scores(x) for x in inputs]))


def relative_error(got, want):
    return float((np.abs(got - want).max(axis=1) / np.abs(want).max(axis=1)).max())


def steps_text(got, want, step):
    steps = np.abs(got - want) / (step or (want.max() - want.min()) / 255)
    return f"{steps.max():.2f} steps, {100 * np.mean(steps < 0.5):.0f} % equal"


class QuantizedLayers:
    """The layers of a QDQ file. ONNX Runtime runs each alone, between 8-bit tensors."""

    def __init__(self, file):
        self.model = onnx.shape_inference.infer_shapes(onnx.load(file))
        self.nodes = {node.name: node for node in self.model.graph.node}
        self.makers = {output: node for node in self.model.graph.node for output in node.output}
        self.constants = {tensor.name for tensor in self.model.graph.initializer}
        self.readers = {}
        for node in self.model.graph.node:
            for name in node.input:
                self.readers.setdefault(name, []).append(node)
        self.input = next(i.name for i in self.model.graph.input if i.name not in self.constants)

    def quantized_output(self, name):
        """The first 8-bit tensor after a node, or None."""
        node = self.nodes[name]
        while node.op_type != "QuantizeLinear":
            readers = self.readers.get(node.output[0], [])
            if len(readers) != 1:
                return None
            node = readers[0]
        return node.output[0]

    def quantized_inputs(self, name, known):
        """The nearest known 8-bit tensor before a node, for each activation that it reads."""
        found = []
        for tensor in self.nodes[name].input:
            while tensor and tensor not in known and tensor in self.makers:
                tensor = self.makers[tensor].input[0]
            if tensor in known:
                found.append(tensor)
        return found

    def part(self, inputs, output):
        """A session from 8-bit tensors to an 8-bit tensor."""
        needed, open_tensors = set(), [output]
        while open_tensors:
            tensor = open_tensors.pop()
            if tensor in inputs or tensor in needed or tensor not in self.makers:
                continue
            needed.add(tensor)
            open_tensors += self.makers[tensor].input
        nodes = [node for node in self.model.graph.node if needed.intersection(node.output)]
        types = {info.name: info for info in self.model.graph.value_info}
        used = {name for node in nodes for name in node.input}
        graph = onnx.helper.make_graph(nodes, "part", [types[name] for name in inputs], [types[output]],
                                       [t for t in self.model.graph.initializer if t.name in used])
        model = onnx.helper.make_model(graph, opset_imports=self.model.opset_import, ir_version=self.model.ir_version)
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def as_in_file(values, shape, like):
    """Converts int8 values (channels last) to the file's layout and type."""
    shape = [axis if isinstance(axis, int) else 1 for axis in shape]  # the batch may be dynamic
    if len(shape) == 4:
        n, c, h, w = shape
        values = values.reshape(h, w, c).transpose(2, 0, 1)
    elif len(shape) == 3:
        n, c, w = shape
        values = values.reshape(w, c).transpose(1, 0)
    values = values.reshape(shape)
    return values if like == np.int8 else (values.astype(np.int16) + 128).astype(np.uint8)


def layer_by_layer(stapes, quantized, packed, info, shape):
    """Compares layers with 8-bit outputs. Returns the text and the largest difference in steps."""
    layers, dtypes = QuantizedLayers(quantized), {"tensor(int8)": np.int8, "tensor(uint8)": np.uint8}
    first = layers.readers[layers.input][0]
    if first.op_type != "QuantizeLinear":
        return "nothing compared: the input is not quantized first", math.inf
    known, parts = {first.output[0]: 0}, []  # 8-bit tensor -> tensor of Stapes: 0 is the input, then one per layer
    for i, node in enumerate(info["nodes"]):
        output = layers.quantized_output(node["onnx"])
        inputs = layers.quantized_inputs(node["onnx"], known)
        moves_only = node["onnx"] in [later["onnx"] for later in info["nodes"][i + 1:]]  # the node's own layer follows
        if output is None or not inputs or moves_only:
            continue  # nothing to compare, or real scores
        parts.append((i, node, list(dict.fromkeys(inputs)), layers.part(inputs, output)))
        known[output] = i + 1
    if not parts:
        return "nothing compared: no layer is between 8-bit tensors", math.inf
    worst, equal, count, where = 0, 0, 0, ""
    for _ in range(INPUTS):
        np.random.randint(-128, 128, int(np.prod(shape)), np.int8).tofile(f"{stapes.folder}/in.i8")
        folder = f"{stapes.folder}/layers"
        shutil.rmtree(folder, ignore_errors=True)
        stapes("run", packed, "--input", f"{stapes.folder}/in.i8", "--all-tensors", folder)
        tensors = [np.fromfile(f"{stapes.folder}/in.i8", np.int8)]
        tensors += [np.fromfile(file, np.int8) for file in sorted(glob.glob(f"{folder}/*"))]
        for i, node, inputs, session in parts:
            feed = {given.name: as_in_file(tensors[known[given.name]], given.shape, dtypes[given.type])
                    for given in session.get_inputs()}
            want = session.run(None, feed)[0]
            got = as_in_file(tensors[i + 1], want.shape, want.dtype)
            steps = np.abs(got.astype(int) - want.astype(int))
            equal, count = equal + int((steps == 0).sum()), count + steps.size
            if steps.max() > worst:
                worst, where = int(steps.max()), f", most in {node['name']} ({node['onnx']})"
    return f"{worst} steps, {100 * equal / count:.3f} % equal in {len(parts)} layers{where}", worst


class Calibration(quantization.CalibrationDataReader):
    def __init__(self, name, shape):
        self.windows = iter([{name: np.random.randn(1, *shape).astype(np.float32)} for _ in range(CALIBRATION)])

    def get_next(self):
        return next(self.windows, None)


def imported_qdq(stapes, file, shape):
    """Compares after quantization by ONNX Runtime. Returns the text and a layer's largest difference in steps."""
    ready, quantized, packed = (f"{stapes.folder}/{name}" for name in ("ready.onnx", "qdq.onnx", "qdq.stapes"))
    quantization.quant_pre_process(file, ready)
    input_name = onnx.load(ready).graph.input[0].name
    quantization.quantize_static(ready, quantized, Calibration(input_name, shape), per_channel=True,
                                 quant_format=quantization.QuantFormat.QDQ,
                                 activation_type=quantization.QuantType.QInt8,
                                 weight_type=quantization.QuantType.QInt8)
    try:
        info = stapes("import-onnx", quantized, "-o", packed, "--force")
    except RuntimeError as error:
        return f"refused: {error}", 0
    reference = Reference(quantized, info["left_out"])
    text = steps_text(*compared(stapes, packed, info["input_dims"], reference, shape), reference.step)
    layers, steps = layer_by_layer(stapes, quantized, packed, info, shape)
    return f"{text}\n    layer by layer  {layers}", steps


def exported_again(stapes, model):
    """Compares a packed model of features with its ONNX export. Returns the scores of each and the step."""
    stapes("export-onnx", model, "-o", f"{stapes.folder}/again.onnx", "--force")
    reference = Reference(f"{stapes.folder}/again.onnx")
    shape = reference.session.get_inputs()[0].shape[1:]
    return *compared(stapes, model, [2, 3, 1], reference, shape), reference.step


def compare_network(stapes, name, file, shape):
    """Prints one block. Returns the largest float error, a layer's largest difference in steps, and the model quantized
    by Stapes."""
    network, packed, int8 = (f"{stapes.folder}/{end}" for end in ("net.network", "fp32.stapes", "int8.stapes"))
    info = stapes("import-onnx", file, "-o", network, "--force")
    stapes("pack", network, "-o", packed, "--force")
    imported = relative_error(*compared(stapes, packed, info["input_dims"], Reference(file, info["left_out"]), shape))
    exported = relative_error(*exported_again(stapes, packed)[:2])
    np.concatenate([channels_last(np.random.randn(*shape), info["input_dims"]).ravel() for _ in range(CALIBRATION)]
                   ).tofile(f"{stapes.folder}/calibration.f32")
    stapes("quantize", network, "--features", f"{stapes.folder}/calibration.f32", "-o", int8, "--force")
    qdq, steps = imported_qdq(stapes, file, shape)
    print(f"{name}\n  imported      {imported:.1e}\n  imported QDQ  {qdq}\n"
          f"  exported      {exported:.1e}\n  exported QDQ  {steps_text(*exported_again(stapes, int8))}", flush=True)
    return max(imported, exported), steps, int8


def main():
    program, *models = sys.argv[1:]
    warnings.simplefilter("ignore")
    torch.manual_seed(3)
    np.random.seed(3)
    worst, worst_steps = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        stapes = Stapes(program, folder)
        for name, file, shape in exported_files(folder):
            error, steps, int8 = compare_network(stapes, name, file, shape)
            worst, worst_steps = max(worst, error), max(worst_steps, steps)
            if "DS-CNN" in name or "Depthwise" in name:
                cost = stapes("measure", int8, "--target", "cortex-m4")
                print(f"  Cortex-M4     {cost['instructions']} instructions, {cost['flash_bytes']} bytes of flash, "
                      f"bits equal: {cost['bit_equal']}", flush=True)
        for model in models:
            print(f"{os.path.basename(model)}\n  exported      {steps_text(*exported_again(stapes, model))}")
    sys.exit(1 if not worst <= LIMIT or worst_steps > 1 else 0)


if __name__ == "__main__":
    main()
