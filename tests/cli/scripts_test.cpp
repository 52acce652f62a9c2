// SPDX-License-Identifier: Apache-2.0
// quickstart and scripts/install_packages.sh, up to where they build or install.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/run_program.h"

namespace stapes::test {
namespace {

using testing::HasSubstr;

const std::string kQuickstart = (tests_dir() / "../quickstart").string();

TEST(Quickstart, HelpNamesEveryOption) {
  const Outcome outcome = run_program(kQuickstart, {"--help"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  for (const char* option : {"--data", "--classes", "--fold", "-o", "--epochs", "--seed", "--no-device", "920 MB",
                             "--install", "Example:"}) {
    EXPECT_THAT(outcome.out, HasSubstr(option));
  }
}

TEST(Quickstart, WrongUsageExitsWithTwoBeforeAnythingIsDone) {
  const TempDir folder;
  const std::string out = (folder / "out").string();
  const std::vector<std::vector<std::string>> wrong = {
      {"--fold", "x"}, {"--fold", "0"}, {"--epochs", "-3"}, {"--fold"}, {"--data", "/no/such/folder"}, {"--surprise"}};
  for (const auto& arguments : wrong) {
    std::vector<std::string> all = {"-o", out};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const Outcome outcome = run_program(kQuickstart, all);
    EXPECT_EQ(outcome.status, 2) << arguments[0];
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_FALSE(std::filesystem::exists(out)) << arguments[0];
  }
}

// The script in a folder of its own, with programs that do nothing and the given verdict.
class QuickstartVerdict : public testing::Test {
 protected:
  QuickstartVerdict() {
    for (const char* folder : {"scripts", "bin", "build/release"})
      std::filesystem::create_directories(folder_ / folder);
    std::filesystem::copy_file(kQuickstart, folder_ / "quickstart");
    write_program("scripts/install_packages.sh", "exit 0");
    write_program("bin/cmake", "exit 0");
  }

  void write_program(const std::string& name, const std::string& body) const {
    write_text_file(folder_ / name, "#!/bin/sh\n" + body + "\n", Existing::kReplace);
    std::filesystem::permissions(folder_ / name, std::filesystem::perms::owner_all);
  }

  Outcome run_with(const std::string& verdict, int status) const {
    write_program("build/release/stapes",
                  "case \"$*\" in\n  *--list*) printf 'q-fp32-0\\nq-xnor-0\\nq-int8-0\\n' ;;\n  verdict*) echo '" +
                      verdict + "'; exit " + std::to_string(status) + " ;;\nesac");
    const std::string folder = folder_.path().string();
    return run_program("/bin/sh", {"-c", "PATH='" + folder + "/bin':$PATH; exec '" + folder +
                                             "/quickstart' --no-device -o '" + folder + "/out'"});
  }

  const TempDir folder_;
};

TEST_F(QuickstartVerdict, OfNoModelIsToldFromAFailure) {
  const Outcome ships = run_with("Ship q-int8.", 0);
  EXPECT_EQ(ships.status, 0) << ships.err;
  EXPECT_THAT(ships.out, testing::AllOf(HasSubstr("Ship q-int8."), Not(HasSubstr("train a smaller network"))));
  const Outcome none = run_with("No model fits the chip.", 1);
  EXPECT_EQ(none.status, 1);
  EXPECT_THAT(none.out, HasSubstr("train a smaller network"));
  for (const auto& [verdict, status] : {std::pair("Ship q-int8.", 1),
                                        {"No model fits the chip.", 137},
                                        {"No model has figures for the chip.", 1},
                                        {"", 1}}) {
    const Outcome failed = run_with(verdict, status);
    EXPECT_EQ(failed.status, status) << verdict;
    EXPECT_THAT(failed.out, Not(HasSubstr("train a smaller network"))) << verdict;
  }
}

// The test data exist but lack the clips that the page's setup copies.
TEST(RunDocs, FailsIfASetupFails) {
  const TempDir folder;
  std::filesystem::create_directories(folder / "data/fsdd");
  const auto stapes = folder / "stapes";
  write_text_file(stapes, "#!/bin/sh\ntouch '" + (folder / "called").string() + "'\n", Existing::kReplace);
  std::filesystem::permissions(stapes, std::filesystem::perms::owner_all);
  const Outcome outcome = run_program("/bin/sh", {"-c", "STAPES_TEST_DATA='" + folder.path().string() + "' exec '" +
                                                            (tests_dir() / "../scripts/run_docs.sh").string() + "' '" +
                                                            folder.path().string() + "' README.md"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("run_docs.sh: README.md: its setup failed\n"));
  EXPECT_EQ(outcome.out, "0 passed, 1 failed, 0 skipped\n");
  EXPECT_FALSE(std::filesystem::exists(folder / "called"));
}

TEST(WebBuild, ListsWhatIsMissing) {
  const TempDir folder;
  write_text_file(folder / "CMakeLists.txt",
                  "cmake_minimum_required(VERSION 3.21)\nproject(nothing NONE)\ninclude(" +
                      (tests_dir() / "../cmake/web.cmake").string() +
                      ")\nset(CMAKE_FIND_USE_CMAKE_SYSTEM_PATH OFF)\nset(CMAKE_FIND_USE_SYSTEM_ENVIRONMENT_PATH OFF)\n"
                      "stapes_page_module(page)\n",
                  Existing::kRefuse);
  const Outcome outcome =
      run_program("/usr/bin/env", {"cmake", "-S", folder.path().string(), "-B", (folder / "build").string()});
  EXPECT_NE(outcome.status, 0);
  EXPECT_THAT(outcome.err, HasSubstr("STAPES_WEB needs clang++, wasm-ld"));
}

// Runs the script on a simulated machine without any packages, where apt-get only records its arguments.
class InstallPackages : public testing::Test {
 protected:
  InstallPackages() {
    tool("dpkg-query", "exit 1");
    tool("apt-get", "echo \"$*\" >> '" + log_ + "'");
    tool("sudo", "exec \"$@\"");
  }

  void tool(const std::string& name, const std::string& body) const {
    const auto path = folder_ / name;
    write_text_file(path, "#!/bin/sh\n" + body + "\n", Existing::kReplace);
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }

  Outcome without_terminal(const std::string& arguments) const { return shell(script_ + arguments); }

  // Types `answer` into a terminal provided by script(1).
  Outcome in_terminal(const std::string& environment, const std::string& arguments, const std::string& answer) const {
    return shell("printf '" + answer + "\\n' | script -qec \"" + environment + " " + script_ + arguments +
                 "\" /dev/null");
  }

  bool installs() const {
    return std::filesystem::exists(log_) && read_text_file(log_).find("install -y") != std::string::npos;
  }

  const std::string script_ = (tests_dir() / "../scripts/install_packages.sh").string() + " ";
  const TempDir folder_;
  const std::string log_ = (folder_ / "log").string();

 private:
  Outcome shell(const std::string& line) const {
    return run_program("/bin/sh", {"-c", "unset CI; PATH='" + folder_.path().string() + "':$PATH; " + line});
  }
};

TEST_F(InstallPackages, InstallsWithoutATerminal) {
  const Outcome outcome = without_terminal("tests");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(installs());
  EXPECT_THAT(read_text_file(log_), HasSubstr("ccache"));
}

TEST_F(InstallPackages, AsksInATerminalAndTakesNoForAnAnswer) {
  const Outcome outcome = in_terminal("", "", "n");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.out, HasSubstr("Install them now?"));
  EXPECT_FALSE(installs());
}

TEST_F(InstallPackages, TakesYesForAnAnswer) {
  EXPECT_EQ(in_terminal("", "", "y").status, 0);
  EXPECT_TRUE(installs());
}

TEST_F(InstallPackages, DoesNotAskWhenToldTo) {
  const Outcome outcome = in_terminal("", "--install", "n");
  EXPECT_EQ(outcome.out.find("Install them now?"), std::string::npos);
  EXPECT_TRUE(installs());
}

TEST_F(InstallPackages, DoesNotAskInContinuousIntegration) {
  const Outcome outcome = in_terminal("CI=true", "", "n");
  EXPECT_EQ(outcome.out.find("Install them now?"), std::string::npos);
  EXPECT_TRUE(installs());
}

// apt's message about the download size, without and with packages in its cache.
TEST_F(InstallPackages, SaysHowLargeThePackagesAreBeforeItInstallsThem) {
  for (const auto& [download, shown] : {std::pair("111 MB", "111 MB"), {"3 kB/111 MB", "3 kB"}}) {
    tool("apt-get", "echo \"$*\" >> '" + log_ + "'; echo 'Need to get " + std::string(download) +
                        " of archives.'; echo 'After this operation, 920 MB of additional disk space will be used.'");
    const Outcome outcome = without_terminal("device");
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr(std::string("(") + shown + " to download, 920 MB on disk)"));
    EXPECT_THAT(outcome.out, HasSubstr("gcc-arm-none-eabi libnewlib-arm-none-eabi make qemu-system-arm"));
  }
  EXPECT_EQ(read_text_file(log_).find("libtorch"), std::string::npos);
}

TEST_F(InstallPackages, SaysWhatTheDevicePackagesTakeWhereAptDoesNotKnow) {
  EXPECT_THAT(without_terminal("device").out, HasSubstr("about 111 MB to download, 920 MB on disk"));
  EXPECT_THAT(without_terminal("").out, HasSubstr("size unknown before apt-get update"));
}

TEST_F(InstallPackages, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(without_terminal("test").status, 2);
  EXPECT_FALSE(installs());
}

}  // namespace
}  // namespace stapes::test
