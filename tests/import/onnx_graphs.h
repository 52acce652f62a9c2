// SPDX-License-Identifier: Apache-2.0
// onnx_graphs.h: graphs as exporters write them.
#pragma once

#include "support/onnx_builder.h"

namespace stapes::test {

inline OnnxList pads(std::int64_t h, std::int64_t w) { return {h, w, h, w}; }

// A depthwise network on features, as PyTorch's older exporter writes it, but with batch norms.
inline OnnxBuilder depthwise_graph() {
  OnnxBuilder b;
  b.input("x", {-1, 1, 21, 10}).output("softmax");
  b.random("stem_w", {6, 1, 5, 4});
  b.node("Conv", "stem", {"x", "stem_w"}, {{"pads", OnnxList{2, 1, 2, 2}}, {"strides", OnnxList{2, 1}}});
  b.norm("stem_norm", "stem", 6).node("Relu", "stem_relu", {"stem_norm"});
  b.random("depth_w", {6, 1, 3, 3}).random("depth_b", {6});
  b.node("Conv", "depth", {"stem_relu", "depth_w", "depth_b"}, {{"group", std::int64_t{6}}, {"pads", pads(1, 1)}});
  b.norm("depth_norm", "depth", 6, 1e-3f).node("Relu", "depth_relu", {"depth_norm"});
  b.random("point_w", {8, 6, 1, 1}).random("point_b", {8});
  b.node("Conv", "point", {"depth_relu", "point_w", "point_b"});
  b.constant("zero", {}, {0});
  b.constant("six", {}, {6});
  b.node("Clip", "point_relu6", {"point", "zero", "six"});
  b.node("MaxPool", "pool", {"point_relu6"}, {{"kernel_shape", OnnxList{2, 2}}, {"strides", OnnxList{2, 2}}});
  b.node("GlobalAveragePool", "mean", {"pool"});
  b.node("Flatten", "flat", {"mean"});
  b.random("head_w", {4, 8}).random("head_b", {4});
  b.node("Gemm", "scores", {"flat", "head_w", "head_b"}, {{"transB", std::int64_t{1}}});
  b.node("Softmax", "softmax", {"scores"}, {{"axis", std::int64_t{1}}});
  return b;
}

// Residual blocks, an average-pool, and a linear layer that reads all positions.
inline OnnxBuilder residual_graph() {
  OnnxBuilder b;
  b.input("x", {1, 3, 8, 8}).output("scores");
  b.random("a_w", {5, 3, 3, 3}).random("b_w", {5, 5, 3, 3}, 0.2).random("c_w", {7, 5, 3, 3}, 0.2);
  b.random("d_w", {7, 5, 1, 1}).random("bias", {7});
  b.node("Conv", "a", {"x", "a_w"}, {{"pads", pads(1, 1)}});
  b.norm("a_norm", "a", 5).node("Relu", "a_relu", {"a_norm"});
  b.node("Conv", "b", {"a_relu", "b_w"}, {{"pads", pads(1, 1)}});
  b.norm("b_norm", "b", 5).node("Add", "sum", {"b_norm", "a_relu"});
  b.node("Relu", "sum_relu", {"sum"});
  b.node("Conv", "c", {"sum_relu", "c_w", "bias"}, {{"pads", pads(1, 1)}, {"strides", OnnxList{2, 2}}});
  b.node("Conv", "d", {"sum_relu", "d_w"}, {{"strides", OnnxList{2, 2}}});
  b.node("Add", "sum2", {"c", "d"});
  b.node("AveragePool", "mean", {"sum2"}, {{"kernel_shape", OnnxList{2, 2}}, {"strides", OnnxList{2, 2}}});
  b.node("Flatten", "flat", {"mean"});
  b.random("head_w", {28, 6}).random("head_b", {6});
  b.node("Gemm", "scores", {"flat", "head_w", "head_b"});
  return b;
}

// 1-D convolutions, then a 2-D convolution over channels and time. Reshape reads a Shape node.
inline OnnxBuilder wave_graph() {
  OnnxBuilder b;
  b.input("x", {-1, 1, 120}).output("scores");
  b.random("a_w", {4, 1, 7}).random("a_b", {4}).random("b_w", {6, 4, 3}).random("c_w", {5, 1, 3, 3});
  b.node("Conv", "a", {"x", "a_w", "a_b"}, {{"strides", OnnxList{2}}, {"kernel_shape", OnnxList{7}}});
  b.node("Relu", "a_relu", {"a"});
  b.node("Conv", "b", {"a_relu", "b_w"}, {{"pads", OnnxList{1, 1}}});
  b.node("MaxPool", "b_pool", {"b"},
         {{"kernel_shape", OnnxList{3}}, {"strides", OnnxList{2}}, {"pads", OnnxList{1, 1}}});
  b.node("Relu", "b_relu", {"b_pool"});
  b.list("one", {1});
  b.node("Unsqueeze", "picture", {"b_relu", "one"});
  b.node("Conv", "c", {"picture", "c_w"});
  b.node("MaxPool", "c_pool", {"c"}, {{"kernel_shape", OnnxList{2, 3}}, {"strides", OnnxList{2, 3}}});
  b.node("Relu", "c_relu", {"c_pool"});
  b.number("zero", 0).list("rest", {-1}).list("axis", {0});
  b.node("Shape", "shape", {"c_relu"});
  b.node("Gather", "batch", {"shape", "zero"});
  b.node("Unsqueeze", "batch_list", {"batch", "axis"});
  b.node("Concat", "target", {"batch_list", "rest"}, {{"axis", std::int64_t{0}}});
  b.node("Reshape", "flat", {"c_relu", "target"});
  b.random("hidden_w", {90, 9}, 0.1).random("hidden_b", {9}).random("head_w", {9, 3});
  b.node("MatMul", "hidden", {"flat", "hidden_w"});
  b.node("Add", "hidden_sum", {"hidden", "hidden_b"});
  b.node("Relu", "hidden_relu", {"hidden_sum"});
  b.node("MatMul", "scores", {"hidden_relu", "head_w"});
  return b;
}

// A Keras network as tf2onnx writes it: channels-last input, input normalization, separate padding, batch norm and
// ReLU.
inline OnnxBuilder keras_graph() {
  OnnxBuilder b;
  b.input("x", {1, 9, 7, 2}).output("scores");
  b.constant("mean", {1, 1, 1, 2}, {0.5f, -0.25f});
  b.constant("factor", {}, {0.75f});
  b.node("Sub", "centered", {"x", "mean"});
  b.node("Mul", "scaled", {"centered", "factor"});
  b.node("Transpose", "first", {"scaled"}, {{"perm", OnnxList{0, 3, 1, 2}}});
  b.list("pads", {0, 0, 0, 1, 0, 0, 1, 2});
  b.node("Pad", "padded", {"first", "pads"});
  b.random("a_w", {4, 2, 3, 3}).random("a_b", {4});
  b.node("Conv", "a", {"padded", "a_w", "a_b"}, {{"strides", OnnxList{2, 2}}});
  b.node("MaxPool", "pool", {"a"},
         {{"kernel_shape", OnnxList{2, 2}}, {"strides", OnnxList{2, 2}}, {"ceil_mode", std::int64_t{1}}});
  b.norm("norm", "pool", 4).node("Relu", "relu", {"norm"});
  b.node("Transpose", "last", {"relu"}, {{"perm", OnnxList{0, 2, 3, 1}}});
  b.list("target", {1, 16});
  b.node("Reshape", "flat", {"last", "target"});
  b.random("head_w", {16, 3}).random("head_b", {3});
  b.node("Gemm", "scores", {"flat", "head_w", "head_b"});
  return b;
}

// Time is the height, the width is 1. Scores are means over time.
inline OnnxBuilder upright_graph() {
  OnnxBuilder b;
  b.input("x", {1, 3, 20, 1}).output("scores");
  b.random("a_w", {5, 3, 4, 1}).random("b_w", {4, 5, 1, 1}).random("b_b", {4});
  b.node("Conv", "a", {"x", "a_w"}, {{"strides", OnnxList{2, 1}}, {"pads", OnnxList{1, 0, 2, 0}}});
  b.node("Relu", "a_relu", {"a"});
  b.node("Conv", "b", {"a_relu", "b_w", "b_b"});
  b.node("GlobalAveragePool", "mean", {"b"});
  b.list("dims", {2, 3});
  b.node("Squeeze", "scores", {"mean", "dims"});
  return b;
}

// Linear layers only.
inline OnnxBuilder linear_graph() {
  OnnxBuilder b;
  b.input("x", {-1, 24}).output("scores");
  b.random("a_w", {8, 24}).random("a_b", {8}).random("b_w", {24, 8}).random("b_b", {24});
  b.node("Gemm", "a", {"x", "a_w", "a_b"}, {{"transB", std::int64_t{1}}});
  b.norm("a_norm", "a", 8).node("Relu", "a_relu", {"a_norm"});
  b.node("Gemm", "scores", {"a_relu", "b_w", "b_b"}, {{"transB", std::int64_t{1}}});
  return b;
}

}  // namespace stapes::test
