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
