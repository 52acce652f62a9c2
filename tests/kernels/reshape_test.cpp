// SPDX-License-Identifier: Apache-2.0
#include "kernels/reshape/reshape.h"

#include <gtest/gtest.h>

#include <vector>

namespace stapes {
namespace {

TEST(Reshape, CopiesAllBytesAndNoMore) {
  for (const int bytes : {1, 7, 64, 1001}) {
    std::vector<std::uint8_t> input(static_cast<std::size_t>(bytes));
    for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<std::uint8_t>(i * 37 + 5);
    std::vector<std::uint8_t> output(input.size() + 1, 77);
    reshape_scalar({input.data(), output.data(), bytes});
    EXPECT_EQ(output.back(), 77) << "wrote past the last output";
    output.pop_back();
    EXPECT_EQ(output, input);
  }
}

}  // namespace
}  // namespace stapes
