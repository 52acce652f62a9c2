// SPDX-License-Identifier: Apache-2.0
// scripts/fuzz_import.sh with a fuzzer that only records its arguments.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/run_program.h"

namespace stapes::test {
namespace {

using testing::HasSubstr;

class FuzzImport : public testing::TestWithParam<const char*> {
 protected:
  void fuzzer(const std::string& body) const {
    write_text_file(dir_ / "fuzzer", "#!/bin/sh\n" + body + "\n", Existing::kReplace);
    std::filesystem::permissions(dir_ / "fuzzer", std::filesystem::perms::owner_all);
  }
  Outcome run(const std::string& arguments) const { return run_of(GetParam(), arguments); }
  Outcome run_of(const std::string& format, const std::string& arguments) const {
    const std::string script = (tests_dir().parent_path() / "scripts/fuzz_import.sh").string();
    return run_program("/bin/sh", {"-c", "STAPES_FUZZER='" + (dir_ / "fuzzer").string() + "' '" + script + "' " +
                                             format + " " + arguments});
  }
  TempDir dir_;
};

TEST_P(FuzzImport, PassesOnlyWithoutAFinding) {
  const std::string format = GetParam();
  const std::string committed = (tests_dir() / (format == "npy" ? "fuzz/npy_corpus" : "import/" + format)).string();
  write_text_file(dir_ / (std::string("seed.") + GetParam()), "seed", Existing::kReplace);
  const std::string mine = dir_.path().string();
  fuzzer("echo \"$@\" > '" + (dir_ / "arguments").string() + "'");
  const Outcome passed = run("--runs 500 '" + mine + "'");
  EXPECT_EQ(passed.status, 0) << passed.err;
  EXPECT_THAT(passed.out, HasSubstr("no finding in 500 runs"));
  EXPECT_THAT(read_text_file(dir_ / "arguments"),
              testing::AllOf(HasSubstr("-runs=500 "), HasSubstr(committed), HasSubstr(mine)));
  fuzzer("echo 'SUMMARY: AddressSanitizer'; exit 77");
  EXPECT_EQ(run("").status, 1);
  EXPECT_THAT(run("").out, HasSubstr("SUMMARY: AddressSanitizer"));
}

TEST_P(FuzzImport, WrongUsageExitsWithTwo) {
  fuzzer("exit 0");
  EXPECT_EQ(run("--runs 0").status, 2);
  EXPECT_EQ(run("/no/such/folder").status, 2);
  EXPECT_THAT(run_of("gguf", "").err, HasSubstr("unknown format 'gguf'; choose tflite, onnx or npy"));
  std::filesystem::remove(dir_ / "fuzzer");
  EXPECT_THAT(run("").err, HasSubstr("no fuzzer"));
}

INSTANTIATE_TEST_SUITE_P(Formats, FuzzImport, testing::Values("tflite", "onnx", "npy"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace stapes::test
