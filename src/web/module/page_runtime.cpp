// SPDX-License-Identifier: Apache-2.0
// page_runtime.cpp: the runtime's functions for engine.js, compiled only to WebAssembly (cmake/web.cmake). A module
// holds one model and never frees memory.
#ifndef __wasm__
#error "compile for WebAssembly (cmake/web.cmake)"
#endif

#include <cstddef>
#include <cstdint>
#include <span>

#include "stapes/detector.h"
#include "stapes/prepared_model.h"
#include "stapes/status.h"

extern "C" unsigned char __heap_base;  // the linker puts it after all static data

namespace stapes {
namespace {

constexpr std::size_t kPageBytes = 65536;
constexpr std::size_t kBlockSamples = 4096;

PreparedModel model;
Detector detector;
Detection detection;
alignas(64) std::int16_t block[kBlockSamples];

std::size_t memory_end = 0;  // end of the memory allocated so far

// Null if the browser has no more memory.
std::byte* allocate(std::size_t bytes) {
  constexpr std::size_t kAlign = PreparedModel::kAlign;
  if (memory_end == 0) memory_end = reinterpret_cast<std::size_t>(&__heap_base);
  const std::size_t begin = (memory_end + kAlign - 1) / kAlign * kAlign;
  const std::size_t have = __builtin_wasm_memory_size(0) * kPageBytes;
  if (bytes > SIZE_MAX - kPageBytes - begin) return nullptr;
  if (begin + bytes > have) {
    const std::size_t pages = (begin + bytes - have + kPageBytes - 1) / kPageBytes;
    if (__builtin_wasm_memory_grow(0, pages) == SIZE_MAX) return nullptr;
  }
  memory_end = begin + bytes;
  return reinterpret_cast<std::byte*>(begin);
}

Status load(std::span<const std::byte> blob) {
  const std::size_t model_bytes = PreparedModel::memory_bytes(blob);
  std::byte* memory = allocate(model_bytes);
  if (memory == nullptr) return Status::kArenaTooSmall;
  if (const Status status = model.load(blob, {memory, model_bytes}); status != Status::kOk) return status;
  const std::size_t arena_bytes = Detector::arena_bytes(model, {});
  std::byte* arena = allocate(arena_bytes);
  if (arena == nullptr) return Status::kArenaTooSmall;
  return detector.load(model, {arena, arena_bytes}, {});
}

}  // namespace
}  // namespace stapes

#define STAPES_PAGE(type, name) extern "C" __attribute__((export_name(#name))) type name

using stapes::detector;

STAPES_PAGE(void*, page_allocate)(std::size_t bytes) { return stapes::allocate(bytes); }

// Returns a stapes::Status.
STAPES_PAGE(int, page_load)(const std::byte* blob, std::size_t bytes) {
  return static_cast<int>(stapes::load({blob, bytes}));
}
STAPES_PAGE(const char*, page_status_text)(int status) {
  return stapes::to_string(static_cast<stapes::Status>(status));
}

STAPES_PAGE(int, page_sample_rate_hz)() { return detector.sample_rate_hz(); }
STAPES_PAGE(int, page_class_count)() { return detector.class_count(); }
STAPES_PAGE(int, page_window_samples)() { return detector.window_samples(); }
STAPES_PAGE(int, page_hop_samples)() { return detector.hop_samples(); }

// The caller writes `count` samples, at most page_block_samples(), to page_block(). page_push() takes samples from
// index `from` up to the end of the block or of the current window. Returns their number, negated if the window is
// complete.
STAPES_PAGE(std::int16_t*, page_block)() { return stapes::block; }
STAPES_PAGE(int, page_block_samples)() { return static_cast<int>(stapes::kBlockSamples); }
STAPES_PAGE(int, page_push)(int from, int count) {
  stapes::detection.class_index = -1;
  const auto pushed =
      detector.push_pcm({stapes::block + from, static_cast<std::size_t>(count - from)}, stapes::detection);
  return pushed.scored ? -static_cast<int>(pushed.taken) : static_cast<int>(pushed.taken);
}

// The detection of the last window; the class is -1 if there was none.
STAPES_PAGE(int, page_detected_class)() { return stapes::detection.class_index; }
STAPES_PAGE(float, page_detected_score)() { return stapes::detection.score; }
STAPES_PAGE(float, page_score)(int index) { return detector.score(index); }
STAPES_PAGE(float, page_mean)(int index) { return detector.mean(index); }

STAPES_PAGE(float, page_threshold)(int index) { return detector.threshold(index); }
STAPES_PAGE(int, page_set_threshold)(int index, float threshold) {
  return static_cast<int>(detector.set_threshold(index, threshold));
}
STAPES_PAGE(void, page_reset)() { detector.reset(); }
