// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "data/importer_test.h"
#include "data/selection.h"

namespace stapes {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::ThrowsMessage;

// Pixel i of record `number`; the red, green and blue planes differ.
std::uint8_t cifar_pixel(int number, int i) { return static_cast<std::uint8_t>(number * 31 + i / 1024 * 80 + i * 7); }

std::string cifar_record(int number, const std::vector<int>& labels) {
  std::string bytes;
  for (const int label : labels) bytes.push_back(static_cast<char>(label));
  for (int i = 0; i < 3 * 1024; ++i) bytes.push_back(static_cast<char>(cifar_pixel(number, i)));
  return bytes;
}

std::string class_lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += fmt::format("class{}\n", i);
  return text + "\n";
}

class ImportCifar10 : public test::ImporterTest {
 protected:
  ImportCifar10() : ImporterTest(import_cifar10) {
    write_text("batches.meta.txt", class_lines(10));
    for (int batch = 1; batch <= 5; ++batch) {
      write_text(fmt::format("data_batch_{}.bin", batch), cifar_record(batch, {batch}) + cifar_record(batch + 10, {9}));
    }
    write_text("test_batch.bin", cifar_record(20, {1}) + cifar_record(21, {0}) + cifar_record(22, {9}));
  }
};

TEST_F(ImportCifar10, RecordsBecomeImagesOfTheTwoParts) {
  const ImportReport report = import();
  EXPECT_EQ(report.clips, 13u);
  EXPECT_EQ(report.image, (ImageSize{32, 32, 3}));
  EXPECT_THAT(report.labels, SizeIs(10));
  EXPECT_EQ(imported_clips()[3], "data_batch_2/00001: class9, fold 2, of data_batch_2/00001");
  EXPECT_EQ(imported_clips()[10], "test_batch/00000: class1, fold 1, of test_batch/00000");
  const DataSet data(out);
  EXPECT_EQ(data.format(), "cifar10");
  EXPECT_TRUE(data.published_split());
  EXPECT_EQ(data.hash(), report.hash);
  const std::span<const std::int16_t> samples = data.clips()[11].samples;
  for (int i = 0; i < 1024; ++i) {
    for (int channel = 0; channel < 3; ++channel) {
      ASSERT_EQ(samples[static_cast<std::size_t>(3 * i + channel)], (cifar_pixel(21, channel * 1024 + i) - 128) * 256);
    }
  }
}

TEST_F(ImportCifar10, AnotherNumberOfImagesThanPublishedIsWarnedAbout) {
  EXPECT_THAT(import().warnings,
              testing::Contains(HasSubstr("data_batch_1.bin has 2 images; the published file has 10000")));
}

TEST_F(ImportCifar10, AFileCutShortIsRefusedNamingTheRecord) {
  write_text("data_batch_3.bin", cifar_record(1, {1}) + cifar_record(2, {2}).substr(0, 3000));
  expect_refused(
      "data_batch_3.bin has 6073 bytes: record 1 (counting from 0) is cut short; expected 10000 records of 3073");
  write_text("data_batch_3.bin", "");
  expect_refused("data_batch_3.bin has 0 bytes");
}

TEST_F(ImportCifar10, AnImpossibleLabelIsRefusedNamingTheRecord) {
  write_text("test_batch.bin", cifar_record(1, {1}) + cifar_record(2, {10}));
  expect_refused("test_batch.bin: record 1 (counting from 0) has label 10; expected 0 to 9");
  write_text("test_batch.bin", cifar_record(1, {255}));
  expect_refused("record 0 (counting from 0) has label 255");
}

TEST_F(ImportCifar10, AMissingFileIsNamed) {
  for (const char* name : {"batches.meta.txt", "data_batch_1.bin", "data_batch_5.bin", "test_batch.bin"}) {
    std::filesystem::rename(dir / "in" / name, dir / "away");
    expect_refused(fmt::format("{} does not exist; expected the binary version of cifar10", name));
    std::filesystem::rename(dir / "away", dir / "in" / name);
  }
}

TEST_F(ImportCifar10, OtherNamesOfClassesAreRefused) {
  write_text("batches.meta.txt", class_lines(9));
  expect_refused("batches.meta.txt has 9 names; expected 10, one per line");
  std::string nine = class_lines(9);
  nine.pop_back();  // the empty line
  write_text("batches.meta.txt", nine + "class3\n");
  expect_refused("class name \"class3\" occurs twice; every class needs a unique name; correct it in");
  write_text("batches.meta.txt", nine + "class 3\t\xFF\n");
  expect_refused("class name \"class 3\\t\\xff\" has a control character");
  std::string with_returns;
  for (const char c : class_lines(10)) with_returns += c == '\n' ? std::string("\r\n") : std::string(1, c);
  write_text("batches.meta.txt", with_returns);
  EXPECT_EQ(import().labels.front(), "class0");
  write_text("batches.meta.txt", "\xef\xbb\xbf" + class_lines(10));
  EXPECT_EQ(import().labels.front(), "class0");
}

TEST_F(ImportCifar10, ALimitKeepsTheSameImagesForASeed) {
  const ImportReport all = import(), few = import({.seed = 1, .limit = 1});
  EXPECT_LT(few.clips, all.clips);
  EXPECT_EQ(few.clips, 6u + 3);  // training: classes 1 to 5 and 9; test: 0, 1 and 9
  EXPECT_EQ(import({.seed = 1, .limit = 1}).hash, few.hash);
  const DataSet data(out);
  for (const ClipView& clip : data.clips()) {
    if (clip.name == "test_batch/00001") {
      EXPECT_EQ(clip.samples[0], (cifar_pixel(21, 0) - 128) * 256);
    }
  }
}

class ImportCifar100 : public test::ImporterTest {
 protected:
  ImportCifar100() : ImporterTest(import_cifar100) {
    write_text("fine_label_names.txt", class_lines(100));
    write_text("train.bin", cifar_record(1, {19, 99}) + cifar_record(2, {0, 10}) + cifar_record(3, {4, 11}));
    write_text("test.bin", cifar_record(4, {0, 10}));
  }
};

TEST_F(ImportCifar100, TheFineLabelIsTheClass) {
  const ImportReport report = import();
  EXPECT_THAT(report.labels, SizeIs(100));
  EXPECT_THAT(
      imported_clips(),
      ElementsAre("train/00000: class99, fold 2, of train/00000", "train/00001: class10, fold 2, of train/00001",
                  "train/00002: class11, fold 2, of train/00002", "test/00000: class10, fold 1, of test/00000"));
  const DataSet data(out);
  EXPECT_EQ(data.format(), "cifar100");
  EXPECT_EQ(data.clips()[3].samples[0], (cifar_pixel(4, 0) - 128) * 256);
  EXPECT_EQ(data.clips()[3].samples[3071], (cifar_pixel(4, 3071) - 128) * 256);
}

TEST_F(ImportCifar100, BothLabelsAreChecked) {
  write_text("train.bin", cifar_record(1, {20, 5}));
  expect_refused("train.bin: record 0 (counting from 0) has label 20; expected 0 to 19");
  write_text("train.bin", cifar_record(1, {19, 100}));
  expect_refused("has label 100; expected 0 to 99");
  write_text("train.bin", cifar_record(1, {1}));
  expect_refused(
      "train.bin has 3073 bytes: record 0 (counting from 0) is cut short; expected 50000 records of 3074 bytes");
}

TEST_F(ImportCifar100, SubsetsAreForCifar100) {
  import();
  EXPECT_THAT([&] { select_classes(DataSet(out), "cifar100:10"); }, ThrowsMessage<UsageError>(HasSubstr("no clips")));
  EXPECT_THAT(
      [&] { select_classes(DataSet(out), "esc10"); },
      ThrowsMessage<UsageError>(AllOf(HasSubstr("only in data of format esc50"), HasSubstr("format cifar100"))));
}

}  // namespace
}  // namespace stapes
