// SPDX-License-Identifier: Apache-2.0
// conv_oracle.h: convolution by definition, the reference for every kernel. Shares only the shape struct with
// src/kernels.
#pragma once

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "base/philox.h"
#include "kernels/conv_shape.h"

namespace stapes::test {

// Window and input of one test; the output size follows.
struct ConvCase {
  int in_h, in_w, in_c, out_c;
  int kernel_h, kernel_w;
  int stride_h = 1, stride_w = 1, pad_h = 0, pad_w = 0, pool_h = 1, pool_w = 1;
  int groups = 1;
  int end_h = -1, end_w = -1;  // padding at the end; -1: same as at the beginning

  constexpr ConvShape shape() const {
    const int below = end_h < 0 ? pad_h : end_h, right = end_w < 0 ? pad_w : end_w;
    const int h = (in_h + pad_h + below - kernel_h) / stride_h + 1,
              w = (in_w + pad_w + right - kernel_w) / stride_w + 1;
    return {in_h,     in_w,     in_c,  h / pool_h, w / pool_w, out_c,  kernel_h, kernel_w,
            stride_h, stride_w, pad_h, pad_w,      pool_h,     pool_w, groups};
  }
  std::size_t inputs() const { return static_cast<std::size_t>(in_h) * static_cast<std::size_t>(in_w * in_c); }
  int filter_size() const { return kernel_h * kernel_w * (in_c / groups); }
  std::size_t weights() const { return static_cast<std::size_t>(out_c) * static_cast<std::size_t>(filter_size()); }
  std::size_t outputs() const {
    const ConvShape s = shape();
    return static_cast<std::size_t>(s.out_h) * static_cast<std::size_t>(s.out_w * s.out_c);
  }
};

inline void PrintTo(const ConvCase& c, std::ostream* out) {
  *out << c.in_h << 'x' << c.in_w << 'x' << c.in_c << " -> " << c.out_c << ", kernel " << c.kernel_h << 'x'
       << c.kernel_w << ", stride " << c.stride_h << 'x' << c.stride_w << ", pad " << c.pad_h << 'x' << c.pad_w
       << ", end pad " << c.end_h << 'x' << c.end_w << ", pool " << c.pool_h << 'x' << c.pool_w << ", groups "
       << c.groups;
}

// The largest sum in the pool, and the largest sum of |products|, which bounds the rounding error.
struct OracleValue {
  double sum = -std::numeric_limits<double>::infinity();
  double magnitude = 0;
};

// weight(o, tap_h, tap_w, c) and input(y, x, c) return doubles. c counts within the filter's group. Not called for
// positions outside the input.
template <class Weight, class Input>
std::vector<OracleValue> convolve_by_definition(const ConvCase& k, Weight weight, Input input) {
  const ConvShape s = k.shape();
  std::vector<OracleValue> out;
  for (int oy = 0; oy < s.out_h; ++oy) {
    for (int ox = 0; ox < s.out_w; ++ox) {
      for (int o = 0; o < k.out_c; ++o) {
        OracleValue value;
        for (int y = oy * k.pool_h; y < (oy + 1) * k.pool_h; ++y) {
          for (int x = ox * k.pool_w; x < (ox + 1) * k.pool_w; ++x) {
            double sum = 0, magnitude = 0;
            for (int i = 0; i < k.kernel_h; ++i) {
              for (int j = 0; j < k.kernel_w; ++j) {
                const int in_y = y * k.stride_h - k.pad_h + i, in_x = x * k.stride_w - k.pad_w + j;
                if (in_y < 0 || in_y >= k.in_h || in_x < 0 || in_x >= k.in_w) continue;
                const int channels = k.in_c / k.groups, first = o / (k.out_c / k.groups) * channels;
                for (int c = 0; c < channels; ++c) {
                  const double product = weight(o, i, j, c) * input(in_y, in_x, first + c);
                  sum += product;
                  magnitude += product < 0 ? -product : product;
                }
              }
            }
            if (sum > value.sum) value.sum = sum;
            if (magnitude > value.magnitude) value.magnitude = magnitude;
          }
        }
        out.push_back(value);
      }
    }
  }
  return out;
}

// Weights and input are plain row-major vectors.
template <class W, class X>
std::vector<OracleValue> convolve_by_definition(const ConvCase& k, const std::vector<W>& weights,
                                                const std::vector<X>& input, int zero_point = 0) {
  return convolve_by_definition(
      k,
      [&](int o, int i, int j, int c) {
        return static_cast<double>(
            weights[static_cast<std::size_t>(((o * k.kernel_h + i) * k.kernel_w + j) * (k.in_c / k.groups) + c)]);
      },
      [&](int y, int x, int c) {
        return static_cast<double>(input[static_cast<std::size_t>((y * k.in_w + x) * k.in_c + c)]) - zero_point;
      });
}

template <class T>
std::vector<T> random_integers(Philox& rng, std::size_t count, int low, int high) {
  std::vector<T> values(count);
  for (T& v : values) v = static_cast<T>(low + static_cast<int>(rng.below(static_cast<std::uint32_t>(high - low + 1))));
  return values;
}

// Channels around the word width, both kernel shapes of ACDNet, strides, borders, pools with remainders.
inline const std::vector<ConvCase>& conv_cases() {
  static const std::vector<ConvCase> cases = [] {
    std::vector<ConvCase> all;
    for (const int channels : {1, 7, 31, 32, 33, 63, 64, 65}) {
      all.push_back({1, 23, channels, 5, 1, 5, 1, 2, 0, 0, 1, 3});  // conv2
      all.push_back({5, 7, channels, 6, 3, 3, 1, 1, 1, 1, 2, 2});   // TFEB, pool with a remainder
      all.push_back({3, 4, channels, 3, 1, 1});                     // conv12
      all.push_back({4, 6, 3, channels, 3, 3, 1, 1, 1, 1, 1, 2});   // as output channels
    }
    all.push_back({1, 40, 1, 8, 1, 9, 1, 2});                                                       // conv1
    all.push_back({1, 1, 1, 1, 1, 1});                                                              // smallest
    for (const int channels : {2, 3, 4, 5, 31, 64, 130}) all.push_back({1, 1, channels, 7, 1, 1});  // fully connected
    all.push_back({2, 2, 5, 4, 3, 3, 1, 1, 1, 1});           // every position is a corner
    all.push_back({9, 9, 3, 4, 3, 3, 2, 2, 3, 3});           // ResNet stem: some windows cover only padding
    all.push_back({6, 5, 34, 4, 2, 4, 2, 1, 0, 2, 1, 3});    // even kernel, uneven axes
    all.push_back({1, 17, 40, 3, 1, 3, 1, 1, 0, 1, 1, 17});  // the pool covers everything
    for (const int channels : {1, 3, 8, 31, 32, 33, 64}) {   // different padding at the end
      all.push_back({6, 8, channels, 5, 3, 3, 2, 2, 0, 0, 1, 1, 1, 1, 1});  // TFLite's "same" at stride 2
      all.push_back({6, 8, channels, 5, 3, 3, 2, 2, 1, 1, 1, 2, 1, 0, 0});
      all.push_back({5, 9, channels, 6, 4, 4, 1, 1, 1, 1, 2, 2, 1, 2, 2});
      all.push_back({1, 20, channels, 4, 1, 8, 1, 2, 0, 0, 1, 1, 1, 0, 7});  // padded only at the end
      all.push_back({4, 7, 3, channels, 2, 2, 1, 1, 0, 0, 1, 1, 1, 1, 1});
    }
    all.push_back({1, 40, 1, 8, 1, 9, 1, 2, 0, 0, 1, 1, 1, 0, 8});  // conv1
    return all;
  }();
  return cases;
}

// Grouped convolutions. Depthwise: channels around the vector length and its multiples, 1 to 17 filters per channel.
// Groups of odd and even size: from 1 filter to more than the vector kernels handle. Some groups start and end inside a
// 32-bit word. Kernels, strides, padding and pools as above.
inline const std::vector<ConvCase>& grouped_cases() {
  static const std::vector<ConvCase> cases = [] {
    std::vector<ConvCase> all;
    for (const int channels : {2, 3, 4, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 47, 48, 49, 64, 65}) {
      all.push_back({5, 7, channels, channels, 3, 3, 1, 1, 1, 1, 1, 1, channels});
      all.push_back({6, 9, channels, channels, 3, 3, 1, 1, 1, 1, 2, 2, channels});
      all.push_back({1, 23, channels, channels, 1, 5, 1, 2, 0, 0, 1, 3, channels});
    }
    for (const int filters : {2, 3, 4, 8, 16, 17}) {
      all.push_back({4, 6, 5, 5 * filters, 3, 3, 1, 1, 1, 1, 1, 1, 5});
      all.push_back({4, 6, 12, 12 * filters, 2, 2, 2, 1, 0, 1, 1, 2, 12});
    }
    for (const int channels : {2, 3, 5, 8, 33}) {  // in each of 2 or 4 groups
      for (const int filters : {1, 2, 5, 16, 17}) {
        all.push_back({5, 6, 2 * channels, 2 * filters, 3, 3, 1, 1, 1, 1, 1, 1, 2});
        all.push_back({4, 9, 4 * channels, 4 * filters, 1, 3, 1, 2, 0, 1, 2, 1, 4});
      }
    }
    for (int width = 1; width <= 19; ++width) all.push_back({2, width, 6, 6, 1, 1, 1, 1, 0, 0, 1, 1, 6});
    all.push_back({3, 41, 33, 33, 3, 3, 1, 1, 1, 1, 1, 1, 33});  // many positions in a row
    all.push_back({4, 75, 8, 8, 3, 3, 1, 2, 1, 1, 2, 2, 8});
    all.push_back({1, 40, 5, 5, 1, 14, 1, 1, 0, 3, 1, 1, 5});  // 14 taps, and 15
    all.push_back({3, 40, 5, 5, 3, 5, 1, 1, 1, 1, 1, 1, 5});
    all.push_back({2, 2, 10, 10, 3, 3, 1, 1, 1, 1, 1, 1, 10});    // every position is a corner
    all.push_back({9, 9, 6, 12, 3, 3, 2, 2, 3, 3, 1, 1, 6});      // windows that cover only padding
    all.push_back({1, 60, 20, 20, 1, 4, 1, 1, 0, 0, 1, 57, 20});  // the pool covers everything
    all.push_back({7, 8, 9, 9, 5, 4, 2, 3, 2, 1, 1, 2, 9});       // uneven
    for (const int channels : {3, 8, 16, 32, 33}) {               // different padding at the end
      all.push_back({6, 8, channels, channels, 3, 3, 2, 2, 0, 0, 1, 1, channels, 1, 1});
      all.push_back({5, 9, channels, channels, 4, 4, 1, 1, 1, 1, 2, 2, channels, 2, 2});
      all.push_back({1, 20, channels, 2 * channels, 1, 8, 1, 2, 0, 0, 1, 1, channels, 0, 7});
    }
    all.push_back({6, 8, 12, 24, 3, 3, 2, 2, 1, 1, 1, 2, 4, 0, 0});
    return all;
  }();
  return cases;
}

}  // namespace stapes::test
