// stream_stdin.cpp: names the sound on standard input (16-bit PCM, mono, at the model's rate) every half second or so.
// Usage: arecord -t raw -f S16_LE -r 20000 | stream_stdin MODEL.stapes
#include <stapes/stream.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <span>
#include <vector>

// Memory at a multiple of 64 bytes, as models and arenas must lie; until the program ends.
static std::span<std::byte> aligned(std::size_t bytes) {
  return {static_cast<std::byte*>(std::aligned_alloc(64, (bytes + 64) / 64 * 64)), bytes};
}

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: stream_stdin MODEL.stapes\n";
    return 2;
  }
  std::ifstream file(arguments[1], std::ios::binary);
  const std::vector<char> model(std::istreambuf_iterator<char>(file), {});
  const std::span<std::byte> blob = aligned(model.size());
  std::copy(model.begin(), model.end(), reinterpret_cast<char*>(blob.data()));

  const std::span<std::byte> arena = aligned(stapes::StreamClassifier::arena_bytes(blob));
  const int step_samples = stapes::StreamClassifier::step_samples(blob);  // 10 ms; 0: not a model that can be streamed
  stapes::StreamClassifier stream;
  const stapes::Status status = stream.load(blob, arena, 50 * step_samples);
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
}
