// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>

#include "data/importer_test.h"
#include "support/audio_files.h"

namespace stapes::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Gt;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::ThrowsMessage;

// Two classes of clips with 0.2 s of sound in 1 s of faint noise.
class TrimmedImport : public ImporterTest {
 protected:
  TrimmedImport() : ImporterTest(import_folders) {
    for (const char* word : {"no", "yes"}) {
      for (int i = 0; i < 2; ++i) {
        std::vector<float> clip = sine(20000, 50, 20000, 0.0005);
        const std::vector<float> sound = sine(4000, 440, 20000, 0.5);
        std::copy(sound.begin(), sound.end(), clip.begin() + 9000);
        write_audio(dir / "in" / word / fmt::format("{}.wav", i), clip, 20000);
      }
    }
  }
  std::map<std::string, std::size_t> lengths() const {
    std::map<std::string, std::size_t> longest;
    const DataSet data(out);
    for (const ClipView& clip : data.clips()) {
      std::size_t& length = longest[data.labels()[static_cast<std::size_t>(clip.label)]];
      length = std::max(length, clip.samples.size());
    }
    return longest;
  }
  void refuses(const std::vector<std::string>& trims, const char* why) {
    ImportOptions options;
    options.trims = trims;
    EXPECT_THAT([&] { import(options); }, ThrowsMessage<UsageError>(HasSubstr(why)));
    EXPECT_FALSE(std::filesystem::exists(out));
  }
};

TEST_F(TrimmedImport, CutsTheClipsOfOneClass) {
  const ImportReport report = import({.trims = {"yes=25"}});
  EXPECT_THAT(report.notes, Contains("class yes: 2 clips trimmed to between 0.24 and 0.24 s, median 0.24 s"));
  EXPECT_THAT(lengths(), ElementsAre(Pair("no", Gt(19900u)), Pair("yes", 4800u)));
}

TEST_F(TrimmedImport, ARuleForAClassTakesPrecedence) {
  import({.trims = { "25", "no=96" }});
  EXPECT_THAT(lengths(), ElementsAre(Pair("no", Gt(19500u)), Pair("yes", 4800u)));
}

TEST_F(TrimmedImport, FindsClassesWithDecomposedAccents) {
  std::filesystem::rename(dir / "in" / "yes", dir / "in" / "caf\u00e9");
  import({.trims = { "cafe\u0301=25" }});
  EXPECT_THAT(lengths(), ElementsAre(Pair("caf\u00e9", 4800u), Pair("no", Gt(19900u))));
}

TEST_F(TrimmedImport, TrimsClassesThatBecomeUnknown) {
  const ImportReport report = import({.unknown = {"no"}, .trims = {"no=25"}});
  EXPECT_THAT(report.notes, Contains("class unknown: 2 clips trimmed to between 0.24 and 0.24 s, median 0.24 s"));
}

TEST_F(TrimmedImport, WarnsOfClipsThatAreTooShortOnceTrimmed) {
  ImportOptions options{.trims = {"yes=25"}};
  options.window_samples = 60000;  // the trimmed clips have 0.24 s, the others 1 s
  EXPECT_THAT(import(options).warnings,
              Contains(AllOf(HasSubstr("class with all clips shorter than 0.300 s"), HasSubstr("yes"))));
  options.trims.clear();
  EXPECT_THAT(import(options).warnings, Not(Contains(HasSubstr("with all clips shorter"))));
}

TEST_F(TrimmedImport, RefusesBadRules) {
  refuses({"maybe=25"}, "--trim maybe=25: there is no class 'maybe'");
  for (const char* rule : {"yes=0", "yes=-3", "yes=97", "yes=", "25dB", "nan", ""}) {
    refuses({rule}, "expected [CLASS=]DB with a level above 0 and at most 96 dB");
  }
  refuses({"25", "30"}, "--trim 30: these clips already have a level from another --trim");
  refuses({"yes=25", "yes=30"}, "--trim yes=30: these clips already have a level from another --trim");
}

}  // namespace
}  // namespace stapes::test
