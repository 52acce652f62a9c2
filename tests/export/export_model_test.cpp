// SPDX-License-Identifier: Apache-2.0
#include "export/export_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "base/error.h"
#include "export/exports.h"
#include "runtime/execution_plan.h"
#include "support/temp_dir.h"

namespace stapes::test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Key;
using testing::Not;

std::string failure_of(const fb::ModelT& model, const char* target) {
  try {
    exported(model, target);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(ExportModel, TakesOnlyTheKernelsThatAreNeeded) {
  const auto files = exported(tiny_int8()).files;
  EXPECT_THAT(files, Contains(Key("src/kernels/conv_i8/conv_i8_plain.h")));
  EXPECT_THAT(files, Contains(Key("src/kernels/linear/linear_scalar.cpp")));
  EXPECT_THAT(files, Contains(Key("src/stapes/isa.h")));
  for (const char* other :
       {"conv_bits", "conv_f32", "conv_pcm", "sparse", "avx", "neon", "armdsp", "_variant", "tiled"}) {
    EXPECT_THAT(files, Not(Contains(Key(HasSubstr(other)))));
  }
  EXPECT_THAT(exported(tiny_xnor()).files, Not(Contains(Key(HasSubstr("conv_i8")))));
  EXPECT_THAT(exported(tiny_sparse()).files, Contains(Key("src/kernels/conv_i8/conv_i8_sparse_scalar.cpp")));
}

// The words after "NAME = " or "NAME ?= ".
std::vector<std::string> words_of(const std::string& makefile, const std::string& variable) {
  std::istringstream lines(makefile);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name, equals;
    words >> name >> equals;
    if (name == variable) return {std::istream_iterator<std::string>(words), {}};
  }
  return {};
}

// `stapes measure` builds from the description, a user with the Makefile.
TEST(ExportModel, TheBuildDescriptionIsWhatTheMakefileSays) {
  for (const Target& target : all_targets()) {
    if (target.is_arduino) continue;
    const ExportedFolder folder = exported(tiny_int8(), target.name);
    const std::string& makefile = folder.files.at("Makefile");
    std::vector<std::string> flags = words_of(makefile, "FLAGS");
    for (const std::string& flag : words_of(makefile, "CXXFLAGS")) flags.push_back(flag);
    EXPECT_EQ(compile_arguments(folder.build, ""), flags) << target.name;
    std::set<std::string> to_compile;
    for (const SourceFile& source : folder.build.sources) {
      EXPECT_TRUE(to_compile.insert(source.path).second);
      EXPECT_THAT(makefile, HasSubstr("\n  " + source.path));
    }
    for (const auto& [path, text] : folder.files) EXPECT_EQ(path.ends_with(".cpp"), to_compile.contains(path)) << path;
    EXPECT_THAT(folder.build.sources, Contains(testing::Field(&SourceFile::role, SourceRole::kWeights)).Times(1));
  }
}

TEST(ExportModel, CallsTheKernelsOfTheTarget) {
  const auto calls = [](const char* target, const char* kernel) {
    return exported(tiny_int8(), target).files.at("src/net.cpp").find(kernel) != std::string::npos;
  };
  EXPECT_TRUE(calls("cortex-m0", "stapes::conv_i8_from_i16_plain_fixed<kConv1Shape>(args);"));
  EXPECT_TRUE(calls("cortex-m4", "stapes::conv_i8_from_i16_armdsp_fixed<kConv1Shape>(args);"));
  EXPECT_TRUE(calls("cortex-m33", "stapes::conv_i8_from_i16_armdsp_fixed<kConv1Shape>(args);"));
  EXPECT_TRUE(calls("cortex-m7", "stapes::conv_i8_armdsp_fixed<kConv3Shape>(args);"));
  EXPECT_TRUE(calls("cortex-m55", "stapes::conv_i8_mve_fixed<kConv3Shape>(args);"));
  EXPECT_TRUE(calls("riscv32", "stapes::linear_i8_scalar(args);"));
}

// The layers of a front end share a scratch buffer, named after the first layer.
TEST(ExportModel, PlansScratchForAnyLayerOfTheFrontEnd) {
  fb::ModelT model = tiny_model("waves3_int8");
  for (const auto& [layer, row] : {std::pair{0, 7}, {1, 3 * 3}}) {  // kernels for sparse weights have no scratch
    fb::ConvI8T& op = *model.layers[static_cast<std::size_t>(layer)]->op.AsConvI8();
    op.sparse = sparse_rows(op.weights, row);
    op.weights.clear();
  }
  int alone = 0;
  for (const Target& target : all_targets()) {
    const std::string text = exported(model, target.name).files.at("src/net.cpp");
    const auto has = [&](const std::string& part) { return text.find(part) != std::string::npos; };
    const auto has_scratch = [&](const std::string& layer) {
      return has("void run_" + layer + "(const uint8_t* input, uint8_t* output, void* scratch)");
    };
    if (has_scratch("wave1") || has_scratch("wave2") || !has_scratch("wave3")) continue;
    ++alone;
    EXPECT_TRUE(has("  uint32_t wave1_scratch_at;\n")) << target.name;
    EXPECT_TRUE(has(" * 5, arena + at.wave1_scratch_at);\n")) << target.name;
  }
  EXPECT_GT(alone, 0) << "no target has kernels that show this";
}

// waves4 computes a column every 18 samples from a slice of 28. `dense` computes one every 3 from a slice of 15, so a
// sample is in up to five slices.
TEST(ExportModel, SaysHowOftenASampleIsRead) {
  const auto header = [](const fb::ModelT& model) { return exported(model).files.at("include/net.h"); };
  EXPECT_THAT(header(tiny_model("waves4_int8")), HasSubstr("may be called twice for the same i. */"));
  fb::ModelT dense = tiny_model("waves1_int8");
  dense.layers[0]->op.AsConvI8()->window = std::make_unique<fb::Window>(1, 13, 1, 1, 0, 0, 1, 3);
  dense.tensors[1]->width = dense.tensors[2]->width = 62;
  dense.tensors[3]->width = dense.tensors[4]->width = 31;
  dense.layers[4]->op.AsAveragePool()->pool_w = 31;
  EXPECT_THAT(header(dense), HasSubstr("may be called several times for the same i. */"));
}

TEST(ExportModel, NamesEveryFileOfTheLibraryInItsBuildFiles) {
  const auto files = exported(tiny_mixed()).files;
  for (const auto& [path, text] : files) {
    if (!path.starts_with("src/") || !path.ends_with(".cpp")) continue;
    EXPECT_THAT(files.at("CMakeLists.txt"), HasSubstr(path));
    EXPECT_THAT(files.at("Makefile"), HasSubstr(path));
  }
}

TEST(ExportModel, NeedsTheArenaOfTheRuntimesPlan) {
  const fb::ModelT model = small_acdnet("xnor");
  const ModelFile file = model_file(model);
  for (const Target& target : all_targets()) {
    ExecutionPlan plan;
    ASSERT_EQ(make_plan(file.model(), Cpu::having(target.isa), plan), Status::kOk);
    const ExportedFolder folder = export_model(file, target, "net");
    EXPECT_EQ(folder.arena_bytes, plan.arena_bytes) << target.name;
    const std::string& header = folder.files.at(target.is_arduino ? "src/net.h" : "include/net.h");
    EXPECT_THAT(header, HasSubstr("#define NET_ARENA_BYTES " + std::to_string(plan.arena_bytes) + " "));
    ASSERT_EQ(keep_front_end(plan), Status::kOk);
    EXPECT_EQ(folder.stream_arena_bytes, plan.arena_bytes) << target.name;
    EXPECT_THAT(header, HasSubstr("#define NET_STREAM_ARENA_BYTES " + std::to_string(plan.arena_bytes) + " "));
  }
}

TEST(ExportModel, TakesFeaturesInTheArena) {
  const auto text = [](const fb::ModelT& model, const char* file) { return exported(model).files.at(file); };
  const fb::ModelT features = tiny_depthwise(1);
  EXPECT_THAT(text(features, "include/net.h"), HasSubstr("#define NET_INPUT_IN_ARENA 1 "));
  EXPECT_THAT(text(features, "include/net.h"), HasSubstr("\nint8_t* net_input(const net_state* state);\n"));
  EXPECT_THAT(text(features, "src/net.cpp"),
              HasSubstr("(to != reinterpret_cast<const uint8_t*>(source.features + first))"));
  EXPECT_THAT(text(tiny_int8(), "include/net.h"), HasSubstr("#define NET_INPUT_IN_ARENA 0 "));
  EXPECT_THAT(text(tiny_int8(), "include/net.h"), testing::Not(HasSubstr("net_input(")));
}

// Kernels are templates on the shape constant. Equal shapes share one function.
TEST(ExportModel, NamesEqualShapesOnce) {
  const std::string text = exported(tiny_residual_int8(), "cortex-m4").files.at("src/net.cpp");
  EXPECT_THAT(text, HasSubstr("armdsp_fixed<kBlock1conv1Shape>(args);"));
  EXPECT_THAT(text, HasSubstr("constexpr stapes::ConvShape kBlock1conv1Shape = "));
  EXPECT_THAT(text, testing::Not(HasSubstr("kBlock1conv2Shape")));
  EXPECT_THAT(text, HasSubstr("kBlock1conv2Args"));
}

TEST(ExportModel, RefusesFloatLayersWhereThereIsNoFpu) {
  for (const char* target : {"cortex-m0", "riscv32", "riscv"}) {
    EXPECT_THAT(failure_of(tiny_fp32(), target), HasSubstr("layer conv1 computes in floating point"));
    EXPECT_EQ(failure_of(tiny_int8(), target), "");
    EXPECT_EQ(failure_of(tiny_int8_input(), target), "");
    EXPECT_EQ(failure_of(tiny_xnor(), target), "");
  }
  EXPECT_EQ(failure_of(tiny_fp32(), "cortex-m"), "");
  fb::ModelT kept = tiny_kept();
  kept.layers[0]->name = "first*/ \"layer\"";
  EXPECT_THAT(failure_of(kept, "cortex-m0"), HasSubstr("layer first?? \"layer\" computes in floating point"));
}

TEST(ExportModel, HasNoFloatingPointWhereTheModelHasNone) {
  for (const fb::ModelT& model : {tiny_int8(), tiny_xnor(), tiny_int8_input(), tiny_sparse()}) {
    const auto files = exported(model, "cortex-m0").files;
    for (const char* path : {"src/net.cpp", "src/net_weights.cpp", "src/net_self_test.cpp"}) {
      EXPECT_EQ(files.at(path).find("float"), std::string::npos) << path;
    }
    EXPECT_THAT(files, Not(Contains(Key(HasSubstr("conv_f32")))));
  }
}

TEST(ExportModel, RefusesTargetsAndNamesItDoesNotKnow) {
  EXPECT_THROW(find_target("z80"), UsageError);
  EXPECT_THROW(exported(tiny_int8(), "host", "int"), UsageError);
  EXPECT_EQ(find_target("cortex-m").name, "cortex-m4");
  EXPECT_EQ(find_target("riscv").name, "riscv32");
}

TEST(ExportModel, KeepsWhatAModelSaysOutOfCommentsAndReadme) {
  fb::ModelT model = tiny_int8();
  model.labels = {"yes",
                  "?"
                  "?/\\"};
  model.layers[0]->name = "*/ int y; //\\";
  model.layers[2]->name = "@name@ } `` <b>";
  model.provenance = "{\"fold\":[4]}\n# title";  // in an indented block, which a line break could end
  const auto files = exported(model).files;
  EXPECT_THAT(files.at("README.md"), Not(HasSubstr("\n# title")));
  EXPECT_THAT(files.at("README.md"), Not(HasSubstr("<b>")));
  EXPECT_THAT(files.at("README.md"), Not(HasSubstr("`` ")));
  EXPECT_THAT(files.at("README.md"), HasSubstr("\n    {\"fold\":[4]}?# title"));
  EXPECT_THAT(files.at("src/net.cpp"), HasSubstr("// Layer 0, ?? int y; ???: conv_i8_from_i16_plain_fixed"));
  EXPECT_THAT(files.at("src/net.cpp"), HasSubstr("// Layer 2, @name@ } ?? ?b?: transpose_8_scalar"));
  for (const auto& [path, text] : files)
    EXPECT_THAT(text, Not(HasSubstr("?"
                                    "?/")))
        << path;
}

TEST(ExportModel, IsALibraryFolderForArduino) {
  const auto files = exported(tiny_int8(), "arduino").files;
  for (const char* path : {"library.properties", "src/net.h", "src/net.cpp", "examples/SelfTest/SelfTest.ino"}) {
    EXPECT_THAT(files, Contains(Key(path)));
  }
  EXPECT_THAT(files, Not(Contains(Key("Makefile"))));
  EXPECT_THAT(files.at("library.properties"), HasSubstr("\nincludes=net.h\n"));
  EXPECT_THAT(files.at("library.properties"), HasSubstr("\nurl=" STAPES_HOMEPAGE "\n"));
}

TEST(WriteExport, ReplacesOnlyAnExport) {
  const TempDir temp;
  const ExportedFolder folder = exported(tiny_int8());
  write_export(folder, temp / "net", Existing::kRefuse);
  for (const auto& [path, text] : folder.files) EXPECT_EQ(read_text_file(temp / "net" / path), text) << path;
  EXPECT_THROW(write_export(folder, temp / "net", Existing::kRefuse), Error);
  EXPECT_NO_THROW(write_export(folder, temp / "net", Existing::kReplace));
  for (const char* foreign : {"notes.txt", "src/mine.cpp", "src/kernels/transpose/mine.h", "build/CMakeCache.txt",
                              "build/mine.d", "libmine.a"}) {
    std::filesystem::create_directories((temp / "net" / foreign).parent_path());
    write_text_file(temp / "net" / foreign, "mine", Existing::kRefuse);
    EXPECT_THAT([&] { write_export(folder, temp / "net", Existing::kReplace); },
                testing::ThrowsMessage<Error>(HasSubstr((temp / "net" / foreign).string())));
    EXPECT_EQ(read_text_file(temp / "net" / foreign), "mine");
    std::filesystem::remove(temp / "net" / foreign);
  }
  for (const char* product : {"build/src/net.o", "libnet.a", "self_test"}) {  // of `make`
    std::filesystem::create_directories((temp / "net" / product).parent_path());
    write_text_file(temp / "net" / product, "built", Existing::kRefuse);
  }
  EXPECT_NO_THROW(write_export(folder, temp / "net", Existing::kReplace));
  EXPECT_FALSE(std::filesystem::exists(temp / "net" / "libnet.a"));
  write_text_file(temp / "net" / kExportMarker, "{}", Existing::kReplace);  // written by an older version
  EXPECT_THROW(write_export(folder, temp / "net", Existing::kReplace), Error);
  std::filesystem::create_directory(temp / "mine");
  EXPECT_THROW(write_export(folder, temp / "mine", Existing::kReplace), Error);
  EXPECT_THROW(write_export(folder, "/proc/none/net", Existing::kRefuse), Error);
}

TEST(WriteExport, SaysWhatItIsInJson) {
  const auto json = nlohmann::json::parse(exported(tiny_xnor(), "riscv").files.at(kExportMarker));
  EXPECT_EQ(json["target"], "riscv32");
  EXPECT_EQ(json["layers"].size(), 7u);
  EXPECT_GT(json["weight_bytes"], 0);
}

}  // namespace
}  // namespace stapes::test
