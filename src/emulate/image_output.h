// SPDX-License-Identifier: Apache-2.0
// image_output.h: runs an image and parses its output strictly.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "emulate/board.h"

namespace stapes {

// Runs the image for at most `limit`. Returns the lines before the final "end". Throws Error if the image faults, fails
// or does not print "end".
std::vector<std::string> run_image(const Board& board, const std::filesystem::path& image, std::chrono::seconds limit);

// The 32 bits of an integer or a float.
struct ComparedScore {
  std::uint32_t got = 0, expected = 0;
};

// Output of firmware/measure_model.cpp without STAPES_TRACE.
struct RunOutput {
  std::int64_t instructions = 0;  // emulated boards
  std::int64_t nanoseconds = 0;   // the host
  std::int64_t stack_bytes = 0;   // emulated boards
  std::int64_t arena_bytes = 0, state_bytes = 0;
  bool input_in_arena = false;  // the input needs no memory besides the arena
  std::vector<ComparedScore> scores;
  bool floats = false;       // scores are floats and only approximate
  int failed_self_test = 0;  // for float scores: the result of self_test(), 0 = close enough
};
RunOutput parse_run(const std::vector<std::string>& lines);

// Output with STAPES_TRACE.
struct LayerOutput {
  std::string name;
  std::int64_t elapsed = 0;  // instructions, or nanoseconds on the host
  std::int64_t parts = 0;    // 1, or the number of columns or groups of rows
  std::uint32_t checksum = 0, expected = 0;
};
std::vector<LayerOutput> parse_layers(const std::vector<std::string>& lines);

// Output of firmware/known_work.cpp.
struct KnownWork {
  std::string what;
  std::int64_t counted = 0, instructions = 0;
  std::int64_t painted = 0, stack_bytes = 0;
};
std::vector<KnownWork> parse_known_work(const std::vector<std::string>& lines);

}  // namespace stapes
