// SPDX-License-Identifier: Apache-2.0
// Compiled with an export called "net". Checks run, push, self-test, trace and arena bounds, and prints the scores of
// the self-test's window.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "net.h"
#include "net_self_test.h"

static uint32_t sums[NET_LAYER_COUNT];
static int open_layer = -1;
static int faults = 0;

static void check(bool holds, const char* what) {
  if (holds) return;
  printf("FAULT %s\n", what);
  ++faults;
}

extern "C" void stapes_layer_begin(int layer);
extern "C" void stapes_layer_end(int layer, const void* data, size_t bytes);
void stapes_layer_begin(int layer) {
  check(open_layer == -1 && layer >= 0 && layer < NET_LAYER_COUNT, "a layer begins inside another");
  open_layer = layer;
}
void stapes_layer_end(int layer, const void* data, size_t bytes) {
  check(layer == open_layer, "a layer ends that did not begin");
  open_layer = -1;
  const unsigned char* byte = static_cast<const unsigned char*>(data);
  for (size_t i = 0; i < bytes; ++i) sums[layer] = (sums[layer] ^ byte[i]) * 16777619u;
}

constexpr size_t kBorder = 64;
template <size_t kBytes>
struct Arena {
  alignas(64) unsigned char memory[kBorder + kBytes + kBorder];
  Arena() { memset(memory, 0xA5, sizeof memory); }
  unsigned char* begin() { return memory + kBorder; }
  bool whole() const {
    for (size_t i = 0; i < kBorder; ++i) {
      if (memory[i] != 0xA5 || memory[kBorder + kBytes + i] != 0xA5) return false;
    }
    return true;
  }
};
static Arena<NET_ARENA_BYTES> window_arena;
static int16_t pcm[3 * NET_WINDOW_SAMPLES];

static void run_window(const int16_t* window, net_score* scores) {
  net_state state;
  check(net_init(&state, window_arena.begin(), NET_ARENA_BYTES, 0) == 0, "init");
  net_run(&state, window, scores);
}

static void check_run() {
  for (uint32_t& sum : sums) sum = 2166136261u;
  net_score scores[NET_CLASS_COUNT];
  run_window(pcm, scores);
  for (int i = 0; i < NET_LAYER_COUNT; ++i) {
    if (sums[i] == net_layer_checksums[i]) continue;
    printf("layer %s: ", net_layer_names[i]);
    check(false, "the checksum differs");
  }
  printf("scores");
  for (const net_score score : scores) printf(" %.17g", static_cast<double>(score));
  printf("\n");
}

static void check_init() {
  net_state state;
  unsigned char* arena = window_arena.begin();
  check(net_init(&state, nullptr, NET_ARENA_BYTES, 0) == NET_ERROR_ARENA, "no arena");
  check(net_init(&state, arena, NET_ARENA_BYTES - 1, 0) == NET_ERROR_ARENA, "one byte less");
  check(net_init(&state, arena + 8, NET_ARENA_BYTES, 0) == NET_ERROR_ARENA, "not aligned");
  check(net_init(&state, arena, NET_ARENA_BYTES, -1) == NET_ERROR_HOP, "negative hop");
  check(net_init(&state, arena, NET_ARENA_BYTES, NET_STEP_SAMPLES + 1) == NET_ERROR_HOP, "hop between steps");
  check(net_init(&state, arena, NET_ARENA_BYTES, 0) == 0, "init");
  check(net_self_test(&state) == 0, "self-test by run");
}

#if NET_STEP_SAMPLES > 0
static Arena<NET_STREAM_ARENA_BYTES> stream_arena;

// Each window of a stream, pushed in blocks of `block` samples, must get the scores of run().
static void check_stream(int32_t hop, size_t block) {
  net_state state;
  check(net_init(&state, stream_arena.begin(), NET_STREAM_ARENA_BYTES - 1, hop) == NET_ERROR_ARENA,
        "stream, too small");
  check(net_init(&state, stream_arena.begin(), NET_STREAM_ARENA_BYTES, hop) == 0, "init of a stream");
  size_t end = NET_WINDOW_SAMPLES, windows = 0;
  for (size_t next = 0; next < sizeof pcm / sizeof *pcm;) {
    const size_t left = sizeof pcm / sizeof *pcm - next;
    net_score scores[NET_CLASS_COUNT], want[NET_CLASS_COUNT];
    int ready = 7;
    next += net_push(&state, pcm + next, left < block ? left : block, scores, &ready);
    check(ready == (next == end ? 1 : 0), "ready");
    if (ready == 0) continue;
    run_window(pcm + end - NET_WINDOW_SAMPLES, want);
    check(memcmp(scores, want, sizeof want) == 0, "push is not run");
    end += static_cast<size_t>(hop);
    ++windows;
  }
  check(windows == 1 + 2 * NET_WINDOW_SAMPLES / static_cast<size_t>(hop), "windows");
  check(net_self_test(&state) == 0, "self-test by push");
  net_reset(&state);
  net_score scores[NET_CLASS_COUNT], want[NET_CLASS_COUNT];
  net_run(&state, pcm, scores);
  run_window(pcm, want);
  check(memcmp(scores, want, sizeof want) == 0, "run by a stream's state");
}

static void check_streams() {
  check_stream(NET_STEP_SAMPLES, 1);
  check_stream(3 * NET_STEP_SAMPLES, 37);
  check_stream((NET_WINDOW_SAMPLES / NET_STEP_SAMPLES + 2) * NET_STEP_SAMPLES, 3 * NET_WINDOW_SAMPLES);
  check(stream_arena.whole(), "wrote past the arena of a stream");
  net_state state;
  net_score scores[NET_CLASS_COUNT];
  int ready = 7;
  check(net_init(&state, window_arena.begin(), NET_ARENA_BYTES, 0) == 0, "init");
  check(net_push(&state, pcm, 10, scores, &ready) == 0 && ready == 0, "push without a hop");
}
#ifdef NET_DETECT_HOP_SAMPLES
// Prints on one line all events of the three windows at low thresholds, pushed in blocks of `block` samples.
static void print_events(size_t block) {
  static net_detector detector;
  static net_detector_settings settings;
  check(net_detect_init(&detector, stream_arena.begin(), NET_STREAM_ARENA_BYTES - 1, 0) == NET_ERROR_ARENA, "arena");
  check(net_detect_init(&detector, stream_arena.begin(), NET_STREAM_ARENA_BYTES, NET_STEP_SAMPLES) == 0, "detector");
  settings = net_detector_defaults;
  settings.average_windows = NET_DETECT_MAX_WINDOWS + 1;
  check(net_detect_set(&detector, &settings) == NET_ERROR_SETTINGS, "settings");
  check(detector.settings == &net_detector_defaults, "settings were kept");
  settings.average_windows = settings.minimum_windows = 1;
  settings.refractory_windows = 2;
  settings.hysteresis = 0;
#if !NET_DETECT_LEVEL_GATE
  settings.gate_power = 1;
  check(net_detect_set(&detector, &settings) == NET_ERROR_SETTINGS, "a gate that was left out");
  settings.gate_power = 0;
#endif
  for (uint16_t& threshold : settings.thresholds) threshold = 6554;
  check(net_detect_set(&detector, &settings) == 0, "settings");
  printf("events");
  for (size_t next = 0; next < sizeof pcm / sizeof *pcm;) {
    const size_t left = sizeof pcm / sizeof *pcm - next;
    net_event event;
    next += net_detect_push(&detector, pcm + next, left < block ? left : block, &event);
    if (event.label < 0) continue;
    printf(" %d %u %u", static_cast<int>(event.label), static_cast<unsigned>(event.score),
           static_cast<unsigned>(event.end_sample));
    check(event.end_sample == next, "the end of the event");
  }
  printf("\n");
  check(stream_arena.whole(), "the detector wrote past the arena");
}
static void check_detector() {
  print_events(1);
  print_events(1000);
}
#else
static void check_detector() {}
#endif
#else
static void check_detector() {}
static void check_streams() { check(NET_STREAM_ARENA_BYTES == 0, "an arena for no stream"); }
#endif

int main() {
  for (uint32_t i = 0; i < sizeof pcm / sizeof *pcm; ++i) pcm[i] = net_self_test_sample(i);
  check_run();
  check_init();
  check_streams();
  check_detector();
  check(window_arena.whole(), "wrote past the arena");
  for (const char* label : net_labels) printf("label %s\n", label);
  return faults == 0 ? 0 : 1;
}
