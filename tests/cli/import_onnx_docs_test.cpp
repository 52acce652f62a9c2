// SPDX-License-Identifier: Apache-2.0
// From torch.onnx.export to firmware: the commands of docs/guides/importing.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <numbers>

#include "base/philox.h"
#include "cli/documented_commands.h"
#include "emulate/board_or_skip.h"
#include "support/npy_file.h"

namespace stapes::test {
namespace {

constexpr const char* kHeading = "## ONNX models";
constexpr std::size_t kMadeRows = 20, kMadeColumns = 10, kMadeClasses = 4, kClips = 800;

// A network with nontrivial batch-norm statistics, an input with its scores, and learnable clips: noise plus a wave
// along the rows that depends on the class.
constexpr const char* kPythonModel = R"(import numpy, os, torch
from torch import nn

def block(ins, outs, kernel, groups=1):
    return [nn.Conv2d(ins, outs, kernel, padding=kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(outs), nn.ReLU()]

torch.manual_seed(1)
model = nn.Sequential(*block(1, 8, 3), *block(8, 8, 3, groups=8), *block(8, 12, 1), nn.AdaptiveAvgPool2d(1),
                      nn.Flatten(), nn.Linear(12, 4))
for _ in range(20):
    model(torch.randn(16, 1, 20, 10))
example = torch.randn(1, 1, 20, 10)
example.numpy().tofile("features.f32")
model.eval()(example).detach().numpy().tofile("expected.f32")
x, y = torch.randn(800, 1, 20, 10), torch.arange(800) % 4
for c in range(4):
    x[y == c] += 2 * torch.cos(torch.arange(20).reshape(20, 1) * (c + 1) * torch.pi / 4)
os.makedirs("features", exist_ok=True)
)";

// Since PyTorch 2, exporting needs the package onnxscript.
constexpr const char* kPythonProbe =
    "import torch, importlib.util as u, sys; "
    "sys.exit(not (torch.__version__ < '2' or u.find_spec('onnxscript')))";

std::vector<float> floats_in(const std::filesystem::path& path) {
  const std::vector<std::byte> bytes = read_file(path);
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

class ImportOnnxDocs : public testing::Test {
 protected:
  ImportOnnxDocs() {
    std::filesystem::create_directory(dir_ / "features");
    write_text_file(dir_ / "features/classes.txt", "yes\nno\nup\ndown\n", Existing::kRefuse);
  }
  void write_features() const {
    Philox random(7, Philox::Purpose::kTest);
    std::vector<float> values;
    std::vector<std::int64_t> labels;
    for (std::size_t clip = 0; clip < kClips; ++clip) {
      labels.push_back(static_cast<std::int64_t>(clip % kMadeClasses));
      for (std::size_t i = 0; i < kMadeRows * kMadeColumns; ++i) {
        const auto row = static_cast<double>(i / kMadeColumns), wave = static_cast<double>(clip % kMadeClasses + 1);
        values.push_back(static_cast<float>(random.normal() + 2 * std::cos(row * wave * std::numbers::pi / 4)));
      }
    }
    write_npy(dir_ / "features/features.npy", {kClips, 1, kMadeRows, kMadeColumns}, values);
    write_npy(dir_ / "features/labels.npy", labels);
  }
  void copy_committed_model() const {
    const auto models = tests_dir() / "import" / "onnx";
    std::filesystem::copy_file(models / "depthwise.onnx", dir_ / "kws.onnx");
    std::filesystem::copy_file(models / "features.in", dir_ / "features.f32");
    std::filesystem::copy_file(models / "depthwise.out", dir_ / "expected.f32");
  }
  void export_from_pytorch(const std::string& program) const {
    std::string code = kPythonModel;
    const std::vector<std::string> exporting = documented_lines("importing.md", kHeading, "torch.onnx.export");
    const std::vector<std::string> saving = documented_lines("importing.md", kHeading, "numpy.save");
    ASSERT_EQ(exporting.size(), 1u);
    ASSERT_EQ(saving.size(), 2u);
    for (const std::string& line : exporting) code += line + "\n";
    for (const std::string& line : saving) code += line + "\n";
    const Outcome exported = python(program, code);
    ASSERT_EQ(exported.status, 0) << exported.err;
  }
  // The documented commands: from fine-tuning on, or those before it.
  std::vector<std::string> commands(bool tuning) const {
    const std::vector<std::string> all = documented_lines("importing.md", kHeading, "stapes ");
    EXPECT_EQ(all.size(), 10u);
    return tuning ? std::vector(all.begin() + 5, all.end()) : std::vector(all.begin(), all.begin() + 5);
  }
  double accuracy_of(const char* model) const {
    const Outcome eval = run_stapes({"eval", path(model), path("features.data"), "--json"});
    EXPECT_EQ(eval.status, 0) << eval.err;
    return nlohmann::json::parse(eval.out)["accuracy"];
  }
  // Only a trained network can classify these clips.
  void expect_fine_tuning() const {
    ASSERT_NO_FATAL_FAILURE(run_documented(commands(true), dir_));
    EXPECT_LT(accuracy_of("kws.stapes"), 60);
    EXPECT_GT(accuracy_of("tuned.stapes"), 80);
  }
  std::string path(const char* name) const { return (dir_ / name).string(); }
  Outcome python(const std::string& program, const std::string& code) const {
    return run_program("/bin/sh", {"-c", "cd '" + dir_.path().string() + "' && " + program + " -c \"$1\"", "sh", code});
  }
  // A Python that can export, or "". Debian's PyTorch belongs to the Python in /usr/bin.
  std::string exporting_python() const {
    for (const char* program : {"python3", "/usr/bin/python3"}) {
      if (python(program, kPythonProbe).status == 0) return program;
    }
    return "";
  }

  std::vector<float> scores_of(const char* model) const {
    const Outcome run = run_stapes({"run", path(model), "--input", path("features.f32"), "--json"});
    EXPECT_EQ(run.status, 0) << run.err;
    return nlohmann::json::parse(run.out)["scores"].get<std::vector<float>>();
  }

  // Compares with expected.f32: the network within 1e-4 of the largest score, the int8 model within a tenth of the
  // scores' range.
  void expect_scores() const {
    const std::vector<float> want = floats_in(dir_ / "expected.f32");
    const auto [low, high] = std::ranges::minmax(want);
    ASSERT_EQ(run_stapes({"pack", path("kws.network"), "-o", path("real.stapes")}).status, 0);
    const std::vector<float> real = scores_of("real.stapes"), rounded = scores_of("kws.stapes");
    ASSERT_EQ(real.size(), want.size());
    for (std::size_t c = 0; c < want.size(); ++c) {
      EXPECT_NEAR(real[c], want[c], 1e-4 * std::max(std::abs(low), std::abs(high)));
      EXPECT_NEAR(rounded[c], want[c], 0.1 * (high - low));
    }
    EXPECT_TRUE(std::filesystem::exists(dir_ / "kws/include/kws.h"));
  }

  TempDir dir_;
};

class FineTuneOnnxDocs : public ImportOnnxDocs {
 protected:
  void SetUp() override {
#ifndef STAPES_HAS_TRAINING
    GTEST_SKIP() << "this build has no stapes-train";
#endif
  }
};

TEST_F(ImportOnnxDocs, TheFiveCommandsLeadFromACommittedModelToFirmware) {
  STAPES_SKIP_WITHOUT_TOOLS(find_board("cortex-m4"));
  copy_committed_model();
  write_features();
  ASSERT_NO_FATAL_FAILURE(run_documented(commands(false), dir_));
  expect_scores();
}

TEST_F(ImportOnnxDocs, TheFiveCommandsLeadFromPyTorchToFirmware) {
  STAPES_SKIP_WITHOUT_TOOLS(find_board("cortex-m4"));
  const std::string program = exporting_python();
  if (program.empty()) GTEST_SKIP() << "no PyTorch that exports here: install python3-torch";
  ASSERT_NO_FATAL_FAILURE(export_from_pytorch(program));
  ASSERT_NO_FATAL_FAILURE(run_documented(commands(false), dir_));
  expect_scores();
}

TEST_F(FineTuneOnnxDocs, TheNetworkIsTrainedOnTheGridAndMeasured) {
  STAPES_SKIP_WITHOUT_TOOLS(find_board("cortex-m4"));
  const std::string program = exporting_python();
  if (program.empty()) {
    copy_committed_model();
    write_features();
  } else {
    ASSERT_NO_FATAL_FAILURE(export_from_pytorch(program));
  }
  ASSERT_NO_FATAL_FAILURE(run_documented(commands(false), dir_));
  expect_fine_tuning();
  const Outcome measured = run_stapes({"measure", path("tuned.stapes"), "--target", "cortex-m4", "--json"});
  ASSERT_EQ(measured.status, 0) << measured.err;
  EXPECT_TRUE(nlohmann::json::parse(measured.out)["bit_equal"]);
  EXPECT_EQ(run_stapes({"export", path("tuned.stapes"), "--target", "cortex-m4", "-o", path("tuned-kws")}).status, 0);
}

}  // namespace
}  // namespace stapes::test
