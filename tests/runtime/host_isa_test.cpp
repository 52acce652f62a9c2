// SPDX-License-Identifier: Apache-2.0
#include "runtime/host_isa.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(HostIsa, FindsEveryOneOfThisMachineByName) {
  const std::vector<Isa> here = host_isas();
  ASSERT_FALSE(here.empty());
  EXPECT_EQ(here.front(), Isa::kScalar);
  for (const Isa isa : here) EXPECT_EQ(find_host_isa(to_string(isa)), isa);
}

TEST(HostIsa, AnUnknownNameListsTheKnown) {
  const auto find = [] { find_host_isa("sse9"); };
  EXPECT_THAT(find, ThrowsMessage<UsageError>(
                        HasSubstr("unknown instruction set sse9; choose scalar, plain, arm-dsp, mve, rv-zbb, avx2, "
                                  "avx512, avx512-vnni, avx512-popcnt, neon, neon-dot, wasm-simd")));
  EXPECT_THROW(find_host_isa(""), UsageError);
}

TEST(HostIsa, OneThatThisMachineLacksNamesWhatItHas) {
#if defined(__x86_64__)
  const char* other = "neon";
#else
  const char* other = "avx2";
#endif
  EXPECT_THAT([other] { find_host_isa(other); }, ThrowsMessage<Error>(HasSubstr("it has " + names_of(host_isas()))));
}

}  // namespace
}  // namespace stapes
