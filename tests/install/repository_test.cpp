// SPDX-License-Identifier: Apache-2.0
// Version, homepage and licenses in the files at the root match the build.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "install/install_fixture.h"
#include "stapes/version.h"

namespace stapes::test {
namespace {

using testing::HasSubstr;

std::string root_file(const std::string& name) { return read_text_file(STAPES_SOURCE_DIR "/" + name); }

TEST(Repository, CitationNamesTheVersionAndTheHomepage) {
  const std::string citation = root_file("CITATION.cff");
  EXPECT_THAT(citation, HasSubstr("\nversion: " STAPES_VERSION_STRING "\n"));
  EXPECT_THAT(citation, HasSubstr("\nurl: " STAPES_HOMEPAGE "\n"));
}

TEST(Repository, TheNewestEntryOfTheChangelogIsThisVersion) {
  const std::string changelog = root_file("CHANGELOG.md");
  const std::string unreleased = "\n## [Unreleased]\n";
  const std::size_t after = changelog.find(unreleased);
  const std::size_t begin = changelog.find("\n## [", after == std::string::npos ? 0 : after + unreleased.size() - 1);
  EXPECT_THAT(changelog.substr(begin, changelog.find('\n', begin + 1) - begin),
              HasSubstr("## [" STAPES_VERSION_STRING "]"));
}

TEST(Repository, NoticeNamesEveryLibraryThatIsLinked) {
  const std::string notice = root_file("NOTICE");
  std::string programs = "'" + stapes_program() + "' '" STAPES_SHARED_LIBRARY "'";
#ifdef STAPES_HAS_TRAINING
  programs += " '" STAPES_TRAIN_PROGRAM "'";
#endif
  std::istringstream needed(shell("objdump -p " + programs + " | sed -n 's/^ *NEEDED *//p' | sort -u"));
  int libraries = 0;
  for (std::string name; std::getline(needed, name); ++libraries) {
    if (name.starts_with("libstapes") || name.starts_with("libasan") || name.starts_with("libubsan")) continue;
    EXPECT_THAT(notice, HasSubstr(name.substr(0, name.find(".so")))) << name;
  }
  EXPECT_GT(libraries, 8);
}

}  // namespace
}  // namespace stapes::test
