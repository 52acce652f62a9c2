// SPDX-License-Identifier: Apache-2.0
#include "base/mapping_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

constexpr std::size_t kBytes = 1 << 20;

// The exception's text, or "nothing". Forks, since a mapping stays broken for the life of its process.
std::optional<std::string> after_cutting(std::uintmax_t left, bool read_it, bool release) {
  const test::TempDir dir;
  write_file(dir / "a.data", std::vector<std::byte>(kBytes, std::byte{7}), Existing::kRefuse);
  return run_in_copy(20, [&]() -> std::string {
    std::optional<MappedFile> file(std::in_place, dir / "a.data");
    std::filesystem::resize_file(dir / "a.data", left);
    const auto bytes = file->bytes();
    if (read_it && std::count(bytes.begin(), bytes.end(), std::byte{7}) == 0 && left > 0) return "read nothing";
    if (release) file.reset();
    try {
      write_text_file(dir / "out", "made of it", Existing::kReplace);
      return "nothing";
    } catch (const Error& error) {
      return error.what();
    }
  });
}

TEST(MappingGuard, AFileCutWhileItIsMappedIsAnErrorAndNothingIsWritten) {
  for (const std::uintmax_t left : {std::uintmax_t{0}, std::uintmax_t{4096}, std::uintmax_t{kBytes / 2 + 1}}) {
    const auto said = after_cutting(left, true, false);
    ASSERT_TRUE(said.has_value()) << "it crashed";
    EXPECT_THAT(*said, testing::AllOf(testing::HasSubstr("a.data"), testing::HasSubstr("was truncated"))) << left;
  }
  EXPECT_THAT(after_cutting(0, true, true).value_or("crash"), testing::HasSubstr("was truncated")) << "released since";
}

TEST(MappingGuard, UnreadPagesAreNotAnError) { EXPECT_EQ(after_cutting(0, false, false), "nothing"); }

TEST(InputFile, ReadsAnywhereAndNamesAFileThatBecameShorter) {
  const test::TempDir dir;
  write_text_file(dir / "a.wav", "0123456789", Existing::kRefuse);
  const InputFile file(dir / "a.wav");
  EXPECT_EQ(file.size_bytes(), 10u);
  std::array<std::byte, 3> three;
  file.read_at(6, three);
  EXPECT_EQ(three[2], std::byte{'8'});
  std::filesystem::resize_file(dir / "a.wav", 7);
  EXPECT_THAT([&] { file.read_at(6, three); },
              testing::ThrowsMessage<Error>(testing::HasSubstr("a.wav was truncated")));
}

}  // namespace
}  // namespace stapes
