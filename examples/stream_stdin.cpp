// SPDX-License-Identifier: Apache-2.0
// stream_stdin.cpp: classifies the sound on standard input (16-bit PCM, mono, at the model's rate) every half second.
// Usage: arecord -t raw -f S16_LE -r 20000 | stream_stdin MODEL.stapes
#include <stapes/stream.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <span>
#include <vector>

// Models and arenas must be aligned to 64 bytes.
struct alignas(64) Line {
  std::byte bytes[64];
};
static std::vector<Line> lines(std::size_t bytes) { return std::vector<Line>((bytes + 63) / 64); }

static int name_sounds(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: stream_stdin MODEL.stapes\n";
    return 2;
  }
  std::ifstream file(arguments[1], std::ios::binary);
  const std::vector<char> model(std::istreambuf_iterator<char>(file), {});
  std::vector<Line> blob_lines = lines(model.size());
  const auto blob = std::as_writable_bytes(std::span(blob_lines)).first(model.size());
  std::copy(model.begin(), model.end(), reinterpret_cast<char*>(blob.data()));

  std::vector<Line> arena = lines(stapes::StreamClassifier::arena_bytes(blob));
  const int step_samples = stapes::StreamClassifier::step_samples(blob);  // 10 ms; 0: the model cannot be streamed
  stapes::StreamClassifier stream;
  const stapes::Status status = stream.load(blob, std::as_writable_bytes(std::span(arena)), 50 * step_samples);
  if (status != stapes::Status::kOk) {
    std::cerr << arguments[1] << ": " << to_string(status) << '\n';
    return 1;
  }

  std::vector<float> scores(stream.class_count());
  std::vector<std::int16_t> block(500);
  double seconds = double(stream.window_samples()) / stream.sample_rate_hz();
  while (const std::size_t read = std::fread(block.data(), 2, block.size(), stdin)) {
    for (std::span<const std::int16_t> left(block.data(), read); !left.empty();) {
      const auto [taken, scored] = stream.push_pcm(left, scores);
      left = left.subspan(taken);
      if (!scored) continue;
      const auto best = std::max_element(scores.begin(), scores.end()) - scores.begin();
      std::cout << seconds << " s: " << stream.label(static_cast<int>(best)) << std::endl;
      seconds += double(stream.hop_samples()) / stream.sample_rate_hz();
    }
  }
  return 0;
}

int main(int count, char** arguments) {
  try {
    return name_sounds(count, arguments);
  } catch (const std::exception& error) {  // for example out of memory
    std::cerr << "stream_stdin: " << error.what() << '\n';
    return 1;
  }
}
