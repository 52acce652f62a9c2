// SPDX-License-Identifier: Apache-2.0
// Programs that use the tree installed by `cmake --install`.
#include <gtest/gtest.h>

#include "install/install_fixture.h"
#include "stapes/version.h"

namespace stapes::test {
namespace {

// A WAVE_FORMAT_EXTENSIBLE file with one chunk before and one after the samples.
std::string with_extra_chunks(const std::string& plain) {
  const std::string pcm = plain.substr(44), list("LIST\x0A\0\0\0INFOISFT\1\0", 18);
  std::string format = plain.substr(20, 16) + std::string("\x16\0\x10\0\4\0\0\0\1\0\0\0\0\0\x10\0", 16) +
                       std::string("\x80\0\0\xAA\0\x38\x9B\x71", 8);
  format[0] = '\xFE';
  format[1] = '\xFF';
  std::string length(4, '\0');
  for (int i = 0; i < 4; ++i) length[static_cast<std::size_t>(i)] = static_cast<char>(pcm.size() >> (8 * i));
  return plain.substr(0, 12) + list + "fmt " + std::string("\x28\0\0\0", 4) + format + "data" + length + pcm + list;
}

TEST_F(Installed, ExamplesFindThePackageAndNameWhatTheProgramNames) {
  const std::string examples = (folder_ / "examples").string();
  shell(kCmake + "--install '" STAPES_BUILD_DIR "' --prefix " + prefix_);
  shell(kCmake + "-S " + kSource + "/examples -B " + examples + " -DCMAKE_PREFIX_PATH=" + prefix_ +
        " -DCMAKE_C_COMPILER='" STAPES_C_COMPILER "' -DCMAKE_CXX_COMPILER='" STAPES_CXX_COMPILER
        "' -DCMAKE_C_FLAGS='" STAPES_CXX_FLAGS "' -DCMAKE_CXX_FLAGS='" STAPES_CXX_FLAGS "'");
  shell(kCmake + "--build " + examples + " -j 2");
  names_both_sounds(examples + "/c_classify");
  const std::string label = label_of(tone_);
  EXPECT_EQ(shell(examples + "/classify_wav " + model_ + " " + tone_.wav), label);
  EXPECT_EQ(shell(examples + "/stream_stdin " + model_ + " < " + tone_.pcm), "0.8 s: " + label);
  EXPECT_EQ(shell(prefix_ + "/bin/stapes --version"), "stapes " STAPES_VERSION_STRING "\n");
  for (const char* file : {"man/man1/stapes.1", "bash-completion/completions/stapes", "zsh/site-functions/_stapes"}) {
    EXPECT_TRUE(std::filesystem::exists(prefix_ + "/share/" + file)) << file;
  }
  const std::string odd = (folder_ / "odd.wav").string();
  write_text_file(odd, with_extra_chunks(read_text_file(tone_.wav)), Existing::kReplace);
  EXPECT_EQ(shell(examples + "/classify_wav " + model_ + " " + odd), label);
  // Each input is unreadable: a folder, a missing file, a model in place of a sound.
  const std::string folder = folder_.path().string(), absent = (folder_ / "absent").string();
  for (const std::string& bad : {folder, absent}) {
    for (const std::vector<std::string>& line : {std::vector<std::string>{"classify_wav", bad, tone_.wav},
                                                 {"classify_wav", model_, bad},
                                                 {"c_classify", bad, tone_.pcm},
                                                 {"c_classify", model_, bad},
                                                 {"stream_stdin", bad}}) {
      const Outcome outcome = run_program(examples + "/" + line[0], {line.begin() + 1, line.end()});
      EXPECT_EQ(outcome.status, 1) << line[0] << ' ' << bad;
      EXPECT_NE(outcome.err, "") << line[0] << ' ' << bad;
    }
  }
  EXPECT_EQ(run_program(examples + "/classify_wav", {model_, model_}).status, 1);
}

// The library needs neither the C++ library nor FlatBuffers.
TEST_F(Installed, ARuntimeOnlyBuildServesCThroughPkgConfig) {
  const std::string build = (folder_ / "build").string();
  shell("cd " + kSource + " && " + kCmake + "--preset runtime-only -B " + build);
  shell(kCmake + "--build " + build + " -j 2");
  shell(kCmake + "--install " + build + " --prefix " + prefix_);
  EXPECT_FALSE(std::filesystem::exists(prefix_ + "/bin"));
  names_both_sounds(c_example(prefix_, "", "$(find " + prefix_ + " -name libstapes.a)"));
}

}  // namespace
}  // namespace stapes::test
