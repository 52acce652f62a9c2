// SPDX-License-Identifier: Apache-2.0
#include "graph/node_windows.h"

#include <fmt/format.h>

#include <charconv>

namespace stapes {
namespace {

PoolRule parse_pool_axis(const NodeValues& values, const NodeValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value);
      number != nullptr && *number >= 1 && *number <= kMaxSize) {
    return {PoolRule::Kind::kNumber, static_cast<int>(*number)};
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (*text == "halve") return {PoolRule::Kind::kHalve, 2};
    if (*text == "rest") return {PoolRule::Kind::kRest, 0};
    int number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    const std::string_view unit(end, static_cast<std::size_t>(text->data() + text->size() - end));
    const bool is_time = error == std::errc() && (unit == "ms" || unit == " ms");
    if (is_time && number >= 1 && number <= 10000) return {PoolRule::Kind::kMilliseconds, number};
  }
  values.fail(
      "pool",
      fmt::format("expected a whole number from 1 to {}, \"halve\", \"rest\", or a time such as \"10 ms\"", kMaxSize));
}

void parse_four_pads(const NodeValues& values, const std::vector<NodeValue>& given, Node& node) {
  std::vector<int> pads;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const int kernel = i < 2 ? node.kernel_h : node.kernel_w;
    const auto* number = std::get_if<std::int64_t>(&given[i]);
    if (number == nullptr || *number < 0 || *number > kernel) {
      values.fail("pad", "expected integers from 0 to the kernel size");
    }
    pads.push_back(static_cast<int>(*number));
  }
  const bool seen = (pads[1] == pads[0] || pads[1] < node.kernel_h) && (pads[3] == pads[2] || pads[3] < node.kernel_w);
  if (!seen) values.fail("pad", "end padding must be smaller than the kernel or equal to the start padding");
  node.pad_h = pads[0];
  node.pad_w = pads[2];
  node.more_end_h = pads[1] - pads[0];
  node.more_end_w = pads[3] - pads[2];
}

}  // namespace

void parse_pool(const NodeValues& values, Node& node) {
  const std::vector<NodeValue> axes = values.values("pool");
  if (axes.empty() || axes.size() > 2) values.fail("pool", "expected one size for both axes, or [height, width]");
  node.pool_h = parse_pool_axis(values, axes.front());
  node.pool_w = parse_pool_axis(values, axes.back());
  if (node.pool_h.kind == PoolRule::Kind::kMilliseconds) {
    if (axes.size() == 2) values.fail("pool", "only the width can be a time");
    node.pool_h = {};
  }
}

void parse_pad(const NodeValues& values, Node& node) {
  if (!values.has("pad")) return;
  const std::vector<NodeValue> given = values.values("pad");
  if (given.size() == 1 && given.front() == NodeValue("same")) {
    node.pad_h = (node.kernel_h - 1) / 2;
    node.pad_w = (node.kernel_w - 1) / 2;
    node.more_end_h = node.kernel_h / 2 - node.pad_h;
    node.more_end_w = node.kernel_w / 2 - node.pad_w;
    return;
  }
  if (given.size() == 4) return parse_four_pads(values, given, node);
  const NodeValues::Pair pad = values.pair_or("pad", 0, 0, kMaxSize);
  if (pad.h > node.kernel_h || pad.w > node.kernel_w) values.fail("pad", "expected integers from 0 to the kernel size");
  node.pad_h = pad.h;
  node.pad_w = pad.w;
}

void parse_max_pool(const NodeValues& values, Node& node) {
  parse_pool(values, node);
  const NodeValues::Pair stride = values.pair_or("stride", 0, 1, kMaxSize);
  node.pool_stride_h = stride.h;
  node.pool_stride_w = stride.w;
  if (!values.has("pad")) return;
  if (node.pool_h.kind != PoolRule::Kind::kNumber || node.pool_w.kind != PoolRule::Kind::kNumber) {
    values.fail("pad", "only a pool with a numeric size can be padded");
  }
  node.kernel_h = node.pool_h.number;
  node.kernel_w = node.pool_w.number;
  parse_pad(values, node);
  const bool sees_input = node.pad_h < node.kernel_h && node.pad_w < node.kernel_w &&
                          node.pad_h + node.more_end_h < node.kernel_h && node.pad_w + node.more_end_w < node.kernel_w;
  if (!sees_input) values.fail("pad", "expected less than the size of the pool");
}

}  // namespace stapes
