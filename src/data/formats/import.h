// SPDX-License-Identifier: Apache-2.0
// import.h: folders of audio, images or features in the layouts people have them -> one data-set file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "audio/load_clip.h"
#include "base/feature_size.h"
#include "base/files.h"
#include "base/image_size.h"
#include "data/clip_kind.h"
#include "data/data_set_writer.h"
#include "data/formats/data_folder.h"

namespace stapes {

inline constexpr int kMaxFolds = 100, kUsualFolds = 5;

// What only a data set of plain folders needs to be told: it comes with neither folds nor sources.
struct FolderOptions {
  std::optional<int> folds = {};            // default: kUsualFolds, or fewer if no class has that many sources
  std::string source_pattern = {};          // regular expression; see match_sources() in source_rule.h
  std::filesystem::path source_table = {};  // CSV file; see look_up_sources() there. Neither: default_sources.h
};

// Recordings without events, of any length (formats/background.h).
struct BackgroundOptions {
  std::filesystem::path folder = {};  // empty: none
  double piece_seconds = 5;           // about what they are cut into
  std::string source_pattern = {};    // as FolderOptions::source_pattern
};

struct ImportOptions {
  int sample_rate_hz = 20000;   // of sound
  int image_side = 32;          // import_images: pixels, 1 to kMaxImageSide
  bool channels_first = false;  // import_features: arrays are [channels][height][width]
  int threads = 0;              // 0 = all
  std::uint64_t seed = 1;       // of the assignment of sources to folds, and of the clips that `limit` keeps
  std::size_t limit = 0;        // most clips of each class in each fold; the others are not even read; 0 = all
  Existing existing = Existing::kRefuse;
  bool strict = false;  // write nothing if anything had to be skipped
  FolderOptions folders = {};
  std::vector<std::string> unknown = {};  // classes that become one, kUnknownClass (formats/collapse_classes.h)
  std::vector<std::string> trims = {};    // DB or CLASS=DB: clips cut to their loud part (formats/trim_clips.h)
  BackgroundOptions background = {};
  Channel channel = {};    // of sound with more than one
  int window_samples = 0;  // of the network to be trained, to find clips that are too short; 0 = unknown
  std::function<void(std::size_t done, std::size_t total)> progress = {};  // called from one thread at a time
};

struct ImportReport {
  std::size_t clips = 0;
  std::vector<std::string> labels;
  std::vector<SkippedFile> skipped;     // what could not be read; the rest was imported
  std::vector<std::string> warnings;    // a doubtful file, a class with one clip, silence, ...
  std::vector<std::string> notes;       // how the folder was interpreted
  std::optional<ImageSize> image;       // nothing for sound and features
  std::optional<FeatureSize> features;  // nothing for sound and images
  std::string hash;  // empty: nothing was written, because files were skipped and options.strict is set
};

// ESC-50 (facts: arXiv:2103.03483, github karolpiczak/ESC-50): DIR/meta/esc50.csv and DIR/audio. A file listed as .wav
// may be there as .ogg, .flac or .mp3, and the other way round. Files that are absent or unreadable are skipped and
// reported. Throws Error naming the line when the manifest is broken (unknown fold or target, two names for a target, a
// name twice, an absolute path or one with ..), when nothing could be read, and when `out` cannot be written.
ImportReport import_esc50(const std::filesystem::path& dir, const std::filesystem::path& out,
                          const ImportOptions& options);

// UrbanSound8K (Salamon, Jacoby, Bello 2014, doi:10.1145/2647868.2655045): DIR/metadata/UrbanSound8K.csv and
// DIR/audio/fold1 ... fold10. Its ten folds; source = fsID, the recording a slice was cut from. Absent files and broken
// manifests as in import_esc50.
ImportReport import_urbansound8k(const std::filesystem::path& dir, const std::filesystem::path& out,
                                 const ImportOptions& options);

// ---- data sets with one published split: folds are kTestPart, kTrainingPart and kValidationPart of data_set.h, so
// that `--fold 1` tests on what was published as the test and trains on the rest. No other fold can be tested on.

// AudioEvent (Takahashi, Gygli, Pfister, Van Gool 2016, arXiv:1604.07160): DIR/train/CLASS/ and
// DIR/test/CLASS_NUMBER.*. Labels in the byte order of the class names, which the published subsets count. No recording
// is known, so each clip is its own source. A clip of test/ whose class train/ lacks is skipped and reported. Throws
// Error when either is missing.
ImportReport import_audioevent(const std::filesystem::path& dir, const std::filesystem::path& out,
                               const ImportOptions& options);

// Speech Commands (Warden 2018, arXiv:1804.03209): a folder per word, DIR/testing_list.txt and DIR/validation_list.txt;
// what neither lists is for training. _background_noise_ is no class. Source = speaker, the name before "_nohash_".
// Listed files that are absent are reported. Throws Error when a list is missing, or naming the line that is no
// WORD/FILE, or stands in the lists twice.
ImportReport import_speech_commands(const std::filesystem::path& dir, const std::filesystem::path& out,
                                    const ImportOptions& options);

// CIFAR-10 and CIFAR-100 (Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images"), the binary
// version: data_batch_1.bin ... data_batch_5.bin, test_batch.bin and batches.meta.txt; train.bin, test.bin and
// fine_label_names.txt. Labels in their published order, the fine ones of CIFAR-100. No origin of an image is known, so
// each is its own source. Throws Error naming the file when one is absent, and the record too where it is cut short or
// has a label that the data set does not have. Another number of images than was published is a warning.
ImportReport import_cifar10(const std::filesystem::path& dir, const std::filesystem::path& out,
                            const ImportOptions& options);
ImportReport import_cifar100(const std::filesystem::path& dir, const std::filesystem::path& out,
                             const ImportOptions& options);

// PNG and JPEG files (decode_image.h), scaled and cut to squares of image_side (fit_image.h), in the layouts of
// import_folders: formats images-split and images. Files of any other kind are skipped and reported. Throws Error like
// import_folders.
ImportReport import_images(const std::filesystem::path& dir, const std::filesystem::path& out,
                           const ImportOptions& options);

// Features: float32 arrays of NumPy (features/npy.h), either a file per clip in the layouts of import_folders (formats
// features-split and features), or all clips of DIR in arrays (format features-arrays): features.npy with a clip per
// row; labels.npy with their classes, from 0; perhaps folds.npy, from 1, and sources.npy; perhaps classes.txt with a
// name a line. Without folds.npy, folds are dealt as by import_folders. All clips have one shape, that of the first;
// clips of another shape or type, and those with a NaN or an infinity, are skipped and reported. Throws Error like
// import_folders, and for a broken array.
ImportReport import_features(const std::filesystem::path& dir, const std::filesystem::path& out,
                             const ImportOptions& options);

// ---- data sets without folds

// A folder per class, with labels in the order of the names and digits compared as numbers; files may be nested deeper.
// All clips of one source are in the same fold, and classes are spread evenly over the folds; the assignment depends
// only on names and seed. Class folders in train/ and test/ (split_folders.h) are a published split instead (format
// folders-split). Throws Error like import_esc50, for an incomplete split, and if no folds can be made.
ImportReport import_folders(const std::filesystem::path& dir, const std::filesystem::path& out,
                            const ImportOptions& options);

// ---- what importers are made of -------------------------------------------------------------------------------------

struct ClipPlan {
  ClipInfo info;
  std::filesystem::path file;
  std::size_t number = 0;  // of the clip in what the importer reads, where that is no file of its own
  // How far below its loudest frame a sound is cut off at both ends; nothing: it is not trimmed.
  std::optional<double> trim_db = {};
};

// What an importer found before any clip is decoded.
struct ImportPlan {
  std::string format;
  std::vector<std::string> labels;
  std::vector<ClipPlan> clips;
  std::vector<SkippedFile> skipped;
  bool keep_empty_labels = false;  // labels with no clip stay (their numbers mean something outside), else they go
  std::vector<std::string> warnings = {};
  std::vector<std::string> notes = {};
  std::string name_remedy = "rename its folder";  // remedy for an invalid label (class_names.h)
  std::optional<ImageSize> image = {};            // what each clip is; nothing for sound and features
  std::optional<FeatureSize> features = {};       // the same; nothing for sound and images

  InputKind kind() const { return kind_of(image, features); }
};

// Samples of a clip of the plan, as many as `image` says where they are images. Of features: the halves of the values
// (features/feature_values.h).
using ClipLoader = std::function<std::vector<std::int16_t>(const ClipPlan& clip)>;

// Checks the labels by the rule of class_names.h, loads in parallel all clips within the limit, and writes them in the
// order of the plan, so the file is the same for any number of threads. If `load` throws Error, that clip is skipped.
ImportReport write_data_set(ImportPlan plan, const ClipLoader& load, const std::filesystem::path& out,
                            const ImportOptions& options);

// Passes the samples of a clip to `sink` piece by piece.
using ClipStreamer = std::function<ClipNotes(const ClipPlan& clip, const SampleSink& sink)>;

// The same for clips of any length. Memory: kBytesAhead (import.cpp) for clips that wait for a slower one, and for each
// thread kDecodeBytes, about as much again for resampling, and SampleSpool::kSamplesInMemory.
ImportReport stream_data_set(ImportPlan plan, const ClipStreamer& stream, const std::filesystem::path& out,
                             const ImportOptions& options);

// The same with stream_clip() as the loader.
ImportReport decode_data_set(ImportPlan plan, const std::filesystem::path& out, const ImportOptions& options);

}  // namespace stapes
