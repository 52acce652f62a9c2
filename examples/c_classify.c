// SPDX-License-Identifier: Apache-2.0
/* c_classify.c: classifies the first window of a file of raw 16-bit PCM (mono, at the model's rate), from C.
 * Usage: c_classify MODEL.stapes SOUND.pcm */
#include <limits.h>
#include <stapes/stapes.h>
#include <stdio.h>
#include <stdlib.h>

/* Memory aligned to STAPES_ALIGN. */
static void* aligned(size_t bytes) { return aligned_alloc(STAPES_ALIGN, (bytes / STAPES_ALIGN + 1) * STAPES_ALIGN); }

/* The whole file in aligned memory; NULL if it cannot be read. */
static void* read_file(const char* path, size_t* bytes) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) return NULL;
  void* data = NULL;
  if (fseek(file, 0, SEEK_END) == 0) {
    const long length = ftell(file); /* undefined for a folder */
    if (length >= 0 && length < LONG_MAX) data = aligned(*bytes = (size_t)length);
    rewind(file);
    if (data != NULL && fread(data, 1, *bytes, file) != *bytes) {
      free(data);
      data = NULL;
    }
  }
  fclose(file);
  return data;
}

static int fail(const char* path, const char* why) {
  fprintf(stderr, "c_classify: %s: %s\n", path, why);
  return 1;
}

int main(int count, char** arguments) {
  if (count != 3) return fail("usage", "c_classify MODEL.stapes SOUND.pcm");
  size_t blob_bytes, sound_bytes;
  void* blob = read_file(arguments[1], &blob_bytes);
  int16_t* sound = read_file(arguments[2], &sound_bytes);
  if (blob == NULL || sound == NULL) return fail(blob == NULL ? arguments[1] : arguments[2], "cannot be read");

  const size_t memory_bytes = stapes_classifier_bytes(blob, blob_bytes);
  void* memory = aligned(memory_bytes);
  if (memory == NULL) return fail(arguments[1], "not enough memory");
  stapes_classifier* classifier;
  const stapes_status status = stapes_classifier_load(blob, blob_bytes, memory, memory_bytes, &classifier);
  if (status != STAPES_OK) return fail(arguments[1], stapes_status_text(status));
  const stapes_facts facts = stapes_classifier_facts(classifier);
  if (sound_bytes < 2 * (size_t)facts.window_samples) return fail(arguments[2], "shorter than a window");

  float* scores = malloc(sizeof(float) * (size_t)facts.class_count);
  if (scores == NULL) return fail(arguments[1], "not enough memory");
  stapes_run_pcm(classifier, sound, scores);
  int best = 0;
  for (int label = 1; label < facts.class_count; ++label) {
    if (scores[label] > scores[best]) best = label;
  }
  printf("%s\n", stapes_classifier_label(classifier, best));
  free(scores);
  free(memory);
  free(sound);
  free(blob);
  return 0;
}
