// SPDX-License-Identifier: Apache-2.0
// peak_chains.h: the structure of the vector loops: independent chains of one instruction sequence.
#pragma once

#include "bench/peak_loops.h"

namespace stapes {

// Makes the compiler assume that `v` has changed. Otherwise it would hoist expressions of `v` and merge equal chains.
template <class Vector>
static inline void forget(Vector& v) {
#if defined(__aarch64__)
  asm volatile("" : "+w"(v));
#else
  asm volatile("" : "+v"(v));
#endif
}

// Applies next() `steps` times to each of kChains vectors, then folds them into one with join(). Unrolls all loops over
// chains, so that the chains stay in registers.
template <int kChains, class Vector, class Next, class Join>
static inline Vector run_chains(uint32_t steps, Vector start, const Next& next, const Join& join) {
  Vector chain[kChains];
#pragma GCC unroll 32
  for (int i = 0; i < kChains; ++i) {
    chain[i] = start;
    forget(chain[i]);
  }
  for (uint32_t step = 0; step < steps; ++step) {
#pragma GCC unroll 32
    for (int i = 0; i < kChains; ++i) chain[i] = next(chain[i]);
  }
  Vector all = chain[0];
#pragma GCC unroll 32
  for (int i = 1; i < kChains; ++i) all = join(all, chain[i]);
  return all;
}

// Loads every vector of [bytes, bytes + count), eight at a time, and folds them into one with either().
template <class Vector, class Load, class Either>
static inline Vector read_all(const uint8_t* bytes, size_t count, Vector zero, const Load& load, const Either& either) {
  Vector lane[8];
#pragma GCC unroll 8
  for (int j = 0; j < 8; ++j) lane[j] = zero;
  for (size_t i = 0; i < count; i += sizeof lane) {
#pragma GCC unroll 8
    for (size_t j = 0; j < 8; ++j) lane[j] = either(lane[j], load(bytes + i + j * sizeof(Vector)));
  }
#pragma GCC unroll 8
  for (int j = 1; j < 8; ++j) lane[0] = either(lane[0], lane[j]);
  return lane[0];
}

}  // namespace stapes
