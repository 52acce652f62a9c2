// SPDX-License-Identifier: Apache-2.0
// From a .tflite file to firmware: the commands of docs/guides/importing.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/documented_commands.h"
#include "emulate/board_or_skip.h"
#include "import/tflite_json.h"

namespace stapes::test {
namespace {

using testing::HasSubstr;

class ImportTflite : public testing::Test {
 protected:
  ImportTflite() {
    write_file(dir_ / "small.tflite", tflite_bytes(small_tflite()), Existing::kRefuse);
    write_text_file(dir_ / "words.txt", "yes\nno\nother\n", Existing::kRefuse);
    write_file(dir_ / "features.i8", std::vector<std::byte>(60, std::byte{17}), Existing::kRefuse);
  }
  std::string path(const std::string& name) const { return (dir_ / name).string(); }
  Outcome import() const {
    return run_stapes(
        {"import-tflite", path("small.tflite"), "--labels", path("words.txt"), "-o", path("small.stapes")});
  }

  TempDir dir_;
};

TEST_F(ImportTflite, LeadsToFirmwareInFiveCommands) {
  ASSERT_EQ(import().status, 0) << import().err;
  const Outcome info = run_stapes({"info", path("small.stapes")});
  EXPECT_THAT(info.out, HasSubstr("features of 6 x 5 x 2")) << info.err;
  const Outcome run = run_stapes({"run", path("small.stapes"), "--input", path("features.i8"), "--output",
                                  path("scores.i8"), "--all-tensors", path("tensors"), "--json"});
  ASSERT_EQ(run.status, 0) << run.err;
  const auto scores = nlohmann::json::parse(run.out)["scores"].get<std::vector<float>>();
  const std::vector<std::byte> raw = read_file(dir_ / "scores.i8");
  ASSERT_EQ(raw.size(), 3u);
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_FLOAT_EQ(scores[c], static_cast<float>(static_cast<std::int8_t>(raw[c]) + 128) / 256);
  }
  EXPECT_EQ(std::filesystem::file_size(dir_ / "tensors/00-conv0.i8"), 120u);
  const Outcome exported =
      run_stapes({"export", path("small.stapes"), "--target", "host", "--name", "small", "-o", path("small")});
  ASSERT_EQ(exported.status, 0) << exported.err;
  const std::string header = read_text_file(dir_ / "small/include/small.h");
  EXPECT_THAT(header, HasSubstr("void small_run(small_state* state, const int8_t* features, small_score* scores);"));
  EXPECT_THAT(header, HasSubstr("#define SMALL_INPUT_ZERO_POINT (3)"));
}

TEST_F(ImportTflite, FloatsAreQuantizedAsTheInputTensorSays) {
  ASSERT_EQ(import().status, 0);
  std::vector<float> real(60, 0.02f * (17 - 3));
  write_file(dir_ / "features.f32", std::as_bytes(std::span(real)), Existing::kRefuse);
  const Outcome from_floats = run_stapes({"run", path("small.stapes"), "--input", path("features.f32")});
  const Outcome from_bytes = run_stapes({"run", path("small.stapes"), "--input", path("features.i8")});
  EXPECT_EQ(from_floats.status, 0) << from_floats.err;
  EXPECT_EQ(from_floats.out, from_bytes.out);
}

TEST_F(ImportTflite, WhatDoesNotFitIsRefused) {
  ASSERT_EQ(import().status, 0);
  write_file(dir_ / "short.i8", std::vector<std::byte>(59), Existing::kRefuse);
  EXPECT_THAT(run_stapes({"run", path("small.stapes"), "--input", path("short.i8")}).err,
              HasSubstr("has 59 bytes; the model takes 60 values: expected 60 bytes of int8 or 240 of float32"));
  write_text_file(dir_ / "sound.wav", "RIFF", Existing::kRefuse);
  EXPECT_THAT(run_stapes({"classify", path("small.stapes"), path("sound.wav")}).err, HasSubstr("takes features"));
  EXPECT_THAT(run_stapes({"import-tflite", path("words.txt"), "-o", path("x.stapes")}).err,
              HasSubstr("not a TensorFlow Lite model"));
}

TEST(ImportTfliteDocs, TheFiveCommandsLeadFromACommittedModelToFirmware) {
  STAPES_SKIP_WITHOUT_TOOLS(find_board("cortex-m4"));
  const std::vector<std::string> commands = documented_lines("importing.md", "## TensorFlow Lite models", "stapes ");
  ASSERT_EQ(commands.size(), 5u);
  const TempDir dir;
  const auto models = tests_dir() / "import" / "tflite";
  std::filesystem::copy_file(models / "small.tflite", dir / "kws.tflite");
  std::filesystem::copy_file(models / "small.in", dir / "features.i8");
  write_text_file(dir / "words.txt", "yes\nno\nother\n", Existing::kRefuse);
  ASSERT_NO_FATAL_FAILURE(run_documented(commands, dir));
  EXPECT_EQ(read_file(dir / "scores.i8"), read_file(models / "small.out"));
  EXPECT_TRUE(std::filesystem::exists(dir / "kws/include/kws.h"));
}

TEST(ImportTfliteUint8, RunReadsAndWritesUint8) {
  const auto models = tests_dir() / "import" / "tflite";
  const TempDir dir;
  const std::string model = (dir / "m.stapes").string(), out = (dir / "out.u8").string();
  const Outcome imported = run_stapes({"import-tflite", (models / "int8.tflite").string(), "-o", model});
  ASSERT_EQ(imported.status, 0) << imported.err;
  EXPECT_THAT(imported.out, HasSubstr("converted the file's uint8 input and output to int8 by subtracting 128"));
  const Outcome run = run_stapes({"run", model, "--input", (models / "int8.in").string(), "--output", out, "--uint8"});
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(read_file(out), read_file(models / "int8.out"));
}

TEST(ImportTfliteUint8, AFloatModelHasNoneToShift) {
  const auto models = tests_dir() / "import" / "tflite";
  const TempDir dir;
  const std::string model = (dir / "m.stapes").string();
  ASSERT_EQ(run_stapes({"import-tflite", (models / "float.tflite").string(), "-o", model}).status, 0);
  const Outcome run = run_stapes({"run", model, "--input", (models / "float.in").string(), "--uint8"});
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.err, HasSubstr("--uint8 is for models with int8 features or scores"));
}

}  // namespace
}  // namespace stapes::test
