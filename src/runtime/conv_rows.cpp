#include "runtime/conv_rows.h"

#include <algorithm>

namespace stapes {

Rows rows_seen(const ConvShape& s, Rows made) noexcept {
  const auto inside = [&](std::int32_t row) { return std::clamp(row, 0, s.in_h); };
  const std::int32_t first_before_pool = made.first * s.pool_h, last_before_pool = made.end * s.pool_h - 1;
  return {inside(first_before_pool * s.stride_h - s.pad_h),
          inside(last_before_pool * s.stride_h - s.pad_h + s.kernel_h)};
}

std::int32_t window_rows(const ConvShape& s) noexcept {
  return std::min((s.pool_h - 1) * s.stride_h + s.kernel_h, s.in_h);
}

ConvShape shape_of_rows(const ConvShape& whole, Rows made) noexcept {
  ConvShape s = whole;
  const Rows seen = rows_seen(whole, made);
  s.in_h = seen.count();
  s.out_h = made.count();
  s.pad_h = std::max(whole.pad_h - made.first * whole.pool_h * whole.stride_h, 0);
  return s;
}

}  // namespace stapes
