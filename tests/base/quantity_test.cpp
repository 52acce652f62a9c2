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

}  // namespace
}  // namespace stapes
