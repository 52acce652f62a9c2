// SPDX-License-Identifier: Apache-2.0
#include "data/batch_stream.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace stapes {

// A ring of slots. Batch n uses slot n % slots; a thread claims a slot once the slot's last batch has been handed out.
struct BatchStream::State {
  struct Slot {
    Batch batch;
    bool ready = false;
  };

  const SampleSource& samples;
  std::uint32_t epoch;
  std::size_t batch_size;
  std::size_t batch_count;

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Slot> slots;
  std::size_t claimed = 0;  // next batch to prepare
  std::size_t handed = 0;   // next batch to hand out
  bool stopping = false;
  std::exception_ptr failure;
  std::vector<std::jthread> threads;  // declared last: joined before the other members are destroyed

  State(const SampleSource& from, std::uint32_t of_epoch, int size, std::size_t batches)
      : samples(from),
        epoch(of_epoch),
        batch_size(static_cast<std::size_t>(std::max(1, size))),
        batch_count(batches > 0 ? batches : from.batches_per_epoch(size)) {}

  ~State() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    changed.notify_all();
  }

  void prepare() {
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock, [&] { return stopping || claimed >= batch_count || claimed < handed + slots.size(); });
      if (stopping || claimed >= batch_count) return;
      const std::size_t index = claimed++;
      Slot& slot = slots[index % slots.size()];
      lock.unlock();
      try {
        fill(slot.batch, index);
      } catch (...) {
        lock.lock();
        if (!failure) failure = std::current_exception();
        stopping = true;
        changed.notify_all();
        return;
      }
      lock.lock();
      slot.ready = true;
      changed.notify_all();
    }
  }

  void fill(Batch& batch, std::size_t index) const {
    batch.count = static_cast<int>(batch_size);
    batch.values.resize(batch_size * samples.values_per_sample());
    batch.targets.resize(batch_size * samples.class_count());
    samples.fill(epoch, index * batch_size, batch_size, batch.values, batch.targets, 1);
  }
};

BatchStream::BatchStream(const SampleSource& samples, std::uint32_t epoch, int batch_size, int threads,
                         std::size_t batches)
    : state_(std::make_unique<State>(samples, epoch, batch_size, batches)) {
  const std::size_t count = static_cast<std::size_t>(std::max(1, threads));
  state_->slots.resize(count + 2);  // one in use, one waiting, one per thread
  for (std::size_t t = 0; t < count; ++t) state_->threads.emplace_back([state = state_.get()] { state->prepare(); });
}

BatchStream::~BatchStream() = default;

bool BatchStream::next(Batch& batch) {
  State& s = *state_;
  std::unique_lock lock(s.mutex);
  if (s.handed >= s.batch_count) return false;
  State::Slot& slot = s.slots[s.handed % s.slots.size()];
  s.changed.wait(lock, [&] { return slot.ready || s.failure; });
  if (s.failure) std::rethrow_exception(s.failure);
  std::swap(batch, slot.batch);
  slot.ready = false;
  ++s.handed;
  s.changed.notify_all();
  return true;
}

}  // namespace stapes
