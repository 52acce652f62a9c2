// SPDX-License-Identifier: Apache-2.0
// The C API: each C++ object lives at the start of a block owned by the caller.
#include <cstddef>
#include <new>
#include <span>
#include <type_traits>

#include "stapes/classifier.h"
#include "stapes/detector.h"
#include "stapes/prepared_model.h"
#include "stapes/stapes.h"
#include "stapes/stream.h"

struct stapes_model {
  stapes::PreparedModel it;
};
struct stapes_classifier {
  stapes::Classifier it;
};
struct stapes_stream {
  stapes::StreamClassifier it;
};
struct stapes_detector {
  stapes::Detector it;
};

namespace {

using stapes::Status;

static_assert(STAPES_ALIGN == stapes::Classifier::kArenaAlign && STAPES_ALIGN == stapes::PreparedModel::kAlign);
static_assert(STAPES_OK == int(Status::kOk) && STAPES_NOT_A_MODEL == int(Status::kNotAModel) &&
              STAPES_TOO_NEW == int(Status::kTooNew) && STAPES_TOO_OLD == int(Status::kTooOld) &&
              STAPES_CORRUPT == int(Status::kCorrupt) && STAPES_UNSUPPORTED == int(Status::kUnsupported) &&
              STAPES_ARENA_TOO_SMALL == int(Status::kArenaTooSmall) && STAPES_BAD_HOP == int(Status::kBadHop) &&
              STAPES_BAD_SETTING == int(Status::kBadSetting));

std::span<const std::byte> bytes_of(const void* blob, std::size_t bytes) {
  return {static_cast<const std::byte*>(blob), bytes};
}

// Rounded up so that the rest of the block is aligned.
template <class Object>
constexpr std::size_t kObjectBytes = (sizeof(Object) + STAPES_ALIGN - 1) / STAPES_ALIGN* STAPES_ALIGN;

// The size of a block with `rest_bytes` after the object; 0 stays 0.
template <class Object>
std::size_t block_bytes(std::size_t rest_bytes) {
  return rest_bytes == 0 ? 0 : kObjectBytes<Object> + rest_bytes;
}

// Constructs an object in `memory` and calls load(object.it, rest).
template <class Object, class Load>
stapes_status make(void* memory, std::size_t memory_bytes, Object** made, const Load& load) {
  static_assert(std::is_trivially_destructible_v<Object>);
  *made = nullptr;
  const bool fits =
      memory_bytes >= kObjectBytes<Object> && reinterpret_cast<std::uintptr_t>(memory) % STAPES_ALIGN == 0;
  if (!fits) {  // report other errors first
    Object probe;
    const Status status = load(probe.it, std::span<std::byte>());
    return stapes_status(status == Status::kOk ? Status::kArenaTooSmall : status);
  }
  Object* object = ::new (memory) Object;
  const Status status =
      load(object->it, std::span(static_cast<std::byte*>(memory), memory_bytes).subspan(kObjectBytes<Object>));
  if (status == Status::kOk) *made = object;
  return stapes_status(status);
}

template <class Classifier>
stapes_facts facts_of(const Classifier& it) {
  return {it.sample_rate_hz(), it.window_samples(), it.class_count()};
}

template <class Classifier>
std::span<float> scores_of(const Classifier& it, float* scores) {
  return {scores, static_cast<std::size_t>(it.class_count())};
}

template <class Sample>
std::span<const Sample> window_of(const stapes_classifier& classifier, const Sample* wave) {
  return {wave, static_cast<std::size_t>(classifier.it.window_samples())};
}

std::size_t answer(const stapes::StreamClassifier::Pushed& pushed, int* scored) {
  *scored = pushed.scored ? 1 : 0;
  return pushed.taken;
}

stapes::Detector::Size size_of(int hop_samples, int max_windows) {
  return {.hop_samples = hop_samples, .max_windows = max_windows};
}

std::size_t answer(const stapes::Detector::Pushed& pushed, const stapes::Detection& found, int* detected,
                   stapes_detection* detection) {
  *detected = pushed.detected ? 1 : 0;
  if (pushed.detected) *detection = {found.class_index, found.score, found.end_sample};
  return pushed.taken;
}

}  // namespace

const char* stapes_version() { return STAPES_VERSION_STRING; }

const char* stapes_status_text(stapes_status status) { return stapes::to_string(Status(status)); }

// A readable blob may need no memory besides the object.
size_t stapes_model_bytes(const void* blob, size_t blob_bytes) {
  const auto bytes = bytes_of(blob, blob_bytes);
  if (stapes::Classifier::arena_bytes(bytes) == 0) return 0;
  return kObjectBytes<stapes_model> + stapes::PreparedModel::memory_bytes(bytes);
}
stapes_status stapes_model_load(const void* blob, size_t blob_bytes, void* memory, size_t memory_bytes,
                                stapes_model** model) {
  return make(memory, memory_bytes, model,
              [&](auto& it, auto rest) { return it.load(bytes_of(blob, blob_bytes), rest); });
}

size_t stapes_classifier_bytes(const void* blob, size_t blob_bytes) {
  return block_bytes<stapes_classifier>(stapes::Classifier::arena_bytes(bytes_of(blob, blob_bytes)));
}
stapes_status stapes_classifier_load(const void* blob, size_t blob_bytes, void* memory, size_t memory_bytes,
                                     stapes_classifier** classifier) {
  return make(memory, memory_bytes, classifier,
              [&](auto& it, auto rest) { return it.load(bytes_of(blob, blob_bytes), rest); });
}
size_t stapes_classifier_bytes_for(const stapes_model* model) {
  return block_bytes<stapes_classifier>(model->it.arena_bytes());
}
stapes_status stapes_classifier_load_for(const stapes_model* model, void* memory, size_t memory_bytes,
                                         stapes_classifier** classifier) {
  return make(memory, memory_bytes, classifier, [&](auto& it, auto rest) { return it.load(model->it, rest); });
}

stapes_facts stapes_classifier_facts(const stapes_classifier* classifier) { return facts_of(classifier->it); }

// Labels are null-terminated FlatBuffers strings.
const char* stapes_classifier_label(const stapes_classifier* classifier, int index) {
  return classifier->it.label(index).data();
}

void stapes_run(stapes_classifier* classifier, const float* wave, float* scores) {
  classifier->it.run(window_of(*classifier, wave), scores_of(classifier->it, scores));
}
void stapes_run_pcm(stapes_classifier* classifier, const int16_t* wave, float* scores) {
  classifier->it.run_pcm(window_of(*classifier, wave), scores_of(classifier->it, scores));
}
void stapes_run_features(stapes_classifier* classifier, const int8_t* features, float* scores) {
  classifier->it.run_features(window_of(*classifier, features), scores_of(classifier->it, scores));
}

size_t stapes_stream_bytes(const void* blob, size_t blob_bytes) {
  return block_bytes<stapes_stream>(stapes::StreamClassifier::arena_bytes(bytes_of(blob, blob_bytes)));
}
stapes_status stapes_stream_load(const void* blob, size_t blob_bytes, void* memory, size_t memory_bytes,
                                 int hop_samples, stapes_stream** stream) {
  return make(memory, memory_bytes, stream,
              [&](auto& it, auto rest) { return it.load(bytes_of(blob, blob_bytes), rest, hop_samples); });
}
size_t stapes_stream_bytes_for(const stapes_model* model) {
  return block_bytes<stapes_stream>(stapes::StreamClassifier::arena_bytes(model->it));
}
stapes_status stapes_stream_load_for(const stapes_model* model, void* memory, size_t memory_bytes, int hop_samples,
                                     stapes_stream** stream) {
  return make(memory, memory_bytes, stream, [&](auto& it, auto rest) { return it.load(model->it, rest, hop_samples); });
}

int stapes_step_samples(const void* blob, size_t blob_bytes) {
  return stapes::StreamClassifier::step_samples(bytes_of(blob, blob_bytes));
}
int stapes_step_samples_for(const stapes_model* model) { return stapes::StreamClassifier::step_samples(model->it); }
int stapes_nearest_hop_samples(int step_samples, int wanted_samples) {
  return stapes::StreamClassifier::nearest_hop_samples(step_samples, wanted_samples);
}

stapes_facts stapes_stream_facts(const stapes_stream* stream) { return facts_of(stream->it); }
const char* stapes_stream_label(const stapes_stream* stream, int index) { return stream->it.label(index).data(); }

size_t stapes_stream_push(stapes_stream* stream, const float* samples, size_t count, float* scores, int* scored) {
  return answer(stream->it.push({samples, count}, scores_of(stream->it, scores)), scored);
}
size_t stapes_stream_push_pcm(stapes_stream* stream, const int16_t* samples, size_t count, float* scores, int* scored) {
  return answer(stream->it.push_pcm({samples, count}, scores_of(stream->it, scores)), scored);
}

void stapes_stream_reset(stapes_stream* stream) { stream->it.reset(); }

size_t stapes_detector_bytes(const void* blob, size_t blob_bytes, int hop_samples, int max_windows) {
  return block_bytes<stapes_detector>(
      stapes::Detector::arena_bytes(bytes_of(blob, blob_bytes), size_of(hop_samples, max_windows)));
}
stapes_status stapes_detector_load(const void* blob, size_t blob_bytes, void* memory, size_t memory_bytes,
                                   int hop_samples, int max_windows, stapes_detector** detector) {
  return make(memory, memory_bytes, detector, [&](auto& it, auto rest) {
    return it.load(bytes_of(blob, blob_bytes), rest, size_of(hop_samples, max_windows));
  });
}
size_t stapes_detector_bytes_for(const stapes_model* model, int hop_samples, int max_windows) {
  return block_bytes<stapes_detector>(stapes::Detector::arena_bytes(model->it, size_of(hop_samples, max_windows)));
}
stapes_status stapes_detector_load_for(const stapes_model* model, void* memory, size_t memory_bytes, int hop_samples,
                                       int max_windows, stapes_detector** detector) {
  return make(memory, memory_bytes, detector,
              [&](auto& it, auto rest) { return it.load(model->it, rest, size_of(hop_samples, max_windows)); });
}

stapes_facts stapes_detector_facts(const stapes_detector* detector) { return facts_of(detector->it); }
int stapes_detector_hop_samples(const stapes_detector* detector) { return detector->it.hop_samples(); }
const char* stapes_detector_label(const stapes_detector* detector, int index) {
  return detector->it.label(index).data();
}

stapes_detector_settings stapes_detector_get(const stapes_detector* detector) {
  const stapes::DetectorSettings s = detector->it.settings();
  return {s.average_windows, s.minimum_windows, s.refractory_windows, s.hysteresis,
          s.gate_class,      s.gate_threshold,  s.gate_power};
}
stapes_status stapes_detector_set(stapes_detector* detector, const stapes_detector_settings* settings) {
  return stapes_status(detector->it.set({.average_windows = settings->average_windows,
                                         .minimum_windows = settings->minimum_windows,
                                         .refractory_windows = settings->refractory_windows,
                                         .hysteresis = settings->hysteresis,
                                         .gate_class = settings->gate_class,
                                         .gate_threshold = settings->gate_threshold,
                                         .gate_power = settings->gate_power}));
}
float stapes_detector_threshold(const stapes_detector* detector, int index) { return detector->it.threshold(index); }
stapes_status stapes_detector_set_threshold(stapes_detector* detector, int index, float threshold) {
  return stapes_status(detector->it.set_threshold(index, threshold));
}

size_t stapes_detector_push(stapes_detector* detector, const float* samples, size_t count, int* detected,
                            stapes_detection* detection) {
  stapes::Detection found;
  return answer(detector->it.push({samples, count}, found), found, detected, detection);
}
size_t stapes_detector_push_pcm(stapes_detector* detector, const int16_t* samples, size_t count, int* detected,
                                stapes_detection* detection) {
  stapes::Detection found;
  return answer(detector->it.push_pcm({samples, count}, found), found, detected, detection);
}

float stapes_detector_mean(const stapes_detector* detector, int index) { return detector->it.mean(index); }
void stapes_detector_reset(stapes_detector* detector) { detector->it.reset(); }
