// SPDX-License-Identifier: Apache-2.0
/* stapes.h: runs packed models on raw audio, for C (C99) and whatever calls C. No heap, no I/O.
 *
 * Three objects: a stapes_model is a packed model made ready for this processor's vector units, a stapes_classifier
 * scores single windows, a stapes_stream scores windows of sound that comes in. A small device needs no stapes_model:
 * the other two read the packed model in place.
 *
 * Memory is the caller's. Each object lives at the beginning of a block whose size a function beside its load function
 * tells, exactly: with one byte less, load refuses. Such blocks, and the packed model itself ("blob"), lie at addresses
 * that are multiples of STAPES_ALIGN. To be done with an object, reuse its memory: there is nothing to free.
 *
 * Blobs and models are only read once they are loaded: any number of threads may share them. A classifier or a stream
 * is for one thread at a time. Blob and model must outlive what is loaded from them. */
#ifndef STAPES_STAPES_H_
#define STAPES_STAPES_H_

#include <stddef.h>
#include <stdint.h>

#include "stapes/version.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { STAPES_ALIGN = 64 };

typedef enum stapes_status {
  STAPES_OK = 0,
  STAPES_NOT_A_MODEL,     /* wrong magic, or fewer bytes than the header promises */
  STAPES_TOO_NEW,         /* written by a later format version */
  STAPES_TOO_OLD,         /* written by a format version that is no longer read; pack the model again */
  STAPES_CORRUPT,         /* checksum mismatch, or a structure the verifier refuses */
  STAPES_UNSUPPORTED,     /* something this build cannot run, or a blob that is not aligned */
  STAPES_ARENA_TOO_SMALL, /* the memory is too small or not aligned */
  STAPES_BAD_HOP          /* the hop is not a multiple of the step; see stapes_nearest_hop_samples() */
} stapes_status;

/* The version of the library that runs, as "major.minor.patch"; STAPES_VERSION_STRING is that of this header. */
const char* stapes_version(void);

/* One sentence in English, static storage. */
const char* stapes_status_text(stapes_status status);

typedef struct stapes_model stapes_model;
typedef struct stapes_classifier stapes_classifier;
typedef struct stapes_stream stapes_stream;

/* What a model takes and gives. */
typedef struct stapes_facts {
  int sample_rate_hz;
  int window_samples;
  int class_count;
} stapes_facts;

/* ---- The model, with the fastest kernels of this processor ----
 * The size is 0 for an unreadable blob; load then names the reason. On any error *model is NULL; likewise below. */
size_t stapes_model_bytes(const void* blob, size_t blob_bytes);
stapes_status stapes_model_load(const void* blob, size_t blob_bytes, void* memory, size_t memory_bytes,
                                stapes_model** model);

/* ---- Single windows ----
 * From a blob in place, or from a model. */
size_t stapes_classifier_bytes(const void* blob, size_t blob_bytes);
stapes_status stapes_classifier_load(const void* blob, size_t blob_bytes, void* memory, size_t memory_bytes,
                                     stapes_classifier** classifier);
size_t stapes_classifier_bytes_for(const stapes_model* model);
stapes_status stapes_classifier_load_for(const stapes_model* model, void* memory, size_t memory_bytes,
                                         stapes_classifier** classifier);

stapes_facts stapes_classifier_facts(const stapes_classifier* classifier);

/* Name of a class, 0 <= index < class_count; belongs to the blob. */
const char* stapes_classifier_label(const stapes_classifier* classifier, int index);

/* Scores one window.
 *   wave    [window_samples] mono, oldest first, at sample_rate_hz; full scale [-1, 1], or 16-bit PCM
 *   scores  [class_count] logits, or probabilities if the model ends in softmax or logistic; the largest
 *           is the answer */
void stapes_run(stapes_classifier* classifier, const float* wave, float* scores);
void stapes_run_pcm(stapes_classifier* classifier, const int16_t* wave, float* scores);

/* ---- Streams ----
 * The first scores come with the last sample of the first window, the next every hop_samples after that: the same bits
 * as stapes_run() on the last window_samples. Hops are multiples of the step, 10 ms of samples: STAPES_BAD_HOP for
 * others. */
size_t stapes_stream_bytes(const void* blob, size_t blob_bytes);
stapes_status stapes_stream_load(const void* blob, size_t blob_bytes, void* memory, size_t memory_bytes,
                                 int hop_samples, stapes_stream** stream);
size_t stapes_stream_bytes_for(const stapes_model* model);
stapes_status stapes_stream_load_for(const stapes_model* model, void* memory, size_t memory_bytes, int hop_samples,
                                     stapes_stream** stream);

/* 0: the model cannot be streamed. */
int stapes_step_samples(const void* blob, size_t blob_bytes);
int stapes_step_samples_for(const stapes_model* model);

/* The hop nearest to the wanted one that is allowed with this step, which must not be 0. */
int stapes_nearest_hop_samples(int step_samples, int wanted_samples);

stapes_facts stapes_stream_facts(const stapes_stream* stream);
const char* stapes_stream_label(const stapes_stream* stream, int index);

/* Takes samples up to the end of the current window at most, and returns how many; push the rest again. *scored is 1
 * where that window is complete and its scores are written, else 0. */
size_t stapes_stream_push(stapes_stream* stream, const float* samples, size_t count, float* scores, int* scored);
size_t stapes_stream_push_pcm(stapes_stream* stream, const int16_t* samples, size_t count, float* scores, int* scored);

/* Forgets what was pushed, as after a gap in the recording. */
void stapes_stream_reset(stapes_stream* stream);

#ifdef __cplusplus
}
#endif

#endif /* STAPES_STAPES_H_ */
