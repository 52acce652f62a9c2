// SPDX-License-Identifier: Apache-2.0
// parallel.h: independent work spread over threads.
#pragma once

#include <cstddef>
#include <functional>

namespace stapes {

int hardware_threads();  // available to this process, at least 1

// Calls work(i) once for every i in [0, count), in any order, on `threads` threads (0 = hardware_threads()). Returns
// when all are done. The first exception stops further work and is rethrown here.
void parallel_for(std::size_t count, int threads, const std::function<void(std::size_t)>& work);

}  // namespace stapes
