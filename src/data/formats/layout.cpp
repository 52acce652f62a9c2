// SPDX-License-Identifier: Apache-2.0
#include "data/formats/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "audio/decode.h"
#include "base/error.h"
#include "base/text.h"
#include "data/formats/data_folder.h"
#include "data/formats/source_rule.h"
#include "data/formats/split_folders.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMaxProbed = 40;  // files opened

struct KnownLayout {
  const char* format;
  std::vector<const char*> marks;  // any of these files identifies the format
};

const std::vector<KnownLayout>& known_layouts() {
  static const std::vector<KnownLayout> all = {
      {"esc50", {"meta/esc50.csv", "esc50.csv"}},
      {"urbansound8k", {"metadata/UrbanSound8K.csv", "UrbanSound8K.csv"}},
      {"speech-commands", {"testing_list.txt", "validation_list.txt"}},
      {"cifar10", {"data_batch_1.bin"}},
      {"cifar100", {"fine_label_names.txt"}},
  };
  return all;
}

// The rate of a sound file; empty for other files.
std::optional<int> rate_of(const fs::path& file) {
  try {
    return AudioReader(file).sample_rate_hz();
  } catch (const Error&) {
    return std::nullopt;
  }
}

// Up to kMaxProbed of the files, evenly spaced.
std::vector<fs::path> some_of(const std::vector<fs::path>& files) {
  std::vector<fs::path> some;
  const std::size_t count = std::min(files.size(), kMaxProbed);
  for (std::size_t i = 0; i < count; ++i) some.push_back(files[i * files.size() / count]);
  return some;
}

std::vector<int> rates_of(const std::vector<fs::path>& files) {
  std::vector<int> rates;
  for (const fs::path& file : some_of(files)) {
    if (const auto rate = rate_of(file)) rates.push_back(*rate);
  }
  std::ranges::sort(rates);
  return rates;
}

void suggest_rate(const std::vector<int>& rates, Layout& layout) {
  layout.file_rate_hz = rates[rates.size() / 2];
  layout.sample_rate_hz = layout.file_rate_hz >= 20000 ? 20000 : layout.file_rate_hz >= 16000 ? 16000 : 8000;
}

std::optional<Layout> published_layout(const fs::path& dir) {
  for (const fs::path& root : roots_of(dir)) {
    for (const KnownLayout& known : known_layouts()) {
      for (const char* mark : known.marks) {
        if (!is_there(root / mark)) continue;
        Layout layout{.format = known.format, .root = root};
        layout.images = layout.format.starts_with("cifar");
        return layout;
      }
    }
  }
  return std::nullopt;
}

// A folder per class in train/, and all test clips directly in test/.
bool is_audioevent(const fs::path& dir) {
  if (!is_folder(dir / "train") || !is_folder(dir / "test") || class_folders(dir / "train").empty()) return false;
  return class_folders(dir / "test").empty();
}

// ---- one folder per class

struct ClassFiles {
  std::string name;
  std::vector<fs::path> sounds, pictures;
};

// Classifies files by name; if no name is conclusive, by the content of some files.
ClassFiles files_of(const fs::path& folder) {
  ClassFiles files{.name = folder.filename().string(), .sounds = {}, .pictures = {}};
  std::vector<SkippedFile> skipped;
  std::vector<fs::path> others;
  for (const fs::path& file : files_below(folder, skipped)) {
    (is_picture(file) ? files.pictures : is_recording(file) ? files.sounds : others).push_back(file);
  }
  if (files.sounds.empty() && files.pictures.empty() && !rates_of(others).empty()) files.sounds = others;
  return files;
}

std::vector<ClassFiles> classes_in(const fs::path& dir) {
  std::vector<ClassFiles> classes;
  for (const fs::path& folder : class_folders(dir)) {
    ClassFiles files = files_of(folder);
    if (!files.sounds.empty() || !files.pictures.empty()) classes.push_back(std::move(files));
  }
  return classes;
}

[[noreturn]] void refuse_without_classes(const fs::path& dir) {
  std::vector<SkippedFile> skipped;
  for (const fs::path& file : some_of(files_below(dir, skipped))) {
    if (!is_picture(file) && !rate_of(file)) continue;
    throw Error("{} has no class folders, only files ({}); expected one folder per class; sort the files into folders",
                dir.string(), contents_of(dir));
  }
  throw Error(
      "neither sound nor images: {} holds {}; expected one folder per class, with WAV, FLAC, Ogg, MP3, PNG or "
      "JPEG files in it",
      dir.string(), contents_of(dir));
}

void refuse_one_class(const fs::path& dir, const std::vector<ClassFiles>& classes) {
  if (classes.size() > 1) return;
  throw Error(
      "only one class: {} has files only in {}/; a classifier needs two or more; add a folder with other sounds or "
      "images",
      dir.string(), classes.front().name);
}

std::vector<std::string> parts_of_name(const std::string& stem) {
  std::vector<std::string> parts(1);
  for (const char c : stem) {
    if (c == '_' || c == '-') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

// The parts of all file names at one position.
struct NamePart {
  std::map<std::string, std::set<std::size_t>> classes_of;
  std::map<std::string, std::size_t> clips_of;
  std::size_t clips = 0, digits = 0, class_names = 0;
};

// True for a part that is not a number, not the class, not constant, and in several classes.
bool names_a_source(const NamePart& part) {
  if (part.classes_of.size() < 2 || part.digits * 2 > part.clips || part.class_names * 2 > part.clips) return false;
  std::size_t shared = 0, most = 0;
  for (const auto& [value, classes] : part.classes_of) {
    if (classes.size() > 1) shared += part.clips_of.at(value);
    most = std::max(most, part.clips_of.at(value));
  }
  return shared * 10 >= part.clips * 9 && most * 4 <= part.clips * 3;
}

void suggest_sources(const std::vector<ClassFiles>& classes, Layout& layout) {
  std::vector<std::pair<std::string, std::vector<std::string>>> stems;
  for (const ClassFiles& one : classes) {
    stems.emplace_back(one.name, std::vector<std::string>());
    for (const fs::path& file : layout.images ? one.pictures : one.sounds)
      stems.back().second.push_back(file.stem().string());
  }
  layout.source_pattern = recurring_part_pattern(stems);
  if (layout.source_pattern.empty()) return;
  layout.source_part = match_sources(layout.source_pattern, {stems.front().second.front()}).front().value_or("");
}

Layout class_layout(const fs::path& dir) {
  std::vector<ClassFiles> classes;
  const std::vector<PartFolder> parts = split_parts(dir);
  for (const PartFolder& part : parts) {
    for (ClassFiles& one : classes_in(part.path)) {
      const auto same = std::ranges::find(classes, one.name, &ClassFiles::name);
      if (same == classes.end()) {
        classes.push_back(std::move(one));
        continue;
      }
      same->sounds.insert(same->sounds.end(), one.sounds.begin(), one.sounds.end());
      same->pictures.insert(same->pictures.end(), one.pictures.begin(), one.pictures.end());
    }
  }
  if (parts.empty()) classes = classes_in(dir);
  if (classes.empty()) refuse_without_classes(dir);
  refuse_one_class(dir, classes);
  std::vector<fs::path> sounds;
  std::size_t pictures = 0;
  for (const ClassFiles& one : classes) {
    sounds.insert(sounds.end(), one.sounds.begin(), one.sounds.end());
    pictures += one.pictures.size();
  }
  Layout layout{.format = pictures > sounds.size() ? "images" : "folders", .root = dir};
  layout.images = pictures > sounds.size();
  if (parts.empty()) suggest_sources(classes, layout);
  if (layout.images) return layout;
  const std::vector<int> rates = rates_of(sounds);
  if (rates.empty()) {
    throw Error("no file in {} can be read as sound; the first one tried is {}", dir.string(), sounds.front().string());
  }
  suggest_rate(rates, layout);
  return layout;
}

// Unpacking an archive into its own folder adds a level.
fs::path class_root(const fs::path& dir) {
  const auto only = only_folder_in(dir);
  return only && !class_folders(*only).empty() ? *only : dir;
}

}  // namespace

const std::map<std::string, Importer>& importers() {
  static const std::map<std::string, Importer> known = {
      {"esc50", import_esc50},           {"urbansound8k", import_urbansound8k},
      {"audioevent", import_audioevent}, {"speech-commands", import_speech_commands},
      {"folders", import_folders},       {"cifar10", import_cifar10},
      {"cifar100", import_cifar100},     {"images", import_images},
      {"features", import_features},
  };
  return known;
}

std::string recurring_part_pattern(const std::vector<std::pair<std::string, std::vector<std::string>>>& stems) {
  std::vector<NamePart> parts;
  std::size_t count = std::string::npos;  // the smallest number of parts in a name
  for (std::size_t label = 0; label < stems.size(); ++label) {
    for (const std::string& stem : stems[label].second) {
      const std::vector<std::string> texts = parts_of_name(stem);
      count = std::min(count, texts.size());
      parts.resize(std::max(parts.size(), texts.size()));
      for (std::size_t i = 0; i < texts.size(); ++i) {
        const bool is_number =
            !texts[i].empty() && std::ranges::all_of(texts[i], [](unsigned char c) { return std::isdigit(c) != 0; });
        parts[i].classes_of[texts[i]].insert(label);
        ++parts[i].clips_of[texts[i]];
        ++parts[i].clips;
        parts[i].digits += is_number;
        parts[i].class_names += texts[i] == stems[label].first;
      }
    }
  }
  for (std::size_t i = 0; i < std::min(count, parts.size()); ++i) {
    if (count < 2 || !names_a_source(parts[i])) continue;
    return i == 0 ? "^([^_-]+)" : fmt::format("^(?:[^_-]*[_-]){{{}}}([^_.-]+)", i);
  }
  return "";
}

Layout recognize_layout(const fs::path& dir) {
  if (!is_folder(dir)) throw Error("{} is not a folder; expected one folder per class in it", dir.string());
  std::optional<Layout> layout = published_layout(dir);
  for (const fs::path& root : roots_of(dir)) {
    if (!layout && is_audioevent(root)) layout = Layout{.format = "audioevent", .root = root};
  }
  if (!layout) return class_layout(class_root(dir));
  if (layout->images) return *layout;
  std::vector<SkippedFile> skipped;
  std::vector<fs::path> sounds = files_below(layout->root, skipped);
  std::erase_if(sounds, [](const fs::path& file) { return !is_recording(file); });
  const std::vector<int> rates = rates_of(sounds);
  if (rates.empty()) {
    throw Error("{} looks like {}, but none of its recordings can be read; it holds {}", dir.string(), layout->format,
                contents_of(layout->root));
  }
  suggest_rate(rates, *layout);
  return *layout;
}

ImportReport import_layout(const Layout& layout, const fs::path& out, ImportOptions options) {
  if (!layout.images) options.sample_rate_hz = layout.sample_rate_hz;
  options.folders.source_pattern = layout.source_pattern;
  return importers().at(layout.format)(layout.root, out, options);
}

}  // namespace stapes
