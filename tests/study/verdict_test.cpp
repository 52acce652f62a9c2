// SPDX-License-Identifier: Apache-2.0
#include "study/results/verdict.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "compress/pack.h"
#include "data/tiny_data_set.h"
#include "packed/writer.h"
#include "support/random_network.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

TEST(Verdict, SetsRoutesSideBySide) {
  const test::TempDir dir;
  test::write_tiny_data_set(dir / "data", {.clips = 12, .labels = 3, .folds = 2, .sample_rate_hz = 8000});
  const DataSet data(dir / "data");
  const ClipSet clips{data.clips(), data.labels(), data.sample_rate_hz()};
  std::vector<VerdictRow> rows;
  for (const bool binary : {false, true}) {
    TrainedNetwork network = test::RandomNetwork(test::small_spec(binary)).take();
    network.labels = clips.labels;
    const auto file = dir / (binary ? "xnor.stapes" : "fp32.stapes");
    write_model(file, pack_network(network), Existing::kRefuse);
    rows.push_back(judge(file, clips, {"hash", 1}, 1));
  }
  EXPECT_EQ(rows[0].form, "fp32");
  EXPECT_EQ(rows[1].form, "xnor");
  EXPECT_EQ(rows[0].macs, rows[1].macs);
  EXPECT_EQ(rows[0].binary_macs, 0);
  EXPECT_GT(rows[1].binary_macs, rows[1].macs / 2);
  EXPECT_LT(rows[1].arena_bytes, rows[0].arena_bytes);
  EXPECT_EQ(rows[0].file_bytes, static_cast<std::int64_t>(std::filesystem::file_size(rows[0].file)));
  EXPECT_EQ(rows[1].ten_crops.clips(), 12);
  EXPECT_GT(rows[1].parameters_binary, rows[1].parameters_int16);
  EXPECT_EQ(to_json(rows[1]).at("binary_macs"), rows[1].binary_macs);
  const std::string table = verdict_table(rows);
  EXPECT_NE(table.find("fp32"), std::string::npos);
  EXPECT_NE(table.find("Counted: MACs"), std::string::npos);
}

TEST(Verdict, RefusesAModelThatHasSeenTheClipsAndSaysWhatFlatters) {
  const test::TempDir dir;
  test::write_tiny_data_set(dir / "data", {.clips = 12, .labels = 3, .folds = 2, .sample_rate_hz = 8000});
  const DataSet data(dir / "data");
  const ClipSet clips{data.clips(), data.labels(), data.sample_rate_hz()};
  TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  network.labels = clips.labels;
  network.provenance = R"({"data_hash":"abc","test_fold":2,"selection":"best epoch on the test fold"})";
  write_model(dir / "a.stapes", pack_network(network), Existing::kRefuse);
  EXPECT_THROW(judge(dir / "a.stapes", clips, {"abc", 1}, 1), UsageError);
  const VerdictRow row = judge(dir / "a.stapes", clips, {"abc", 2}, 1);
  EXPECT_NE(verdict_table({row}).find("epoch selected on the test fold"), std::string::npos);
}

}  // namespace
}  // namespace stapes
