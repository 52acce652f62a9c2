// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/stat.h>

#include <map>

#include "data/importer_test.h"
#include "support/image_files.h"

namespace stapes {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

class ImportImages : public test::ImporterTest {
 protected:
  ImportImages() : ImporterTest(import_images) {}

  void write_png(const std::string& name, int width = 32, int height = 32) {
    test::write_image(dir / "in" / name, test::gradient_png(width, height));
  }
  void write_small_split() {
    for (const char* part : {"train", "test"}) {
      for (const char* name : {"frog/a.png", "frog/b.png", "bird/a.png", "bird/b.png"}) {
        write_png(fmt::format("{}/{}", part, name));
      }
    }
  }
  std::vector<std::int16_t> samples(std::size_t clip) const {
    const DataSet data(out);
    return {data.clips()[clip].samples.begin(), data.clips()[clip].samples.end()};
  }
};

TEST_F(ImportImages, TrainAndTestAreAPublishedSplit) {
  write_small_split();
  write_png("loose.png");
  write_png("extra/frog/a.png");
  const ImportReport report = import();
  EXPECT_EQ(report.clips, 8u);
  EXPECT_THAT(report.skipped, IsEmpty());
  EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("folder extra is left out")));
  EXPECT_EQ(report.image, (ImageSize{32, 32, 3}));
  EXPECT_EQ(DataSet(out).format(), "images-split");
  EXPECT_TRUE(DataSet(out).published_split());
  EXPECT_EQ(DataSet(out).image(), (ImageSize{32, 32, 3}));
  EXPECT_EQ(DataSet(out).hash(), report.hash);
  EXPECT_THAT(imported_clips(), Contains("train/bird/a.png: bird, fold 2, of train/bird/a.png"));
  EXPECT_THAT(imported_clips(), Contains("test/frog/b.png: frog, fold 1, of test/frog/b.png"));
}

TEST_F(ImportImages, AClassOfOnePartIsImportedAndWarnedAbout) {
  write_small_split();
  write_png("train/newt/a.png");
  write_png("test/ant/a.png");
  write_png("test/ant/b.png");
  const ImportReport report = import();
  EXPECT_THAT(report.labels, ElementsAre("ant", "bird", "frog", "newt"));
  EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("class ant has no clips in the published training part"),
                                           HasSubstr("class newt has no clips in the published test part")));
}

TEST_F(ImportImages, WithoutTheTwoPartsFoldsAreDealtAsSoundHasThem) {
  for (const char* name : {"frog/pond-1.png", "frog/pond-2.png", "frog/lake-1.png", "bird/sky-1.png", "bird/sky-2.png",
                           "bird/tree-1.png"}) {
    write_png(name);
  }
  const ImportReport report = import({.folders = {.folds = 2}});
  EXPECT_THAT(report.warnings, IsEmpty());
  const DataSet data(out);
  EXPECT_EQ(data.format(), "images");
  EXPECT_FALSE(data.published_split());
  EXPECT_THAT(data.labels(), ElementsAre("bird", "frog"));
  std::map<std::string_view, const ClipView*> clips;
  for (const ClipView& clip : data.clips()) clips[clip.name] = &clip;
  ASSERT_EQ(clips.size(), 6u);
  EXPECT_EQ(clips.at("frog/pond-1.png")->source, "pond");
  EXPECT_EQ(clips.at("frog/pond-1.png")->fold, clips.at("frog/pond-2.png")->fold);
  EXPECT_NE(clips.at("frog/pond-1.png")->fold, clips.at("frog/lake-1.png")->fold);
}

TEST_F(ImportImages, PixelsAreStoredAsEightBitSound) {
  write_png("a/x.png");
  write_png("a/y.png");
  import({.folders = {.folds = 2, .source_pattern = "(.*)" }});
  const std::vector<std::uint8_t> pixels = test::gradient(32, 32);
  const std::vector<std::int16_t> stored = samples(0);
  ASSERT_EQ(stored.size(), pixels.size());
  for (std::size_t i = 0; i < pixels.size(); ++i) EXPECT_EQ(stored[i], (pixels[i] - 128) * 256);
}

TEST_F(ImportImages, OtherSizesAreScaledAndCut) {
  for (const char* name : {"train/a/x.png", "test/a/x.png"}) write_png(name, 96, 64);
  EXPECT_EQ(import({.image_side = 16}).image, (ImageSize{16, 16, 3}));
  const std::vector<std::int16_t> stored = samples(0);
  ASSERT_EQ(stored.size(), 16u * 16 * 3);
  // Red runs from 0 to 255 over 96 pixels. Four pixels become one, and 16 are cut off at each end.
  for (std::size_t column = 1; column < 15; ++column) {
    const double red = stored[(8 * 16 + column) * 3] / 256.0 + 128;
    EXPECT_NEAR(red, (16 + 4 * static_cast<double>(column) + 1.5) * 255 / 95, 1.2) << column;
  }
}

TEST_F(ImportImages, GoesOnPastFilesItCannotRead) {
  write_small_split();
  const auto bad = test::write_unreadable_images(dir / "in/train/frog");
  const ImportReport report = import();
  EXPECT_EQ(report.clips, 8u);
  ASSERT_EQ(report.skipped.size(), bad.size());
  for (std::size_t i = 0; i < bad.size(); ++i) {
    EXPECT_EQ(report.skipped[i].name, "train/frog/" + bad[i].name);
    EXPECT_THAT(report.skipped[i].reason, HasSubstr(bad[i].why));
  }
}

TEST_F(ImportImages, AClassOfUnreadableFilesIsWarnedAbout) {
  write_small_split();
  test::write_unreadable_images(dir / "in/train/newt");
  EXPECT_THAT(import().warnings, ElementsAre(HasSubstr("class newt has no readable clip")));
}

TEST_F(ImportImages, TheFileIsTheSameForAnyNumberOfThreads) {
  write_small_split();
  test::write_unreadable_images(dir / "in/test/bird");
  import({.threads = 1});
  const auto once = read_file(out);
  import({.threads = 5});
  EXPECT_EQ(read_file(out), once);
}

TEST_F(ImportImages, ALimitHoldsForEachClassAndPart) {
  for (int i = 0; i < 20; ++i) {
    write_png(fmt::format("train/frog/{}.png", i));
    write_png(fmt::format("test/frog/{}.png", i));
  }
  write_png("train/bird/1.png");
  write_png("test/bird/1.png");
  const ImportReport report = import({.seed = 3, .limit = 4});
  EXPECT_EQ(report.clips, 4u + 4 + 1 + 1);
  EXPECT_EQ(import({.seed = 3, .limit = 4}).hash, report.hash);
  EXPECT_NE(import({.seed = 4, .limit = 4}).hash, report.hash);
}

TEST_F(ImportImages, HalfASplitIsRefused) {
  write_png("train/frog/a.png");
  expect_refused("has train/ with a folder per class but no test/");
  std::filesystem::rename(dir / "in/train", dir / "in/test");
  expect_refused("has test/ with a folder per class but no train/");
}

TEST_F(ImportImages, AClassMayBeCalledTrain) {
  for (const char* name : {"train/a.png", "train/b.png", "bus/a.png", "bus/b.png"}) write_png(name);
  EXPECT_THAT(import({.folders = {.folds = 2}}).labels, ElementsAre("bus", "train"));
}

TEST_F(ImportImages, RefusesWhatHoldsNoImages) {
  expect_refused("is not a folder");
  std::filesystem::create_directories(dir / "in/train/frog");
  std::filesystem::create_directories(dir / "in/test/frog");
  expect_refused("holds no files in train/CLASS/ and test/CLASS/");
  test::write_unreadable_images(dir / "in/train/frog");
  expect_refused("0 of 10 files could be read");
  for (const int side : {-1, 0, kMaxImageSide + 1}) {
    EXPECT_THAT([&] { import({.image_side = side}); }, ThrowsMessage<UsageError>(HasSubstr("expected 1 to 1024")));
  }
}

TEST_F(ImportImages, ANamedPipeIsNotWaitedFor) {
  write_small_split();
  ASSERT_EQ(::mkfifo((dir / "in/train/frog/pipe.png").c_str(), 0600), 0);
  EXPECT_THAT(names_of(import().skipped), ElementsAre("train/frog/pipe.png"));
}

}  // namespace
}  // namespace stapes
