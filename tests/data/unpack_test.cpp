// SPDX-License-Identifier: Apache-2.0
#include "data/unpack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audio/load_clip.h"
#include "base/error.h"
#include "data/data_set_writer.h"
#include "data/formats/csv.h"
#include "support/temp_dir.h"

namespace stapes::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::ThrowsMessage;

class Unpack : public testing::Test {
 protected:
  Unpack() {
    DataSetWriter writer(folder_ / "a.data", Existing::kRefuse);
    const std::vector<std::int16_t> one = {1, -2, 3}, two = {-32768, 32767};
    writer.add({.name = "yes/../../x.wav", .source = "a, \"b\"", .label = 0, .fold = 1}, one);
    writer.add({.name = "no/y.ogg#0", .source = "c", .label = 1, .fold = 2}, two);
    writer.finish("folders", 16000, {"y/es", "no"});
  }
  TempDir folder_;
};

TEST_F(Unpack, WritesTheSamplesAndAList) {
  const DataSet data(folder_ / "a.data");
  EXPECT_EQ(unpack_data_set(data, 0, folder_ / "out", Existing::kRefuse), 2u);
  const auto rows = parse_csv(read_text_file(folder_ / "out" / kUnpackedListName), "list");
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_THAT(rows[1].fields, ElementsAre("0-y_es/000000-x.wav", "yes/../../x.wav", "y/es", "a, \"b\"", "1"));
  EXPECT_THAT(rows[2].fields, ElementsAre("1-no/000001-y.wav", "no/y.ogg#0", "no", "c", "2"));
  for (std::size_t i = 0; i < 2; ++i) {
    const auto samples = data.clips()[i].samples;
    EXPECT_EQ(load_clip(folder_ / "out" / rows[i + 1].fields[0], 16000),
              std::vector<std::int16_t>(samples.begin(), samples.end()));
  }
}

TEST_F(Unpack, WritesOneFold) {
  const DataSet data(folder_ / "a.data");
  EXPECT_EQ(unpack_data_set(data, 2, folder_ / "out", Existing::kRefuse), 1u);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out/0-y_es"));
  EXPECT_THAT([&] { unpack_data_set(data, 3, folder_ / "three", Existing::kRefuse); },
              ThrowsMessage<UsageError>(HasSubstr("--fold 3: the data set has no clips in this fold")));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "three"));
}

TEST_F(Unpack, ReplacesOnlyItsOwnFolders) {
  const DataSet data(folder_ / "a.data");
  unpack_data_set(data, 0, folder_ / "out", Existing::kRefuse);
  EXPECT_THROW(unpack_data_set(data, 0, folder_ / "out", Existing::kRefuse), Error);
  EXPECT_NO_THROW(unpack_data_set(data, 0, folder_ / "out", Existing::kReplace));
  std::filesystem::create_directory(folder_ / "mine");
  write_text_file(folder_ / "mine/x", "", Existing::kRefuse);
  EXPECT_THROW(unpack_data_set(data, 0, folder_ / "mine", Existing::kReplace), Error);
}

}  // namespace
}  // namespace stapes::test
