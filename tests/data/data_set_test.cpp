// SPDX-License-Identifier: Apache-2.0
#include "data/data_set.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstring>
#include <limits>
#include <set>

#include "base/error.h"
#include "data/data_set_file.h"
#include "data/data_set_writer.h"
#include "data/tiny_data_set.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

class DataSetFile : public testing::Test {
 protected:
  test::TempDir dir;
  std::filesystem::path path = dir / "a.data";

  void write(std::span<const std::byte> bytes) { write_file(path, bytes, Existing::kReplace); }
  std::vector<std::string> names_in_folder() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(dir.path())) names.push_back(entry.path().filename());
    return names;
  }
};

TEST_F(DataSetFile, WhatIsWrittenIsReadBack) {
  const std::string hash = test::write_tiny_data_set(path);
  const DataSet data(path);
  EXPECT_EQ(data.hash(), hash);
  EXPECT_EQ(hash.size(), 16u);
  EXPECT_EQ(data.format(), "folders");
  EXPECT_EQ(data.sample_rate_hz(), 16000);
  EXPECT_EQ(data.labels(), (std::vector<std::string>{"label0", "label1", "label2"}));
  ASSERT_EQ(data.clips().size(), 12u);
  for (std::size_t i = 0; i < 12; ++i) {
    const ClipView& clip = data.clips()[i];
    EXPECT_EQ(clip.name, fmt::format("clip{}", i));
    EXPECT_EQ(clip.source, fmt::format("s{}", i));
    EXPECT_EQ(clip.label, static_cast<int>(i % 3));
    EXPECT_EQ(clip.fold, static_cast<int>(i / 3 % 2 + 1));
    EXPECT_EQ(std::vector<std::int16_t>(clip.samples.begin(), clip.samples.end()),
              test::noise_clip(static_cast<std::uint32_t>(i), 100 + 37 * i));
  }
  data.check_samples();
}

TEST_F(DataSetFile, TheHashNamesSamplesNamesLabelsAndFolds) {
  const std::string hash = test::write_tiny_data_set(path);
  EXPECT_EQ(test::write_tiny_data_set(path), hash);
  EXPECT_NE(test::write_tiny_data_set(path, {.clips = 11}), hash);
  EXPECT_NE(test::write_tiny_data_set(path, {.folds = 3}), hash);
  EXPECT_NE(test::write_tiny_data_set(path, {.sample_rate_hz = 20000}), hash);
  EXPECT_NE(test::write_tiny_data_set(path, {.format = "esc50"}), hash);
}

// Reports, runs and studies identify data by this hash.
TEST_F(DataSetFile, TheHashOfSoundIsThatOfTheFirstVersion) {
  EXPECT_EQ(test::write_tiny_data_set(path), "9cf52c139d208f09");
}

TEST_F(DataSetFile, ImagesAreReadBackWithTheirSize) {
  const ImageSize size{5, 7, 3};
  const std::string hash = test::write_tiny_images(path, {.image = size});
  const DataSet data(path);
  EXPECT_EQ(data.hash(), hash);
  EXPECT_EQ(data.sample_rate_hz(), 0);
  ASSERT_TRUE(data.image().has_value());
  EXPECT_EQ(*data.image(), size);
  for (std::size_t i = 0; i < data.clips().size(); ++i) {
    const ClipView& clip = data.clips()[i];
    EXPECT_EQ(std::vector<std::int16_t>(clip.samples.begin(), clip.samples.end()),
              test::noise_image(static_cast<std::uint32_t>(i), size));
  }
  data.check_samples();
  EXPECT_FALSE((test::write_tiny_data_set(path), DataSet(path)).image().has_value());
}

// The shape is part of the hash.
TEST_F(DataSetFile, TheHashOfImagesNamesTheirSize) {
  const auto hash_of = [&](const ImageSize& size) {
    DataSetWriter writer(path, Existing::kReplace);
    writer.add({.name = "a", .source = "a", .label = 0, .fold = 1}, test::noise_clip(1, 12));
    return writer.finish("images", 0, {"a"}, size);
  };
  const std::set<std::string> hashes = {hash_of({2, 2, 3}), hash_of({1, 4, 3}), hash_of({4, 1, 3}), hash_of({3, 4, 1})};
  EXPECT_EQ(hashes.size(), 4u);
}

TEST_F(DataSetFile, FeaturesAreReadBackWithTheirShape) {
  const FeatureSize size{7, 3, 2};
  const std::string hash = test::write_tiny_features(path, {.size = size});
  const DataSet data(path);
  EXPECT_EQ(data.hash(), hash);
  EXPECT_EQ(data.sample_rate_hz(), 0);
  EXPECT_EQ(data.kind(), InputKind::kFeatures);
  EXPECT_EQ(data.features(), size);
  EXPECT_FALSE(data.image().has_value());
  ASSERT_EQ(data.clips().size(), 12u);
  for (std::size_t i = 0; i < data.clips().size(); ++i) {
    const ClipView& clip = data.clips()[i];
    EXPECT_TRUE(clip.samples.empty());
    EXPECT_EQ(std::vector<float>(clip.features.begin(), clip.features.end()),
              test::noise_features(static_cast<std::uint32_t>(i), size, static_cast<float>(i % 3)));
  }
  data.check_samples();
}

TEST_F(DataSetFile, TheHashOfFeaturesNamesTheirShape) {
  std::set<std::string> hashes;
  for (const FeatureSize size : {FeatureSize{6, 4, 1}, FeatureSize{4, 6, 1}, FeatureSize{4, 3, 2}}) {
    DataSetWriter writer(path, Existing::kReplace);
    writer.add({.name = "a", .source = "a", .label = 0, .fold = 1}, test::noise_clip(1, 48));
    hashes.insert(writer.finish("features", 0, {"a"}, {}, size));
  }
  EXPECT_EQ(hashes.size(), 3u);
}

// Sound and images stay in format version 1, which older programs read.
TEST_F(DataSetFile, OnlyFeaturesNeedANewerProgram) {
  const auto version = [&] { return std::to_integer<int>(read_file(path)[8]); };
  EXPECT_EQ((test::write_tiny_data_set(path), version()), 1);
  EXPECT_EQ((test::write_tiny_images(path), version()), 1);
  EXPECT_EQ((test::write_tiny_features(path), version()), 2);
  auto file = read_file(path);
  DataHeader header;
  std::memcpy(&header, file.data(), sizeof header);
  header.version = 3;
  header.crc = header_crc(header);
  std::memcpy(file.data(), &header, sizeof header);
  write(file);
  EXPECT_THAT(
      [&] { DataSet data(path); },
      ThrowsMessage<Error>(HasSubstr("is a data set of format version 3; expected at most 2; use a newer Stapes, or")));
}

TEST_F(DataSetFile, FormatsWithAPublishedSplitAreKnown) {
  for (const char* format :
       {"audioevent", "speech-commands", "cifar10", "cifar100", "images-split", "features-split"}) {
    EXPECT_TRUE((test::write_tiny_images(path, {.format = format}), DataSet(path)).published_split()) << format;
  }
  for (const char* format : {"esc50", "folders", "images", "cifar", "features", "features-arrays"}) {
    EXPECT_FALSE((test::write_tiny_images(path, {.format = format}), DataSet(path)).published_split()) << format;
  }
}

TEST_F(DataSetFile, RefusesFilesThatAreNotDataSets) {
  EXPECT_THAT([&] { DataSet(dir / "absent"); }, ThrowsMessage<Error>(HasSubstr("absent")));
  write({});
  EXPECT_THAT([&] { DataSet data(path); }, ThrowsMessage<Error>(HasSubstr("is not a data set")));
  write(std::as_bytes(std::span("RIFF....WAVE and so on, for long enough to hold a header of sixty-four bytes")));
  EXPECT_THAT([&] { DataSet data(path); }, ThrowsMessage<Error>(HasSubstr("is not a data set")));
}

TEST_F(DataSetFile, RefusesEveryCut) {
  test::write_tiny_data_set(path, {.clips = 3, .labels = 2});
  const auto whole = read_file(path);
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    write(std::span(whole).first(bytes));
    EXPECT_THAT([&] { DataSet data(path); }, ThrowsMessage<Error>(HasSubstr("a.data"))) << "cut to " << bytes;
  }
}

TEST_F(DataSetFile, NoticesEveryFlippedByte) {
  test::write_tiny_data_set(path, {.clips = 3, .labels = 2});
  const auto whole = read_file(path);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto flipped = whole;
    flipped[at] ^= std::byte{0x10};
    write(flipped);
    EXPECT_THAT([&] { DataSet(path).check_samples(); }, ThrowsMessage<Error>(HasSubstr("a.data"))) << "byte " << at;
  }
}

TEST_F(DataSetFile, AnythingAfterTheEndIsNoticed) {
  test::write_tiny_data_set(path);
  auto file = read_file(path);
  file.push_back(std::byte{0});
  write(file);
  EXPECT_THROW(DataSet data(path), Error);
}

// `file` after `change` has edited its index, with valid checksums.
template <class Change>
std::vector<std::byte> forged(std::vector<std::byte> file, const Change& change) {
  DataHeader header;
  std::memcpy(&header, file.data(), sizeof header);
  const std::size_t at = index_offset(header.sample_bytes);
  data::fb::IndexT index;
  data::fb::GetIndex(file.data() + at + kContainerHeaderBytes)->UnPackTo(&index);
  change(index);
  flatbuffers::FlatBufferBuilder builder;
  data::fb::FinishIndexBuffer(builder, data::fb::Index::Pack(builder, &index));
  const auto payload = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
  const auto container = container_header(kDataIndexContainer, payload);
  file.resize(at);
  file.insert(file.end(), container.begin(), container.end());
  file.insert(file.end(), payload.begin(), payload.end());
  return file;
}

TEST_F(DataSetFile, RefusesAnIndexThatLies) {
  test::write_tiny_data_set(path);
  const auto file = read_file(path);
  const auto expect_refused = [&](const char* why, const auto& change) {
    write(forged(file, change));
    EXPECT_THAT([&] { DataSet data(path); }, ThrowsMessage<Error>(AllOf(HasSubstr("a.data"), HasSubstr(why))));
  };
  expect_refused("label 3", [](auto& index) { index.clips[1]->label = 3; });
  expect_refused("label 4294967295", [](auto& index) { index.clips[1]->label = 0xFFFFFFFF; });
  expect_refused("fold 0", [](auto& index) { index.clips[1]->fold = 0; });
  expect_refused("not in the file", [](auto& index) { index.clips[11]->sample_count += 1; });
  expect_refused("not in the file", [](auto& index) { index.clips[0]->sample_count = 0; });
  expect_refused("not in the file", [](auto& index) { index.clips[0]->first_sample = ~std::uint64_t{0}; });
  expect_refused("not in the file", [](auto& index) {
    index.clips[0]->first_sample = 2;
    index.clips[0]->sample_count = ~std::uint64_t{0};
  });
  expect_refused("two clips are named clip0", [](auto& index) { index.clips[1]->name = "clip0"; });
  expect_refused("0 Hz", [](auto& index) { index.sample_rate_hz = 0; });
  expect_refused("3000000000 Hz", [](auto& index) { index.sample_rate_hz = 3'000'000'000; });
  expect_refused("pixels with 0 channels", [](auto& index) { index.image_width = 1; });
}

TEST_F(DataSetFile, RefusesAnIndexThatLiesAboutImages) {
  test::write_tiny_images(path, {.image = {2, 3, 1}});
  const auto file = read_file(path);
  const auto expect_refused = [&](const char* why, const auto& change) {
    write(forged(file, change));
    EXPECT_THAT([&] { DataSet data(path); }, ThrowsMessage<Error>(AllOf(HasSubstr("a.data"), HasSubstr(why))));
  };
  expect_refused("unsupported sample rate of 0 Hz",
                 [](auto& index) { index.image_height = index.image_width = index.image_channels = 0; });
  expect_refused("sample rate of 16000 Hz", [](auto& index) { index.sample_rate_hz = 16000; });
  expect_refused("3 x 0 pixels", [](auto& index) { index.image_height = 0; });
  expect_refused("1025 x 2 pixels", [](auto& index) { index.image_width = 1025; });
  expect_refused("4294967295 x 2 pixels", [](auto& index) { index.image_width = 0xFFFFFFFF; });
  expect_refused("2 channels", [](auto& index) { index.image_channels = 2; });
  expect_refused("4 channels", [](auto& index) { index.image_channels = 4; });
  expect_refused("clip image0 has 6 samples, but its image needs 18", [](auto& index) { index.image_channels = 3; });
  expect_refused("clip image2 has 5 samples, but its image needs 6",
                 [](auto& index) { index.clips[2]->sample_count = 5; });
}

TEST_F(DataSetFile, RefusesAnIndexThatLiesAboutFeatures) {
  test::write_tiny_features(path, {.size = {2, 3, 1}});
  const auto file = read_file(path);
  const auto expect_refused = [&](const char* why, const auto& change) {
    write(forged(file, change));
    EXPECT_THAT([&] { DataSet data(path); }, ThrowsMessage<Error>(AllOf(HasSubstr("a.data"), HasSubstr(why))));
  };
  expect_refused("unsupported sample rate of 0 Hz",
                 [](auto& index) { index.feature_height = index.feature_width = index.feature_channels = 0; });
  expect_refused("features with a sample rate of 16000 Hz", [](auto& index) { index.sample_rate_hz = 16000; });
  expect_refused("features of 0 x 3 x 1", [](auto& index) { index.feature_height = 0; });
  expect_refused("features of 2 x 3 x 4294967295", [](auto& index) { index.feature_channels = 0xFFFFFFFF; });
  expect_refused("features of 1048576 x 2 x 1", [](auto& index) {
    index.feature_height = 1 << 20;
    index.feature_width = 2;
  });
  expect_refused("clip features0 does not have 12 float32 values", [](auto& index) { index.feature_channels = 2; });
  expect_refused("clip features1 does not have 6 float32 values", [](auto& index) { ++index.clips[1]->first_sample; });
  expect_refused("clip features2 does not have 6 float32 values",
                 [](auto& index) { index.clips[2]->sample_count = 10; });
  expect_refused("not in the file", [](auto& index) { index.clips[11]->sample_count += 2; });
  expect_refused("images and features", [](auto& index) {
    index.image_height = index.image_width = 2;
    index.image_channels = 3;
  });
}

TEST_F(DataSetFile, ANaNIsFoundWithTheSamples) {
  DataSetWriter writer(path, Existing::kReplace);
  const std::vector<float> values = {1, std::numeric_limits<float>::quiet_NaN()};
  writer.add({.name = "a", .source = "a", .label = 0, .fold = 1}, halves_of(values));
  writer.finish("features", 0, {"a"}, {}, FeatureSize{1, 2, 1});
  EXPECT_THAT([&] { DataSet(path).check_samples(); }, ThrowsMessage<Error>(HasSubstr("clip a holds a NaN")));
}

// With a repaired checksum, only the verifier and the checks can notice the flip.
TEST_F(DataSetFile, SurvivesEveryFlipBehindARepairedChecksum) {
  test::write_tiny_data_set(path, {.clips = 3, .labels = 2});
  const auto whole = read_file(path);
  DataHeader header;
  std::memcpy(&header, whole.data(), sizeof header);
  const std::size_t at = index_offset(header.sample_bytes), first = at + kContainerHeaderBytes;
  for (std::size_t byte = first; byte < whole.size(); ++byte) {
    for (const int flip : {0x01, 0x80, 0xFF}) {
      auto file = whole;
      file[byte] ^= static_cast<std::byte>(flip);
      const auto container = container_header(kDataIndexContainer, std::span(file).subspan(first));
      std::copy(container.begin(), container.end(), file.begin() + static_cast<std::ptrdiff_t>(at));
      write(file);
      try {
        DataSet(path).check_samples();
      } catch (const Error&) {
      }
    }
  }
}

TEST_F(DataSetFile, AForgedSampleSizeIsNotBelieved) {
  test::write_tiny_data_set(path);
  auto file = read_file(path);
  DataHeader header;
  std::memcpy(&header, file.data(), sizeof header);
  for (const std::uint64_t bytes :
       {~std::uint64_t{0}, std::uint64_t{1} << 63, header.sample_bytes + 4096, std::uint64_t{1}}) {
    header.sample_bytes = bytes;
    header.crc = header_crc(header);
    std::memcpy(file.data(), &header, sizeof header);
    write(file);
    EXPECT_THAT([&] { DataSet data(path); }, ThrowsMessage<Error>(HasSubstr("a.data"))) << bytes;
  }
}

TEST_F(DataSetFile, AnExistingFileIsReplacedOnlyWhenAskedTo) {
  write_text_file(path, "mine", Existing::kRefuse);
  EXPECT_THAT([&] { DataSetWriter writer(path, Existing::kRefuse); }, ThrowsMessage<Error>(HasSubstr("--force")));
  EXPECT_EQ(read_text_file(path), "mine");
  test::write_tiny_data_set(path);
  EXPECT_EQ(DataSet(path).clips().size(), 12u);
}

TEST_F(DataSetFile, NothingIsLeftWhenWritingStops) {
  {
    DataSetWriter writer(path, Existing::kRefuse);
    writer.add({.name = "a", .source = "s", .label = 0, .fold = 1}, test::noise_clip(0, 5000));
  }
  EXPECT_THAT(names_in_folder(), IsEmpty());
}

TEST_F(DataSetFile, AFolderThatCannotBeWrittenIsNamed) {
  EXPECT_THAT([] { DataSetWriter writer("/proc/a.data", Existing::kRefuse); },
              ThrowsMessage<Error>(HasSubstr("/proc/a.data")));
  EXPECT_THAT([&] { DataSetWriter writer(dir / "no/such/a.data", Existing::kRefuse); },
              ThrowsMessage<Error>(HasSubstr("no/such/a.data")));
}

// A file-size limit makes write() fail, as on a full disk.
TEST_F(DataSetFile, AFullDiskLeavesNothing) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit = before;
  limit.rlim_cur = 2000;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  EXPECT_THAT([&] { test::write_tiny_data_set(path); }, ThrowsMessage<Error>(HasSubstr("a.data")));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, SIG_DFL);
  EXPECT_THAT(names_in_folder(), IsEmpty());
}

}  // namespace
}  // namespace stapes
