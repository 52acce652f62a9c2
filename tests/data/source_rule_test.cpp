// SPDX-License-Identifier: Apache-2.0
#include "data/formats/source_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;
using testing::ThrowsMessage;

TEST(NumberedSource, CutsANumberOffTheName) {
  EXPECT_EQ(numbered_source("site3-014.wav"), "site3");
  EXPECT_EQ(numbered_source("site3_014.wav"), "site3");
  EXPECT_EQ(numbered_source("a-b-7.flac"), "a-b");
  EXPECT_EQ(numbered_source("dog.wav"), "dog");
  EXPECT_EQ(numbered_source("dog7.wav"), "dog7");
  EXPECT_EQ(numbered_source("dog-.wav"), "dog-");
  EXPECT_EQ(numbered_source("7.wav"), "7");
  EXPECT_EQ(numbered_source("-7.wav"), "-7");
  EXPECT_EQ(numbered_source("a-7b.wav"), "a-7b");
}

TEST(MatchSources, TakesTheFirstGroupOrTheWholeMatch) {
  EXPECT_THAT(match_sources("^([^_]+)_nohash", {"0a7c_nohash_1.wav", "other.wav"}),
              ElementsAre(Optional(std::string("0a7c")), std::nullopt));
  EXPECT_THAT(match_sources("[a-z]+", {"ab12.wav"}), ElementsAre(Optional(std::string("ab"))));
  EXPECT_THAT(match_sources("(.*)", {"a-1.wav"}), ElementsAre(Optional(std::string("a-1.wav"))));
  EXPECT_TRUE(match_sources("x", {}).empty());
}

// Otherwise all files with an empty match would be one source.
TEST(MatchSources, IgnoresEmptyMatches) {
  EXPECT_THAT(match_sources("(x*)", {"a.wav", "xx.wav"}), ElementsAre(std::nullopt, Optional(std::string("xx"))));
}

TEST(MatchSources, ABrokenPatternIsWrongUsage) {
  for (const char* pattern : {"(open", "[z-a]", "*", "a{2,1}", "[[:nothing:]]", "\\"}) {
    EXPECT_THAT([&] { match_sources(pattern, {"a.wav"}); },
                ThrowsMessage<UsageError>(testing::AllOf(testing::StartsWith("--source-pattern \""),
                                                         HasSubstr("is not a regular expression"))))
        << pattern;
  }
}

// The first pattern would take 2^60 steps. The second would overflow the stack.
TEST(MatchSources, AHostilePatternNeitherHangsNorCrashes) {
  const std::string long_name(240, 'a');
  std::string deep;
  for (int i = 0; i < 300'000; ++i) deep += "(";
  for (const std::string& pattern : {std::string("^(a+)+$"), deep}) {
    EXPECT_THAT([&] { match_sources(pattern, {long_name + ".wav"}, "--its-option"); },
                ThrowsMessage<UsageError>(testing::StartsWith("--its-option \"" + pattern.substr(0, 20))))
        << pattern.substr(0, 20);
  }
}

class LookUpSources : public testing::Test {
 protected:
  SourceTable look_up(const std::string& text, const std::vector<std::string>& names) {
    write_text_file(dir / "sources.csv", text, Existing::kReplace);
    return look_up_sources(dir / "sources.csv", names);
  }
  test::TempDir dir;
};

TEST_F(LookUpSources, FindsEachNameAndTellsWhatIsAbsent) {
  const SourceTable table =
      look_up("site,file,source\nx,frog/a.wav,pond\ny,frog/gone.wav,lake\n", {"bird/b.wav", "frog/a.wav"});
  EXPECT_THAT(table.sources, ElementsAre(std::nullopt, Optional(std::string("pond"))));
  EXPECT_THAT(table.absent, ElementsAre(HasSubstr("sources.csv line 3: frog/gone.wav is not among the clips")));
}

TEST_F(LookUpSources, RefusesABrokenTableNamingTheLine) {
  const auto refuse = [&](const std::string& text, const std::string& why) {
    EXPECT_THAT([&] { look_up(text, {"a/b.wav"}); }, ThrowsMessage<Error>(HasSubstr(why)));
  };
  refuse("file\na/b.wav\n", "no column \"source\"");
  refuse("name,source\na/b.wav,x\n", "no column \"file\"");
  refuse("file,source\na/b.wav,\n", "line 2: the source of \"a/b.wav\" is empty");
  refuse("file,source\na/b.wav,x\na/b.wav,y\n", "line 3: file \"a/b.wav\" is listed twice");
  EXPECT_THROW(look_up_sources(dir / "none.csv", {}), Error);
}

}  // namespace
}  // namespace stapes
