// SPDX-License-Identifier: Apache-2.0
#include "import/acdnet_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "graph/networks.h"
#include "support/shared_data.h"

namespace stapes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr int kRateHz = 20000, kWindowSamples = 30225;

FloatTensor constant(std::vector<std::int64_t> shape, float value) {
  std::int64_t count = 1;
  for (const std::int64_t n : shape) count *= n;
  return {.shape = std::move(shape), .values = std::vector<float>(static_cast<std::size_t>(count), value)};
}

constexpr int kAcdnetConvs = 12;

void add_norm(StateDict& state, const std::string& name, std::int64_t channels, float value) {
  for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"})
    state.tensors[name + part] = constant({channels}, value);
}

// The published full-precision form: every width 2, 3 classes, layer k's tensors filled with k.
StateDict small_published_network() {
  constexpr int kNumbers[kAcdnetConvs] = {0, 3, 0, 4, 7, 11, 14, 18, 21, 25, 28, 33};  // sfeb 0, 3; then tfeb
  StateDict state;
  for (int k = 0; k < kAcdnetConvs; ++k) {
    const std::string section = k < 2 ? "sfeb." : "tfeb.";
    const std::int64_t in = k == 0 || k == 2 ? 1 : 2, height = k < 2 || k == 11 ? 1 : 3,
                       width = k == 0   ? 9
                               : k == 1 ? 5
                                        : height;
    state.tensors[section + std::to_string(kNumbers[k]) + ".weight"] =
        constant({2, in, height, width}, static_cast<float>(k + 1));
    add_norm(state, section + std::to_string(kNumbers[k] + 1), 2, static_cast<float>(k + 1));
  }
  state.tensors["tfeb.38.weight"] = constant({3, 2}, 13);
  state.tensors["tfeb.38.bias"] = constant({3}, 13);
  return state;
}

TEST(AcdnetImport, PutsLayersInNumericOrder) {  // tfeb.4 before tfeb.11, unlike in text order
  const TrainedNetwork network = network_from_state_dict(small_published_network(), kRateHz, kWindowSamples);
  for (int k = 1; k <= kAcdnetConvs; ++k) {
    EXPECT_EQ(network.tensors.at("conv" + std::to_string(k) + ".weight").values[0], static_cast<float>(k));
    EXPECT_EQ(network.tensors.at("bn" + std::to_string(k) + ".running_var").values[0], static_cast<float>(k));
  }
  EXPECT_EQ(network.tensors.at("head.bias").values[0], 13.0f);
  EXPECT_FALSE(network.spec.binary);
  EXPECT_EQ(sample_rate_hz(network.spec.input), kRateHz);
  EXPECT_THAT(network.labels, ElementsAre("class_0", "class_1", "class_2"));
}

TEST(AcdnetImport, RefusesTensorsOfAnotherNetwork) {
  for (const char* name :
       {"layer1.0.weight", "tfeb.x.weight", "tfeb", "tfeb.40.extra", "tfeb.-1.weight", "sfeb.99999999999.weight"}) {
    StateDict state = small_published_network();
    state.tensors[name] = constant({2}, 1);
    EXPECT_THROW(network_from_state_dict(state, kRateHz, kWindowSamples), Error) << name;
  }
  StateDict biased = small_published_network();
  biased.tensors["tfeb.4.bias"] = constant({2}, 1);
  EXPECT_THROW(network_from_state_dict(biased, kRateHz, kWindowSamples), Error);
}

TEST(AcdnetImport, NamesWhatIsMissing) {
  const auto without = [](const std::string& name) {
    StateDict state = small_published_network();
    state.tensors.erase(name);
    return network_from_state_dict(state, kRateHz, kWindowSamples);
  };
  EXPECT_THAT([&] { without("tfeb.5.running_var"); }, ThrowsMessage<Error>(HasSubstr("tfeb.5 has no running_var")));
  EXPECT_THAT([&] { without("tfeb.38.bias"); }, ThrowsMessage<Error>(HasSubstr("tfeb.38 has no bias")));
  EXPECT_THROW(without("tfeb.4.weight"), Error);
  EXPECT_THROW(without("sfeb.0.weight"), Error);
  EXPECT_THROW(network_from_state_dict({}, kRateHz, kWindowSamples), Error);
}

TEST(AcdnetImport, RefusesAConfigThatContradictsTheTensors) {
  StateDict state = small_published_network();
  state.config.assign(12, 2);
  EXPECT_NO_THROW(network_from_state_dict(state, kRateHz, kWindowSamples));
  state.config[5] = 3;
  EXPECT_THAT([&] { network_from_state_dict(state, kRateHz, kWindowSamples); },
              ThrowsMessage<Error>(HasSubstr("config gives the widths")));
}

TEST(AcdnetImport, RefusesAWindowTooShort) {
  EXPECT_THAT([] { network_from_state_dict(small_published_network(), kRateHz, 50); },
              ThrowsMessage<Error>(HasSubstr("window")));
}

struct Published {
  const char* file;
  bool binary;
  int class_count, first_width, last_width;
};

// Names the test after the file.
std::ostream& operator<<(std::ostream& out, const Published& published) { return out << published.file; }

class PublishedNetwork : public testing::TestWithParam<Published> {};

TEST_P(PublishedNetwork, IsImportedWhole) {
  const Published& want = GetParam();
  STAPES_NEEDS_TEST_DATA(want.file);
  const StateDict state = read_state_dict(test::data_path(want.file));
  const TrainedNetwork network = network_from_state_dict(state, kRateHz, kWindowSamples);
  EXPECT_EQ(network.tensors.size(), state.tensors.size());  // all tensors are used
  EXPECT_EQ(network.spec.binary, want.binary);
  EXPECT_EQ(network.spec.class_count, want.class_count);
  EXPECT_EQ(network.spec.graph.widths.front(), want.first_width);
  EXPECT_EQ(network.spec.graph.widths.back(), want.last_width);
}

INSTANTIATE_TEST_SUITE_P(AllFiles, PublishedNetwork,
                         testing::Values(Published{"weights/micro_acdnet_esc10_fold4.pt", false, 10, 7, 48},
                                         Published{"weights/acdnet20_44khz_esc50_fold2.pt", false, 50, 4, 37},
                                         Published{"weights/micro_acdnet_pruned_esc50.pt", false, 50, 7, 48},
                                         Published{"weights/nano_acdnet_pruned_esc50.pt", false, 50, 7, 42},
                                         Published{"golden/micro_fp_init.pt", false, 10, 7, 48},
                                         Published{"golden/micro_xnor_init.pt", true, 10, 7, 48},
                                         Published{"golden/micro_xnor_after6.pt", true, 10, 7, 48}));

}  // namespace
}  // namespace stapes
