// SPDX-License-Identifier: Apache-2.0
#include "import/onnx/onnx_views.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "import/onnx/onnx_file.h"

namespace stapes {
namespace {

constexpr std::int64_t kMaxViewElements = std::int64_t{1} << 27;

std::int64_t product(const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) {
    if (size < 0 || size > kMaxViewElements || (count *= size) > kMaxViewElements) {
      throw Error("unsupported tensor shape {}", shape_text(shape));
    }
  }
  return count;
}

std::vector<std::size_t> dimensions_of(const std::vector<std::int64_t>& dims, std::size_t rank) {
  std::set<std::size_t> found;
  for (const std::int64_t dim : dims) {
    if (!found.insert(dimension_of(dim, rank)).second) throw Error("dimension {} is listed twice", dim);
  }
  return {found.begin(), found.end()};
}

}  // namespace

int size_of(const FeatureSize& size, OnnxAxis axis) {
  return axis == OnnxAxis::kHeight ? size.height : axis == OnnxAxis::kWidth ? size.width : size.channels;
}

int& size_of(FeatureSize& size, OnnxAxis axis) {
  return axis == OnnxAxis::kHeight ? size.height : axis == OnnxAxis::kWidth ? size.width : size.channels;
}

std::size_t dimension_of(std::int64_t dim, std::size_t rank) {
  const auto count = static_cast<std::int64_t>(rank);
  if (dim < -count || dim >= count) throw Error("no dimension {} in a tensor of rank {}", dim, rank);
  return static_cast<std::size_t>(dim < 0 ? dim + count : dim);
}

OnnxView channels_first(int layer, const FeatureSize& size, std::size_t rank) {
  OnnxView view{.layer = layer, .shape = {1}, .axes = {{}}, .pads = {}};
  const std::array<OnnxAxis, 3> order = {OnnxAxis::kChannels, OnnxAxis::kHeight, OnnxAxis::kWidth};
  for (const OnnxAxis axis : order) {
    if (axis == OnnxAxis::kHeight && rank < 4) continue;
    if (axis == OnnxAxis::kWidth && rank < 3) continue;
    view.shape.push_back(size_of(size, axis));
    view.axes.emplace_back();
    if (size_of(size, axis) > 1) view.axes.back().push_back(axis);
  }
  return view;
}

OnnxView reshaped(const OnnxView& view, const std::vector<std::int64_t>& shape, const FeatureSize& size) {
  if (product(view.shape) != product(shape)) {
    throw Error("cannot reshape {} values to {}", product(view.shape), shape_text(shape));
  }
  std::vector<OnnxAxis> order;
  for (const auto& axes : view.axes) order.insert(order.end(), axes.begin(), axes.end());
  OnnxView result = view;
  result.shape = shape;
  result.axes.clear();
  auto next = order.begin();
  for (const std::int64_t wanted : shape) {
    std::int64_t count = 1;
    result.axes.emplace_back();
    while (count < wanted && next != order.end()) {
      result.axes.back().push_back(*next);
      count *= size_of(size, *next++);
    }
    if (count != wanted)
      throw Error("cannot reshape {} to {}: this splits an axis", shape_text(view.shape), shape_text(shape));
  }
  return result;
}

OnnxView permuted(const OnnxView& view, const std::vector<std::int64_t>& order) {
  const std::size_t rank = view.shape.size();
  if (order.size() != rank || dimensions_of(order, rank).size() != rank) {
    throw Error("a permutation of length {} does not fit {}", order.size(), shape_text(view.shape));
  }
  OnnxView result = view;
  for (std::size_t i = 0; i < rank; ++i) {
    result.shape[i] = view.shape[dimension_of(order[i], rank)];
    result.axes[i] = view.axes[dimension_of(order[i], rank)];
  }
  return result;
}

std::vector<std::int64_t> reshape_target(const std::vector<std::int64_t>& from, std::vector<std::int64_t> target,
                                         bool zero_is_zero) {
  std::int64_t known = 1;
  std::int64_t* open = nullptr;
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (target[i] == 0 && !zero_is_zero) {
      if (i >= from.size()) throw Error("no dimension {} to copy from {}", i, shape_text(from));
      target[i] = from[i];
    }
    if (target[i] == -1) {
      if (open != nullptr) throw Error("two dimensions are -1; expected at most one");
      open = &target[i];
      continue;
    }
    if (target[i] < 0 || target[i] > kMaxViewElements || (known *= target[i]) > kMaxViewElements) {
      throw Error("unsupported target shape {}", shape_text(target));
    }
  }
  if (open == nullptr) return target;
  if (known == 0 || product(from) % known != 0)
    throw Error("cannot reshape {} to {}", shape_text(from), shape_text(target));
  *open = product(from) / known;
  return target;
}

std::vector<std::int64_t> squeezed_shape(const std::vector<std::int64_t>& shape, std::vector<std::int64_t> dims) {
  const std::vector<std::size_t> removed = dimensions_of(dims, shape.size());
  std::vector<std::int64_t> result;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool named = std::ranges::find(removed, i) != removed.end();
    if (named && shape[i] != 1) throw Error("dimension {} of {} is not 1", i, shape_text(shape));
    if (dims.empty() ? shape[i] != 1 : !named) result.push_back(shape[i]);
  }
  return result;
}

std::vector<std::int64_t> unsqueezed_shape(const std::vector<std::int64_t>& shape, std::vector<std::int64_t> dims) {
  const std::vector<std::size_t> added = dimensions_of(dims, shape.size() + dims.size());
  std::vector<std::int64_t> result = shape;
  for (const std::size_t at : added) result.insert(result.begin() + static_cast<std::ptrdiff_t>(at), 1);
  return result;
}

}  // namespace stapes
