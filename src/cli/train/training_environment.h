// SPDX-License-Identifier: Apache-2.0
// training_environment.h: sets up the process for libtorch's threads and memory.
#pragma once

#include <string>
#include <vector>

namespace stapes::cli {

// Measured on a shared 2-core machine with Micro-ACDNet: a third of the CPU time for bit-identical results.
//   - OMP_WAIT_POLICY=PASSIVE: threads waiting for each other, or for the batch being augmented, sleep instead of
//     spinning.
//   - GOMP_SPINCOUNT=1000: they spin for a few microseconds before that, which is enough for operators of small
//     networks: on two threads an epoch takes 0.95 s instead of 1.17 s (on one thread: 1.5 s).
//   - OMP_DYNAMIC=false: the number of threads, and with it the order of sums, does not depend on the load.
//   - malloc keeps freed activations instead of returning megabytes to the kernel and faulting them in again, in one
//     arena for all threads: per-thread arenas cannot hold them.
// OpenMP reads its variables when loaded: if they are not set yet, the program restarts itself with them.
void prepare_training_environment(char** argv);

// Only sets the variables, for a program that is about to start the training program.
void set_training_variables();

// Replaces this process with a fresh one of the same program and these arguments. Throws Error if that fails.
[[noreturn]] void restart_with(const std::vector<std::string>& arguments);

}  // namespace stapes::cli
