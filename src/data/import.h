// import.h: folders of audio in the layouts people have them -> one data-set file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/files.h"
#include "data/data_set_writer.h"

namespace stapes {

struct ImportOptions {
  int sample_rate_hz = 20000;
  int threads = 0;  // 0 = all
  Existing existing = Existing::kRefuse;
  std::string source_pattern = {};                                         // folders only; see SourceRule in folders.h
  std::function<void(std::size_t done, std::size_t total)> progress = {};  // called from one thread at a time
};

struct SkippedFile {
  std::string name;
  std::string reason;
};

struct ImportReport {
  std::size_t clips = 0;
  std::vector<std::string> labels;
  std::vector<SkippedFile> skipped;   // what could not be read; the rest was imported
  std::vector<std::string> warnings;  // a class with one clip, silence, ...
  std::string hash;
};

// ESC-50 (facts: arXiv:2103.03483, github karolpiczak/ESC-50): DIR/meta/esc50.csv and DIR/audio. A file listed as .wav
// may be there as .ogg, .flac or .mp3, and the other way round. Files that are absent or unreadable are skipped and
// reported. Throws Error naming the line when the manifest is broken (unknown fold or target, two names for a target, a
// name twice, an absolute path or one with ..), when nothing could be read, and when `out` cannot be written.
ImportReport import_esc50(const std::filesystem::path& dir, const std::filesystem::path& out,
                          const ImportOptions& options);

// A folder per class, labels in the byte order of their names; files may lie deeper. Five folds, stratified per class,
// all clips of one source in the same fold; the assignment depends on the names alone. Throws Error like import_esc50.
ImportReport import_folders(const std::filesystem::path& dir, const std::filesystem::path& out,
                            const ImportOptions& options);

// ---- what importers are made of -------------------------------------------------------------------------------------

struct ClipPlan {
  ClipInfo info;
  std::filesystem::path file;
};

// What an importer found before any clip is decoded.
struct ImportPlan {
  std::string format;
  std::vector<std::string> labels;
  std::vector<ClipPlan> clips;
  std::vector<SkippedFile> skipped;
  bool keep_empty_labels = false;  // labels with no clip stay (their numbers mean something outside), else they go
};

// Samples of clip number `index` of the plan.
using ClipLoader = std::function<std::vector<std::int16_t>(const ClipPlan& clip, std::size_t index)>;

// Loads all clips in parallel and writes them in the order of the plan: the file is the same for any number of threads.
// An Error of `load` skips that clip.
ImportReport write_data_set(ImportPlan plan, const ClipLoader& load, const std::filesystem::path& out,
                            const ImportOptions& options);

}  // namespace stapes
