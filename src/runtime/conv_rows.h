// conv_rows.h: which rows of its input a convolution needs for some rows of its output.
//
// Row Y of the output, after the fused pool, sees rows Y*pool_h .. Y*pool_h + pool_h - 1 before the pool, and row y of
// these sees input rows y*stride_h - pad_h .. + kernel_h - 1 (kernels/conv_shape.h).
#pragma once

#include <cstdint>

#include "kernels/conv_shape.h"

namespace stapes {

// Rows [first, end) of a tensor.
struct Rows {
  std::int32_t first = 0, end = 0;

  std::int32_t count() const { return end - first; }
};

// The rows of the input, none outside it, that rows `made` of the output see. Of an empty shape: none, from 0 on.
Rows rows_seen(const ConvShape& shape, Rows made) noexcept;

// How many rows of the input one row of the output sees, where no border cuts any off.
std::int32_t window_rows(const ConvShape& shape) noexcept;

// The shape in which a convolution makes only rows `made`, from an input that begins at rows_seen().first. At the top
// of the input it has the layer's pad_h, further down none; at the bottom, taps below the last row are outside the
// input, as they are in the whole layer. Every value is the same dot product, so the bits are the same.
ConvShape shape_of_rows(const ConvShape& shape, Rows made) noexcept;

}  // namespace stapes
