#include "data/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
      ThrowsMessage<Error>(HasSubstr("more than the 99 bytes")));
}

}  // namespace
}  // namespace stapes
