// SPDX-License-Identifier: Apache-2.0
// training_environment.h: sets up the process for libtorch's threads and memory.
#pragma once

#include <string>
#include <vector>

namespace stapes::cli {

// Cuts the CPU time to a third, with bit-identical results (Micro-ACDNet, shared 2-core machine):
//   - OMP_WAIT_POLICY=PASSIVE: waiting threads sleep instead of spinning.
//   - GOMP_SPINCOUNT=1000: waiting threads first spin for a few microseconds. An epoch of a small network on two
//     threads takes 0.95 s instead of 1.17 s.
//   - OMP_DYNAMIC=false: the number of threads and the order of sums do not depend on the load.
//   - malloc keeps freed activations instead of returning megabytes to the kernel. All threads share one arena, because
//     per-thread arenas cannot hold them.
// OpenMP reads its variables when loaded, so the program sets them and restarts itself unless OMP_WAIT_POLICY is set.
void prepare_training_environment(char** argv);

// Only sets the variables. Call it before starting the training program.
void set_training_variables();

// Replaces this process with the same program and these arguments. Throws Error if that fails.
[[noreturn]] void restart_with(const std::vector<std::string>& arguments);

}  // namespace stapes::cli
