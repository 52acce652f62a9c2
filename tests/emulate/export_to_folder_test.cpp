// SPDX-License-Identifier: Apache-2.0
#include "emulate/export_to_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "packed/writer.h"
#include "support/temp_dir.h"
#include "support/tiny_models.h"

namespace stapes::test {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class ExportToFolder : public testing::Test {
 protected:
  ExportToFolder() {
    request_.model = folder_ / "my-net.stapes";
    request_.output = folder_ / "out";
    request_.target = "cortex-m4";
    write_model(request_.model, tiny_int8(), Existing::kRefuse);
  }

  const TempDir folder_;
  ExportRequest request_;
};

TEST_F(ExportToFolder, IsCalledAsTheModelsFileUnlessNamed) {
  EXPECT_EQ(export_to_folder(request_).name, "my_net");
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out/include/my_net.h"));
  request_.name = "other";
  request_.existing = Existing::kReplace;
  EXPECT_EQ(export_to_folder(request_).name, "other");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out/include/my_net.h"));
}

TEST_F(ExportToFolder, RefusesBeforeAnythingIsWrittenOrMeasured) {
  request_.measure = true;
  request_.name = "int";
  EXPECT_THAT([&] { export_to_folder(request_); }, ThrowsMessage<UsageError>(HasSubstr("int")));
  request_.name = "";
  request_.target = "z80";
  EXPECT_THAT([&] { export_to_folder(request_); }, ThrowsMessage<UsageError>(HasSubstr("z80")));
  EXPECT_FALSE(std::filesystem::exists(request_.output));
  request_.target = "cortex-m4";
  std::filesystem::create_directory(request_.output);
  EXPECT_THAT([&] { export_to_folder(request_); }, ThrowsMessage<Error>(HasSubstr("out")));
  EXPECT_TRUE(std::filesystem::is_empty(request_.output));
}

TEST(ExportWarnings, SayWhatIsLargerThanTheProduct) {
  ExportedFolder folder;
  folder.target = "cortex-m0";
  folder.weight_bytes = 262144;
  EXPECT_THAT(warnings_of(folder), testing::IsEmpty());
  folder.weight_bytes = 262145;
  folder.stream_arena_bytes = 40000;
  EXPECT_THAT(
      warnings_of(folder),
      testing::ElementsAre("constants of 262145 bytes will not fit in the flash of the STM32F091 (262144 bytes)",
                           "an arena of 40000 bytes will not fit in the RAM of the STM32F091 (32768 bytes)"));
  folder.target = "arduino";
  EXPECT_THAT(warnings_of(folder), testing::IsEmpty());
}

}  // namespace
}  // namespace stapes::test
