// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>
#include <map>

#include "data/importer_test.h"
#include "support/npy_file.h"

namespace stapes {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

class ImportFeatures : public test::ImporterTest {
 protected:
  ImportFeatures() : ImporterTest(import_features) {}

  static std::vector<float> ramp(std::size_t count, float first) {
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = first + static_cast<float>(i);
    return values;
  }
  void write_clip_of(const std::string& name, const std::vector<std::size_t>& shape, float first = 0) {
    std::size_t count = 1;
    for (const std::size_t axis : shape) count *= axis;
    test::write_npy(dir / "in" / name, shape, ramp(count, first));
  }
  void write_folders() {
    float first = 0;
    for (const char* name :
         {"no/ann-1.npy", "no/ann-2.npy", "no/bob-1.npy", "yes/ann-3.npy", "yes/bob-2.npy", "yes/cleo-1.npy"}) {
      write_clip_of(name, {3, 2}, first += 10);
    }
  }
  void write_arrays() {
    write_clip_of("features.npy", {6, 3, 2});
    test::write_npy(dir / "in/labels.npy", {0, 1, 0, 1, 0, 1});
  }
  std::vector<float> values_of(const std::string& name) const {
    const DataSet data(out);
    for (const ClipView& clip : data.clips()) {
      if (clip.name == name) return {clip.features.begin(), clip.features.end()};
    }
    ADD_FAILURE() << "no clip " << name;
    return {};
  }
};

TEST_F(ImportFeatures, AFilePerClipInAFolderPerClass) {
  write_folders();
  const ImportReport report = import({.folders = {.folds = 2}});
  EXPECT_EQ(report.clips, 6u);
  EXPECT_THAT(report.skipped, IsEmpty());
  EXPECT_EQ(report.features, (FeatureSize{3, 2, 1}));
  const DataSet data(out);
  EXPECT_EQ(data.format(), "features");
  EXPECT_EQ(data.hash(), report.hash);
  EXPECT_EQ(data.features(), (FeatureSize{3, 2, 1}));
  EXPECT_THAT(data.labels(), ElementsAre("no", "yes"));
  std::map<std::string_view, int> fold_of_source;
  for (const ClipView& clip : data.clips()) {
    const auto [at, is_new] = fold_of_source.emplace(clip.source, clip.fold);
    EXPECT_EQ(at->second, clip.fold) << clip.name;
  }
  EXPECT_EQ(fold_of_source.size(), 3u);  // ann, bob, cleo
  EXPECT_EQ(values_of("no/bob-1.npy"), ramp(6, 30));
  data.check_samples();
}

TEST_F(ImportFeatures, TrainAndTestAreAPublishedSplit) {
  for (const char* part : {"train", "test"}) {
    for (const char* name : {"no/a.npy", "no/b.npy", "yes/a.npy", "yes/b.npy"}) {
      write_clip_of(fmt::format("{}/{}", part, name), {3, 2});
    }
  }
  import();
  EXPECT_TRUE(DataSet(out).published_split());
  EXPECT_EQ(DataSet(out).format(), "features-split");
  EXPECT_THAT(imported_clips(), Contains("test/yes/b.npy: yes, fold 1, of test/yes/b.npy"));
}

TEST_F(ImportFeatures, ShapesOfOneToThreeDimensionsAreUnderstood) {
  const auto size_of = [&](const std::vector<std::size_t>& shape, bool channels_first = false) {
    for (const char* name : {"a/x.npy", "a/y.npy", "b/x.npy", "b/y.npy"}) write_clip_of(name, shape);
    return import({.channels_first = channels_first}).features;
  };
  EXPECT_EQ(size_of({5}), (FeatureSize{1, 5, 1}));
  EXPECT_EQ(size_of({5, 4}), (FeatureSize{5, 4, 1}));
  EXPECT_EQ(size_of({5, 4, 3}), (FeatureSize{5, 4, 3}));
  EXPECT_EQ(size_of({5, 4}, true), (FeatureSize{5, 4, 1}));
  EXPECT_EQ(size_of({1, 5, 4}, true), (FeatureSize{5, 4, 1}));
  EXPECT_EQ(size_of({2, 3, 1}, true), (FeatureSize{3, 1, 2}));
  EXPECT_EQ(values_of("a/x.npy"), (std::vector<float>{0, 3, 1, 4, 2, 5}));
}

TEST_F(ImportFeatures, GoesOnPastFilesItCannotUse) {
  write_folders();
  write_clip_of("no/other.npy", {2, 3});
  write_clip_of("no/deep.npy", {1, 1, 3, 2});
  write_text("no/readme.txt", "words");
  const float infinite = std::numeric_limits<float>::infinity();
  test::write_npy(dir / "in/yes/broken.npy", {3, 2}, {0, std::nanf(""), infinite, 0, 0, 0});
  const std::vector<double> wide(6);
  write_file(dir / "in/yes/wide.npy", test::npy_bytes("<f8", {3, 2}, wide), Existing::kReplace);
  const ImportReport report = import({.folders = {.folds = 2, .source_pattern = "(.*)"}});
  EXPECT_EQ(report.clips, 6u);
  EXPECT_THAT(names_of(report.skipped),
              ElementsAre("no/deep.npy", "no/other.npy", "no/readme.txt", "yes/broken.npy", "yes/wide.npy"));
  ASSERT_EQ(report.skipped.size(), 5u);
  EXPECT_THAT(report.skipped[0].reason, HasSubstr("4 dimensions per clip; expected 1 to 3"));
  EXPECT_THAT(report.skipped[1].reason,
              AllOf(HasSubstr("other.npy is 2 x 3 x 1; expected 3 x 2 x 1, like "), HasSubstr("ann-1.npy")));
  EXPECT_THAT(report.skipped[2].reason, HasSubstr("is not a NumPy array"));
  EXPECT_THAT(report.skipped[3].reason, HasSubstr("2 NaN or infinite values"));
  EXPECT_THAT(report.skipped[4].reason, HasSubstr("type '<f8'"));
}

TEST_F(ImportFeatures, AllClipsMayBeInOneArray) {
  write_arrays();
  const ImportReport report = import({.folders = {.folds = 3}});
  EXPECT_EQ(report.clips, 6u);
  const DataSet data(out);
  EXPECT_EQ(data.format(), "features-arrays");
  EXPECT_THAT(data.labels(), ElementsAre("class_0", "class_1"));
  EXPECT_EQ(values_of("00002"), ramp(6, 12));
  EXPECT_EQ(data.clips()[3].label, 1);
  EXPECT_EQ(data.clips()[3].source, "00003");
}

TEST_F(ImportFeatures, ArraysMayGiveFoldsSourcesAndNames) {
  write_arrays();
  test::write_npy(dir / "in/folds.npy", {1, 1, 2, 2, 3, 3});
  test::write_npy(dir / "in/sources.npy", {7, 7, 8, 8, 9, 9});
  write_text("classes.txt", "no\nyes\n");
  import();
  EXPECT_THAT(imported_clips(), ElementsAre("00000: no, fold 1, of source 7", "00001: yes, fold 1, of source 7",
                                            "00002: no, fold 2, of source 8", "00003: yes, fold 2, of source 8",
                                            "00004: no, fold 3, of source 9", "00005: yes, fold 3, of source 9"));
  std::filesystem::remove(dir / "in/folds.npy");
  import({.folders = {.folds = 3 }});
  const DataSet data(out);
  for (std::size_t i = 0; i < 6; i += 2) EXPECT_EQ(data.clips()[i].fold, data.clips()[i + 1].fold) << i;
}

TEST_F(ImportFeatures, ClassesMayBeMerged) {
  write_arrays();
  write_text("classes.txt", "hum\nyes\n");
  import({.folders = {.folds = 2}, .unknown = { "hum" }});
  EXPECT_THAT(DataSet(out).labels(), ElementsAre("yes", "unknown"));
  EXPECT_EQ(DataSet(out).format(), "features");
}

TEST_F(ImportFeatures, ARowThatIsNotFiniteIsSkipped) {
  write_arrays();
  std::vector<float> values = ramp(36, 0);
  values[13] = std::nanf("");
  test::write_npy(dir / "in/features.npy", {6, 3, 2}, values);
  const ImportReport report = import({.folders = {.folds = 2}});
  EXPECT_EQ(report.clips, 5u);
  ASSERT_EQ(report.skipped.size(), 1u);
  EXPECT_THAT(report.skipped[0].reason, HasSubstr("row 2 (counting from 0) holds 1 NaN or infinite value;"));
}

TEST_F(ImportFeatures, ArraysThatDoNotFitAreRefused) {
  write_arrays();
  test::write_npy(dir / "in/labels.npy", {0, 1, 0});
  expect_refused("labels.npy has 3 numbers; expected 6, one per row of features.npy");
  test::write_npy(dir / "in/labels.npy", {0, 1, 0, 1, 0, -1});
  expect_refused("row 5 (counting from 0) is negative; expected 0 to 65535");
  std::filesystem::remove(dir / "in/labels.npy");
  expect_refused("labels.npy");
  write_arrays();
  test::write_npy(dir / "in/folds.npy", {0, 1, 2, 3, 4, 0});
  expect_refused("folds.npy: row 0 (counting from 0) is 0; expected 1 to 100");
  EXPECT_THAT(
      [&] {
        import({.folders = {.folds = 2 }});
      },
      ThrowsMessage<UsageError>(HasSubstr("--folds assigns clips to folds, but")));
  EXPECT_THAT(
      [&] {
        import({.folders = {.source_pattern = "(.)" }});
      },
      ThrowsMessage<UsageError>(HasSubstr("write sources.npy instead")));
  std::filesystem::remove(dir / "in/folds.npy");
  write_text("classes.txt", "no\nyes\nmaybe\n");
  expect_refused("classes.txt has 3 names; expected 2");
  write_clip_of("features.npy", {6, 1, 1, 3, 2});
  expect_refused("4 dimensions per clip");
  test::write_npy(dir / "in/features.npy", {}, {1});
  expect_refused("expected one row per clip");
}

TEST_F(ImportFeatures, RefusesWhatHoldsNoFeatures) {
  expect_refused("is not a folder");
  write_text("a/x.npy", "words");
  write_text("b/x.npy", "words");
  expect_refused("0 of 2 files are float32 arrays; the first failure: ");
  write_clip_of("a/x.npy", {1025, 1024});
  expect_refused("clips of 1025 x 1024 values; expected at most 1048576");
}

TEST_F(ImportFeatures, TheFileIsTheSameForAnyNumberOfThreads) {
  write_folders();
  import({.threads = 1});
  const auto once = read_file(out);
  import({.threads = 5});
  EXPECT_EQ(read_file(out), once);
}

}  // namespace
}  // namespace stapes
