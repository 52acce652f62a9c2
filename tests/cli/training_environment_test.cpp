// SPDX-License-Identifier: Apache-2.0
#include "cli/train/training_environment.h"

#include <gmock/gmock.h>

#include "base/error.h"

namespace stapes::cli {
namespace {

// Linux limits an argument to 128 KiB.
TEST(TrainingEnvironment, ARestartThatFailsSaysHowToGoOn) {
  const std::string too_long(200'000, 'x');
  EXPECT_THAT(
      [&] {
        restart_with({"train", "--resume", too_long});
      },
      testing::ThrowsMessage<Error>(testing::HasSubstr("to continue, run `stapes train --resume xxx")));
}

}  // namespace
}  // namespace stapes::cli
