// SPDX-License-Identifier: Apache-2.0
// Kernels and exports are strict C++14, the standard that Arduino cores set.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emulate/board.h"
#include "export/compile.h"
#include "export/exports.h"
#include "support/paths.h"

namespace stapes::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// Compiler flags for a file of src/kernels (cmake/isa.cmake), or nothing if it is for another processor.
std::optional<std::vector<std::string>> flags_for(const std::string& file) {
  const std::pair<const char*, std::vector<std::string>> sets[] = {
      {"avx512vnni", {"-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mavx512vnni", "-mfma", "-mpopcnt"}},
      {"avx512popcnt", {"-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mavx512vpopcntdq", "-mfma"}},
      {"avx512", {"-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma", "-mpopcnt"}},
      {"avx2", {"-mavx2", "-mfma", "-mpopcnt"}},
      {"neon", {}},
  };
  for (const char* other : {"mve", "armdsp", "wasmsimd"}) {
    if (file.find(other) != std::string::npos) return std::nullopt;
  }
  for (const auto& [name, flags] : sets) {
    if (file.find(name) == std::string::npos) continue;
#if defined(__x86_64__)
    if (std::string(name) == "neon") return std::nullopt;
    return flags;
#else
    if (std::string(name) != "neon" || file.find("neondot") != std::string::npos) return std::nullopt;
    return flags;
#endif
  }
  return std::vector<std::string>();
}

TEST(Cxx14, EveryKernelOfThisProcessorCompiles) {
  const fs::path root = tests_dir().parent_path();
  int compiled = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root / "src/kernels")) {
    if (entry.path().extension() != ".cpp") continue;
    auto flags = flags_for(entry.path().filename().string());
    if (!flags) continue;
    flags->insert(flags->end(), {"-std=c++14", "-pedantic-errors", "-fsyntax-only", "-I" + (root / "src").string(),
                                 "-I" + (root / "include").string()});
    for (const std::string& compiler : host_compilers()) {
      const Outcome outcome = compile(compiler, *flags, entry.path().string());
      EXPECT_EQ(outcome.status, 0) << compiler << entry.path() << outcome.err;
      ++compiled;
    }
  }
  EXPECT_GT(compiled, 20);
}

void expect_compiles(const ExportedFolder& folder, const std::string& compiler, std::vector<std::string> flags) {
  const TempDir temp;
  write_export(folder, temp / "net", Existing::kRefuse);
  flags.insert(flags.end(),
               {"-pedantic-errors", "-Wall", "-Wextra", "-fno-exceptions", "-fno-rtti", "-Werror", "-fsyntax-only",
                "-I" + (temp / "net/src").string(), "-I" + (temp / "net/include").string()});
  for (const std::string& source : sources_of(folder)) {
    const Outcome outcome = compile(compiler, flags, (temp / "net" / source).string());
    EXPECT_EQ(outcome.status, 0) << compiler << " " << source << "\n" << outcome.err;
  }
}

TEST(Cxx14, ExportsCompileOnThisMachine) {
  for (const std::string& compiler : host_compilers()) {
    for (const char* model : {"fp32", "sparse", "mixed", "residual_int8", "residual_xnor", "grouped_xnor",
                              "padded_xnor", "softmax", "logistic", "pools_fp32", "pools_int8", "rounded_once"}) {
      expect_compiles(exported(tiny_model(model)), compiler, {"-std=c++14"});
    }
  }
}

TEST(Cxx14, ExportsCompileForTheProcessorsOfTheTargets) {
  for (const Target& target : all_targets()) {
    const std::string compiler = target.tool_prefix + "g++";
    if (target.tool_prefix.empty() || find_program(compiler).empty()) continue;
    std::vector<std::string> flags = target.compile_flags;
    flags.push_back("-std=c++14");
    for (const char* model : {"int8", "xnor", "residual_xnor"}) {
      SCOPED_TRACE(target.name);
      expect_compiles(exported(tiny_model(model), target.name), compiler, flags);
    }
  }
}

// Compiles for exactly the architectures in library.properties.
TEST(Cxx14, ArduinoLibrariesCompileForTheArchitecturesTheyName) {
  std::string named;
  for (const ArduinoCore& core : arduino_cores()) {
    named += (named.empty() ? "" : ",") + core.architecture;
    const std::string compiler = core.tool_prefix + "g++";
    if (find_program(compiler).empty()) GTEST_SKIP() << "no " << compiler;
    for (const char* model : {"int8", "xnor", "fp32"}) {
      SCOPED_TRACE(core.architecture);
      expect_compiles(exported(tiny_model(model), "arduino"), compiler, core.flags);
    }
  }
  EXPECT_THAT(exported(tiny_int8(), "arduino").files.at("library.properties"),
              HasSubstr("\narchitectures=" + named + "\n"));
}

TEST(Cxx14, AnOlderStandardStopsWithOneError) {
  for (const char* model : {"int8", "xnor", "fp32"}) {
    const ExportedFolder folder = exported(tiny_model(model), "arduino");
    const TempDir temp;
    write_export(folder, temp / "net", Existing::kRefuse);
    for (const std::string& compiler : host_compilers()) {
      for (const std::string& source : sources_of(folder)) {
        const Outcome outcome = compile(compiler, {"-std=gnu++11", "-fsyntax-only", "-I" + (temp / "net/src").string()},
                                        (temp / "net" / source).string());
        EXPECT_NE(outcome.status, 0) << source;
        EXPECT_THAT(outcome.err, HasSubstr("-std=gnu++14"));
        EXPECT_EQ(outcome.err.find("error:"), outcome.err.rfind("error:")) << outcome.err;
      }
    }
  }
}

}  // namespace
}  // namespace stapes::test
