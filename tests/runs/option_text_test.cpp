// SPDX-License-Identifier: Apache-2.0
#include "runs/option_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "runs/prune/prune_options.h"
#include "runs/quantize/quantize_options.h"
#include "runs/recipes.h"
#include "runs/train_options.h"
#include "support/paths.h"

namespace stapes {
namespace {
using testing::HasSubstr;
using testing::ThrowsMessage;
using testing::UnorderedElementsAre;

TEST(Bounds, AreNamedAsTheyAreChecked) {
  EXPECT_EQ(from_to(2, 4096).text(), "2 to 4096");
  EXPECT_EQ(from_to(1, 1000000).text(), "1 to 1000000");
  EXPECT_EQ(below(0, 1).text(), "at least 0 and below 1");
  EXPECT_EQ(between(0, 1).text(), "above 0 and below 1");
  EXPECT_EQ(at_least(1).text(), "at least 1");
  EXPECT_TRUE(from_to(2, 4).contain(2) && from_to(2, 4).contain(4) && !from_to(2, 4).contain(5));
  EXPECT_TRUE(below(0, 1).contain(0) && !below(0, 1).contain(1));
  EXPECT_TRUE(between(0, 1).contain(0.5) && !between(0, 1).contain(0));
  EXPECT_TRUE(at_least(1).contain(1e9) && !at_least(1).contain(0));
  EXPECT_FALSE(below(0, 1).contain(std::nan("")));
}

TEST(CheckBounds, NamesTheOptionItsValueAndWhatWasExpected) {
  TrainConfig config;
  config.batch_size = 1;
  EXPECT_THAT([&] { check_bounds(config); }, ThrowsMessage<UsageError>("--batch is 1; expected 2 to 4096"));
  QuantizeSettings settings;
  settings.calibration_samples = 0;
  EXPECT_THAT([&] { check_bounds(settings); }, ThrowsMessage<UsageError>("--calibration is 0; expected at least 1"));
}

template <class Settings>
void expect_unique_and_described() {
  std::set<std::string> names, keys;
  visit_options(OptionsOf<Settings>{}, [&](const Option<Settings>& option, const auto&) {
    if (*option.key != '\0') {
      EXPECT_TRUE(keys.insert(option.key).second) << option.key;
    }
    if (!option.is_option()) return;
    EXPECT_TRUE(names.insert(option.name).second) << option.name;
    EXPECT_NE(option.group, OptionGroup::kNone) << option.name;
    EXPECT_NE(option.taken_by & (kTrain | kPrune | kQuantize), 0u) << option.name;
    EXPECT_TRUE(std::isupper(static_cast<unsigned char>(option.help[0]))) << option.name;
  });
}

TEST(Options, HaveOneNameOneKeyAGroupAndAHelpText) {
  expect_unique_and_described<TrainConfig>();
  expect_unique_and_described<PruneSettings>();
  expect_unique_and_described<QuantizeSettings>();
}

TEST(HelpText, SaysWhatUnitChoicesAndDefault) {
  visit_options(OptionsOf<TrainConfig>{}, [](const Option<TrainConfig>& option, const auto& get) {
    const std::string name = option.name, text = help_text(option, get, kTrain);
    if (name == "gain-db") {
      EXPECT_EQ(text, "Maximum change of loudness, in either direction, in dB (default 6)");
    }
    if (name == "milestones") {
      EXPECT_THAT(text, HasSubstr("(default 0.3,0.6,0.9)"));
    }
    if (name == "schedule") {
      EXPECT_THAT(text, HasSubstr(" {steps, one-cycle, cosine} (default steps; "));
    }
    if (name == "schedule") {
      EXPECT_THAT(help_text(option, get, kPrune), HasSubstr("(default one-cycle; "));
    }
    if (name == "rprelu") {
      EXPECT_THAT(text, Not(HasSubstr("default")));
    }
  });
}

// `prune` takes over the parent's settings, except those that its method or the machine determines.
TEST(HelpText, OfPruneSaysWhatItTakesFromTheParent) {
  std::set<std::string> own, by_method;
  TrainConfig weight;
  apply_weight_pruning_recipe(weight);
  visit_options(OptionsOf<TrainConfig>{}, [&](const Option<TrainConfig>& option, const auto& get) {
    if (!option.takes(kPrune)) return;
    const std::string text = help_text(option, get, kPrune);
    if (text.find("the parent's") == std::string::npos) own.insert(option.name);
    if (text.find("--method weight") == std::string::npos) return;
    by_method.insert(option.name);
    EXPECT_THAT(text, testing::EndsWith("; --method weight: " + value_text(get(weight)) + ")")) << option.name;
  });
  EXPECT_THAT(own, UnorderedElementsAre("ema", "eval-every", "checkpoint-seconds", "teacher", "feature-weight",
                                        "device", "precision", "tf32-gradients"));
  EXPECT_THAT(by_method, UnorderedElementsAre("epochs", "schedule", "optimizer", "momentum", "warmup-epochs",
                                              "milestones", "step-divisor", "ema"));
}

// The part between <!-- options --> and <!-- end of options -->.
std::string documented(const char* file) {
  const std::string text = read_text_file(test::tests_dir().parent_path() / "docs/guides" / file),
                    begin = "<!-- options -->\n\n";
  const std::size_t from = text.find(begin);
  if (from == std::string::npos) return "";
  return text.substr(from + begin.size(), text.find("<!-- end of options -->") - from - begin.size());
}

TEST(Options, AreDocumentedAsTheyAre) {
  EXPECT_EQ(documented("training.md"), training_option_tables())
      << "paste the second of these into docs/guides/training.md";
  EXPECT_EQ(documented("quantization.md"), quantization_option_tables()) << "likewise, docs/guides/quantization.md";
}

}  // namespace
}  // namespace stapes
