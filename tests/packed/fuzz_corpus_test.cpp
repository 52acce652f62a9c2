// SPDX-License-Identifier: Apache-2.0
// tests/fuzz/corpus: the seeds for fuzzing. The reader must accept them, or the fuzzer would never get past the
// first check. After a format change, write them again:
//   STAPES_WRITE_CORPUS=1 build/release/tests/packed/packed_tests --gtest_filter='FuzzCorpus*'
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "packed/broken_model.h"
#include "packed/container.h"
#include "packed/writer.h"
#include "support/paths.h"
#include "support/tiny_models.h"

namespace stapes {
namespace {

const std::filesystem::path kCorpus = test::tests_dir() / "fuzz" / "corpus";

class FuzzCorpus : public testing::TestWithParam<const char*> {};

TEST_P(FuzzCorpus, HoldsAModelOfEachKind) {
  const std::filesystem::path path = kCorpus / GetParam();
  const std::vector<std::byte> model = serialize_model(test::tiny_model(GetParam()));
  const auto payload = std::span(model).subspan(kContainerHeaderBytes);
  if (std::getenv("STAPES_WRITE_CORPUS") != nullptr) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(payload.data()), static_cast<std::streamsize>(payload.size()));
  }
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto bytes = std::as_bytes(std::span(text));
  const auto header = container_header(kModelContainer, bytes);
  std::vector<std::byte> whole(header.begin(), header.end());
  whole.insert(whole.end(), bytes.begin(), bytes.end());
  EXPECT_EQ(test::open_bytes(whole).status, Status::kOk) << path << " is out of date, see the top of this file";
}

INSTANTIATE_TEST_SUITE_P(Models, FuzzCorpus,
                         testing::Values("fp32", "int8", "int8_input", "kept", "sparse", "xnor", "mixed",
                                         "grouped_fp32", "grouped_int8", "grouped_xnor", "padded_fp32", "padded_int8",
                                         "padded_xnor", "softmax", "logistic", "detector", "pools_fp32", "pools_int8",
                                         "rounded_once", "residual_fp32", "residual_int8", "residual_xnor",
                                         "waves1_int8", "waves3_mixed", "waves4_fp32"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace stapes
