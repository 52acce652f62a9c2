// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "cli/run_program.h"
#include "export/device/self_test_sample.h"
#include "export/exports.h"
#include "runtime/host_model.h"
#include "stapes/classifier.h"
#include "stapes/detector.h"
#include "support/gated_model.h"
#include "support/random_packed_graph.h"
#include "support/self_test_sound.h"

namespace stapes::test {
namespace {

class Program {
 public:
  Program(const ExportedFolder& folder, const std::string& compiler, const std::vector<std::string>& more = {}) {
    write_export(folder, folder_ / "net", Existing::kRefuse);
    std::vector<std::string> arguments = {"-std=c++14",
                                          "-pedantic-errors",
                                          "-O1",
                                          "-Wall",
                                          "-Wextra",
                                          "-Wconversion",
                                          "-Werror",
                                          "-fno-exceptions",
                                          "-fno-rtti",
                                          "-ffp-contract=off",
                                          "-DSTAPES_TRACE",
                                          "-o",
                                          program()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    for (const char* include : {"include", "src"}) arguments.push_back("-I" + (folder_ / "net" / include).string());
    for (const auto& [path, text] : folder.files) {
      if (path.starts_with("src/") && path.ends_with(".cpp")) arguments.push_back((folder_ / "net" / path).string());
    }
    arguments.push_back((tests_dir() / "export/driver.cpp").string());
    compiled_ = run_program(compiler, arguments);
  }

  const Outcome& compiled() const { return compiled_; }
  Outcome run() const { return run_program(program(), {}); }
  std::filesystem::path folder() const { return folder_ / "net"; }

 private:
  std::string program() const { return (folder_ / "program").string(); }

  TempDir folder_;
  Outcome compiled_;
};

// The scores in the driver's "scores ..." line.
std::vector<float> printed_scores(const std::string& out, float scale) {
  std::istringstream line(out.substr(0, out.find('\n')));
  std::string word;
  line >> word;
  std::vector<float> scores;
  while (line >> word) scores.push_back(scale * std::strtof(word.c_str(), nullptr));
  return scores;
}

// From the scalar kernels, which read the model in place.
std::vector<float> host_scores(const ModelFile& file) {
  Classifier classifier;
  const std::size_t bytes = Classifier::arena_bytes(file.blob());
  const AlignedBytes arena = allocate_aligned(bytes);
  EXPECT_EQ(classifier.load(file.blob(), {arena.get(), bytes}), Status::kOk);
  std::vector<std::int16_t> pcm(static_cast<std::size_t>(classifier.window_samples()));
  for (std::uint32_t i = 0; i < pcm.size(); ++i) pcm[i] = self_test_sample(i);
  std::vector<float> scores(static_cast<std::size_t>(classifier.class_count()));
  classifier.run_pcm(pcm, scores);
  return scores;
}

// The "events ..." lines that the driver must print: the runtime's detections with the same settings.
std::string host_events(const ModelFile& file) {
  const int step = StreamClassifier::step_samples(file.blob());
  const Detector::Size size{.hop_samples = step};
  const std::size_t bytes = Detector::arena_bytes(file.blob(), size);
  const AlignedBytes arena = allocate_aligned(bytes);
  Detector detector;
  EXPECT_EQ(detector.load(file.blob(), {arena.get(), bytes}, size), Status::kOk);
  EXPECT_EQ(detector.set({.refractory_windows = 2, .gate_power = detector.settings().gate_power}), Status::kOk);
  for (int c = 0; c < detector.class_count(); ++c) EXPECT_EQ(detector.set_threshold(c, 0.1f), Status::kOk);
  std::vector<std::int16_t> pcm(3 * static_cast<std::size_t>(detector.window_samples()));
  for (std::uint32_t i = 0; i < pcm.size(); ++i) pcm[i] = self_test_sample(i);
  std::string line = "events";
  for (std::span<const std::int16_t> rest = pcm; !rest.empty();) {
    Detection found;
    const auto [taken, scored, detected] = detector.push_pcm(rest, found);
    rest = rest.subspan(taken);
    if (detected) line += fmt::format(" {} {:.0f} {}", found.class_index, found.score * 65536, found.end_sample);
  }
  EXPECT_GT(line.size(), 20u);
  return line + "\n" + line + "\n";
}

void expect_same_bits_as_the_host(const fb::ModelT& made, const std::string& compiler) {
  const ModelFile file = model_file(made);
  const Program program(export_model(file, find_target("host"), "net"), compiler);
  ASSERT_EQ(program.compiled().status, 0) << program.compiled().err;
  EXPECT_EQ(program.compiled().err, "");
  const Outcome outcome = program.run();
  EXPECT_EQ(outcome.status, 0) << outcome.out;
  const fb::Tensor& scores = last_tensor(file.model());
  const float scale = scores.dtype() == fb::DType::kF32 ? 1 : scores.scale();
  EXPECT_EQ(printed_scores(outcome.out, scale), host_scores(file)) << outcome.out;
  if (StreamClassifier::step_samples(file.blob()) == 0) return;
  EXPECT_THAT(outcome.out, testing::HasSubstr(host_events(file)));
}

class TinyProgram : public testing::TestWithParam<const char*> {};

TEST_P(TinyProgram, ComputesWhatTheHostComputes) { expect_same_bits_as_the_host(tiny_model(GetParam()), STAPES_GXX); }

INSTANTIATE_TEST_SUITE_P(Routes, TinyProgram,
                         testing::Values("fp32", "int8", "int8_input", "kept", "sparse", "xnor", "mixed",
                                         "grouped_fp32", "grouped_int8", "grouped_xnor", "padded_fp32", "padded_int8",
                                         "padded_xnor", "softmax", "softmax_fp32", "logistic", "detector", "pools_fp32",
                                         "pools_int8", "rounded_once", "residual_fp32", "residual_int8",
                                         "residual_xnor", "waves1_fp32", "waves1_int8", "waves1_xnor", "waves3_fp32",
                                         "waves3_int8", "waves3_xnor", "waves3_mixed", "waves4_int8"));

TEST(ExportedDetector, HasTheGateThatTheModelStores) {
  const fb::ModelT model = gated(tiny_int8(), self_test_sound(3 * kTinySamples),
                                 StreamClassifier::step_samples(model_file(tiny_int8()).blob()));
  expect_same_bits_as_the_host(model, STAPES_GXX);
  fb::ModelT open = copy_model(model);
  open.detector->gate_power = 0;
  EXPECT_NE(host_events(model_file(model)), host_events(model_file(open))) << "the gate is closed at times";
}

// A program may request a gate that the model lacks.
TEST(ExportedDetector, HasAGateWhereItIsAskedFor) {
  const fb::ModelT model = tiny_detector();
  const Program program(export_model(model_file(model), find_target("host"), "net"), STAPES_GXX,
                        {"-DNET_DETECT_LEVEL_GATE=1"});
  ASSERT_EQ(program.compiled().status, 0) << program.compiled().err;
  const Outcome outcome = program.run();
  EXPECT_EQ(outcome.status, 0) << outcome.out;
  EXPECT_THAT(outcome.out, testing::HasSubstr(host_events(model_file(model))));
}

// A mean is computed from a 16-bit sum.
TEST(ExportedDetector, RefusesToBeCompiledForAMeanThatIsTooLong) {
  for (const char* most : {"1", "256"}) {  // the model's own mean covers two windows
    const Program program(export_model(model_file(tiny_detector()), find_target("host"), "net"), STAPES_GXX,
                          {std::string("-DNET_DETECT_MAX_WINDOWS=") + most});
    EXPECT_NE(program.compiled().status, 0) << most;
    EXPECT_THAT(program.compiled().err, testing::HasSubstr("NET_DETECT_MAX_WINDOWS is out of range"));
  }
}

class SmallAcdnetProgram : public testing::TestWithParam<const char*> {};

TEST_P(SmallAcdnetProgram, ComputesWhatTheHostComputesInBands) {
  const fb::ModelT model = small_acdnet(GetParam());
  EXPECT_NE(exported(model).files.at("src/net.cpp").find("stapes::run_stages"), std::string::npos);
  expect_same_bits_as_the_host(model, STAPES_GXX);
}

TEST_P(SmallAcdnetProgram, CompilesWithoutAWarningByClang) {
  if (!std::filesystem::exists(STAPES_CLANG)) GTEST_SKIP() << "no clang++";
  expect_same_bits_as_the_host(small_acdnet(GetParam()), STAPES_CLANG);
}

INSTANTIATE_TEST_SUITE_P(Routes, SmallAcdnetProgram, testing::Values("fp32", "int8", "xnor"));

TEST(ExportedProgram, ComputesTheSameWhereOutputsLieOverTheirInputs) {
  for (const std::uint64_t seed : kSeedsOverInputs) {
    const fb::ModelT model = RandomPackedGraph(seed).build();
    EXPECT_NE(exported(model).files.at("src/net.cpp").find("stapes::run_over_input"), std::string::npos) << seed;
    expect_same_bits_as_the_host(model, STAPES_GXX);
  }
}

TEST(ExportedProgram, RunsAModelThatHasNoStream) {
  const fb::ModelT model = model_without_front_end();
  EXPECT_EQ(exported(model).stream_arena_bytes, 0u);
  expect_same_bits_as_the_host(model, STAPES_GXX);
}

TEST(ExportedProgram, FailsItsSelfTestWhenAScoreDiffers) {
  ExportedFolder folder = exported(tiny_int8());
  std::string& text = folder.files.at("src/net_self_test.cpp");
  const std::size_t last = text.find("};", text.find("net_expected_scores[NET_CLASS_COUNT] = {"));
  text.replace(last, 2, " + 1};");
  const Program program(folder, STAPES_GXX);
  ASSERT_EQ(program.compiled().status, 0) << program.compiled().err;
  const Outcome outcome = program.run();
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.out, testing::HasSubstr("FAULT self-test by run"));
  EXPECT_THAT(outcome.out, testing::HasSubstr("FAULT self-test by push"));
}

TEST(ExportedProgram, HasLabelsAndNamesWhateverTheyAre) {
  fb::ModelT model = tiny_int8();
  model.labels = {
      "\"); int x; /* ?"
      "?/ \\ @name@",
      "1\xC3\xA9 %s */"};
  const char* names[] = {"window", "stream", "int", "conv3", "conv3", "@name@", "*/ int y; //\\ \" a|b"};
  for (std::size_t i = 0; i < std::size(names); ++i) model.layers[i]->name = names[i];
  const Program program(exported(model), STAPES_GXX);
  ASSERT_EQ(program.compiled().status, 0) << program.compiled().err;
  const Outcome outcome = program.run();
  EXPECT_EQ(outcome.status, 0) << outcome.out;
  for (const std::string& label : model.labels) {
    EXPECT_THAT(outcome.out, testing::HasSubstr("\nlabel " + label + "\n"));
  }
}

TEST(ExportedProgram, IsAProjectOfCMake) {
  const TempDir temp;
  write_export(exported(tiny_int8()), temp / "net", Existing::kRefuse);
  const std::string source = (temp / "net").string(), build = (temp / "build").string();
  const std::string generator = "-DCMAKE_BUILD_TYPE=Debug";
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"cmake", "-S", source, "-B", build, generator},
        {"cmake", "--build", build},
        {"ctest", "--test-dir", build, "--no-tests=error"}}) {
    const Outcome outcome = run_program("/usr/bin/env", arguments);
    ASSERT_EQ(outcome.status, 0) << arguments[1] << outcome.out << outcome.err;
  }
}

TEST(ExportedProgram, HasAHeaderThatIsC) {
  const ExportedFolder folder = exported(tiny_int8());
  const TempDir temp;
  write_export(folder, temp / "net", Existing::kRefuse);
  const Outcome outcome = run_program(
      STAPES_CC, {"-std=c99", "-pedantic-errors", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-fsyntax-only",
                  "-I" + (temp / "net/include").string(), "-I" + (temp / "net/src").string(), "-include",
                  "net_self_test.h", (temp / "net/examples/self_test.c").string()});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
}

TEST(ExportedProgram, IsBuiltByItsMakefile) {
  const TempDir temp;
  write_export(exported(tiny_xnor()), temp / "net", Existing::kRefuse);
  const std::string make = "cd '" + (temp / "net").string() + "' && make -s -j2 CXXFLAGS=-O0 self_test && ./self_test";
  const Outcome outcome = run_program("/bin/sh", {"-c", make});
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
}

}  // namespace
}  // namespace stapes::test
