// SPDX-License-Identifier: Apache-2.0
#include "train/threads.h"

#include <omp.h>

#include "base/parallel.h"

namespace stapes {

void use_threads(int threads) {
  const int count = threads > 0 ? threads : hardware_threads();
  at::set_num_threads(count);
  omp_set_num_threads(count);  // PyTorch's own packages bring a second OpenMP library
}

}  // namespace stapes
