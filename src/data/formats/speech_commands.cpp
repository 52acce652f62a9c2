// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "data/data_set.h"
#include "data/formats/data_folder.h"
#include "data/formats/import.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

constexpr const char* kNoiseFolder = "_background_noise_";  // minutes of noise for mixing, not a word

constexpr const char *kTestingList = "testing_list.txt", *kValidationList = "validation_list.txt";

// "0a7c2a8d_nohash_1.wav" -> "0a7c2a8d". A file with another name is its own source.
std::string speaker_of(const fs::path& file, const std::string& clip_name) {
  const std::string stem = file.stem().string();
  const std::size_t end = stem.find("_nohash_");
  return end == std::string::npos || end == 0 ? clip_name : stem.substr(0, end);
}

// The lists have one WORD/FILE line per clip. Unlisted clips are for training.
class PublishedParts {
 public:
  explicit PublishedParts(const fs::path& dir) {
    read(dir / kTestingList, kTestPart);
    read(dir / kValidationList, kValidationPart);
  }

  int part_of(const std::string& clip_name) {
    const auto found = listed_.find(clip_name);
    if (found == listed_.end()) return kTrainingPart;
    found->second.is_there = true;
    return found->second.part;
  }

  // Listed files that were never looked up.
  std::vector<SkippedFile> absent() const {
    std::vector<SkippedFile> files;
    for (const auto& [name, entry] : listed_) {
      if (!entry.is_there) files.push_back({name, fmt::format("{}: {} does not exist", entry.where, name)});
    }
    return files;
  }

 private:
  struct Entry {
    int part;
    std::string where;  // "testing_list.txt line 3"
    bool is_there = false;
  };

  void read(const fs::path& list, int part) {
    std::istringstream text(read_text_file(list));
    std::string line;
    bool empty = true;
    for (int number = 1; std::getline(text, line); ++number) {
      if (line.ends_with('\r')) line.pop_back();
      if (line.empty()) continue;
      empty = false;
      const std::string where = fmt::format("{} line {}", list.string(), number);
      if (!stays_inside(line) || line.find('/') == std::string::npos || line.find('\0') != std::string::npos) {
        throw Error("{}: \"{}\" is not a clip of this data set; expected WORD/FILE", where, line);
      }
      const auto [before, is_new] = listed_.try_emplace(line, Entry{part, where});
      if (!is_new) throw Error("{}: \"{}\" was already listed in {}", where, line, before->second.where);
    }
    if (empty) throw Error("{} lists no clips; expected one WORD/FILE per line", list.string());
  }

  std::map<std::string, Entry> listed_;
};

struct WordsLayout {
  fs::path words, lists;
};

// Finds the lists in `dir`, `dir`/train or the only folder in `dir`. Some copies have the word folders in audio/
// instead of next to the lists. `dir` may be audio/ itself.
WordsLayout find_words(const fs::path& dir) {
  std::vector<fs::path> roots = roots_of(dir);
  roots.push_back(dir / "train");
  const fs::path whole = fs::absolute(dir / "").parent_path();
  if (whole.filename() == "audio") roots.push_back(whole.parent_path());
  for (const fs::path& root : roots) {
    if (!is_there(root / kTestingList) && !is_there(root / kValidationList)) continue;
    const fs::path audio = root / "audio";
    return {is_folder(audio) && !class_folders(audio).empty() ? audio : root, root};
  }
  if (!is_folder(dir)) throw Error("{} is not a folder; expected one folder per word in it", dir.string());
  throw Error(
      "{} is not Speech Commands: looked in it and in train/ for {} and {}, with a folder per word next to them "
      "or in audio/; found {}",
      dir.string(), kTestingList, kValidationList, contents_of(dir));
}

ImportPlan plan_words(const WordsLayout& layout) {
  const fs::path& dir = layout.words;
  ImportPlan plan;
  const std::vector<fs::path> folders = class_folders(dir, plan.skipped);
  PublishedParts parts(layout.lists);
  plan.format = "speech-commands";
  for (const fs::path& folder : folders) {
    if (folder.filename() == kNoiseFolder) continue;
    const int label = static_cast<int>(plan.labels.size());
    plan.labels.push_back(folder.filename().string());
    for (const fs::path& file : files_below(folder, plan.skipped)) {
      const std::string name = file.lexically_relative(dir).generic_string();
      plan.clips.push_back(
          {.info = {.name = name, .source = speaker_of(file, name), .label = label, .fold = parts.part_of(name)},
           .file = file});
    }
  }
  if (plan.clips.empty()) throw Error("{} holds no files in folders; expected one folder per word in it", dir.string());
  for (SkippedFile& file : parts.absent()) plan.skipped.push_back(std::move(file));
  return plan;
}

}  // namespace

ImportReport import_speech_commands(const fs::path& dir, const fs::path& out, const ImportOptions& options) {
  refuse_existing(out, options.existing);
  return decode_data_set(plan_words(find_words(dir)), out, options);
}

}  // namespace stapes
