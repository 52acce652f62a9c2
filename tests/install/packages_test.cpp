// SPDX-License-Identifier: Apache-2.0
// The Debian packages of `cpack -G DEB`, unpacked into an empty folder and used from there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "install/install_fixture.h"
#include "stapes/version.h"

namespace stapes::test {
namespace {

using testing::HasSubstr;
using testing::Not;

#ifdef STAPES_HAS_TRAINING
const std::vector<std::string> kPackages = {"libstapes-dev", "libstapes0", "stapes", "stapes-train"};
#else
const std::vector<std::string> kPackages = {"libstapes-dev", "libstapes0", "stapes"};
#endif

class Packages : public Installed {
 protected:
  // The packages by name. CPack works in a separate folder.
  std::map<std::string, std::string> made() const {
    const auto folder = folder_ / "packages";
    shell("cd '" STAPES_BUILD_DIR "' && '" STAPES_CPACK "' -G DEB -B " + folder.string());
    std::map<std::string, std::string> packages;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (entry.path().extension() == ".deb") packages[name.substr(0, name.find('_'))] = entry.path().string();
    }
    return packages;
  }

  static std::string field(const std::string& package, const std::string& name) {
    return shell("dpkg-deb -f " + package + " " + name);
  }
};

TEST_F(Packages, RunFromAnEmptyFolderAndOnlyTrainingNeedsLibtorch) {
  const auto packages = made();
  std::vector<std::string> names;
  const std::string root = (folder_ / "root").string();
  for (const auto& [name, file] : packages) {
    names.push_back(name);
    shell("dpkg -x " + file + " " + root);
    EXPECT_EQ(field(file, "Version"), STAPES_VERSION_STRING "\n") << name;
    EXPECT_EQ(field(file, "Homepage"), STAPES_HOMEPAGE "\n") << name;
    const std::string depends = field(file, "Depends");
    EXPECT_EQ(depends.find("libtorch") != std::string::npos, name == "stapes-train") << name << ": " << depends;
    EXPECT_TRUE(std::filesystem::exists(root + "/usr/share/doc/" + name + "/NOTICE")) << name;
  }
  EXPECT_EQ(names, kPackages);
  EXPECT_THAT(field(packages.at("libstapes-dev"), "Depends"), HasSubstr("libstapes0 (= " STAPES_VERSION_STRING ")"));
  EXPECT_THAT(field(packages.at("libstapes0"), "Depends"), Not(HasSubstr("libstdc++")));

  for (const char* file : {"man/man1/stapes.1", "man/man1/stapes-data-import.1", "man/man1/stapes-train.1",
                           "bash-completion/completions/stapes", "zsh/vendor-completions/_stapes"}) {
    EXPECT_TRUE(std::filesystem::exists(root + "/usr/share/" + file)) << file;
  }
  EXPECT_EQ(label_of(tone_, root + "/usr/bin/stapes"), label_of(tone_));
  const std::string library = "$(dirname $(find " + root + " -name libstapes.so.0))";
  const std::string program = c_example(root, STAPES_CXX_FLAGS, "$(pkg-config --libs stapes)");
  EXPECT_THAT(shell("objdump -p " + program), HasSubstr("NEEDED               libstapes.so.0\n"));
  names_both_sounds("LD_LIBRARY_PATH=" + library + " " + program);
#ifdef STAPES_HAS_TRAINING
  EXPECT_THAT(shell(root + "/usr/bin/stapes train --help"), HasSubstr("Usage"));
#endif
}

// The library exports neither FlatBuffers nor our own layers.
TEST(SharedLibrary, ExportsOnlyWhatItsHeadersDeclare) {
  const std::string symbols = shell("nm -DC --defined-only --format=just-symbols '" STAPES_SHARED_LIBRARY "'");
  EXPECT_THAT(symbols, HasSubstr("stapes_version"));
  EXPECT_THAT(symbols, HasSubstr("stapes::Classifier::run("));
  std::istringstream lines(symbols);
  for (std::string line; std::getline(lines, line);) {
    const bool ours = line.starts_with("stapes_") || line.starts_with("stapes::Classifier::") ||
                      line.starts_with("stapes::Detector::") || line.starts_with("stapes::PreparedModel::") ||
                      line.starts_with("stapes::StreamClassifier::") || line.starts_with("stapes::to_string(") ||
                      line == "STAPES_0" || line.empty();
    EXPECT_TRUE(ours) << line;
  }
}

}  // namespace
}  // namespace stapes::test
