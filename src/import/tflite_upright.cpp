// SPDX-License-Identifier: Apache-2.0
#include "import/tflite_upright.h"

#include <utility>

namespace stapes {
namespace {
namespace fb = packed::fb;

fb::Window turned(const fb::Window& w) {
  return {w.kernel_w(), w.kernel_h(), w.stride_w(), w.stride_h(), w.pad_w(), w.pad_h(), w.pool_w(), w.pool_h()};
}

template <class Op>
void turn_window(Op& op) {
  *op.window = turned(*op.window);
  if (op.end_pads) *op.end_pads = fb::EndPads(op.end_pads->w(), op.end_pads->h());
}

// Calls visit() if the operator has a window.
template <class Visit>
void visit_window(fb::OperatorUnion& op, Visit visit) {
  if (auto* conv = op.AsConvI8()) visit(*conv);
  if (auto* conv = op.AsConvF32()) visit(*conv);
  if (auto* pool = op.AsMaxPool()) visit(*pool);
  if (auto* pool = op.AsAveragePool(); pool != nullptr && pool->window) visit(*pool);
}

// Whether a window extends along the height only.
template <class Op>
bool is_upright(const Op& op) {
  const int end_pad = op.end_pads ? op.end_pads->w() : op.window->pad_w();
  return op.window->kernel_w() == 1 && op.window->pad_w() == 0 && end_pad == 0;
}

bool is_upright_model(const fb::ModelT& model) {
  for (const auto& tensor : model.tensors) {
    if (tensor->width != 1) return false;
  }
  bool upright = true;
  for (const auto& layer : model.layers) {
    if (layer->op.AsTranspose() != nullptr) return false;
    visit_window(layer->op, [&](const auto& op) { upright = upright && is_upright(op); });
  }
  return upright;
}

}  // namespace

void turn_if_upright(fb::ModelT& model) {
  if (!is_upright_model(model)) return;
  for (const auto& tensor : model.tensors) std::swap(tensor->height, tensor->width);
  for (const auto& layer : model.layers) {
    visit_window(layer->op, [](auto& op) { turn_window(op); });
    if (auto* pool = layer->op.AsAveragePool()) std::swap(pool->pool_h, pool->pool_w);
    if (auto* mean = layer->op.AsMean()) std::swap(mean->pool_h, mean->pool_w);
  }
}

}  // namespace stapes
