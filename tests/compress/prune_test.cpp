#include "compress/prune.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/error.h"
#include "compress/pack.h"
#include "packed/cost.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"
#include "support/random_network.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<float> run(const TrainedNetwork& network) {
  HostClassifier classifier(std::make_shared<ModelFile>(serialize_model(pack_network(network)), "test"));
  std::vector<float> wave(static_cast<std::size_t>(network.spec.window_samples));
  Philox rng(3, Philox::Purpose::kTest);
  for (float& v : wave) v = static_cast<float>(rng.normal() * 0.3);
  return classifier.run(wave);
}

// A filter whose batch norm gives 0 says nothing; without it the network must say the same.
TEST(Prune, RemovingASilentFilterChangesNothing) {
  const TrainedNetwork original = test::RandomNetwork(test::small_spec()).take();
  for (int conv = 0; conv < kAcdnetConvs; ++conv) {
    if (conv == 1) continue;  // conv2's filters are rows after the swap: see below
    TrainedNetwork silent = original;
    const std::string norm = "bn" + std::to_string(conv + 1);
    silent.tensors[norm + ".weight"].values[1] = 0;
    silent.tensors[norm + ".bias"].values[1] = 0;
    const TrainedNetwork smaller = without_filter(silent, conv, 1);
    EXPECT_EQ(smaller.spec.widths[static_cast<std::size_t>(conv)],
              original.spec.widths[static_cast<std::size_t>(conv)] - 1);
    const std::vector<float> before = run(silent), after = run(smaller);
    for (std::size_t c = 0; c < before.size(); ++c) {
      EXPECT_NEAR(before[c], after[c], 1e-5 * std::max(1.0f, std::fabs(before[c]))) << "conv" << conv + 1;
    }
  }
}

TEST(Prune, AFilterOfConv2TakesARowOfHeightWithIt) {
  const TrainedNetwork original = test::RandomNetwork(test::small_spec()).take();
  const TrainedNetwork smaller = without_filter(original, 1, 0);
  EXPECT_EQ(acdnet_geometry(smaller.spec).convs[2].in_h, acdnet_geometry(original.spec).convs[2].in_h - 1);
  EXPECT_EQ(smaller.tensors.at("conv3.weight").shape, original.tensors.at("conv3.weight").shape);
  EXPECT_NO_THROW(check_tensors(smaller));
}

TEST(Prune, TheWeakestFilterGoesFirst) {
  TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  FloatTensor& conv5 = network.tensors["conv5.weight"];
  const std::size_t filter = conv5.values.size() / static_cast<std::size_t>(conv5.shape[0]);
  for (std::size_t i = 0; i < filter; ++i) conv5.values[2 * filter + i] *= 1e-3f;
  const double one = 1.0 / std::accumulate(network.spec.widths.begin(), network.spec.widths.end(), 0);
  const TrainedNetwork pruned = prune_by_magnitude(network, one * 1.001);
  EXPECT_EQ(pruned.spec.widths[4], network.spec.widths[4] - 1);
  EXPECT_EQ(pruned.tensors.at("conv5.weight").values[2 * filter], conv5.values[3 * filter]);
}

TEST(Prune, TheResultIsPhysicallySmallerAndStillRuns) {
  const TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  PruneReport report;
  const TrainedNetwork pruned = prune_by_magnitude(network, 0.5, &report);
  EXPECT_EQ(report.filters_before, 94);
  EXPECT_EQ(report.filters_after, 47);
  EXPECT_EQ(std::accumulate(pruned.spec.widths.begin(), pruned.spec.widths.end(), 0), 47);
  check_tensors(pruned);
  const auto bytes = [](const TrainedNetwork& n) { return serialize_model(pack_network(n)).size(); };
  EXPECT_LT(bytes(pruned), bytes(network) / 2);
  EXPECT_EQ(run(pruned).size(), 3u);
}

// facts: ACDNet-50 has 2074 filters; 80 % leaves 415.
TEST(Prune, CountsAsThePaperDoes) {
  AcdnetSpec spec{
      .sample_rate_hz = 20000, .window_samples = 30225, .class_count = 50, .widths = acdnet_widths("acdnet", 50)};
  const int filters = std::accumulate(spec.widths.begin(), spec.widths.end(), 0);
  EXPECT_EQ(filters, 2074);
  EXPECT_EQ(filters - static_cast<int>(0.8 * filters), 415);
}

TEST(Prune, RefusesWhatCannotBeDone) {
  const TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  EXPECT_THAT([&] { prune_by_magnitude(network, 0.99); },
              ThrowsMessage<UsageError>(HasSubstr("0.8723 (82 of 94 filters)")));
  EXPECT_THROW(prune_by_magnitude(network, 1.0), UsageError);
  EXPECT_THROW(prune_by_magnitude(network, -0.1), UsageError);
  EXPECT_THROW(prune_by_magnitude(network, std::nan("")), UsageError);
  const TrainedNetwork binary = test::RandomNetwork(test::small_spec(true)).take();
  EXPECT_THAT([&] { prune_by_magnitude(binary, 0.5); }, ThrowsMessage<Error>(HasSubstr("binary")));
}

}  // namespace
}  // namespace stapes
