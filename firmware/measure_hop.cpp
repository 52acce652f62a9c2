// SPDX-License-Identifier: Apache-2.0
// measure_hop.cpp: pushes the self-test's sound into an exported detector, one step at a time. Prints every detection
// and the cost of a few hops after the first window, for src/emulate.
//
// src/emulate defines the macros of measure_model.cpp and STAPES_HOP_SAMPLES.
#include <stddef.h>
#include <stdint.h>

#include "count_call.h"
#include "counter.h"
#include "print.h"
#include STAPES_MODEL_HEADER
#include STAPES_SELF_TEST_HEADER

#define STAPES_JOIN_(a, b) a##b
#define STAPES_JOIN(a, b) STAPES_JOIN_(a, b)
#define MODEL(name) STAPES_JOIN(STAPES_MODEL, name)
#define MODEL_UPPER(name) STAPES_JOIN(STAPES_MODEL_UPPER, name)

namespace {

using firmware::print;

constexpr int kClasses = MODEL_UPPER(_CLASS_COUNT);
constexpr uint32_t kStep = MODEL_UPPER(_STEP_SAMPLES);
constexpr uint32_t kHops = 4;  // measured

alignas(MODEL_UPPER(_ARENA_ALIGN)) unsigned char arena[MODEL_UPPER(_STREAM_ARENA_BYTES)];
MODEL(_detector) detector;
MODEL(_detector_settings) settings;
int16_t block[kStep];

struct Push {
  const int16_t* pcm;
  size_t count, taken;
  MODEL(_event) event;
};

void push(void* argument) {
  Push& p = *static_cast<Push*>(argument);
  p.taken = MODEL(_detect_push)(&detector, p.pcm, p.count, &p.event);
}

struct Costs {
  uint64_t pushes, total, worst;
  uint32_t stack_bytes;
};

#if defined(STAPES_HOST)
bool count_push(Push& p, Costs& costs) {
  const firmware::Reading before = firmware::read_counter();
  push(&p);
  const uint64_t spent = firmware::elapsed(before, firmware::read_counter());
#else
bool count_push(Push& p, Costs& costs) {
  firmware::CallCost cost;
  if (!firmware::count_call(push, &p, cost)) {
    print("stack_overflow 1\n");
    return false;
  }
  const uint64_t spent = cost.instructions;
  if (cost.stack_bytes > costs.stack_bytes) costs.stack_bytes = cost.stack_bytes;
#endif
  ++costs.pushes;
  costs.total += spent;
  if (spent > costs.worst) costs.worst = spent;
  return true;
}

void print_event(const MODEL(_event) & event) {
  if (event.label < 0) return;
  print("event ");
  print(int32_t{event.label});
  print(" ");
  print(uint64_t{event.score});
  print(" ");
  print(event.end_sample);
  print("\n");
}

// Pushes samples [first, first + count) of the sound. If `costs` is not null, measures the cost.
bool push_samples(uint32_t first, uint32_t count, Costs* costs) {
  for (uint32_t done = 0; done < count;) {
    const uint32_t size = count - done < kStep ? count - done : kStep;
    for (uint32_t i = 0; i < size; ++i) block[i] = MODEL(_self_test_sample)(first + done + i);
    for (size_t taken = 0; taken < size;) {
      Push p = {block + taken, size - taken, 0, {}};
      if (costs == nullptr) {
        push(&p);
      } else if (!count_push(p, *costs)) {
        return false;
      }
      taken += p.taken;
      print_event(p.event);
    }
    done += size;
  }
  return true;
}

// FNV-1a over the means of all classes.
uint32_t add_means(uint32_t hash) {
  for (int c = 0; c < kClasses; ++c) {
    const uint32_t mean = detector.sums[c] * 256u / static_cast<uint32_t>(detector.filled);
    hash = (hash ^ (mean & 0xFFu)) * 16777619u;
    hash = (hash ^ (mean >> 8)) * 16777619u;
  }
  return hash;
}

void print_size(const char* key, uint64_t value) {
  print(key);
  print(" ");
  print(value);
  print("\n");
}

// Keeps the model's mean length and level gate. The other settings let any sound trigger a detection.
bool prepare() {
  settings = MODEL(_detector_defaults);
  settings.refractory_windows = 1;
  settings.minimum_windows = 1;
  settings.gate_class = -1;
  settings.hysteresis = 0;
  for (uint16_t& threshold : settings.thresholds) threshold = 1;
  const int error = MODEL(_detect_init)(&detector, arena, sizeof arena, STAPES_HOP_SAMPLES);
  if (error == 0) return MODEL(_detect_set)(&detector, &settings) == 0;
  print_size("init_error", static_cast<uint64_t>(error));
  return false;
}

}  // namespace

int main() {
  if (!prepare()) return 1;
  uint32_t next = MODEL_UPPER(_WINDOW_SAMPLES);
  uint32_t hash = 2166136261u;
  push_samples(0, next, nullptr);
  hash = add_means(hash);
  Costs costs = {};
  for (uint32_t hop = 0; hop < kHops; ++hop, next += STAPES_HOP_SAMPLES) {
    if (!push_samples(next, STAPES_HOP_SAMPLES, &costs)) return 1;
    hash = add_means(hash);
  }
  print_size("hops", kHops);
  print_size("pushes", costs.pushes);
  print_size("total", costs.total);
  print_size("worst", costs.worst);
  print_size("stack_bytes", costs.stack_bytes);
  print_size("arena_bytes", sizeof arena);
  print_size("state_bytes", sizeof detector);
  print("means ");
  firmware::print_hex(hash);
  print("\nend\n");
  return 0;
}
