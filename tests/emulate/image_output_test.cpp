// SPDX-License-Identifier: Apache-2.0
#include "emulate/image_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "emulate/elf_sections.h"
#include "emulate/tools.h"
#include "support/temp_dir.h"

namespace stapes::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(ImageOutput, ReadsWhatTheHarnessPrints) {
  const RunOutput run = parse_run({"instructions 5000000000", "stack_bytes 12", "arena_bytes 64", "state_bytes 8",
                                   "input_in_arena 1", "score 0 ffffffff 00000001"});
  EXPECT_EQ(run.instructions, 5'000'000'000);
  EXPECT_EQ(run.stack_bytes, 12);
  EXPECT_TRUE(run.input_in_arena);
  EXPECT_EQ(run.scores.at(0).got, 0xffffffffu);
  EXPECT_FALSE(run.floats);
  EXPECT_TRUE(parse_run({"nanoseconds 1", "score 0 0 0", "self_test 2"}).floats);
  const auto layers = parse_layers({"layer 0 7 3 0000000a 0000000b a name", "layer 1 8 1 0 0 b"});
  EXPECT_EQ(layers.at(0).name, "a name");
  EXPECT_EQ(layers.at(0).elapsed, 7);
  EXPECT_EQ(layers.at(0).parts, 3);
  EXPECT_EQ(layers.at(0).expected, 11u);
}

TEST(ImageOutput, AnythingElseIsAnError) {
  const std::vector<std::vector<std::string>> broken = {{"instructions x", "score 0 0 0"},
                                                        {"instructions 1 2", "score 0 0 0"},
                                                        {"instruction 1", "score 0 0 0"},
                                                        {"instructions 1"},
                                                        {"instructions 1", "score 1 0 0"},
                                                        {"instructions 1", "score 0 0"},
                                                        {"score 0 0 0"},
                                                        {"instructions 1", "", "score 0 0 0"}};
  for (const auto& lines : broken) EXPECT_THROW(parse_run(lines), Error) << testing::PrintToString(lines);
  EXPECT_THROW(parse_layers({}), Error);
  EXPECT_THROW(parse_layers({"layer 1 1 1 0 0 a"}), Error);
  EXPECT_THAT([] { parse_layers({"layer 0 0 0 0 0 lost"}); }, ThrowsMessage<Error>(HasSubstr("layer lost")));
}

class RunImage : public testing::Test {
 protected:
  // `script` runs like an image of the host.
  std::vector<std::string> run(const std::string& script) {
    const auto path = folder_ / "image";
    write_text_file(path, "#!/bin/sh\n" + script, Existing::kReplace);
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return run_image(find_board("host"), path, std::chrono::seconds(1));
  }
  const TempDir folder_;
};

TEST_F(RunImage, MustEndWell) {
  EXPECT_EQ(run("echo a 1; echo end"), std::vector<std::string>({"a 1"}));
  EXPECT_THROW(run("echo a 1"), Error);
  EXPECT_THROW(run("echo a 1; echo end; exit 1"), Error);
  EXPECT_THROW(run(""), Error);
  EXPECT_THAT([&] { run("echo fault 3 pc 1 lr 2; echo end"); }, ThrowsMessage<Error>(HasSubstr("crashed")));
  EXPECT_THAT([&] { run("exec sleep 60"); }, ThrowsMessage<Error>(HasSubstr("image timed out")));
}

TEST(ElfSections, AreThoseOfThisProgram) {
  const auto sections = elf_sections("/proc/self/exe");
  EXPECT_GT(bytes_of(sections, ".text"), 1000);
  EXPECT_EQ(bytes_of(sections, ".tex"), 0);
  EXPECT_EQ(bytes_of(sections, ".symtab"), 0) << "not in memory";
}

TEST(ElfSections, OtherFilesAreRefused) {
  const TempDir folder;
  for (const std::string& content : {std::string(), std::string("text"),
                                     std::string("\x7f"
                                                 "ELF\2\1\1",
                                                 7) +
                                         std::string(20, '\0')}) {
    write_text_file(folder / "file", content, Existing::kReplace);
    EXPECT_THROW(elf_sections(folder / "file"), Error);
  }
}

TEST(Boards, AreFoundByNameAndMissingToolsByPackage) {
  EXPECT_EQ(find_board("riscv32").name, "riscv32");
  EXPECT_THAT([] { find_board("z80"); }, ThrowsMessage<UsageError>(AllOf(HasSubstr("z80"), HasSubstr("cortex-m0"))));
  Board board = find_board("cortex-m4");
  board.needs.push_back({"no-such-emulator", "its-package"});
  board.needs.push_back({"no-such-compiler", "another-package", 12});
  if (missing_tool(find_board("cortex-m4"))) GTEST_SKIP() << "install " << *missing_tool(board);
  EXPECT_THAT([&] { require_tools(board); },
              ThrowsMessage<Error>(AllOf(HasSubstr("no-such-emulator"), HasSubstr("its-package"),
                                         HasSubstr("no-such-compiler (Debian package another-package, 12 MB)"))));
  board.tools = "no-such-";
  EXPECT_THAT(*missing_tool(board), HasSubstr("libnewlib-arm-none-eabi, 378 MB"));
}

}  // namespace
}  // namespace stapes::test
