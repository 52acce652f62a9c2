// SPDX-License-Identifier: Apache-2.0
// planted_test.cpp: violations of each house rule, planted one at a time in a small tree.
#include <gmock/gmock.h>

#include "base/files.h"
#include "house/rules.h"
#include "support/temp_dir.h"

namespace stapes::house {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// base <- packed <- runtime, with a second target in packed and in runtime, a program and tests.
class PlantedTree : public testing::Test {
 protected:
  PlantedTree() {
    write("CMakeLists.txt", "set(layers packed)\nset(layers base packed runtime)\nlist(APPEND layers cli)\n");
    write("src/base/CMakeLists.txt", "stapes_layer(base SOURCES files.cpp)  # no USES\n");
    write("src/base/files.cpp", "#include \"base/files.h\"\n#include <vector>\n");
    write("src/base/files.h", "");
    write("src/packed/CMakeLists.txt",
          "stapes_layer(packed SOURCES\n  reader.cpp)\nstapes_layer(packed_writer SOURCES writer.cpp USES base "
          "packed)\n");
    write("src/packed/reader.cpp", "#include \"packed/reader.h\"\n");
    write("src/packed/reader.h", "");
    write("src/packed/writer.cpp", "#include \"base/files.h\"\n#include \"packed/reader.h\"\n");
    write("src/packed/writer.h", "");
    write("src/runtime/CMakeLists.txt", "stapes_layer(runtime COLD SOURCES classifier.cpp USES packed LIBS other)\n");
    write("src/runtime/classifier.cpp", "#include \"packed/reader.h\"\n#include \"stapes/classifier.h\"\n");
    write("src/cli/CMakeLists.txt",
          "stapes_layer(cli SOURCES command.cpp USES base)\nadd_executable(stapes main.cpp)\n"
          "target_link_libraries(stapes PRIVATE stapes_cli stapes_strict)\n");
    write("src/cli/command.cpp", "#include \"base/files.h\"\n");
    write("src/cli/command.h", "");
    write("src/cli/main.cpp", "#include \"cli/command.h\"\n");
    write("src/README.md",
          "# Layers\n```\nbase     files      \npacked   models     <- base\nruntime  runs them  <- packed\n"
          "cli      commands   <- base\n```\n");
    write("tests/runtime/CMakeLists.txt", "stapes_tests(runtime SOURCES classifier_test.cpp USES base)\n");
    write("tests/runtime/classifier_test.cpp",
          "#include \"stapes/classifier.h\"\n#include \"packed/reader.h\"\n#include \"support/models.h\"\n");
    write("tests/support/models.h", "#include \"base/files.h\"\n");
  }

  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((root_ / name).parent_path());
    write_text_file(root_ / name, text, Existing::kReplace);
  }
  SourceTree tree() const { return read_source_tree(root_.path()); }

 private:
  test::TempDir root_;
};

TEST_F(PlantedTree, KeepsAllRules) {
  EXPECT_THAT(tree().order, ElementsAre("base", "packed", "runtime", "cli"));
  EXPECT_THAT(upward_uses(tree()), IsEmpty());
  EXPECT_THAT(unnamed_includes(tree()), IsEmpty());
  EXPECT_THAT(unused_names(tree()), IsEmpty());
  EXPECT_THAT(unnamed_test_includes(tree()), IsEmpty());
  EXPECT_THAT(unnamed_test_files(tree()), IsEmpty());
  EXPECT_THAT(crowded_folders(tree()), IsEmpty());
  EXPECT_THAT(missing_files(tree()), IsEmpty());
  EXPECT_THAT(broken_links(tree()), IsEmpty());
  EXPECT_THAT(precompiled_own_headers(tree()), IsEmpty());
  EXPECT_THAT(diagram_differences(tree()), IsEmpty());
}

TEST_F(PlantedTree, AnUpwardIncludeIsFound) {
  write("src/base/files.cpp", "#include \"runtime/classifier.h\"\n");
  EXPECT_THAT(
      unnamed_includes(tree()),
      ElementsAre("src/base/files.cpp: includes \"runtime/classifier.h\"; 'base' in src/base/CMakeLists.txt does "
                  "not name 'runtime'"));
}

TEST_F(PlantedTree, AnUpwardIncludeIsFoundThoughNamed) {
  write("src/base/CMakeLists.txt", "stapes_layer(base SOURCES files.cpp USES runtime)\n");
  EXPECT_THAT(upward_uses(tree()),
              ElementsAre("src/base/CMakeLists.txt: 'base' uses 'runtime', which is not below it in "
                          "CMakeLists.txt"));
}

TEST_F(PlantedTree, AnIncludeOfWhatIsOnlyInheritedIsFound) {
  write("src/cli/CMakeLists.txt",
        "stapes_layer(cli SOURCES command.cpp USES base runtime)\nadd_executable(stapes main.cpp)\n"
        "target_link_libraries(stapes PRIVATE stapes_cli)\n");
  write("src/cli/command.cpp",
        "#include \"base/files.h\"\n#include \"stapes/classifier.h\"\n#include \"packed/reader.h\"\n");
  EXPECT_THAT(unnamed_includes(tree()), ElementsAre(HasSubstr("does not name 'packed'")));
  write("src/cli/main.cpp", "#include \"cli/command.h\"\n#include \"base/files.h\"\n");
  EXPECT_THAT(unnamed_includes(tree()),
              ElementsAre(testing::_, HasSubstr("src/cli/main.cpp: includes \"base/files.h\"")));
}

TEST_F(PlantedTree, AnIncludeOfAnotherTargetOfTheSameFolderIsFound) {
  write("src/packed/reader.cpp", "#include \"packed/writer.h\"\n");
  EXPECT_THAT(unnamed_includes(tree()), ElementsAre(HasSubstr("does not name 'packed_writer'")));
}

TEST_F(PlantedTree, APublicHeaderCountsAsTheLayerThatImplementsIt) {
  write("src/packed/reader.cpp", "#include \"stapes/classifier.h\"\n");
  EXPECT_THAT(unnamed_includes(tree()), ElementsAre(HasSubstr("does not name 'runtime'")));
}

TEST_F(PlantedTree, ANameWithoutAnIncludeIsFound) {
  write("src/runtime/classifier.cpp", "");
  EXPECT_THAT(unused_names(tree()),
              ElementsAre("src/runtime/CMakeLists.txt: 'runtime' names 'packed' and includes none "
                          "of it"));
}

TEST_F(PlantedTree, ATestThatUsesWhatItDoesNotNameIsFound) {
  write("tests/support/models.h", "#include \"packed/writer.h\"\n");
  EXPECT_THAT(unnamed_test_includes(tree()),
              ElementsAre("tests/runtime/CMakeLists.txt: the tests of 'runtime' include \"packed/writer.h\" (in "
                          "tests/support/models.h) and do not name 'packed_writer' in USES"));
}

TEST_F(PlantedTree, ATestFileThatNoListNamesIsFound) {
  write("tests/runtime/stream_test.cpp", "");
  EXPECT_THAT(unnamed_test_files(tree()), ElementsAre(HasSubstr("tests/runtime/stream_test.cpp")));
}

TEST_F(PlantedTree, ACrowdedFolderIsFound) {
  for (int i = 0; i < 39; ++i) write("src/base/" + std::to_string(i) + ".cpp", "");
  EXPECT_THAT(crowded_folders(tree()),
              ElementsAre("src/base: holds 41 source files; at most 40, so divide them into subfolders"));
  std::filesystem::remove(tree().root / "src/base/0.cpp");
  write("src/base/more/0.cpp", "");
  EXPECT_THAT(crowded_folders(tree()), IsEmpty());
}

TEST_F(PlantedTree, ATypeOfANameThatIsTakenIsFound) {
  write("src/base/files.h", "namespace stapes {\nstruct Point {\n  struct Inner {};\n};\nclass Other;\n}\n");
  write("src/packed/reader.h", "namespace stapes {\nclass Point final : public Base {};\nstruct Other {};\n}\n");
  write("src/cli/command.h", "namespace stapes::cli {\nstruct Point {};\n}\n");
  EXPECT_THAT(types_of_one_name(tree()),
              ElementsAre("src/packed/reader.h: defines stapes::Point, as src/base/files.h does"));
}

TEST_F(PlantedTree, AFileThatADocumentNamesAndIsNotThereIsFound) {
  write("docs/explanation/architecture.md", "`base/files.h` and `base/gone.cpp` are followed by src/packed/gone.h.\n");
  EXPECT_THAT(missing_files(tree()),
              ElementsAre("docs/explanation/architecture.md: names src/packed/gone.h, which is not there",
                          "docs/explanation/architecture.md: names src/base/gone.cpp, which is not there"));
}

TEST_F(PlantedTree, ALinkThatLeadsNowhereIsFound) {
  write("docs/guides/export.md", "# Exporting a model\n## What `export` writes: two files\n```\n# no heading\n```\n");
  write("docs/README.md",
        "[a](guides/export.md) [b](guides/export.md#what-export-writes-two-files) [c](https://example.org/x)\n"
        "[d](guides/gone.md) [e](guides/export.md#no-heading) [f](#here)\n## Here\n```\n[g](nowhere)\n```\n");
  EXPECT_THAT(broken_links(tree()),
              ElementsAre("docs/README.md: links to guides/gone.md, which is not there",
                          "docs/README.md: links to guides/export.md#no-heading, which has no such heading"));
}

TEST_F(PlantedTree, AnOwnHeaderThatIsPrecompiledIsFound) {
  write("src/base/CMakeLists.txt",
        "stapes_layer(base SOURCES files.cpp)\ntarget_precompile_headers(stapes_base PRIVATE files.h <vector>\n"
        "PUBLIC paths.h <map> INTERFACE error.h)\n");
  EXPECT_THAT(precompiled_own_headers(tree()),
              ElementsAre("src/base/CMakeLists.txt: precompiles files.h; expected only <system headers>",
                          "src/base/CMakeLists.txt: precompiles paths.h; expected only <system headers>",
                          "src/base/CMakeLists.txt: precompiles error.h; expected only <system headers>"));
}

TEST_F(PlantedTree, AWrongDiagramIsFound) {
  write("src/README.md", "```\nbase     files\npacked   models     <- base\nruntime  runs them  <- base packed\n```\n");
  EXPECT_THAT(
      diagram_differences(tree()),
      ElementsAre("src/README.md: the diagram has the layers base packed runtime; CMakeLists.txt has base packed "
                  "runtime cli",
                  "src/README.md: the diagram says runtime <- base packed; CMake says runtime <- packed"));
}

TEST_F(PlantedTree, ADependencyThatTheDiagramLacksIsFound) {
  write("src/README.md",
        "```\nbase     files\npacked   models\nruntime  runs them  <- packed\ncli      commands   <- base\n```\n");
  EXPECT_THAT(diagram_differences(tree()),
              ElementsAre("src/README.md: the diagram says packed <- ; CMake says packed <- base"));
}

}  // namespace
}  // namespace stapes::house
