// SPDX-License-Identifier: Apache-2.0
// classify_wav.cpp: names the sound in the middle of a WAV file (16 bits, mono, at the model's rate).
// Usage: classify_wav MODEL.stapes SOUND.wav
#include <stapes/classifier.h>
#include <stapes/prepared_model.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <span>
#include <vector>

// Models and arenas lie at multiples of 64 bytes.
struct alignas(64) Line {
  std::byte bytes[64];
};
static std::vector<Line> lines(std::size_t bytes) { return std::vector<Line>((bytes + 63) / 64); }

static std::vector<char> read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

static int fail(const char* what, const char* why) {
  std::cerr << "classify_wav: " << what << ": " << why << '\n';
  return 1;
}

int main(int count, char** arguments) {
  if (count != 3) return fail("usage", "classify_wav MODEL.stapes SOUND.wav");
  const std::vector<char> file = read_file(arguments[1]), sound = read_file(arguments[2]);
  std::vector<Line> blob_lines = lines(file.size());
  const auto blob = std::as_writable_bytes(std::span(blob_lines)).first(file.size());
  std::copy(file.begin(), file.end(), reinterpret_cast<char*>(blob.data()));

  std::vector<Line> memory = lines(stapes::PreparedModel::memory_bytes(blob));
  stapes::PreparedModel model;
  stapes::Status status = model.load(blob, std::as_writable_bytes(std::span(memory)));
  if (status != stapes::Status::kOk) return fail(arguments[1], to_string(status));
  std::vector<Line> arena = lines(model.arena_bytes());
  stapes::Classifier classifier;
  status = classifier.load(model, std::as_writable_bytes(std::span(arena)));
  if (status != stapes::Status::kOk) return fail(arguments[1], to_string(status));

  constexpr std::size_t kHeader = 44;  // as most programs write it
  if (sound.size() < kHeader || std::memcmp(&sound[36], "data", 4) != 0) return fail(arguments[2], "no plain WAV file");
  std::vector<std::int16_t> window(classifier.window_samples()), pcm((sound.size() - kHeader) / 2);
  std::memcpy(pcm.data(), sound.data() + kHeader, pcm.size() * 2);
  const std::size_t length = std::min(pcm.size(), window.size());
  std::copy_n(pcm.begin() + (pcm.size() - length) / 2, length, window.begin() + (window.size() - length) / 2);

  std::vector<float> scores(classifier.class_count());
  classifier.run_pcm(window, scores);
  const auto best = std::max_element(scores.begin(), scores.end()) - scores.begin();
  std::cout << classifier.label(static_cast<int>(best)) << '\n';
}
