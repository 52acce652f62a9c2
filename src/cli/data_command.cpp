// SPDX-License-Identifier: Apache-2.0
// stapes data import | keywords | info | unpack
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "cli/channel_option.h"
#include "cli/command.h"
#include "cli/import/import_notices.h"
#include "cli/progress.h"
#include "data/data_set.h"
#include "data/formats/import.h"
#include "data/formats/keywords.h"
#include "data/formats/layout.h"
#include "data/formats/split_folders.h"
#include "data/survey.h"
#include "data/unpack.h"
#include "graph/networks.h"

namespace stapes::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

InputKind kind_of(const std::string& format) {
  if (format == "features") return InputKind::kFeatures;
  return format == "cifar10" || format == "cifar100" || format == "images" ? InputKind::kImage : InputKind::kSound;
}

struct ImportArguments {
  std::string format;
  fs::path from, out;
  ImportOptions options;
  KeywordOptions keywords;
};

// The progress bar starts once the number of clips is known.
ImportReport with_progress(const char* label, const Common& common, ImportArguments& arguments,
                           const std::function<ImportReport()>& work) {
  std::optional<Progress> bar;
  const char* unit = kind_of(arguments.format) == InputKind::kImage ? "images" : "clips";
  arguments.options.existing = common.existing();
  arguments.options.progress = [&](std::size_t done, std::size_t total) {
    if (!bar) bar.emplace(label, total, !common.quiet && !common.json, unit);
    bar->update(done);
  };
  return work();
}

template <class Size>
json size_json(const Size& size) {
  return {{"height", size.height}, {"width", size.width}, {"channels", size.channels}};
}

// "32 x 32 pixels in color"
std::string image_text(const ImageSize& size) {
  return fmt::format("{} x {} pixels in {}", size.width, size.height, size.channels == 1 ? "gray" : "color");
}

json to_json(const ImportReport& report, const ImportArguments& arguments, double seconds) {
  json skipped = json::array();
  for (const SkippedFile& file : report.skipped) skipped.push_back({{"file", file.name}, {"reason", file.reason}});
  json object = {{"file", arguments.out.string()},
                 {"clips", report.clips},
                 {"labels", report.labels},
                 {"skipped", skipped},
                 {"warnings", report.warnings},
                 {"notes", report.notes},
                 {"written", !report.hash.empty()},
                 {"hash", report.hash},
                 {"seconds", seconds}};
  if (report.image) {
    object["image"] = size_json(*report.image);
  } else if (report.features) {
    object["features"] = size_json(*report.features);
  } else {
    object["sample_rate_hz"] = arguments.options.sample_rate_hz;
  }
  return object;
}

void print_report(const ImportReport& report, const ImportArguments& arguments, const Common& common, double seconds) {
  if (common.json) return print_json(to_json(report, arguments, seconds));
  print_import_notices(report, common);
  if (report.hash.empty()) return;
  const std::size_t classes = report.labels.size();
  const std::string what =
      report.image ? fmt::format("{} images of {} classes, {},", report.clips, classes, image_text(*report.image))
      : report.features
          ? fmt::format("{} clips of {} classes, features of {},", report.clips, classes, to_text(*report.features))
          : fmt::format("{} clips of {} classes at {} Hz", report.clips, classes, arguments.options.sample_rate_hz);
  print_out("{}: {} in {:.1f} s, {} file{} skipped, data hash {}\n", printable(arguments.out.string()), what, seconds,
            report.skipped.size(), report.skipped.size() == 1 ? "" : "s", report.hash);
}

void run_timed(const char* label, ImportArguments& arguments, const Common& common,
               const std::function<ImportReport()>& work) {
  const auto started = std::chrono::steady_clock::now();
  const ImportReport report = with_progress(label, common, arguments, work);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
  print_report(report, arguments, common, took.count());
  if (report.hash.empty()) {
    throw Error("{} was not written: files or folders were skipped ({} in all); fix them or leave out --strict",
                arguments.out.string(), report.skipped.size());
  }
}

constexpr const char* kSoundHeading = "Sound";

// Returns the option that applies only to sound.
CLI::Option* add_output_options(CLI::App& command, ImportArguments& arguments, const std::shared_ptr<Common>& common) {
  command.add_option("-o,--output", arguments.out, "Data-set file to write")->required()->type_name("DATA");
  CLI::Option* rate =
      command.add_option("--sample-rate", arguments.options.sample_rate_hz, "Sample rate of sound, in Hz")
          ->check(CLI::Range(1000, 1'000'000))
          ->capture_default_str()
          ->group(kSoundHeading);
  add_threads(command, arguments.options.threads, "Files to decode at once");
  add_force(command, common);
  return rate;
}

// Options that do not apply to published data sets, which define folds and sources.
std::vector<CLI::Option*> add_folder_options(CLI::App& command, FolderOptions& folders) {
  const Heading heading(command, "Folds (for data in one folder per class)");
  CLI::Option* pattern = command.add_option(
      "--source-pattern", folders.source_pattern,
      "Regular expression for file names; its first group identifies the recording a clip was cut from");
  CLI::Option* table = command.add_option("--sources", folders.source_table,
                                          "CSV table with the columns `file` (CLASS/NAME) and `source`");
  CLI::Option* count =
      command
          .add_option(
              "--folds", folders.folds,
              fmt::format("Number of folds (default {}, or fewer if no class has that many sources)", kUsualFolds))
          ->check(CLI::Range(2, kMaxFolds));
  table->excludes(pattern)->type_name("CSV");
  return {pattern, table, count};
}

CLI::Option* add_trim(CLI::App& command, ImportOptions& options) {
  return command
      .add_option("--trim", options.trims,
                  "Trim all clips, or the clips of one class, to the part within DB of their loudest 30 ms; repeatable")
      ->allow_extra_args(false)
      ->type_name("[CLASS=]DB")
      ->group(kSoundHeading);
}

// Returns the options that apply only to sound.
std::vector<CLI::Option*> add_open_set_options(CLI::App& command, ImportOptions& options) {
  const Heading heading(command, "Sounds outside the classes");
  command.add_option("--unknown", options.unknown, "Classes to merge into one class 'unknown'; repeatable")
      ->allow_extra_args(false)
      ->type_name("CLASS,...");
  BackgroundOptions& background = options.background;
  CLI::Option* folder = command.add_option("--background", background.folder,
                                           "Folder of recordings without events, to cut into pieces of class "
                                           "'background'; all pieces of a recording go into one fold");
  CLI::Option* pattern =
      command.add_option("--background-source-pattern", background.source_pattern,
                         "Regular expression for file names; its first group identifies the recording");
  CLI::Option* piece =
      command.add_option("--background-piece", background.piece_seconds, "Length of the pieces, in seconds")
          ->check(CLI::Range(0.1, 3600.0))
          ->capture_default_str();
  folder->type_name("DIR");
  pattern->needs(folder);
  piece->needs(folder);
  return {folder, pattern, piece};
}

void refuse_pointless_options(const ImportArguments& arguments, const std::vector<CLI::Option*>& for_folders,
                              const std::vector<CLI::Option*>& for_sound, const CLI::Option* for_images,
                              const CLI::Option* for_features) {
  const std::string& format = arguments.format;
  const InputKind kind = kind_of(format);
  const bool plain = format == "folders" || format == "images" || format == "features";
  for (const CLI::Option* option : for_folders) {
    if (option->count() == 0) continue;
    const bool split = plain && !split_parts(arguments.from).empty();
    if (plain && !split) continue;
    throw UsageError("{} is for data in one folder per class without published folds; {} has published folds",
                     option->get_name(), split ? "a folder with train/ and test/" : format);
  }
  for (const CLI::Option* option : for_sound) {
    if (option->count() == 0 || kind == InputKind::kSound) continue;
    throw UsageError("{} is for sound; the format {} is for {}", option->get_name(), format, plural_of(kind));
  }
  if (for_images->count() > 0 && format != "images") {
    throw UsageError("{} is for the format images; the format {} has {}", for_images->get_name(), format,
                     kind == InputKind::kImage ? "images of one size" : plural_of(kind));
  }
  if (for_features->count() > 0 && kind != InputKind::kFeatures) {
    throw UsageError("{} is for the format features; the format {} is for {}", for_features->get_name(), format,
                     plural_of(kind));
  }
}

void add_import(CLI::App& data) {
  const auto common = std::make_shared<Common>();
  const auto arguments = std::make_shared<ImportArguments>();
  CLI::App* command = add_command(data, "import", "Import labeled audio, image or feature files into one data-set file",
                                  "stapes data import esc50 ESC-50 -o esc50.data\n"
                                  "  stapes data import cifar10 cifar-10-batches-bin -o cifar10.data\n"
                                  "  stapes data import images PICTURES --size 32 --limit 500 -o pictures.data\n"
                                  "  stapes data import features SPECTROGRAMS -o spectrograms.data",
                                  common);
  command
      ->add_option("FORMAT", arguments->format,
                   "Layout of the files; for folders (sound), images and features: one folder per class, directly or "
                   "inside train/, test/ and optionally val/; features are float32 .npy files, or features.npy with "
                   "labels.npy")
      ->required()
      ->check(CLI::IsMember(importers()));
  command->add_option("DIR", arguments->from, "Folder to import")->required();
  std::vector<CLI::Option*> for_sound = {add_output_options(*command, *arguments, common),
                                         add_channel(*command, arguments->options.channel)->group(kSoundHeading),
                                         add_trim(*command, arguments->options)};
  for (CLI::Option* option : add_open_set_options(*command, arguments->options)) for_sound.push_back(option);
  const CLI::Option* for_images =
      command
          ->add_option("--size", arguments->options.image_side, "Images: side length to scale and crop to, in pixels")
          ->check(CLI::Range(1, kMaxImageSide))
          ->capture_default_str();
  const CLI::Option* for_features =
      command->add_flag("--channels-first", arguments->options.channels_first,
                        "Features: read arrays in the order channels, height, width, as in PyTorch");
  command
      ->add_option("--limit", arguments->options.limit,
                   "Maximum number of clips per class in each fold or part, drawn with --seed (default all)")
      ->check(CLI::Range(1, 1'000'000'000));
  command->add_flag("--strict", arguments->options.strict, "Write nothing if any file or folder has to be skipped");
  const std::vector<CLI::Option*> for_folders = add_folder_options(*command, arguments->options.folders);
  command->callback([common, arguments, for_folders, for_sound, for_images, for_features] {
    refuse_pointless_options(*arguments, for_folders, for_sound, for_images, for_features);
    arguments->options.seed = common->seed;
    arguments->options.window_samples = usual_window_samples(arguments->options.sample_rate_hz);
    run_timed("importing", *arguments, *common,
              [&] { return importers().at(arguments->format)(arguments->from, arguments->out, arguments->options); });
  });
}

void add_keywords(CLI::App& data) {
  const auto common = std::make_shared<Common>();
  const auto arguments = std::make_shared<ImportArguments>();
  arguments->options.sample_rate_hz = kKeywordRateHz;
  CLI::App* command = add_command(data, "keywords", "Render the built-in data set: words spoken by espeak-ng",
                                  "stapes data keywords -o keywords.data --classes 10", common);
  add_output_options(*command, *arguments, common);
  command->add_option("--classes", arguments->keywords.classes, "Number of words")
      ->check(CLI::Range(2, max_keyword_classes()))
      ->capture_default_str();
  command->add_option("--limit-voices", arguments->keywords.voices, "Number of voices")
      ->check(CLI::Range(1, max_keyword_voices()))
      ->capture_default_str();
  command->callback([common, arguments] {
    arguments->keywords.seed = common->seed;
    run_timed("speaking", *arguments, *common,
              [&] { return render_keywords(arguments->keywords, arguments->out, arguments->options); });
  });
}

json to_json(const Survey& survey) {
  json classes = json::array(), folds = json::array();
  const auto add = [&](json& list, json object, double seconds) {
    if (survey.kind == InputKind::kSound) object["seconds"] = seconds;
    list.push_back(std::move(object));
  };
  for (const ClassSurvey& c : survey.classes) {
    add(classes, {{"label", c.label}, {"clips", c.clips}, {"per_fold", c.clips_per_fold}}, c.seconds);
  }
  for (const FoldSurvey& f : survey.folds) {
    add(folds, {{"fold", f.fold}, {"clips", f.clips}, {"sources", f.sources}}, f.seconds);
  }
  json object = {{"format", survey.format},
                 {"clips", survey.clips},
                 {"sources", survey.sources},
                 {"sources_in_two_folds", survey.straddling_sources},
                 {"published_split", survey.published_split},
                 {"hash", survey.hash},
                 {"classes", classes},
                 {"folds", folds},
                 {"warnings", survey.warnings}};
  if (survey.image) {
    object["image"] = size_json(*survey.image);
  } else if (survey.features) {
    object["features"] = size_json(*survey.features);
  } else {
    object["sample_rate_hz"] = survey.sample_rate_hz;
    object["seconds"] = survey.seconds;
    object["clipped_share"] = survey.clipped_share;
  }
  return object;
}

// A column heading.
std::string fold_name(const Survey& survey, int fold) {
  if (!survey.published_split) return fmt::format("fold{}", fold);
  return fold == kTestPart ? "test" : fold == kTrainingPart ? "train" : "valid";
}

void print_sources(const Survey& survey) {
  print_out("\n{} sources, {} in more than one fold; per fold:", survey.sources,
            survey.straddling_sources.empty() ? "none" : fmt::to_string(survey.straddling_sources.size()));
  const char* separator = "";
  for (const FoldSurvey& f : survey.folds) {
    print_out("{} {} {}", separator, fold_name(survey, f.fold), f.sources);
    separator = ",";
  }
  print_out("\n");
  if (survey.published_split) print_out("published split: --fold {} tests on the test part\n", kTestPart);
}

void print_survey(const Survey& survey) {
  const std::string what =
      survey.image      ? fmt::format("{} images of {}", survey.clips, image_text(*survey.image))
      : survey.features ? fmt::format("{} clips, features of {}", survey.clips, to_text(*survey.features))
                        : fmt::format("{} clips, {:.1f} s, {} Hz", survey.clips, survey.seconds, survey.sample_rate_hz);
  print_out("{}, format {}, data hash {}\n\n", what, survey.format, survey.hash);
  std::size_t widest = 5;
  for (const ClassSurvey& c : survey.classes) widest = std::max(widest, printable(c.label).size());
  const bool sound = survey.kind == InputKind::kSound;
  print_out("{:>5}  {:<{}}  {} ", "label", "class", widest,
            survey.image ? "images"
            : sound      ? " clips  seconds"
                         : " clips");
  for (const FoldSurvey& f : survey.folds) print_out(" {:>6}", fold_name(survey, f.fold));
  print_out("\n");
  for (std::size_t i = 0; i < survey.classes.size(); ++i) {
    const ClassSurvey& c = survey.classes[i];
    print_out("{:>5}  {:<{}}  {:>6} ", i, printable(c.label), widest, c.clips);
    if (sound) print_out(" {:>7.1f} ", c.seconds);
    for (const std::size_t n : c.clips_per_fold) print_out(" {:>6}", n);
    print_out("\n");
  }
  print_sources(survey);
  for (const std::string& warning : survey.warnings) print_notice("warning", warning);
}

void add_info(CLI::App& data) {
  const auto common = std::make_shared<Common>();
  const auto path = std::make_shared<fs::path>();
  CLI::App* command = add_command(
      data, "info", "Count clips or images per class and fold; warn about leaks, duplicates, silence and clipping",
      "stapes data info esc50.data", common);
  command->add_option("DATA", *path, "Data-set file")->required();
  command->callback([common, path] {
    const DataSet data(*path);
    const Survey survey =
        survey_data_set(data, 0, data.kind() != InputKind::kSound ? 0 : usual_window_samples(data.sample_rate_hz()));
    if (common->json) {
      print_json(to_json(survey));
    } else {
      print_survey(survey);
    }
  });
}

void add_unpack(CLI::App& data) {
  struct Arguments {
    fs::path data, out;
    int fold = 0;
  };
  const auto common = std::make_shared<Common>();
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      add_command(data, "unpack", "Write the clips of a data set as WAV files, with a list of classes and folds",
                  "stapes data unpack keywords.data -o words", common);
  command->add_option("DATA", arguments->data, "Data-set file")->required();
  command->add_option("-o,--output", arguments->out, "Folder to write the clips to")->required()->type_name("DIR");
  command->add_option("--fold", arguments->fold, "Fold to write (default all)")->check(CLI::Range(1, kMaxFolds));
  add_force(*command, common);
  command->callback([common, arguments] {
    const DataSet data(arguments->data);
    const std::size_t clips = unpack_data_set(data, arguments->fold, arguments->out, common->existing());
    if (common->json) {
      print_json({{"folder", arguments->out.string()}, {"clips", clips}});
    } else if (!common->quiet) {
      print_out("{}: {} clips, listed in {}\n", printable(arguments->out.string()), clips, kUnpackedListName);
    }
  });
}

}  // namespace

void add_data_commands(CLI::App& app) {
  app.require_subcommand(1);
  add_import(app);
  add_keywords(app);
  add_info(app);
  add_unpack(app);
}

}  // namespace stapes::cli
