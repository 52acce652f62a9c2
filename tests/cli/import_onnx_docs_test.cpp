// SPDX-License-Identifier: Apache-2.0
// From torch.onnx.export to firmware: the commands of docs/importing.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/philox.h"
#include "cli/documented_commands.h"
#include "emulate/board_or_skip.h"

namespace stapes::test {
namespace {

constexpr const char* kHeading = "## ONNX models";
constexpr std::size_t kFeatures = 200;  // of one input

// A network as its author would define it, with some statistics in its batch norms. Also writes one input and the
// scores for it.
constexpr const char* kPythonModel = R"(import torch
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
)";

// Exporters since PyTorch 2 need one package more.
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
    write_text_file(dir_ / "words.txt", "yes\nno\nup\ndown\n", Existing::kRefuse);
    Philox random(7, Philox::Purpose::kTest);
    std::vector<float> calibration(30 * kFeatures);
    for (float& value : calibration) value = static_cast<float>(random.normal());
    write_file(dir_ / "calibration.f32", std::as_bytes(std::span(calibration)), Existing::kRefuse);
  }
  std::string path(const char* name) const { return (dir_ / name).string(); }
  Outcome python(const std::string& program, const std::string& code) const {
    return run_program("/bin/sh", {"-c", "cd '" + dir_.path().string() + "' && " + program + " -c \"$1\"", "sh", code});
  }
  // One that can export; "" if there is none. Debian's PyTorch belongs to the Python in /usr/bin.
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

  // The scores in expected.f32: from the network to 1e-4 of the largest, from the int8 model to a tenth of their range.
  void expect_scores() const {
    const std::vector<float> want = floats_in(dir_ / "expected.f32");
    const auto [low, high] = std::ranges::minmax(want);
    ASSERT_EQ(run_stapes({"pack", path("kws.network"), "-o", path("float.stapes")}).status, 0);
    const std::vector<float> real = scores_of("float.stapes"), rounded = scores_of("kws.stapes");
    ASSERT_EQ(real.size(), want.size());
    for (std::size_t c = 0; c < want.size(); ++c) {
      EXPECT_NEAR(real[c], want[c], 1e-4 * std::max(std::abs(low), std::abs(high)));
      EXPECT_NEAR(rounded[c], want[c], 0.1 * (high - low));
    }
    EXPECT_TRUE(std::filesystem::exists(dir_ / "kws/include/kws.h"));
  }

  TempDir dir_;
  std::vector<std::string> commands_ = documented_lines("importing.md", kHeading, "stapes ");
};

TEST_F(ImportOnnxDocs, TheFiveCommandsLeadFromACommittedModelToFirmware) {
  STAPES_SKIP_WITHOUT_TOOLS(find_board("cortex-m4"));
  ASSERT_EQ(commands_.size(), 5u);
  const auto models = tests_dir() / "import" / "onnx";
  std::filesystem::copy_file(models / "depthwise.onnx", dir_ / "kws.onnx");
  std::filesystem::copy_file(models / "features.in", dir_ / "features.f32");
  std::filesystem::copy_file(models / "depthwise.out", dir_ / "expected.f32");
  ASSERT_NO_FATAL_FAILURE(run_documented(commands_, dir_));
  expect_scores();
}

TEST_F(ImportOnnxDocs, TheFiveCommandsLeadFromPyTorchToFirmware) {
  STAPES_SKIP_WITHOUT_TOOLS(find_board("cortex-m4"));
  const std::string program = exporting_python();
  if (program.empty()) GTEST_SKIP() << "no PyTorch that exports here: install python3-torch";
  const std::vector<std::string> exporting = documented_lines("importing.md", kHeading, "torch.onnx.export");
  ASSERT_EQ(exporting.size(), 1u);
  const Outcome exported = python(program, kPythonModel + exporting.front());
  ASSERT_EQ(exported.status, 0) << exported.err;
  ASSERT_NO_FATAL_FAILURE(run_documented(commands_, dir_));
  expect_scores();
}

}  // namespace
}  // namespace stapes::test
