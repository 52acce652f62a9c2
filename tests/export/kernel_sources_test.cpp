#include "export/kernel_sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "export/embedded_files.h"

namespace stapes {
namespace {

TEST(EmbeddedFiles, AreTheSources) {
  const std::filesystem::path source = std::filesystem::path(STAPES_TEST_DIR).parent_path() / "src";
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

TEST(KernelSources, AreFoundByOperatorAndInstructionSet) {
  EXPECT_EQ(kernel_source("conv_i8", "conv_i8_from_i16", "conv_i8", "scalar"), "kernels/conv_i8/conv_i8_scalar.cpp");
  EXPECT_EQ(kernel_source("conv_i8", "conv_i8_sparse", "conv_i8_sparse", "scalar"),
            "kernels/conv_i8/conv_i8_sparse_scalar.cpp");
  EXPECT_THROW(kernel_source("conv_i8", "conv_i8", "conv_i8", "z80"), Error);
  EXPECT_THROW(kernel_source("conv_i8", "conv_i9", "conv_i8", "scalar"), Error);
}

TEST(KernelSources, BringWhatTheyInclude) {
  std::set<std::string> files;
  add_with_includes("kernels/swap/swap_scalar.cpp", files);
  EXPECT_EQ(files, (std::set<std::string>{"kernels/bits.h", "kernels/swap/swap.h", "kernels/swap/swap_scalar.cpp"}));
  add_with_includes("kernels/conv_i8/conv_i8_scalar.cpp", files);
  EXPECT_THAT(files, testing::Contains("stapes/isa.h"));
  EXPECT_THAT(files, testing::Not(testing::Contains(testing::HasSubstr("conv_f32"))));
}

}  // namespace
}  // namespace stapes
