// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "cli/child.h"
#include "cli/run_program.h"
#include "packed/writer.h"
#include "support/tiny_models.h"

namespace stapes::test {
namespace {

using testing::HasSubstr;

class Export : public testing::Test {
 protected:
  Export() {
    write_model(folder_ / "int8.stapes", tiny_int8(), Existing::kReplace);
    write_model(folder_ / "fp32.stapes", tiny_fp32(), Existing::kReplace);
  }
  Outcome run(const std::string& model, const std::string& target, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"export", (folder_ / model).string(), "--target", target, "-o", output_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_stapes(arguments);
  }

  TempDir folder_;
  std::string output_ = (folder_ / "out").string();
};

TEST_F(Export, SaysWhatItWrote) {
  const Outcome outcome = run("int8.stapes", "cortex-m");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  for (const char* text : {"int8 for cortex-m4", "bytes for run", "conv3 ", "conv_i8_", "constants "}) {
    EXPECT_THAT(outcome.out, HasSubstr(text));
  }
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out/include/int8.h"));
}

TEST_F(Export, HasTheKeysScriptsRelyOn) {
  const Outcome outcome = run("fp32.stapes", "host", {"--json", "--name", "net"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["target"], "host");
  EXPECT_EQ(json["name"], "net");
  EXPECT_GT(json["arena_bytes"], 0);
  EXPECT_GT(json["stream_arena_bytes"], 0);
  EXPECT_GT(json["weight_bytes"], 0);
  EXPECT_EQ(json["layers"][0]["kernel"], "conv_f32_scalar");
  for (const std::string file : json["files"]) EXPECT_TRUE(std::filesystem::exists(folder_ / "out" / file)) << file;
}

TEST_F(Export, PutsWhatWasMeasuredIntoItsReadme) {
  ASSERT_EQ(run("int8.stapes", "host").status, 0);
  EXPECT_THAT(read_text_file(folder_ / "out/README.md"),
              HasSubstr("These figures are counted from the model and its memory plan, not measured"));
  const Outcome outcome = run("int8.stapes", "host", {"--measure", "--force"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const std::string readme = read_text_file(folder_ / "out/README.md");
  for (const char* text :
       {"## Measured", "Measured on the exporting machine: one window",
        "every layer and score equals the exporting machine's bit for bit", "flash ", "| conv3 | "}) {
    EXPECT_THAT(readme, HasSubstr(text));
  }
  EXPECT_THAT(readme, Not(HasSubstr("These figures are counted from the model and its memory plan, not measured")));
}

TEST_F(Export, WritesPackages) {
  ASSERT_EQ(
      run("int8.stapes", "cortex-m4", {"--package", "cmsis-pack", "--vendor", "ACME", "--package-version", "1.2.3"})
          .status,
      0);
  EXPECT_THAT(read_text_file(folder_ / "out/ACME.int8.pdsc"), HasSubstr("<release version=\"1.2.3\">"));
  const Outcome esp =
      run_stapes({"export", (folder_ / "int8.stapes").string(), "--package", "esp-idf", "-o", output_, "--force"});
  ASSERT_EQ(esp.status, 0) << esp.err;
  EXPECT_THAT(esp.out, HasSubstr("int8 for riscv32"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out/ACME.int8.pdsc"));
}

TEST_F(Export, RefusesBadPackagesInOneLine) {
  EXPECT_TRUE(fails_cleanly(run("int8.stapes", "cortex-m4", {"--package", "snap"}), 2, "unknown package 'snap'"));
  EXPECT_TRUE(fails_cleanly(run("int8.stapes", "cortex-m4", {"--package-version", "one"}), 2, "--package-version one"));
  EXPECT_TRUE(fails_cleanly(run("int8.stapes", "cortex-m4", {"--package", "arduino"}), 2, "does not support --target"));
  EXPECT_TRUE(
      fails_cleanly(run_stapes({"export", (folder_ / "int8.stapes").string(), "--package", "zephyr", "-o", output_}), 2,
                    "--package zephyr has no default target"));
  EXPECT_FALSE(std::filesystem::exists(output_));
}

TEST_F(Export, CannotMeasureWhatHasNoBoard) {
  EXPECT_TRUE(fails_cleanly(run("int8.stapes", "arduino", {"--measure"}), 2, "arduino"));
  EXPECT_FALSE(std::filesystem::exists(output_));
}

TEST_F(Export, RefusesInOneLineAndWritesNothing) {
  EXPECT_TRUE(fails_cleanly(run("fp32.stapes", "cortex-m0"), 1, "layer conv1"));
  EXPECT_TRUE(fails_cleanly(run("none.stapes", "host"), 1, "none.stapes"));
  EXPECT_TRUE(fails_cleanly(run("int8.stapes", "z80"), 2, "Choose cortex-m0"));
  EXPECT_TRUE(fails_cleanly(run("int8.stapes", "host", {"--name", "int"}), 2, "keyword"));
  EXPECT_FALSE(std::filesystem::exists(output_));
  const std::string unwritable = "/proc/none/out";
  EXPECT_TRUE(fails_cleanly(
      run_stapes({"export", (folder_ / "int8.stapes").string(), "--target", "host", "-o", unwritable}), 1, unwritable));
  EXPECT_TRUE(
      fails_cleanly(run_stapes({"export", (folder_ / "int8.stapes").string(), "--target", "host", "-o", output_},
                               {.largest_file_bytes = 1000}),
                    1, "cannot write"));
  EXPECT_EQ(names_in(folder_.path()), (std::vector<std::string>{"fp32.stapes", "int8.stapes"}));
}

TEST_F(Export, ReplacesAnExportOnlyByForce) {
  ASSERT_EQ(run("int8.stapes", "host").status, 0);
  EXPECT_TRUE(fails_cleanly(run("int8.stapes", "riscv"), 1, "exists"));
  EXPECT_EQ(run("int8.stapes", "riscv", {"--force"}).status, 0);
  EXPECT_THAT(read_text_file(folder_ / "out/stapes_export.json"), HasSubstr("riscv32"));
  write_text_file(folder_ / "out/mine.txt", "mine", Existing::kRefuse);
  EXPECT_TRUE(fails_cleanly(run("int8.stapes", "host", {"--force"}), 1, "mine.txt"));
  EXPECT_EQ(read_text_file(folder_ / "out/mine.txt"), "mine");
  std::filesystem::remove(folder_ / "out/mine.txt");
  std::filesystem::remove(folder_ / "out/stapes_export.json");
  EXPECT_TRUE(fails_cleanly(run("int8.stapes", "host", {"--force"}), 1, "not replaced"));
}

// The faster writer wins. The other fails with a message.
TEST_F(Export, OneFolderHasOneWriter) {
  for (int round = 0; round < 20; ++round) {
    std::filesystem::remove_all(output_);
    Outcome slow;
    std::thread other([&] { slow = run("fp32.stapes", "host", {"--name", "one"}); });
    const Outcome fast = run("int8.stapes", "host", {"--name", "two"});
    other.join();
    ASSERT_EQ((slow.status == 0) + (fast.status == 0), 1) << slow.err << fast.err;
    const std::string winner = slow.status == 0 ? "one" : "two", loser = slow.status == 0 ? "two" : "one";
    EXPECT_TRUE(std::filesystem::exists(output_ + "/include/" + winner + ".h"));
    EXPECT_TRUE(std::filesystem::exists(output_ + "/src/" + winner + "_weights.cpp"));
    EXPECT_FALSE(std::filesystem::exists(output_ + "/include/" + loser + ".h"));
    EXPECT_EQ(names_in(folder_.path()), (std::vector<std::string>{"fp32.stapes", "int8.stapes", "out"}));
  }
}

// Another path to the input is rejected, too.
TEST_F(Export, AnOutputIsNeverTheInput) {
  std::filesystem::create_directory(folder_ / "in");
  std::filesystem::rename(folder_ / "int8.stapes", folder_ / "in/int8.stapes");
  std::filesystem::create_directory_symlink(folder_ / "in", folder_ / "link");
  const std::string model = (folder_ / "in/int8.stapes").string();
  for (const char* output : {"in", "link", "in/../in", "in/int8.stapes"}) {
    const Outcome outcome =
        run_stapes({"export", model, "--target", "host", "-o", (folder_ / output).string(), "--force"});
    EXPECT_TRUE(fails_cleanly(outcome, 2, "the input")) << output;
    EXPECT_TRUE(std::filesystem::exists(model));
  }
}

// The signal arrives while a compiler or the measured program runs.
TEST_F(Export, LeavesNothingBehindWhenItIsInterrupted) {
  const TempDir objects;  // without cached objects, so the export does not finish before the signal
  const std::string temp = (folder_ / "tmp").string();
  std::filesystem::create_directory(temp);
  ::setenv("TMPDIR", temp.c_str(), 1);
  const char* const objects_before = std::getenv("STAPES_CACHE_DIR");
  const std::string before = objects_before == nullptr ? "" : objects_before;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    ::setenv("STAPES_CACHE_DIR", (objects / std::to_string(signal)).c_str(), 1);
    Child child({"export", (folder_ / "int8.stapes").string(), "--target", "host", "-o", output_, "--measure"});
    while (child.running() && std::filesystem::is_empty(temp))
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_EQ(child.end_by(signal), signal);
    EXPECT_TRUE(std::filesystem::is_empty(temp));
    EXPECT_EQ(names_in(folder_.path()), (std::vector<std::string>{"fp32.stapes", "int8.stapes", "tmp"}));
  }
  ::unsetenv("TMPDIR");
  before.empty() ? ::unsetenv("STAPES_CACHE_DIR") : ::setenv("STAPES_CACHE_DIR", before.c_str(), 1);
}

}  // namespace
}  // namespace stapes::test
