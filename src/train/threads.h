// SPDX-License-Identifier: Apache-2.0
// threads.h: the threads of libtorch and at::parallel_for.
#pragma once

#include <ATen/Parallel.h>

#ifndef INTRA_OP_PARALLEL
#error "compile this file with OpenMP (src/train/CMakeLists.txt): without it at::parallel_for uses one thread"
#endif

namespace stapes {

void use_threads(int threads);  // 0 = all available cores

}  // namespace stapes
