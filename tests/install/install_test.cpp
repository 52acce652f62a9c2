// SPDX-License-Identifier: Apache-2.0
// What `cmake --install` leaves, used by other programs.
#include <gtest/gtest.h>

#include "install/install_fixture.h"
#include "stapes/version.h"

namespace stapes::test {
namespace {

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
}

// C alone links it: nothing of the C++ library is wanted, nor FlatBuffers. -O0, since what is proven does not depend on
// speed, and compiling the kernels is most of this test's time.
TEST_F(Installed, ARuntimeOnlyBuildServesCThroughPkgConfig) {
  const std::string build = (folder_ / "build").string();
  shell("cd " + kSource + " && " + kCmake + "--preset runtime-only -B " + build +
        " -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG='-O0 -DNDEBUG' -DCMAKE_UNITY_BUILD=ON");
  shell(kCmake + "--build " + build + " -j 2");
  shell(kCmake + "--install " + build + " --prefix " + prefix_);
  EXPECT_FALSE(std::filesystem::exists(prefix_ + "/bin"));
  names_both_sounds(c_example(prefix_, "", "$(find " + prefix_ + " -name libstapes.a)"));
}

}  // namespace
}  // namespace stapes::test
