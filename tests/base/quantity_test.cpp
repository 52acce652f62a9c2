// SPDX-License-Identifier: Apache-2.0
#include "base/quantity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace stapes {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Quantity, BytesAreReadInBinaryMultiples) {
  EXPECT_EQ(parse_bytes("131072", "--flash"), 131072);
  EXPECT_EQ(parse_bytes("128K", "--flash"), 131072);
  EXPECT_EQ(parse_bytes("1.5M", "--flash"), 1572864);
  EXPECT_EQ(parse_bytes("0.5K", "--flash"), 512);
}

TEST(Quantity, CountsAreReadInDecimalMultiples) {
  EXPECT_EQ(parse_count("15M", "--macs"), 15000000);
  EXPECT_EQ(parse_count("7K", "--macs"), 7000);
  EXPECT_EQ(parse_count("0.5G", "--macs"), 500000000);
}

TEST(Quantity, AnythingElseIsRefusedByName) {
  for (const char* text : {"", "K", "12Q", "12KB", "1 K", " 1", "+1", "-1", "0", "0.0K", "1e3", "0x10", "nan", "inf",
                           "99999999999999999999"}) {
    EXPECT_THAT([&] { parse_bytes(text, "--flash"); },
                ThrowsMessage<UsageError>(AllOf(HasSubstr("--flash"), HasSubstr("128K"))))
        << text;
    EXPECT_THROW(parse_count(text, "--macs"), UsageError) << text;
  }
}

TEST(Quantity, TimesAreReadWithTheirUnit) {
  EXPECT_DOUBLE_EQ(parse_milliseconds("200ms", "--latency"), 200);
  EXPECT_DOUBLE_EQ(parse_milliseconds("0.25ms", "--latency"), 0.25);
  EXPECT_DOUBLE_EQ(parse_milliseconds("1.5s", "--latency"), 1500);
}

TEST(Quantity, TimesWithoutAUnitOrAValueAreRefusedByName) {
  for (const char* text : {"", "200", "ms", "s", "200 ms", " 1ms", "1sec", "1us", "1m", "1msx", "0ms", "-1ms", "1e3ms",
                           "nanms", "infs", "9999999999s", "0x1ms"}) {
    EXPECT_THAT([&] { parse_milliseconds(text, "--latency"); },
                ThrowsMessage<UsageError>(AllOf(HasSubstr("--latency"), HasSubstr("200ms"))))
        << text;
  }
}

}  // namespace
}  // namespace stapes
