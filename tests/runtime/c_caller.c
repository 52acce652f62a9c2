// SPDX-License-Identifier: Apache-2.0
#include "runtime/c_caller.h"

stapes_status score_window(const void* blob, size_t blob_bytes, void* memory, size_t memory_bytes, const int16_t* wave,
                           float* scores) {
  stapes_classifier* classifier;
  const stapes_status status = stapes_classifier_load(blob, blob_bytes, memory, memory_bytes, &classifier);
  if (status == STAPES_OK) stapes_run_pcm(classifier, wave, scores);
  return status;
}

stapes_status score_stream(const stapes_model* model, const void* blob, size_t blob_bytes, void* memory,
                           size_t memory_bytes, int hop_samples, const int16_t* samples, size_t count, float* scores,
                           int* windows) {
  stapes_stream* stream;
  const stapes_status status = model != NULL
                                   ? stapes_stream_load_for(model, memory, memory_bytes, hop_samples, &stream)
                                   : stapes_stream_load(blob, blob_bytes, memory, memory_bytes, hop_samples, &stream);
  *windows = 0;
  if (status != STAPES_OK) return status;
  while (count > 0) {
    int scored;
    const size_t taken = stapes_stream_push_pcm(stream, samples, count, scores, &scored);
    samples += taken;
    count -= taken;
    if (scored) {
      scores += stapes_stream_facts(stream).class_count;
      ++*windows;
    }
  }
  return STAPES_OK;
}

stapes_status detect_in_stream(const void* blob, size_t blob_bytes, void* memory, size_t memory_bytes, float threshold,
                               const int16_t* samples, size_t count, stapes_detection* found, int most,
                               int* found_count) {
  stapes_detector* detector;
  stapes_status status = stapes_detector_load(blob, blob_bytes, memory, memory_bytes, 0, 0, &detector);
  *found_count = 0;
  if (status == STAPES_OK) status = stapes_detector_set_threshold(detector, 0, threshold);
  while (status == STAPES_OK && count > 0) {
    stapes_detection detection;
    int detected;
    const size_t taken = stapes_detector_push_pcm(detector, samples, count, &detected, &detection);
    if (detected && *found_count < most) found[(*found_count)++] = detection;
    samples += taken;
    count -= taken;
  }
  return status;
}
