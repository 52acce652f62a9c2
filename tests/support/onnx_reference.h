// SPDX-License-Identifier: Apache-2.0
// onnx_reference.h: computes ONNX graphs by definition, in double, channels first. Shares no code with the importer.
// Supports only what the tests use.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "import/onnx/onnx.pb.h"

namespace stapes::test {

struct OnnxArray {
  std::vector<std::int64_t> shape;
  std::vector<double> values;

  std::int64_t size(std::size_t dim) const { return dim < shape.size() ? shape[dim] : 1; }
};

class OnnxReference {
 public:
  OnnxReference(const onnx::ModelProto& model, const OnnxArray& input) : graph_(model.graph()) {
    for (const auto& tensor : graph_.initializer()) arrays_[tensor.name()] = array_of(tensor);
    arrays_[graph_.input(0).name()] = input;
    for (const auto& node : graph_.node()) arrays_[node.output(0)] = compute(node);
  }

  const OnnxArray& output() const { return arrays_.at(graph_.output(0).name()); }

 private:
  static std::int64_t count_of(const std::vector<std::int64_t>& shape) {
    return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
  }

  static OnnxArray array_of(const onnx::TensorProto& tensor) {
    OnnxArray array{{tensor.dims().begin(), tensor.dims().end()}, {}};
    for (const std::int64_t value : tensor.int64_data()) array.values.push_back(static_cast<double>(value));
    for (std::size_t at = 0; at < tensor.raw_data().size(); at += sizeof(float)) {
      float value;
      std::memcpy(&value, tensor.raw_data().data() + at, sizeof value);
      array.values.push_back(double{value});
    }
    return array;
  }

  static std::vector<std::int64_t> ints(const onnx::NodeProto& node, const char* name,
                                        std::vector<std::int64_t> other) {
    for (const auto& a : node.attribute()) {
      if (a.name() == name) return {a.ints().begin(), a.ints().end()};
    }
    return other;
  }
  static std::int64_t number(const onnx::NodeProto& node, const char* name, std::int64_t other) {
    for (const auto& a : node.attribute()) {
      if (a.name() == name) return a.i();
    }
    return other;
  }
  static double real(const onnx::NodeProto& node, const char* name, double other) {
    for (const auto& a : node.attribute()) {
      if (a.name() == name) return double{a.f()};
    }
    return other;
  }

  const OnnxArray& in(const onnx::NodeProto& node, int i) const { return arrays_.at(node.input(i)); }

  OnnxArray compute(const onnx::NodeProto& node) const {
    const std::string& op = node.op_type();
    if (op == "Conv") return conv(node);
    if (op == "MaxPool" || op == "AveragePool") return pool(node, op == "MaxPool");
    if (op == "GlobalAveragePool") return global_average(in(node, 0));
    if (op == "Relu") return map(in(node, 0), [](double v) { return std::max(v, 0.0); });
    if (op == "Clip") return map(in(node, 0), [](double v) { return std::clamp(v, 0.0, 6.0); });
    if (op == "BatchNormalization") return norm(node);
    if (op == "Gemm" || op == "MatMul") return product(node);
    if (op == "Add") return broadcast(node, [](double a, double b) { return a + b; });
    if (op == "Mul") return broadcast(node, [](double a, double b) { return a * b; });
    if (op == "Sub") return broadcast(node, [](double a, double b) { return a - b; });
    if (op == "Transpose") return transpose(node);
    if (op == "Flatten") {
      const OnnxArray& a = in(node, 0);
      return {{a.shape[0], count_of(a.shape) / a.shape[0]}, a.values};
    }
    if (op == "Reshape" || op == "Unsqueeze" || op == "Squeeze") return with_shape(node);
    if (op == "Pad") return pad(node);
    if (op == "Shape") {
      const OnnxArray& a = in(node, 0);
      return {{static_cast<std::int64_t>(a.shape.size())}, {a.shape.begin(), a.shape.end()}};
    }
    if (op == "Gather") return {{}, {in(node, 0).values.at(static_cast<std::size_t>(in(node, 1).values.at(0)))}};
    if (op == "Concat") {  // of two lists
      OnnxArray a = in(node, 0);
      a.values.insert(a.values.end(), in(node, 1).values.begin(), in(node, 1).values.end());
      return {{static_cast<std::int64_t>(a.values.size())}, a.values};
    }
    throw std::logic_error("the reference does not know " + op);
  }

  static OnnxArray map(OnnxArray array, const std::function<double(double)>& f) {
    for (double& value : array.values) value = f(value);
    return array;
  }

  // One axis of a window operator. visit() calls f(kernel position, input position) except in the padding.
  struct Axis {
    std::int64_t in, out, kernel, stride, pad;
  };
  static std::vector<Axis> axes(const onnx::NodeProto& node, const OnnxArray& x, std::vector<std::int64_t> kernel) {
    const std::size_t n = x.shape.size() - 2;
    const auto strides = ints(node, "strides", std::vector<std::int64_t>(n, 1));
    const auto pads = ints(node, "pads", std::vector<std::int64_t>(2 * n, 0));
    std::vector<Axis> result;
    for (std::size_t i = 0; i < n; ++i) {
      const std::int64_t room = x.shape[2 + i] + pads[i] + pads[n + i] - kernel[i];
      std::int64_t out = room / strides[i] + 1;
      if (number(node, "ceil_mode", 0) != 0) {
        out = (room + strides[i] - 1) / strides[i] + 1;
        if ((out - 1) * strides[i] >= x.shape[2 + i] + pads[i]) --out;
      }
      result.push_back({x.shape[2 + i], out, kernel[i], strides[i], pads[i]});
    }
    while (result.size() < 2) result.insert(result.begin(), {1, 1, 1, 1, 0});
    return result;
  }
  static OnnxArray windowed(const OnnxArray& x, const std::vector<Axis>& a, std::int64_t channels,
                            const std::function<double(std::int64_t, std::int64_t, std::int64_t)>& value_at) {
    OnnxArray y{{1, channels}, {}};
    if (x.shape.size() == 4) y.shape.push_back(a[0].out);
    y.shape.push_back(a[1].out);
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t h = 0; h < a[0].out; ++h)
        for (std::int64_t w = 0; w < a[1].out; ++w) y.values.push_back(value_at(c, h, w));
    return y;
  }
  static void visit(const std::vector<Axis>& a, std::int64_t h, std::int64_t w,
                    const std::function<void(std::int64_t tap, std::int64_t place)>& f) {
    for (std::int64_t i = 0; i < a[0].kernel; ++i) {
      for (std::int64_t j = 0; j < a[1].kernel; ++j) {
        const std::int64_t y = h * a[0].stride + i - a[0].pad, x = w * a[1].stride + j - a[1].pad;
        if (y >= 0 && y < a[0].in && x >= 0 && x < a[1].in) f(i * a[1].kernel + j, y * a[1].in + x);
      }
    }
  }

  OnnxArray conv(const onnx::NodeProto& node) const {
    const OnnxArray &x = in(node, 0), &k = in(node, 1);
    const std::vector<Axis> a = axes(node, x, {k.shape.begin() + 2, k.shape.end()});
    const std::int64_t groups = number(node, "group", 1), per_group = k.shape[0] / groups, ins = k.shape[1];
    const std::int64_t area = a[0].in * a[1].in, taps = a[0].kernel * a[1].kernel;
    return windowed(x, a, k.shape[0], [&](std::int64_t o, std::int64_t h, std::int64_t w) {
      double sum = node.input_size() > 2 ? in(node, 2).values[static_cast<std::size_t>(o)] : 0;
      for (std::int64_t c = 0; c < ins; ++c) {
        const std::int64_t from = o / per_group * ins + c;
        visit(a, h, w, [&](std::int64_t tap, std::int64_t place) {
          sum += k.values[static_cast<std::size_t>((o * ins + c) * taps + tap)] *
                 x.values[static_cast<std::size_t>(from * area + place)];
        });
      }
      return sum;
    });
  }

  OnnxArray pool(const onnx::NodeProto& node, bool max) const {
    const OnnxArray& x = in(node, 0);
    const std::vector<Axis> a = axes(node, x, ints(node, "kernel_shape", {}));
    return windowed(x, a, x.shape[1], [&](std::int64_t c, std::int64_t h, std::int64_t w) {
      double most = -std::numeric_limits<double>::infinity(), sum = 0;
      visit(a, h, w, [&](std::int64_t, std::int64_t place) {
        const double v = x.values[static_cast<std::size_t>(c * a[0].in * a[1].in + place)];
        most = std::max(most, v);
        sum += v;
      });
      return max ? most : sum / static_cast<double>(a[0].kernel * a[1].kernel);
    });
  }

  static OnnxArray global_average(const OnnxArray& x) {
    OnnxArray y{{1, x.shape[1], 1, 1}, {}};
    const auto area = static_cast<std::size_t>(count_of(x.shape) / x.shape[1]);
    for (std::size_t c = 0; c < static_cast<std::size_t>(x.shape[1]); ++c) {
      const auto first = x.values.begin() + static_cast<std::ptrdiff_t>(c * area);
      y.values.push_back(std::accumulate(first, first + static_cast<std::ptrdiff_t>(area), 0.0) /
                         static_cast<double>(area));
    }
    return y;
  }

  OnnxArray norm(const onnx::NodeProto& node) const {
    OnnxArray y = in(node, 0);
    const auto channels = static_cast<std::size_t>(y.shape[1]), area = y.values.size() / channels;
    const double epsilon = real(node, "epsilon", 1e-5);
    for (std::size_t i = 0; i < y.values.size(); ++i) {
      const std::size_t c = i / area;
      y.values[i] =
          in(node, 1).values[c] * (y.values[i] - in(node, 3).values[c]) / std::sqrt(in(node, 4).values[c] + epsilon) +
          in(node, 2).values[c];
    }
    return y;
  }

  OnnxArray product(const onnx::NodeProto& node) const {
    const OnnxArray &x = in(node, 0), &k = in(node, 1);
    const bool turned = number(node, "transB", 0) != 0;
    const std::int64_t outs = k.shape[turned ? 0 : 1], ins = k.shape[turned ? 1 : 0];
    OnnxArray y{x.shape, {}};
    y.shape.back() = outs;
    for (std::int64_t row = 0; row < count_of(x.shape) / ins; ++row) {
      for (std::int64_t o = 0; o < outs; ++o) {
        double sum = node.input_size() > 2 ? in(node, 2).values[static_cast<std::size_t>(o)] : 0;
        for (std::int64_t i = 0; i < ins; ++i) {
          sum += x.values[static_cast<std::size_t>(row * ins + i)] *
                 k.values[static_cast<std::size_t>(turned ? o * ins + i : i * outs + o)];
        }
        y.values.push_back(sum);
      }
    }
    return y;
  }

  OnnxArray broadcast(const onnx::NodeProto& node, const std::function<double(double, double)>& f) const {
    OnnxArray a = in(node, 0);
    const OnnxArray& b = in(node, 1);
    const std::size_t missing = a.shape.size() - b.shape.size();
    for (std::int64_t i = 0; i < count_of(a.shape); ++i) {
      std::int64_t rest = i, place = 0, step = 1;
      for (std::size_t d = a.shape.size(); d-- > 0;) {
        const std::int64_t at = rest % a.shape[d];
        rest /= a.shape[d];
        if (d < missing) continue;
        const std::int64_t size = b.shape[d - missing];
        if (size > 1) place += at * step;
        step *= size;
      }
      double& value = a.values[static_cast<std::size_t>(i)];
      value = f(value, b.values[static_cast<std::size_t>(place)]);
    }
    return a;
  }

  OnnxArray transpose(const onnx::NodeProto& node) const {
    const OnnxArray& x = in(node, 0);
    const std::vector<std::int64_t> order = ints(node, "perm", {});
    OnnxArray y;
    for (const std::int64_t d : order) y.shape.push_back(x.shape[static_cast<std::size_t>(d)]);
    for (std::int64_t i = 0; i < count_of(y.shape); ++i) {
      std::int64_t rest = i, place = 0;
      for (std::size_t d = order.size(); d-- > 0;) {
        const std::int64_t at = rest % y.shape[d];
        rest /= y.shape[d];
        std::int64_t step = 1;
        for (std::size_t e = static_cast<std::size_t>(order[d]) + 1; e < x.shape.size(); ++e) step *= x.shape[e];
        place += at * step;
      }
      y.values.push_back(x.values[static_cast<std::size_t>(place)]);
    }
    return y;
  }

  OnnxArray with_shape(const onnx::NodeProto& node) const {
    OnnxArray y = in(node, 0);
    std::vector<std::int64_t> dims;
    for (const double value : in(node, 1).values) dims.push_back(static_cast<std::int64_t>(value));
    if (node.op_type() == "Unsqueeze") {
      for (const std::int64_t d : dims) y.shape.insert(y.shape.begin() + d, 1);
    } else if (node.op_type() == "Squeeze") {
      for (std::size_t i = dims.size(); i-- > 0;) y.shape.erase(y.shape.begin() + dims[i]);
    } else {
      std::int64_t known = 1;
      for (const std::int64_t d : dims) known *= d == -1 ? 1 : d;
      for (std::int64_t& d : dims) d = d == -1 ? count_of(y.shape) / known : d;
      y.shape = dims;
    }
    return y;
  }

  OnnxArray pad(const onnx::NodeProto& node) const {
    const OnnxArray &x = in(node, 0), &p = in(node, 1);
    const auto at = [&](std::size_t i) { return static_cast<std::int64_t>(p.values[i]); };
    OnnxArray y{{1, x.shape[1], x.shape[2] + at(2) + at(6), x.shape[3] + at(3) + at(7)}, {}};
    for (std::int64_t c = 0; c < y.shape[1]; ++c)
      for (std::int64_t h = -at(2); h < x.shape[2] + at(6); ++h)
        for (std::int64_t w = -at(3); w < x.shape[3] + at(7); ++w) {
          const bool inside = h >= 0 && h < x.shape[2] && w >= 0 && w < x.shape[3];
          y.values.push_back(inside ? x.values[static_cast<std::size_t>((c * x.shape[2] + h) * x.shape[3] + w)] : 0.0);
        }
    return y;
  }

  const onnx::GraphProto& graph_;
  std::map<std::string, OnnxArray> arrays_;
};

}  // namespace stapes::test
