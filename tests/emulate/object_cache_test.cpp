// SPDX-License-Identifier: Apache-2.0
#include "emulate/object_cache.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/files.h"
#include "support/temp_dir.h"

namespace stapes::test {
namespace {

class ObjectCacheTest : public testing::Test {
 protected:
  ObjectCacheTest() {
    ::setenv("STAPES_CACHE_DIR", (folder_ / "cache").c_str(), 1);
    write("a.c", "#include \"a.h\"\nint answer(void) { return ANSWER; }\n");
    write("a.h", "#define ANSWER 42\n");
  }
  ~ObjectCacheTest() override { ::unsetenv("STAPES_CACHE_DIR"); }

  void write(const std::string& name, const std::string& text) const {
    write_text_file(folder_ / name, text, Existing::kReplace);
  }
  std::optional<std::string> key(const std::vector<std::string>& flags = {}) const {
    std::vector<std::string> command = {"cc"};
    command.insert(command.end(), flags.begin(), flags.end());
    return ObjectCache("cc").key(command, folder_ / "a.c");
  }

  TempDir folder_;
};

TEST_F(ObjectCacheTest, GivesBackWhatWasStored) {
  const ObjectCache cache("cc");
  const std::string name = key().value();
  EXPECT_FALSE(cache.fetch(name, folder_ / "a.o"));
  write("made.o", "object");
  cache.store(name, folder_ / "made.o");
  EXPECT_TRUE(cache.fetch(name, folder_ / "a.o"));
  EXPECT_EQ(read_text_file(folder_ / "a.o"), "object");
}

TEST_F(ObjectCacheTest, KnowsEveryFlagAndEveryIncludedFile) {
  const auto before = key();
  EXPECT_EQ(key(), before);
  EXPECT_NE(key({"-O2"}), before);
  EXPECT_EQ(key({"-I" + folder_.path().string()}), before);  // the content matters, not the path
  write("a.h", "#define ANSWER 43\n");
  EXPECT_NE(key(), before);
}

TEST_F(ObjectCacheTest, LeavesToTheCompilerWhatDoesNotPreprocess) {
  write("a.c", "#include \"missing.h\"\n");
  EXPECT_EQ(key(), std::nullopt);
}

TEST_F(ObjectCacheTest, IsOffWhereItsFolderIsEmptyOrCannotBeMade) {
  ::setenv("STAPES_CACHE_DIR", "", 1);
  EXPECT_EQ(key(), std::nullopt);
  ::setenv("STAPES_CACHE_DIR", (folder_ / "a.c").c_str(), 1);  // not a folder
  EXPECT_EQ(key(), std::nullopt);
}

}  // namespace
}  // namespace stapes::test
