// SPDX-License-Identifier: Apache-2.0
#include "base/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/error.h"

namespace stapes {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(RunProgram, GivesTheOutputAndUsesNoShell) {
  EXPECT_EQ(text_of(run_program({"echo", "$HOME; echo `ls`"}, "")), "$HOME; echo `ls`\n");
  EXPECT_EQ(run_program({"head", "-c", "1000000", "/dev/zero"}, "").size(), 1000000u);
  EXPECT_TRUE(run_program({"cat"}, "").empty()) << "standard input is empty";
}

TEST(RunProgram, AMissingProgramIsNamedWithAdvice) {
  EXPECT_THAT([] { run_program({"no-such-program-here"}, "install it"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("no-such-program-here"), HasSubstr("install it"))));
}

TEST(RunProgram, AFailureIsAnError) {
  EXPECT_THAT([] { run_program({"false"}, "look"); }, ThrowsMessage<Error>(HasSubstr("`false` failed")));
  EXPECT_THAT(
      [] {
        run_program({"head", "-c", "100", "/dev/zero"}, "", 99);
      },
      ThrowsMessage<Error>(HasSubstr("more output than the 99 bytes")));
}

TEST(RunToEnd, GivesStatusAndBothStreams) {
  const ProgramEnd end = run_to_end({"sh", "-c", "echo out; echo err >&2; exit 3"}, "", std::chrono::seconds(20));
  EXPECT_EQ(end.status, 3);
  EXPECT_EQ(end.output, "out\nerr\n");
  EXPECT_EQ(run_to_end({"sh", "-c", "kill -9 $$"}, "", std::chrono::seconds(20)).status, 128 + 9);
}

TEST(RunToEnd, GivesTheProgramATemporaryFolderOfItsOwn) {
  const std::vector<std::string> print = {"sh", "-c", "echo \"$TMPDIR $PATH\""};
  const std::string path = std::getenv("PATH"), ours = std::filesystem::temp_directory_path().string();
  ::setenv("TMPDIR", ours.c_str(), 1);
  EXPECT_EQ(run_to_end(print, "", std::chrono::seconds(20), "/work").output, "/work " + path + "\n");
  EXPECT_EQ(run_to_end(print, "", std::chrono::seconds(20)).output, ours + " " + path + "\n");
}

TEST(RunToEnd, EndsAProgramThatTakesTooLong) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(
      [] {
        run_to_end({"sleep", "60"}, "", std::chrono::seconds(1));
      },
      ThrowsMessage<Error>(testing::EndsWith("sleep timed out")));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

TEST(FindProgram, LooksInPath) {
  EXPECT_THAT(find_program("sh"), testing::EndsWith("/sh"));
  EXPECT_EQ(find_program("no-such-program-here"), "");
}

TEST(RunInCopy, GivesWhatTheWorkReturned) {
  EXPECT_THAT(run_in_copy(5, [] { return std::string("a\0b", 3); }), testing::Optional(std::string("a\0b", 3)));
  EXPECT_THAT(run_in_copy(5, [] { return std::string(300'000, 'x'); }), testing::Optional(std::string(300'000, 'x')));
  EXPECT_THAT(run_in_copy(5, [] { return std::string(); }), testing::Optional(std::string()));
}

TEST(RunInCopy, FailuresInTheCopyDoNoHarmHere) {
  EXPECT_EQ(run_in_copy(5, []() -> std::string { throw Error("no"); }), std::nullopt);
  EXPECT_EQ(run_in_copy(5, []() -> std::string { std::abort(); }), std::nullopt);
  EXPECT_EQ(run_in_copy(1,
                        []() -> std::string {
                          for (volatile bool busy = true; busy;) {
                          }
                          return "";
                        }),
            std::nullopt);
}

}  // namespace
}  // namespace stapes
