// SPDX-License-Identifier: Apache-2.0
// classify_wav.cpp: classifies the sound in the middle of a WAV file (16 bits, mono, at the model's rate).
// Usage: classify_wav MODEL.stapes SOUND.wav
#include <stapes/classifier.h>
#include <stapes/prepared_model.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
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

static std::vector<char> read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

static int fail(const char* what, const char* why) {
  std::cerr << "classify_wav: " << what << ": " << why << '\n';
  return 1;
}

static std::uint32_t number(const char* at, int bytes) {  // little-endian
  std::uint32_t value = 0;
  for (int i = bytes; i-- > 0;) value = value << 8 | static_cast<unsigned char>(at[i]);
  return value;
}

// The samples of a WAV file. If there are none, `why` is the reason.
static std::vector<std::int16_t> samples_of(std::span<const char> wav, int sample_rate_hz, const char*& why) {
  why = "not a WAV file with samples";
  if (wav.size() < 12 || std::memcmp(&wav[0], "RIFF", 4) != 0 || std::memcmp(&wav[8], "WAVE", 4) != 0) return {};
  for (std::size_t at = 12; at + 8 <= wav.size();) {
    const char* const chunk = &wav[at];
    const std::size_t length = std::min<std::size_t>(number(chunk + 4, 4), wav.size() - at - 8);
    if (std::memcmp(chunk, "fmt ", 4) == 0 && length >= 16) {
      std::uint32_t format = number(chunk + 8, 2);
      if (format == 0xFFFE && length >= 26) format = number(chunk + 32, 2);  // WAVE_FORMAT_EXTENSIBLE
      const bool fits = format == 1 && number(chunk + 10, 2) == 1 && number(chunk + 22, 2) == 16;
      if (!fits || number(chunk + 12, 4) != static_cast<std::uint32_t>(sample_rate_hz)) {
        why = "expected 16 bits, one channel and the sample rate of the model";
        return {};
      }
    } else if (std::memcmp(chunk, "data", 4) == 0) {
      std::vector<std::int16_t> pcm(length / 2);
      if (!pcm.empty()) std::memcpy(pcm.data(), chunk + 8, pcm.size() * 2);
      return pcm;
    }
    at += 8 + length + (length & 1);
  }
  return {};
}

static int classify(int count, char** arguments) {
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

  const char* why = "";
  const std::vector<std::int16_t> pcm = samples_of(sound, classifier.sample_rate_hz(), why);
  if (pcm.empty()) return fail(arguments[2], why);
  std::vector<std::int16_t> window(classifier.window_samples());
  const std::size_t length = std::min(pcm.size(), window.size());
  std::copy_n(pcm.begin() + (pcm.size() - length) / 2, length, window.begin() + (window.size() - length) / 2);

  std::vector<float> scores(classifier.class_count());
  classifier.run_pcm(window, scores);
  const auto best = std::max_element(scores.begin(), scores.end()) - scores.begin();
  std::cout << classifier.label(static_cast<int>(best)) << '\n';
  return 0;
}

int main(int count, char** arguments) {
  try {
    return classify(count, arguments);
  } catch (const std::exception& error) {  // for example out of memory
    return fail("failed", error.what());
  }
}
