// SPDX-License-Identifier: Apache-2.0
// import.h: imports folders of audio, images or features into one data-set file.
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

struct FolderOptions {
  std::optional<int> folds = {};            // default: kUsualFolds, or fewer if every class has fewer sources
  std::string source_pattern = {};          // regular expression for match_sources() (source_rule.h)
  std::filesystem::path source_table = {};  // CSV file for look_up_sources(). If neither is set: default_sources.h
};

// Recordings without events, of any length (formats/background.h).
struct BackgroundOptions {
  std::filesystem::path folder = {};  // empty: none
  double piece_seconds = 5;           // approximate length of a piece
  std::string source_pattern = {};    // like FolderOptions::source_pattern
};

struct ImportOptions {
  int sample_rate_hz = 20000;   // sound only
  int image_side = 32;          // import_images: pixels, 1 to kMaxImageSide
  bool channels_first = false;  // import_features: arrays are [channels][height][width]
  int threads = 0;              // 0 = all
  std::uint64_t seed = 1;       // assigns folds and chooses the clips kept by `limit`
  std::size_t limit = 0;        // maximum clips per class and fold; others are not read; 0 = all
  Existing existing = Existing::kRefuse;
  bool strict = false;  // write nothing if anything had to be skipped
  FolderOptions folders = {};
  std::vector<std::string> unknown = {};  // merged into kUnknownClass (formats/collapse_classes.h)
  std::vector<std::string> trims = {};    // DB or CLASS=DB (formats/trim_clips.h)
  BackgroundOptions background = {};
  Channel channel = {};    // to read if the sound has several
  int window_samples = 0;  // window of the network to train, for finding short clips; 0 = unknown
  std::function<void(std::size_t done, std::size_t total)> progress = {};  // called from one thread at a time
};

struct ImportReport {
  std::size_t clips = 0;
  std::vector<std::string> labels;
  std::vector<SkippedFile> skipped;     // unreadable; the rest was imported
  std::vector<std::string> warnings;    // a suspect file, a class with one clip, ...
  std::vector<std::string> notes;       // how the folder was interpreted
  std::optional<ImageSize> image;       // empty for sound and features
  std::optional<FeatureSize> features;  // empty for sound and images
  std::string hash;  // empty: nothing was written, since files were skipped and options.strict is set
};

// ESC-50 (Piczak 2015, github.com/karolpiczak/ESC-50): DIR/meta/esc50.csv and DIR/audio, read by plan_from_manifest().
// Skips and reports missing or unreadable files. Throws Error for a broken manifest (naming the line), if no clip could
// be read, or if `out` cannot be written.
ImportReport import_esc50(const std::filesystem::path& dir, const std::filesystem::path& out,
                          const ImportOptions& options);

// UrbanSound8K (Salamon, Jacoby, Bello 2014, doi:10.1145/2647868.2655045): DIR/metadata/UrbanSound8K.csv and
// DIR/audio/fold1 ... fold10. Keeps the ten folds; source = fsID, the recording of a slice. Errors as in import_esc50.
ImportReport import_urbansound8k(const std::filesystem::path& dir, const std::filesystem::path& out,
                                 const ImportOptions& options);

// ---- data sets with one published split: folds are kTestPart, kTrainingPart and kValidationPart (data_set.h). Only
// kTestPart can be the test fold.

// AudioEvent (arXiv:1604.07160): DIR/train/CLASS/ and DIR/test/CLASS_NUMBER.*. Labels are the class names in byte
// order, as the published subsets require. Each clip is its own source. Skips and reports test clips of classes missing
// from train/. Throws Error if either folder is missing.
ImportReport import_audioevent(const std::filesystem::path& dir, const std::filesystem::path& out,
                               const ImportOptions& options);

// Speech Commands (arXiv:1804.03209): a folder per word, DIR/testing_list.txt and DIR/validation_list.txt; all other
// clips are for training. Skips _background_noise_. Source = speaker, the name before "_nohash_". Reports listed files
// that are missing. Throws Error for a missing list and for a malformed or duplicate line.
ImportReport import_speech_commands(const std::filesystem::path& dir, const std::filesystem::path& out,
                                    const ImportOptions& options);

// CIFAR-10 and CIFAR-100 (Krizhevsky 2009), binary version, with the fine labels in the published order. Each image is
// its own source. Warns if the number of images differs from the published one. Throws Error naming a missing file, a
// truncated record or an unknown label.
ImportReport import_cifar10(const std::filesystem::path& dir, const std::filesystem::path& out,
                            const ImportOptions& options);
ImportReport import_cifar100(const std::filesystem::path& dir, const std::filesystem::path& out,
                             const ImportOptions& options);

// PNG and JPEG files (decode_image.h), scaled and cropped to squares of image_side (fit_image.h), in the layouts of
// import_folders: formats images-split and images. Skips and reports other kinds of files. Throws Error like
// import_folders.
ImportReport import_images(const std::filesystem::path& dir, const std::filesystem::path& out,
                           const ImportOptions& options);

// Features in NumPy float32 arrays (features/npy.h): either one file per clip in the layouts of import_folders (formats
// features and features-split), or one clip per row (format features-arrays) in features.npy, with labels.npy (0, 1,
// ...) and optionally folds.npy (1, 2, ...), sources.npy and classes.txt (one name per line). Skips and reports clips
// of another type or shape, or with a NaN or an infinity. Throws Error like import_folders, and for a broken array.
ImportReport import_features(const std::filesystem::path& dir, const std::filesystem::path& out,
                             const ImportOptions& options);

// ---- data sets without folds

// A folder per class, with files at any depth. Labels are sorted by name, with digits compared as numbers.
// assign_folds() (folders.h) assigns folds. train/ and test/ with class folders are a published split (split_folders.h;
// format folders-split). Throws Error like import_esc50, for an incomplete split, and if no folds can be made.
ImportReport import_folders(const std::filesystem::path& dir, const std::filesystem::path& out,
                            const ImportOptions& options);

// ---- building blocks of importers

struct ClipPlan {
  ClipInfo info;
  std::filesystem::path file;
  std::size_t number = 0;  // position of the clip in `file` if it holds several
  // Trim a sound at both ends to the first frame within this many dB of the loudest; empty: no trimming.
  std::optional<double> trim_db = {};
};

struct ImportPlan {
  std::string format;
  std::vector<std::string> labels;
  std::vector<ClipPlan> clips;
  std::vector<SkippedFile> skipped;
  bool keep_empty_labels = false;  // published subsets use label numbers
  std::vector<std::string> warnings = {};
  std::vector<std::string> notes = {};
  std::string name_remedy = "rename its folder";  // for an invalid label (class_names.h)
  std::optional<ImageSize> image = {};            // empty for sound and features
  std::optional<FeatureSize> features = {};       // empty for sound and images

  InputKind kind() const { return kind_of(image, features); }
};

// Returns all samples of a planned clip; for features, two samples per value (features/feature_values.h).
using ClipLoader = std::function<std::vector<std::int16_t>(const ClipPlan& clip)>;

// Checks the labels (class_names.h), loads clips in parallel and writes them in plan order, so the file does not depend
// on the number of threads. Skips a clip if `load` throws Error.
ImportReport write_data_set(ImportPlan plan, const ClipLoader& load, const std::filesystem::path& out,
                            const ImportOptions& options);

// Passes a clip's samples to `sink` piece by piece.
using ClipStreamer = std::function<ClipNotes(const ClipPlan& clip, const SampleSink& sink)>;

// Like write_data_set(), for clips of any length. Memory: kBytesAhead (import.cpp) for finished clips, and per thread
// about 2 * kDecodeBytes and SampleSpool::kSamplesInMemory.
ImportReport stream_data_set(ImportPlan plan, const ClipStreamer& stream, const std::filesystem::path& out,
                             const ImportOptions& options);

// Like stream_data_set(), reading clips with stream_clip().
ImportReport decode_data_set(ImportPlan plan, const std::filesystem::path& out, const ImportOptions& options);

}  // namespace stapes
