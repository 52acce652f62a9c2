// SPDX-License-Identifier: Apache-2.0
/* c_caller.h: the C API as a C program uses it, for the tests. */
#ifndef STAPES_TESTS_C_CALLER_H_
#define STAPES_TESTS_C_CALLER_H_

#include "stapes/stapes.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Scores one window, reading the blob in place. */
stapes_status score_window(const void* blob, size_t blob_bytes, void* memory, size_t memory_bytes, const int16_t* wave,
                           float* scores);

/* Scores of all windows in `count` samples, class_count for each; *windows: the number of windows. If `model` is NULL,
 * the blob is read in place. */
stapes_status score_stream(const stapes_model* model, const void* blob, size_t blob_bytes, void* memory,
                           size_t memory_bytes, int hop_samples, const int16_t* samples, size_t count, float* scores,
                           int* windows);

/* The first `most` detections, with the model's settings except for the threshold of class 0 and the gate's power
 * level. */
stapes_status detect_in_stream(const void* blob, size_t blob_bytes, void* memory, size_t memory_bytes, float threshold,
                               double gate_power, const int16_t* samples, size_t count, stapes_detection* found,
                               int most, int* found_count);

#ifdef __cplusplus
}
#endif

#endif
