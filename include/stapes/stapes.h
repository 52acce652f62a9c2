// SPDX-License-Identifier: Apache-2.0
/* stapes.h: runs packed models on raw audio. C99, no heap, no I/O.
 *
 *   stapes_model       a packed model prepared for this processor's vector units
 *   stapes_classifier  scores single windows
 *   stapes_stream      scores sound as it arrives, window by window
 *   stapes_detector    detects classes in sound as it arrives
 * Small devices do not need a stapes_model: the other objects can read the packed model in place.
 *
 * The caller owns all memory. Each load function takes a block of memory; its _bytes function returns the exact size.
 * The block and the packed model ("blob") must be aligned to STAPES_ALIGN bytes. There is nothing to free: when done
 * with an object, reuse its memory.
 *
 * Blobs and models are read-only once loaded; threads may share them. Use any other object in only one thread at a
 * time. A blob or model must outlive the objects loaded from it. */
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
  STAPES_BAD_HOP,         /* the hop is not a multiple of the step; see stapes_nearest_hop_samples() */
  STAPES_BAD_SETTING      /* a setting of a detector is out of range, or the arena is too small for its mean */
} stapes_status;

/* Version of the running library, "major.minor.patch"; STAPES_VERSION_STRING: version of this header. */
const char* stapes_version(void);

/* One English sentence, in static storage. */
const char* stapes_status_text(stapes_status status);

typedef struct stapes_model stapes_model;
typedef struct stapes_classifier stapes_classifier;
typedef struct stapes_stream stapes_stream;
typedef struct stapes_detector stapes_detector;

/* Input and output of a model. */
typedef struct stapes_facts {
  int sample_rate_hz;
  int window_samples;
  int class_count;
} stapes_facts;

/* ---- Describing a packed model ----
 * Checks the blob as the load functions do. */
typedef enum stapes_input {
  STAPES_SOUND = 0,
  STAPES_IMAGES,  /* a pixel p of 0 to 255 is the 16-bit sample (p - 128) * 256 */
  STAPES_FEATURES /* values that another program computed */
} stapes_input;

typedef struct stapes_description {
  stapes_input input;
  int height, width, channels; /* of the input; sound: 1, window_samples, 1 */
  int int8_input;              /* 1: int8 input; real value = input_scale * (q - input_zero_point) */
  float input_scale;
  int input_zero_point;
  int sample_rate_hz; /* 0 unless the input is sound */
  int window_samples; /* values of one input */
  int class_count;
  int gives_probabilities;               /* 1: ends in softmax or logistic; 0: scores are logits */
  int step_samples;                      /* hops are multiples of this; 0: the model cannot be streamed */
  int64_t parameters, macs, binary_macs; /* macs: per input, including padding and binary_macs */
  size_t arena_bytes;                    /* working memory on a device that reads the model in place */
  const char* route;                     /* "fp32", "xnor" or "int8"; in the blob, like provenance */
  const char* provenance;                /* usually a JSON object; NULL: the model has none */
} stapes_description;

/* Why a blob was refused. */
typedef struct stapes_fault {
  const char* what; /* static storage; "" unless the status is STAPES_CORRUPT or STAPES_UNSUPPORTED */
  int layer;        /* -1: the fault is not in a single layer */
} stapes_fault;

/* On any error *description is all 0. `fault` may be NULL. */
stapes_status stapes_describe(const void* blob, size_t blob_bytes, stapes_description* description,
                              stapes_fault* fault);

/* ---- The model, with the fastest kernels of this processor ----
 * The size is 0 for an unreadable blob; load returns the reason. On error *model is NULL. The other objects follow the
 * same rules. */
size_t stapes_model_bytes(const void* blob, size_t blob_bytes);
stapes_status stapes_model_load(const void* blob, size_t blob_bytes, void* memory, size_t memory_bytes,
                                stapes_model** model);

/* ---- Single windows ----
 * The _for functions use a model; the others read a blob in place. Likewise for streams and detectors. */
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
 *           score wins
 * Integer models take a NaN in sound as 0. For float models and for features, values must be finite: a NaN may reach
 * the scores, or vanish in a max-pool. */
void stapes_run(stapes_classifier* classifier, const float* wave, float* scores);
void stapes_run_pcm(stapes_classifier* classifier, const int16_t* wave, float* scores);

/* The same for STAPES_FEATURES models; other models write no scores.
 *   features  [window_samples] int8 values of the input tensor, row by row, channels innermost
 * For STAPES_FEATURES models, stapes_run() takes real values of any magnitude. */
void stapes_run_features(stapes_classifier* classifier, const int8_t* features, float* scores);

/* ---- Streams ----
 * The first scores come after window_samples samples, the next ones every hop_samples after that. They are
 * bit-identical to the scores of stapes_run() on the last window_samples samples. Load returns STAPES_BAD_HOP unless
 * the hop is a multiple of stapes_step_samples(). */
size_t stapes_stream_bytes(const void* blob, size_t blob_bytes);
stapes_status stapes_stream_load(const void* blob, size_t blob_bytes, void* memory, size_t memory_bytes,
                                 int hop_samples, stapes_stream** stream);
size_t stapes_stream_bytes_for(const stapes_model* model);
stapes_status stapes_stream_load_for(const stapes_model* model, void* memory, size_t memory_bytes, int hop_samples,
                                     stapes_stream** stream);

/* 0: the model cannot be streamed. */
int stapes_step_samples(const void* blob, size_t blob_bytes);
int stapes_step_samples_for(const stapes_model* model);

/* The allowed hop nearest to wanted_samples. step_samples must not be 0. */
int stapes_nearest_hop_samples(int step_samples, int wanted_samples);

stapes_facts stapes_stream_facts(const stapes_stream* stream);
const char* stapes_stream_label(const stapes_stream* stream, int index);

/* Takes samples up to the end of the current window at most and returns how many; push the rest again. *scored: 1 if
 * the window is complete (its scores are then written), otherwise 0. */
size_t stapes_stream_push(stapes_stream* stream, const float* samples, size_t count, float* scores, int* scored);
size_t stapes_stream_push_pcm(stapes_stream* stream, const int16_t* samples, size_t count, float* scores, int* scored);

/* Discards everything pushed so far, for example after a gap. */
void stapes_stream_reset(stapes_stream* stream);

/* ---- Detections ----
 * After each window, a detector averages the probabilities of the last windows. It detects the class with the largest
 * mean among those that reach their threshold (docs/guides/listening.md). Load applies the model's settings, or
 * defaults. */

enum { STAPES_DETECTOR_MAX_WINDOWS = 255 }; /* in a mean */
#define STAPES_NEVER 2.0f                   /* as a threshold: the class is not detected */

typedef struct stapes_detector_settings {
  int average_windows;    /* 1 to the max_windows passed to load */
  int minimum_windows;    /* no detection before the mean covers this many; 1 to average_windows */
  int refractory_windows; /* no detection in this many windows after a detection */
  float hysteresis;       /* a class must fall this far below its threshold to be detected again; 0: none */
  int gate_class;         /* no detection while the mean of this class is below gate_threshold; -1: no gate */
  float gate_threshold;
  double gate_power; /* no detection below this mean square (full scale 1): 10^(dBFS / 10); 0: no gate */
} stapes_detector_settings;

typedef struct stapes_detection {
  int class_index;
  float score;         /* mean probability */
  uint64_t end_sample; /* end of the window: samples pushed since load or reset */
} stapes_detection;

/*   hop_samples  from one window to the next; 0: the model's, or about 100 ms if it stores none
 *   max_windows  upper limit of average_windows; 0: the length of the model's mean */
size_t stapes_detector_bytes(const void* blob, size_t blob_bytes, int hop_samples, int max_windows);
stapes_status stapes_detector_load(const void* blob, size_t blob_bytes, void* memory, size_t memory_bytes,
                                   int hop_samples, int max_windows, stapes_detector** detector);
size_t stapes_detector_bytes_for(const stapes_model* model, int hop_samples, int max_windows);
stapes_status stapes_detector_load_for(const stapes_model* model, void* memory, size_t memory_bytes, int hop_samples,
                                       int max_windows, stapes_detector** detector);

stapes_facts stapes_detector_facts(const stapes_detector* detector);
int stapes_detector_hop_samples(const stapes_detector* detector);
const char* stapes_detector_label(const stapes_detector* detector, int index);

/* stapes_detector_set() clears the means. If a value is out of range, it returns STAPES_BAD_SETTING and changes
 * nothing. */
stapes_detector_settings stapes_detector_get(const stapes_detector* detector);
stapes_status stapes_detector_set(stapes_detector* detector, const stapes_detector_settings* settings);

/* 0 to 1, or STAPES_NEVER; takes effect with the next window. Other values and indices: STAPES_BAD_SETTING. */
float stapes_detector_threshold(const stapes_detector* detector, int index);
stapes_status stapes_detector_set_threshold(stapes_detector* detector, int index, float threshold);

/* Takes samples up to the end of the current window at most and returns how many; push the rest again. *detected: 1 if
 * a class is detected (*detection is then written), otherwise 0. */
size_t stapes_detector_push(stapes_detector* detector, const float* samples, size_t count, int* detected,
                            stapes_detection* detection);
size_t stapes_detector_push_pcm(stapes_detector* detector, const int16_t* samples, size_t count, int* detected,
                                stapes_detection* detection);

/* Mean probability of a class over the last windows; 0 before the first. */
float stapes_detector_mean(const stapes_detector* detector, int index);

void stapes_detector_reset(stapes_detector* detector);

#ifdef __cplusplus
}
#endif

#endif /* STAPES_STAPES_H_ */
