// SPDX-License-Identifier: Apache-2.0
// A program with several exports, built like the Arduino tools: every source of every library is compiled with all
// library folders in the include path.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "export/compile.h"
#include "export/exports.h"

namespace stapes::test {
namespace {

// The kernels of another version: an extra line, or a changed constant that affects a result.
class OtherVersion {
 public:
  OtherVersion(std::string_view path, std::string_view what, std::string_view by) : sources_(embedded_files()) {
    text_ = sources_.at(path);
    const std::size_t at = text_.find(what);
    if (at == std::string::npos) throw std::runtime_error("the kernel has changed");
    text_.replace(at, what.size(), by);
    sources_[path] = text_;
  }
  const SourceTexts& sources() const { return sources_; }

 private:
  SourceTexts sources_;
  std::string text_;
};

class Sketch {
 public:
  explicit Sketch(const std::vector<ExportedFolder>& libraries) {
    std::string text = "#include <stdio.h>\n", run = "int main() {\n";
    for (const ExportedFolder& library : libraries) {
      write_export(library, folder_ / library.name, Existing::kRefuse);
      text += "#include \"" + library.name + ".h\"\n";
      text += "alignas(16) static unsigned char " + library.name + "_arena[" + std::to_string(library.arena_bytes) +
              "];\nstatic " + library.name + "_state " + library.name + "_st;\n";
      run += "  if (" + library.name + "_init(&" + library.name + "_st, " + library.name + "_arena, sizeof " +
             library.name + "_arena, 0) != 0) return 99;\n  printf(\"" + library.name + " %d\\n\", " + library.name +
             "_self_test(&" + library.name + "_st));\n";
    }
    write_text_file(folder_ / "sketch.cpp", text + run + "  return 0;\n}\n", Existing::kRefuse);
    for (const ExportedFolder& library : libraries) {
      include_.push_back("-I" + (folder_ / library.name / "src").string());
      for (const std::string& source : sources_of(library)) sources_.push_back(library.name + "/" + source);
    }
    sources_.emplace_back("sketch.cpp");
  }

  // The first library's folder comes first in the include path.
  std::vector<std::string> objects(const std::string& compiler, std::vector<std::string> flags) {
    std::vector<std::string> objects;
    flags.insert(flags.end(), include_.begin(), include_.end());
    for (const std::string& source : sources_) {
      objects.push_back((folder_ / std::to_string(objects.size())).string() + ".o");
      std::vector<std::string> arguments = flags;
      arguments.insert(arguments.end(), {"-c", "-o", objects.back()});
      const Outcome outcome = compile(compiler, arguments, (folder_ / source).string());
      EXPECT_EQ(outcome.status, 0) << source << outcome.err;
    }
    return objects;
  }

  // The program's output, or the linker's errors.
  std::string run(const std::string& compiler) {
    std::vector<std::string> arguments = objects(compiler, {"-std=gnu++14", "-O1", "-ffp-contract=off"});
    arguments.insert(arguments.end(), {"-o", (folder_ / "program").string()});
    const Outcome linked = run_program(compiler, arguments);
    return linked.status != 0 ? linked.err : run_program((folder_ / "program").string(), {}).out;
  }

 private:
  TempDir folder_;
  std::vector<std::string> include_, sources_;
};

ExportedFolder library(const fb::ModelT& model, const std::string& name,
                       const SourceTexts& sources = embedded_files()) {
  return export_model(model_file(model), find_target("arduino"), name, {}, sources);
}

TEST(LinkedExports, OfDifferentModelsShareKernels) {
  const std::pair<const char*, const char*> pairs[] = {
      {"int8", "xnor"}, {"int8", "int8_input"}, {"fp32", "mixed"}, {"residual_xnor", "grouped_xnor"}};
  for (const auto& [one, two] : pairs) {
    for (const std::string& compiler : host_compilers()) {
      Sketch sketch({library(tiny_model(one), "one"), library(tiny_model(two), "two")});
      EXPECT_EQ(sketch.run(compiler), "one 0\ntwo 0\n") << one << " and " << two;
    }
  }
}

// The changed head's self-test fails by design. If the exports shared one head, the wrong self-test would fail.
TEST(LinkedExports, OfDifferentVersionsKeepTheirOwnKernels) {
  const OtherVersion other("kernels/linear/linear_scalar.cpp", "a.bias[", "1000 + a.bias[");
  for (const std::string& compiler : host_compilers()) {
    Sketch sketch({library(tiny_int8(), "now"), library(tiny_int8(), "then", other.sources())});
    EXPECT_EQ(sketch.run(compiler), "now 0\nthen 1\n");
    Sketch turned({library(tiny_int8(), "then", other.sources()), library(tiny_int8(), "now")});
    EXPECT_EQ(turned.run(compiler), "then 1\nnow 0\n");
  }
}

// A header must be found relative to the including file.
TEST(LinkedExports, OfDifferentVersionsKeepTheirOwnHeaders) {
  const OtherVersion other("kernels/requantize.h", "#pragma once\n", "#pragma once\n// changed\n");
  Sketch sketch(
      {library(tiny_int8(), "now"), library(tiny_int8(), "then", other.sources()), library(tiny_xnor(), "third")});
  EXPECT_EQ(sketch.run(STAPES_GXX), "now 0\nthen 0\nthird 0\n");
}

TEST(LinkedExports, LinkForASmallProcessor) {
  const std::string compiler = find_program("arm-none-eabi-g++");
  if (compiler.empty()) GTEST_SKIP() << "no arm-none-eabi-g++";
  Sketch sketch({library(small_acdnet("int8"), "one"), library(small_acdnet("xnor"), "two")});
  std::vector<std::string> arguments =
      sketch.objects(compiler, {"-std=gnu++14", "-mcpu=cortex-m4", "-mthumb", "-Os", "-fno-rtti", "-fno-exceptions"});
  arguments.insert(arguments.end(), {"-nostdlib", "-r", "-o", "/dev/null"});
  const Outcome outcome = run_program(compiler, arguments);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
}

}  // namespace
}  // namespace stapes::test
