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
    EXPECT_THAT(
        [&] { parse_bytes(text, "--flash"); },
        ThrowsMessage<UsageError>(AllOf(HasSubstr("--flash"), HasSubstr("from 1 to 10^15, such as 131072, 128K"))))
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

TEST(Quantity, IntervalsAreReadInSeconds) {
  EXPECT_DOUBLE_EQ(parse_interval("200ms", "--every"), 0.2);
  EXPECT_DOUBLE_EQ(parse_interval("1.5s", "--every"), 1.5);
  EXPECT_DOUBLE_EQ(parse_interval("10min", "--every"), 600);
  EXPECT_DOUBLE_EQ(parse_interval("1h", "--every"), 3600);
}

TEST(Quantity, CurrentsAreReadInAmperes) {
  EXPECT_DOUBLE_EQ(parse_current("5uA", "--sleep-current"), 5e-6);
  EXPECT_DOUBLE_EQ(parse_current("5\u00b5A", "--sleep-current"), 5e-6);
  EXPECT_DOUBLE_EQ(parse_current("300nA", "--sleep-current"), 3e-7);
  EXPECT_DOUBLE_EQ(parse_current("0.8mA", "--sleep-current"), 8e-4);
  EXPECT_DOUBLE_EQ(parse_current("0uA", "--sleep-current"), 0);
}

TEST(Quantity, ABatteryIsChargeAndVoltage) {
  const Battery coin = parse_battery("220mAh@3V", "--battery");
  EXPECT_DOUBLE_EQ(coin.ampere_hours, 0.22);
  EXPECT_DOUBLE_EQ(coin.volts, 3);
  EXPECT_DOUBLE_EQ(coin.joules(), 2376);  // 0.22 Ah x 3600 s x 3 V
  EXPECT_DOUBLE_EQ(parse_battery("2.4Ah@3.7V", "--battery").joules(), 2.4 * 3600 * 3.7);
}

TEST(Quantity, InvalidIntervalsCurrentsAndBatteriesAreRefusedByName) {
  for (const char* text : {"", "1", "s", "1 s", "-1s", "0s", "1us", "1S", "nans", "infs", "1e3s", "9000h", "1ss"}) {
    EXPECT_THAT([&] { parse_interval(text, "--every"); },
                ThrowsMessage<UsageError>(AllOf(HasSubstr("--every"), HasSubstr("10min"))))
        << text;
  }
  for (const char* text : {"", "5", "uA", "5 uA", "-5uA", "5ua", "5A", "1001mA", "nanmA", "5uAh"}) {
    EXPECT_THAT([&] { parse_current(text, "--sleep-current"); },
                ThrowsMessage<UsageError>(AllOf(HasSubstr("--sleep-current"), HasSubstr("5uA"))))
        << text;
  }
  for (const char* text : {"", "@", "1000mAh", "1000mAh@", "@3V", "1000@3V", "1000mAh@3", "1000mAh@-3V", "0mAh@3V",
                           "1000mAh@0V", "1000mAh 3V", "1000mAh@3V@3V", "1000mWh@3V", "nanAh@3V", "CR2032"}) {
    EXPECT_THAT([&] { parse_battery(text, "--battery"); },
                ThrowsMessage<UsageError>(AllOf(HasSubstr("--battery"), HasSubstr("1000mAh@3V"))))
        << text;
  }
}

}  // namespace
}  // namespace stapes
