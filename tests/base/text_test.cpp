// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "base/embedded_file.h"

namespace stapes {
namespace {

using testing::ElementsAre;

struct Shown {
  std::string text, printed;
};

TEST(Printable, ShowsWhatATerminalWouldObey) {
  const std::vector<Shown> table = {
      {"dog", "dog"},
      {"Sägewerk 鳥 🐦", "Sägewerk 鳥 🐦"},
      {"do\tg\r\n", "do\\tg\\r\\n"},
      {"\x1b]0;x\abird", "\\x1b]0;x\\x07bird"},
      {"del\x7f", "del\\x7f"},
      {"csi\xc2\x9b", "csi\\xc2\\x9b"},                   // C1 in UTF-8
      {"raw\x9b", "raw\\x9b"},                            // C1 as a raw byte
      {"cut\xe9\xb3", "cut\\xe9\\xb3"},                   // a truncated character
      {"long\xc0\xaf", "long\\xc0\\xaf"},                 // overlong '/'
      {"half\xed\xa0\x80", "half\\xed\\xa0\\x80"},        // half a surrogate pair
      {"abc\xe2\x80\xae.wav", "abc\\xe2\\x80\\xae.wav"},  // right-to-left override
      {std::string("nul\0", 4), "nul\\x00"},
      {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},  // beyond the last code point
  };
  for (const auto& [text, printed] : table) EXPECT_EQ(printable(text), printed);
  EXPECT_EQ(printable_lines("a\tb\nc\n"), "a\\tb\nc\n");
}

TEST(Trimmed, TakesBlanksOffBothEnds) {
  for (const char* text : {"dog", " dog", "dog \t", "dog\r", "\xc2\xa0 dog \xc2\xa0 ", "\n dog\v"}) {
    EXPECT_EQ(trimmed(text), "dog");
  }
  EXPECT_EQ(trimmed("a  b"), "a  b");
  EXPECT_EQ(trimmed(" \xc2\xa0\t"), "");
  EXPECT_EQ(trimmed(""), "");
  EXPECT_EQ(without_byte_order_mark("\xef\xbb\xbf"
                                    "a"),
            "a");
  EXPECT_EQ(without_byte_order_mark("a\xef\xbb\xbf"), "a\xef\xbb\xbf");
}

TEST(ReplaceAll, LooksOnceAtEachPlace) {
  std::string text = "a.aa.b";
  replace_all(text, "a", "aa");
  EXPECT_EQ(text, "aa.aaaa.b");
  replace_all(text, "b", "");
  EXPECT_EQ(text, "aa.aaaa.");
}

TEST(Composed, LettersAndTheirAccentsBecomeOne) {
  EXPECT_EQ(composed("cafe\u0301"), "caf\u00e9");
  EXPECT_EQ(composed("Sa\u0308ge A\u030aa C\u0327a"), "S\u00e4ge \u00c5a \u00c7a");
  EXPECT_EQ(composed("Tie\u0302\u0301ng"), "Ti\u1ebfng");                       // two accents on one letter
  EXPECT_EQ(composed("\u0438\u0306 \u03b1\u0301"), "\u0439 \u03ac");            // Cyrillic, Greek
  EXPECT_EQ(composed("\u1112\u1161\u11ab\u1100\u1173\u11af"), "\ud55c\uae00");  // Hangul
  for (const char* kept : {"dog", "caf\u00e9", "x\u0301", "\u0301", "鳥", "a\xff\u0301", ""}) {
    EXPECT_EQ(composed(kept), kept);
  }
}

TEST(Wrapped, BreaksLinesAtBlanks) {
  EXPECT_EQ(wrapped("a bc def", 8), "a bc def\n");
  EXPECT_EQ(wrapped("a bc def", 7), "a bc\ndef\n");
  EXPECT_EQ(wrapped("a bc def", 2), "a\nbc\ndef\n");
  EXPECT_EQ(wrapped("a bc def", 6, "# "), "# a bc\n# def\n");
  EXPECT_EQ(wrapped("", 6, "#"), "#\n");
}

TEST(ShellWord, IsQuotedUnlessItIsPlain) {
  const std::vector<Shown> table = {
      {"a-b_c.d/e:1+2,3@4%5", "a-b_c.d/e:1+2,3@4%5"},
      {"", "''"},
      {"a b", "'a b'"},
      {"~", "'~'"},
      {"a&b", "'a&b'"},
      {"it's", "'it'\\''s'"},
      {"-x=1", "'-x=1'"},
      {"é", "'é'"},
  };
  for (const auto& [text, word] : table) EXPECT_EQ(shell_word(text), word);
  for (const char c : std::string("\t\n !\"#$&'()*;<>?[\\]^`{|}~=")) {
    EXPECT_EQ(shell_word(std::string("a") + c).front(), '\'') << c;
  }
}

TEST(ComesBefore, CountsWhereThereAreDigits) {
  std::vector<std::string> names = {"12",
                                    "b",
                                    "10",
                                    "1",
                                    "2",
                                    "a10",
                                    "a9",
                                    "a",
                                    "02",
                                    "a9b",
                                    "B",
                                    "9z",
                                    "100000000000000000000001",
                                    "100000000000000000000000"};
  std::sort(names.begin(), names.end(), comes_before);
  EXPECT_THAT(names, ElementsAre("1", "02", "2", "9z", "10", "12", "100000000000000000000000",
                                 "100000000000000000000001", "B", "a", "a9", "a9b", "a10", "b"));
}

TEST(ComesBefore, NamesWithoutDigitsStayInByteOrder) {
  std::vector<std::string> names = {"dog", "Cat", "cat", "dog_bark", "é", "do g", ""};
  std::vector<std::string> bytes = names;
  std::sort(names.begin(), names.end(), comes_before);
  std::sort(bytes.begin(), bytes.end());
  EXPECT_EQ(names, bytes);
}

TEST(Grouped, PutsACommaBeforeEveryThreeDigits) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(14284214), "14,284,214");
  EXPECT_EQ(grouped(-999), "-999");
  EXPECT_EQ(grouped(-123456), "-123,456");
  EXPECT_EQ(grouped(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
  EXPECT_EQ(grouped(-1018870, "\u202f"), "-1\u202f018\u202f870");
}

TEST(TextOf, NamesAMissingFile) {
  const EmbeddedFile files[] = {{"a.txt", "A"}, {"b.txt", "B"}};
  EXPECT_EQ(text_of(files, "b.txt"), "B");
  EXPECT_THAT([&] { text_of(files, "c.txt"); }, testing::ThrowsMessage<Error>(testing::HasSubstr("c.txt")));
}

TEST(ForFileName, KeepsWholeCharactersAndReplacesWhatIsUnsafe) {
  EXPECT_EQ(for_file_name("dog/bark \x1b[2J.wav"), "dog_bark___2J.wav");
  EXPECT_EQ(for_file_name("caf\xC3\xA9"), "caf\xC3\xA9");
  EXPECT_EQ(for_file_name("a\xC3"), "a_");  // not UTF-8
  EXPECT_EQ(for_file_name("a\xE2\x80\xAE"
                          "b"),
            "a_b");  // reverses the writing direction
  EXPECT_EQ(for_file_name(std::string(79, 'x') + "\xC3\xA9"), std::string(79, 'x'));
  EXPECT_EQ(for_file_name(std::string(78, 'x') + "\xC3\xA9"), std::string(78, 'x') + "\xC3\xA9");
}

}  // namespace
}  // namespace stapes
