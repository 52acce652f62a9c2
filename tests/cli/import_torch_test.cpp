// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/run_program.h"
#include "cli/small_acdnet.h"
#include "graph/weights_file.h"
#include "packed/model_file.h"

namespace stapes::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ImportTorch : public testing::Test {
 protected:
  ImportTorch() { write_text_file(file_, SmallAcdnetFile().bytes(), Existing::kRefuse); }

  Outcome import(std::vector<std::string> more, const Surroundings& surroundings = {}) {
    std::vector<std::string> arguments = {"import-torch", file_.string(), "--samples", "8000"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_stapes(arguments, surroundings);
  }

  TempDir in_, out_;
  std::filesystem::path file_ = in_ / "small.pt", model_ = out_ / "small.stapes";
};

TEST_F(ImportTorch, WritesAPackedModel) {
  const Outcome outcome = import({"-o", model_.string()});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const ModelFile model(model_);
  EXPECT_EQ(model.model().route()->str(), "fp32");
  EXPECT_EQ(model.model().window_samples(), 8000);
  EXPECT_EQ(model.model().labels()->Get(2)->str(), "class_2");
  EXPECT_THAT(names_in(out_.path()), ElementsAre("small.stapes"));
}

TEST_F(ImportTorch, ReadsCheckpointsAndSafetensors) {
  const std::string saved = (tests_dir() / "import/saved/").string();
  const auto import_saved = [&](const std::string& file) {
    return run_stapes({"import-torch", saved + file, "--samples", "8000", "--force", "-o", model_.string()});
  };
  for (const char* file : {"checkpoint.pt", "old_protocol_4.pt", "weights.safetensors"}) {
    const Outcome outcome = import_saved(file);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("full-precision ACDNet, 3 classes, 405 parameters"));
    EXPECT_EQ(outcome.err, "");
  }
  const Outcome outcome = import_saved("lightning.ckpt");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err, HasSubstr("warning: "));
  EXPECT_THAT(outcome.err, HasSubstr("tensor criterion.weight is not part of the network and was left out\n"));
}

TEST_F(ImportTorch, SaysWhatAFileIsThatIsNotRead) {
  const std::string whole = (tests_dir() / "import/saved/whole_model.pt").string();
  EXPECT_TRUE(fails_cleanly(run_stapes({"import-torch", whole, "-o", model_.string()}), 1,
                            "it names the Python class __main__.AcdNet"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"import-torch", in_.path().string(), "-o", model_.string()}), 1, "a folder"));
  EXPECT_THAT(names_in(out_.path()), IsEmpty());
}

TEST_F(ImportTorch, KeepsTheWeightsAsARun) {
  ASSERT_EQ(import({"-o", model_.string(), "--run", (out_ / "run").string()}).status, 0);
  const TrainedNetwork network = read_network(out_ / "run");
  EXPECT_EQ(network.spec.class_count, 3);
  EXPECT_EQ(network.tensors.size(), 62u);
  const auto config = nlohmann::json::parse(read_text_file(out_ / "run" / "config.json"));
  EXPECT_EQ(config.at("window_samples"), 8000);
  EXPECT_THAT(names_in(out_.path()), ElementsAre("run", "small.stapes"));
}

TEST_F(ImportTorch, NamesTheClasses) {
  write_text_file(in_ / "labels.txt", "dog\r\nrain\nsea waves\n\n", Existing::kRefuse);
  ASSERT_EQ(import({"-o", model_.string(), "--labels", (in_ / "labels.txt").string()}).status, 0);
  EXPECT_EQ(ModelFile(model_).model().labels()->Get(0)->str(), "dog");
  EXPECT_EQ(ModelFile(model_).model().labels()->Get(2)->str(), "sea waves");
}

TEST_F(ImportTorch, RefusesLabelsThatDoNotFit) {
  for (const char* text : {"", "dog\n", "dog\ndog\nsea\n", "dog\n\nsea\n", "a\nb\nc\nd\n"}) {
    write_text_file(in_ / "labels.txt", text, Existing::kReplace);
    EXPECT_TRUE(
        fails_cleanly(import({"-o", model_.string(), "--labels", (in_ / "labels.txt").string()}), 1, "labels.txt"))
        << text;
    EXPECT_THAT(names_in(out_.path()), IsEmpty());
  }
}

TEST_F(ImportTorch, JsonIsOneObjectAndNothingElse) {
  const Outcome outcome = import({"--json", "-o", model_.string()});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);  // fails on any text around the JSON
  EXPECT_EQ(json.at("route"), "fp32");
  EXPECT_EQ(json.at("file_bytes"), std::filesystem::file_size(model_));
  EXPECT_EQ(outcome.err, "");
}

TEST_F(ImportTorch, QuietPrintsNothing) {
  const Outcome outcome = import({"-q", "-o", model_.string()});
  EXPECT_EQ(outcome.out + outcome.err, "");
}

TEST_F(ImportTorch, AnExistingOutputNeedsForce) {
  write_text_file(model_, "precious", Existing::kRefuse);
  EXPECT_TRUE(fails_cleanly(import({"-o", model_.string()}), 1, "--force"));
  EXPECT_EQ(read_text_file(model_), "precious");
  EXPECT_EQ(import({"-o", model_.string(), "--force"}).status, 0);
  EXPECT_NO_THROW(ModelFile{model_});

  std::filesystem::create_directory(out_ / "run");
  write_text_file(out_ / "run" / "precious", "", Existing::kRefuse);
  EXPECT_TRUE(
      fails_cleanly(import({"-o", (out_ / "new.stapes").string(), "--run", (out_ / "run").string()}), 1, "--force"));
  EXPECT_THAT(names_in(out_ / "run"), ElementsAre("precious"));
  EXPECT_FALSE(std::filesystem::exists(out_ / "new.stapes"));
}

TEST_F(ImportTorch, AFullDiskLeavesNothingBehind) {
  EXPECT_TRUE(fails_cleanly(import({"-o", model_.string()}, {.largest_file_bytes = 1000}), 1, "small.stapes"));
  EXPECT_THAT(names_in(out_.path()), IsEmpty());
}

TEST_F(ImportTorch, AFolderThatCannotBeWrittenIsNamed) {
  EXPECT_TRUE(fails_cleanly(import({"-o", (out_ / "none" / "m.stapes").string()}), 1, "m.stapes"));
  EXPECT_TRUE(fails_cleanly(import({"-o", "/proc/m.stapes"}), 1, "/proc/m.stapes"));  // read-only, even for root
}

TEST_F(ImportTorch, AWindowTooShortIsRefused) {
  EXPECT_TRUE(fails_cleanly(run_stapes({"import-torch", file_.string(), "--samples", "40", "-o", model_.string()}), 1,
                            "window"));
  EXPECT_THAT(names_in(out_.path()), IsEmpty());
}

}  // namespace
}  // namespace stapes::test
