// SPDX-License-Identifier: Apache-2.0
#include "export/kernel_sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "export/embedded_files.h"
#include "export/kernel_call.h"
#include "support/paths.h"

namespace stapes {
namespace {

TEST(EmbeddedFiles, AreTheSources) {
  const std::filesystem::path source = test::tests_dir().parent_path() / "src";
  std::size_t kernels = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source / "kernels")) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".h" && extension != ".cpp") continue;
    const std::string path = std::filesystem::relative(entry.path(), source).string();
    EXPECT_EQ(embedded_file(path), read_text_file(entry.path())) << path;
    ++kernels;
  }
  EXPECT_GT(kernels, 50u);
  EXPECT_THROW(embedded_file("kernels/none.h"), Error);
}

KernelCall call_of(const char* folder, const char* op, const char* family, const char* function, bool is_fixed) {
  KernelCall call;
  call.folder = folder;
  call.op = op;
  call.family = family;
  call.function = function;
  call.is_fixed = is_fixed;
  return call;
}

TEST(KernelSources, AreFoundByOperatorFormAndInstructionSet) {
  const auto file = [](const KernelCall& call, const char* form) { return kernel_file(call, {form, "plain"}); };
  EXPECT_EQ(file(call_of("conv_i8", "conv_i8_from_i16", "conv_i8", "conv_i8_from_i16_scalar", false), "scalar"),
            "kernels/conv_i8/conv_i8_scalar.cpp");
  EXPECT_EQ(file(call_of("conv_i8", "conv_i8_sparse", "conv_i8_sparse", "conv_i8_sparse_scalar", false), "scalar"),
            "kernels/conv_i8/conv_i8_sparse_scalar.cpp");
  EXPECT_EQ(file(call_of("conv_i8", "conv_i8_from_i16", "conv_i8", "conv_i8_from_i16_armdsp_fixed", true), "armdsp"),
            "kernels/conv_i8/conv_i8_armdsp.h");
  EXPECT_EQ(file(call_of("conv_bits", "conv_bits", "conv_bits", "conv_bits_tables_plain_fixed", true), "tables_plain"),
            "kernels/conv_bits/conv_bits_tables_plain.h");
  EXPECT_EQ(file(call_of("conv_i8", "conv_i8", "conv_i8", "conv_i8_plain", false), "form_plain"),
            "kernels/conv_i8/conv_i8_plain.cpp");
  EXPECT_THROW(file(call_of("conv_i8", "conv_i8", "conv_i8", "conv_i8_z80", false), "z80"), Error);
  EXPECT_THROW(file(call_of("conv_i8", "conv_i9", "conv_i8", "conv_i9_scalar", false), "scalar"), Error);
}

TEST(KernelSources, BringWhatTheyInclude) {
  std::set<std::string> files;
  add_with_includes("kernels/transpose/transpose_scalar.cpp", files);
  EXPECT_EQ(files, (std::set<std::string>{"kernels/bits.h", "kernels/kernel.h", "kernels/transpose/transpose.h",
                                          "kernels/transpose/transpose_scalar.cpp"}));
  add_with_includes("kernels/conv_i8/conv_i8_scalar.cpp", files);
  EXPECT_THAT(files, testing::Contains("stapes/isa.h"));
  EXPECT_THAT(files, testing::Not(testing::Contains(testing::HasSubstr("conv_f32"))));
}

}  // namespace
}  // namespace stapes
