// SPDX-License-Identifier: Apache-2.0
#include "data/class_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "data/importer_test.h"
#include "packed/limits.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

struct Refused {
  std::vector<std::string> names;
  std::string message;
};

TEST(ClassNames, OneRuleForAll) {
  const std::string longest(static_cast<std::size_t>(kMaxNameBytes), 'x');
  EXPECT_THAT(checked_class_names({"dog", " cat\t", "Sa\u0308ge", longest, "1"}, ""),
              ElementsAre("dog", "cat", "S\u00e4ge", longest, "1"));
  const std::vector<Refused> table = {
      {{"cat", "do\tg"}, "class name \"do\\tg\" has a control character"},
      {{"do\ng"}, "\"do\\ng\" has a control character"},
      {{"\x1b[2J"}, "\"\\x1b[2J\" has a control character"},
      {{"a\x7f"}, "has a control character"},
      {{"a\xc2\x85"}, "has a control character"},
      {{"\xe2\x80\xae"
        "abc"},
       "has a control character"},
      {{"dog\xff"}, "\"dog\\xff\" is not UTF-8"},
      {{"\xed\xa0\x80"}, "is not UTF-8"},
      {{longest + "x"}, "is too long; expected 1 to 256 bytes"},
      {{"dog", ""}, "\"\" is empty"},
      {{" \xc2\xa0"}, "is empty"},
      {{"dog", "cat", "dog"}, "\"dog\" occurs twice; every class"},
      {{"dog", "dog "}, "\"dog \" occurs twice, with different spaces"},
      {{"caf\u00e9", "cafe\u0301"}, "occurs twice, with different spaces or differently encoded accents"},
  };
  for (const auto& entry : table) {
    const auto& names = entry.names;
    const auto& message = entry.message;
    EXPECT_THAT([&] { checked_class_names(names, "rename its folder"); },
                ThrowsMessage<Error>(AllOf(HasSubstr(message), testing::EndsWith("; rename its folder"))));
  }
}

TEST(ClassNames, AFileOfThemMayComeFromAnywhere) {
  const test::TempDir dir;
  for (const char* text : {"dog\ncat\nsea\n",
                           "\xef\xbb\xbf"
                           "dog\r\ncat\r\nsea\r\n",
                           "dog \n\tcat\nsea\xc2\xa0\n\n \n", "\xef\xbb\xbf dog\ncat\nsea"}) {
    write_text_file(dir / "labels.txt", text, Existing::kReplace);
    EXPECT_THAT(read_class_names(dir / "labels.txt", 3), ElementsAre("dog", "cat", "sea"));
  }
  EXPECT_THAT([&] { read_class_names(dir / "labels.txt", 4); },
              ThrowsMessage<Error>(HasSubstr("has 3 names; expected 4, one per line")));
  write_text_file(dir / "labels.txt", "dog\n\nsea\n", Existing::kReplace);
  EXPECT_THAT([&] { read_class_names(dir / "labels.txt", 3); },
              ThrowsMessage<Error>(AllOf(HasSubstr("is empty"), HasSubstr("labels.txt"))));
}

class ClassFolders : public test::ImporterTest {
 protected:
  ClassFolders() : ImporterTest(import_folders) {}
};

TEST_F(ClassFolders, ABadNameIsRefusedBeforeAnyClipIsRead) {
  for (const std::string name : {"do\tg", "do\ng", "\x1b]0;x\abird", "caf\xe9", "a\xe2\x80\xa9"}) {
    std::filesystem::remove_all(dir / "in");
    for (const std::string& folder : {std::string("cat"), name}) {
      for (const char* file : {"a", "b", "c"}) write_clip(folder + "/" + file + ".wav");
    }
    expect_refused("rename its folder");
  }
}

TEST_F(ClassFolders, BlanksAroundANameAndTheAccentsOfMacsAreMended) {
  for (const char* name : {" dog/a.wav", "dog2 /a.wav", "cafe\u0301/a.wav"}) write_clip(name);
  EXPECT_THAT(import().labels, testing::UnorderedElementsAre("dog", "dog2", "caf\u00e9"));
}

}  // namespace
}  // namespace stapes
