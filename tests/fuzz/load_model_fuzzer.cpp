// SPDX-License-Identifier: Apache-2.0
// Feeds hostile payloads of model files to the loader (libFuzzer). A header with a correct checksum is prepended, since
// no fuzzer would find one. Accepted models run, since run() checks nothing. Integer models must match the scalar
// kernels bit for bit on every kernel of this processor.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "kernels/cpu.h"
#include "packed/container.h"
#include "packed/cost.h"
#include "packed/operators/operator.h"
#include "packed/reader.h"
#include "stapes/classifier.h"
#include "stapes/detector.h"
#include "stapes/prepared_model.h"

namespace stapes {
namespace {

// Larger models are only loaded: a run takes a few milliseconds at most.
constexpr std::size_t kMaxMemoryBytes = std::size_t{1} << 22;
constexpr std::int64_t kMaxWork = 2'000'000;  // MACs, or comparisons of pools
constexpr int kMaxSamples = 1 << 16;

struct FreeAligned {
  void operator()(std::byte* bytes) const { ::operator delete[](bytes, std::align_val_t{64}); }
};

// Exactly this size: the address sanitizer then detects access past the end.
class Memory {
 public:
  explicit Memory(std::size_t bytes) : size_(bytes), bytes_(new (std::align_val_t{64}) std::byte[bytes]) {}
  std::span<std::byte> all() { return {bytes_.get(), size_}; }

 private:
  std::size_t size_;
  std::unique_ptr<std::byte[], FreeAligned> bytes_;
};

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "load_model_fuzzer: %s\n", what);
  std::abort();
}

template <class Source>
std::vector<float> scores(const Source& source, std::size_t arena_bytes) {
  Memory arena(arena_bytes);
  Classifier classifier;
  if (classifier.load(source, arena.all()) != Status::kOk) fail("the arena it asked for is refused");
  std::vector<std::int16_t> wave(static_cast<std::size_t>(classifier.window_samples()));
  for (std::size_t i = 0; i < wave.size(); ++i) wave[i] = static_cast<std::int16_t>(i * 40503u);
  std::vector<float> result(static_cast<std::size_t>(classifier.class_count()));
  classifier.run_pcm(wave, result);
  return result;
}

bool is_integer(const fb::Model& model) {
  for (const auto* layer : *model.layers()) {
    if (describe(*layer).weight_bits == 32) return false;
  }
  return true;
}

std::int64_t max_work(const fb::Model& model) {
  const Cost cost = model_cost(model);
  return std::max(cost.macs, cost.paper_flops);
}

void detect(std::span<const std::byte> file) {
  const std::size_t bytes = Detector::arena_bytes(file, {});
  if (bytes == 0 || bytes > kMaxMemoryBytes) return;
  Memory arena(bytes);
  Detector detector;
  if (detector.load(file, arena.all(), {}) != Status::kOk) fail("the arena that a detector asked for is refused");
  const int hops = std::min(detector.hop_samples(), kMaxSamples) * 2;
  std::vector<std::int16_t> wave(static_cast<std::size_t>(detector.window_samples() + hops));
  for (std::size_t i = 0; i < wave.size(); ++i) wave[i] = static_cast<std::int16_t>(i * 40503u);
  for (std::span<const std::int16_t> rest = wave; !rest.empty();) {
    Detection found;
    rest = rest.subspan(detector.push_pcm(rest, found).taken);
  }
}

void run_every_way(std::span<const std::byte> file, const fb::Model& model) {
  const std::size_t arena_bytes = Classifier::arena_bytes(file);
  if (arena_bytes == 0) return;  // more than 4 GiB
  if (arena_bytes > kMaxMemoryBytes || max_work(model) > kMaxWork) return;
  if (model.window_samples() > kMaxSamples) return;
  const std::vector<float> want = scores(file, arena_bytes);
  detect(file);
  for (int i = 0; i < kIsaCount; ++i) {
    const Isa isa = static_cast<Isa>(i);
    if (!Cpu::detect().can_run(isa)) continue;
    Memory memory(PreparedModel::memory_bytes(file, isa));
    PreparedModel prepared;
    if (prepared.load(file, memory.all(), isa) != Status::kOk) fail("the memory it asked for is refused");
    if (prepared.arena_bytes() > kMaxMemoryBytes) continue;
    const std::vector<float> got = scores(prepared, prepared.arena_bytes());
    if (is_integer(model) && std::memcmp(got.data(), want.data(), want.size() * sizeof(float)) != 0) {
      fail(to_string(isa));
    }
  }
}

void load(std::span<const std::byte> payload) {
  const auto header = container_header(kModelContainer, payload);
  Memory file(header.size() + payload.size());
  std::memcpy(file.all().data(), header.data(), header.size());
  if (!payload.empty()) std::memcpy(file.all().data() + header.size(), payload.data(), payload.size());
  const fb::Model* model = nullptr;
  if (open_model(file.all(), model) == Status::kOk) run_every_way(file.all(), *model);
}

}  // namespace
}  // namespace stapes

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  stapes::load(std::as_bytes(std::span(data, size)));
  return 0;
}
