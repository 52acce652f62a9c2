// SPDX-License-Identifier: Apache-2.0
#include "base/names.h"

#include <gmock/gmock.h>

#include "base/error.h"

namespace stapes {
enum class Shade { kLight, kDark };
enum class Metal { kIron, kZinc, kTin, kLead, kGold };

template <>
inline constexpr auto kNames<Shade> = std::to_array<Named<Shade>>({{Shade::kLight, "light"}, {Shade::kDark, "dark"}});
template <>
inline constexpr auto kNames<Metal> = std::to_array<Named<Metal>>({{Metal::kIron, "iron"},
                                                                   {Metal::kZinc, "zinc"},
                                                                   {Metal::kTin, "tin"},
                                                                   {Metal::kLead, "lead"},
                                                                   {Metal::kGold, "gold"}});

namespace {
using testing::ThrowsMessage;

TEST(Names, AreReadBackAsTheValueTheyStandFor) {
  for (const Shade shade : {Shade::kLight, Shade::kDark})
    EXPECT_EQ(parse_name<Shade>(to_string(shade), "shade"), shade);
  static_assert(to_string(Shade::kDark) == std::string_view("dark"));
}

TEST(Names, AFewAreListedForAnUnknownOne) {
  EXPECT_THAT([] { parse_name<Shade>("Dark", "shade"); },
              ThrowsMessage<UsageError>("unknown shade 'Dark'; choose light or dark"));
  EXPECT_THAT([] { parse_name<Shade>("{}", "shade", {"auto"}); },
              ThrowsMessage<UsageError>("unknown shade '{}'; choose auto, light or dark"));
}

TEST(Names, AreListedForHelpAndForMessages) {
  EXPECT_EQ(alternatives(names_of<Metal>()), "iron, zinc, tin, lead or gold");
  EXPECT_EQ(conjunction(names_of<Metal>()), "iron, zinc, tin, lead and gold");
  EXPECT_EQ(conjunction({"iron"}), "iron");
  EXPECT_EQ(braced(names_of<Metal>()), "{iron, zinc, tin, lead, gold}");
  EXPECT_EQ(braced({"one"}), "{one}");
}

TEST(Names, OfManyTheNearestComesFirst) {
  EXPECT_THAT(
      [] { parse_name<Metal>("golf", "metal"); },
      ThrowsMessage<UsageError>("unknown metal 'golf'; did you mean gold? Choose iron, zinc, tin, lead or gold"));
}

TEST(Names, AnEnumerationWithoutATableHasNone) {
  enum class Nameless { kOne };
  static_assert(NamedEnum<Shade> && !NamedEnum<Nameless>);
}

}  // namespace
}  // namespace stapes
