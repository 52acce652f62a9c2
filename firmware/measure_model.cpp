// SPDX-License-Identifier: Apache-2.0
// measure_model.cpp: runs an exported model on its self-test window and prints what src/emulate reads.
//
// Without STAPES_TRACE: the cost of one run, and actual and expected scores. With STAPES_TRACE, also defined for the
// model's file: the cost of each layer, and actual and expected checksums of its output. Tracing needs a separate
// image, since it costs instructions itself.
//
// src/emulate defines STAPES_MODEL (a C identifier), STAPES_MODEL_UPPER, STAPES_MODEL_HEADER and
// STAPES_SELF_TEST_HEADER.
#include <stddef.h>
#include <stdint.h>

#include "cost.h"
#include "counter.h"
#include "print.h"
#include STAPES_MODEL_HEADER
#include STAPES_SELF_TEST_HEADER

#define STAPES_JOIN_(a, b) a##b
#define STAPES_JOIN(a, b) STAPES_JOIN_(a, b)
#define MODEL(name) STAPES_JOIN(STAPES_MODEL, name)              // MODEL(_run): the model's function
#define MODEL_UPPER(name) STAPES_JOIN(STAPES_MODEL_UPPER, name)  // MODEL_UPPER(_ARENA_BYTES): its constant

extern "C" void stapes_layer_begin(int layer);
extern "C" void stapes_layer_end(int layer, const void* data, size_t bytes);

namespace {

using firmware::print;
using firmware::print_hex;
using Score = MODEL(_score);

constexpr int kClasses = MODEL_UPPER(_CLASS_COUNT);
constexpr size_t kArenaBytes = MODEL_UPPER(_ARENA_BYTES);

alignas(MODEL_UPPER(_ARENA_ALIGN)) unsigned char arena[kArenaBytes];
using Sample = decltype(MODEL(_self_test_sample)(0));  // int16_t for sound, int8_t for features
Score scores[kClasses];
MODEL(_state) state;

uint32_t bits_of(Score score) {
  static_assert(sizeof(Score) == sizeof(uint32_t));
  uint32_t bits;
  __builtin_memcpy(&bits, &score, sizeof bits);
  return bits;
}

// Floating-point scores differ between machines; the self-test decides whether they are close enough.
constexpr bool kInexact = static_cast<Score>(0.5f) != 0;

void print_size(const char* key, uint64_t value) {
  print(key);
  print(" ");
  print(value);
  print("\n");
}

// A run overwrites an input in the arena. The host runs several times, so it needs the input again.
#if MODEL_UPPER(_INPUT_IN_ARENA) && !defined(STAPES_HOST)
constexpr bool kInputInArena = true;
Sample* window() { return MODEL(_input)(&state); }
#else
constexpr bool kInputInArena = false;
Sample* window() {
  static Sample samples[MODEL_UPPER(_WINDOW_SAMPLES)];
  return samples;
}
#endif

void run(void*) { MODEL(_run)(&state, window(), scores); }

bool prepare() {
  const int error = MODEL(_init)(&state, arena, sizeof arena, 0);
  if (error != 0) {
    print_size("init_error", static_cast<uint64_t>(error));
    return false;
  }
  for (uint32_t i = 0; i < MODEL_UPPER(_WINDOW_SAMPLES); ++i) window()[i] = MODEL(_self_test_sample)(i);
  return true;
}

#ifdef STAPES_TRACE

constexpr int kLayers = MODEL_UPPER(_LAYER_COUNT);

struct LayerCost {
  uint64_t elapsed;
  uint32_t parts;     // columns or groups of rows; 1 for a whole layer
  uint32_t checksum;  // FNV-1a, 32 bits, over the parts in order
};

LayerCost costs[kLayers];
firmware::Reading begin;
uint64_t overhead;  // between two readings without work

void forget() {
  for (LayerCost& cost : costs) {
    cost.elapsed = 0;
    cost.parts = 0;
  }
}

// Measures the overhead of the readings. Takes the minimum of several tries: host clocks are noisy.
void calibrate() {
  constexpr int kTries = 16;
  uint64_t least = UINT64_MAX;
  for (int i = 0; i < kTries; ++i) {
    forget();
    stapes_layer_begin(0);
    stapes_layer_end(0, arena, 0);
    if (costs[0].elapsed < least) least = costs[0].elapsed;
  }
  overhead = least;
  forget();
}

void report_layers() {
  for (int i = 0; i < kLayers; ++i) {
    print("layer ");
    print(int32_t{i});
    print(" ");
    print(costs[i].elapsed);
    print(" ");
    print(uint64_t{costs[i].parts});
    print(" ");
    print_hex(costs[i].checksum);
    print(" ");
    print_hex(MODEL(_layer_checksums)[i]);
    print(" ");
    print(MODEL(_layer_names)[i]);
    print("\n");
  }
}

#else

void report_scores() {
  for (int i = 0; i < kClasses; ++i) {
    print("score ");
    print(int32_t{i});
    print(" ");
    print_hex(bits_of(scores[i]));
    print(" ");
    print_hex(bits_of(MODEL(_expected_scores)[i]));
    print("\n");
  }
}

#endif

}  // namespace

#ifdef STAPES_TRACE

extern "C" void stapes_layer_begin(int /*layer*/) { begin = firmware::read_counter(); }

extern "C" void stapes_layer_end(int layer, const void* data, size_t bytes) {
  const firmware::Reading end = firmware::read_counter();
  LayerCost& cost = costs[layer];
  const uint64_t spent = firmware::elapsed(begin, end);
  if (spent > overhead) cost.elapsed += spent - overhead;
  if (cost.parts++ == 0) cost.checksum = 2166136261u;
  for (size_t i = 0; i < bytes; ++i)
    cost.checksum = (cost.checksum ^ static_cast<const unsigned char*>(data)[i]) * 16777619u;
}

int main() {
  if (!prepare()) return 1;
  calibrate();
#ifdef STAPES_HOST
  run(nullptr);  // caches are cold only on the first run
  forget();
#endif
  run(nullptr);
  report_layers();
  print("end\n");
  return 0;
}

#else

int main() {
  if (!prepare()) return 1;
  if (!firmware::report_cost(run, nullptr)) return 1;
  print_size("arena_bytes", kArenaBytes);
  print_size("state_bytes", sizeof state);
  print_size("input_in_arena", kInputInArena ? 1 : 0);
  report_scores();
  if (kInexact) print_size("self_test", static_cast<uint64_t>(MODEL(_self_test)(&state)));
  print("end\n");
  return 0;
}

#endif
