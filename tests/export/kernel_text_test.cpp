// SPDX-License-Identifier: Apache-2.0
#include "export/kernel_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "export/embedded_files.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(KernelNamespace, IsNamedByContent) {
  const SourceTexts sources = {{"kernels/a.h", "one"}, {"kernels/b.h", "two"}, {"firmware/c.h", "three"}};
  const std::string name = kernel_namespace(sources);
  EXPECT_THAT(name, testing::MatchesRegex("stapes_[0-9a-f]{16}"));
  EXPECT_EQ(kernel_namespace(SourceTexts(sources)), name);
  const SourceTexts others[] = {
      {{"kernels/a.h", "One"}, {"kernels/b.h", "two"}},
      {{"kernels/a.h", "on"}, {"kernels/b.h", "etwo"}},
      {{"kernels/a.h", "one"}, {"kernels/c.h", "two"}},
      {{"kernels/a.h", "one"}},
  };
  for (const SourceTexts& other : others) EXPECT_NE(kernel_namespace(other), name);
  EXPECT_EQ(kernel_namespace({{"kernels/a.h", "one"}, {"kernels/b.h", "two"}}), name);  // firmware is not hashed
}

TEST(KernelText, FindsItsIncludesFromWhereItLies) {
  const struct {
    const char *path, *text, *want;
  } cases[] = {
      {"kernels/add/add.h", "#include \"kernels/bits.h\"\n", "#include \"../bits.h\"\n"},
      {"kernels/add/add.h", "#include \"kernels/add/b.h\"\n", "#include \"b.h\"\n"},
      {"kernels/cpu.h", "#include \"stapes/isa.h\"\n", "#include \"../stapes/isa.h\"\n"},
      {"kernels/a/b/c.h", "#include \"stapes/isa.h\"\n#include <stdint.h>\n",
       "#include \"../../../stapes/isa.h\"\n#include <stdint.h>\n"},
  };
  for (const auto& c : cases) EXPECT_EQ(kernel_text(c.path, c.text, "n"), c.want);
}

TEST(KernelText, OfEveryFileHasTheNewNamespaceOnly) {
  int files = 0;
  for (const auto& [path, text] : embedded_files()) {
    if (!path.starts_with("kernels/")) continue;
    const std::string changed = kernel_text(std::string(path), text, "stapes_1");
    EXPECT_THAT(changed, Not(HasSubstr("namespace stapes {"))) << path;
    EXPECT_THAT(changed, Not(HasSubstr("namespace stapes\n"))) << path;
    EXPECT_THAT(changed, Not(HasSubstr("stapes::"))) << path;
    EXPECT_THAT(changed, Not(HasSubstr("#include \"kernels/"))) << path;
    ++files;
  }
  EXPECT_GT(files, 50);
}

}  // namespace
}  // namespace stapes
