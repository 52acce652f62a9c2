// SPDX-License-Identifier: Apache-2.0
// layer_window.h: the window of a convolution or a pool, for every importer.
#pragma once

#include <algorithm>
#include <memory>

#include "packed/model_generated.h"

namespace stapes {

struct AxisPads {
  int before = 0, after = 0;
  bool operator==(const AxisPads&) const = default;
};

struct AxisWindow {
  int kernel = 1, stride = 1;
  AxisPads pads;
};

// "SAME": ceil(in / stride) outputs. If the total padding is odd, the extra element is at the end.
inline AxisPads same_pads(int in, int kernel, int stride) {
  const int out = (in + stride - 1) / stride;
  const int total = std::max(0, (out - 1) * stride + kernel - in);
  return {total / 2, total - total / 2};
}

template <class Op>
void set_window(Op& op, const AxisWindow& h, const AxisWindow& w) {
  namespace fb = packed::fb;
  op.window = std::make_unique<fb::Window>(h.kernel, w.kernel, h.stride, w.stride, h.pads.before, w.pads.before, 1, 1);
  if (h.pads.before == h.pads.after && w.pads.before == w.pads.after) return;
  op.end_pads = std::make_unique<fb::EndPads>(h.pads.after, w.pads.after);
}

}  // namespace stapes
