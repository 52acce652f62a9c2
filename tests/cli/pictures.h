// SPDX-License-Identifier: Apache-2.0
// pictures.h: CIFAR-10 as JPEG files in train/ and test/.
#pragma once

#include "cli/run_program.h"
#include "support/shared_data.h"
#include "support/temp_dir.h"

namespace stapes::test {

inline constexpr const char* kPictures = "data/cifar10-jpeg.tar.xz";  // for STAPES_NEEDS_TEST_DATA

inline void unpack_pictures(const TempDir& into) {
  ASSERT_EQ(run_program("/usr/bin/tar", {"xf", data_path(kPictures).string(), "-C", into.path().string()}).status, 0);
}

}  // namespace stapes::test
