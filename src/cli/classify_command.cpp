// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "audio/load_clip.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/channel_option.h"
#include "cli/command.h"
#include "cli/isa_option.h"
#include "data/sound_warnings.h"
#include "evaluate/evaluation.h"
#include "evaluate/packed_evaluation.h"
#include "runtime/host_classifier.h"

namespace stapes::cli {
namespace {

struct ClassifyOptions {
  std::filesystem::path model;
  std::vector<std::filesystem::path> files;
  std::size_t top = 1;
  std::optional<Isa> isa;
  Channel channel;
};

struct Answer {
  std::vector<double> probabilities;
  std::vector<std::string> warnings;  // with the file name
};

std::vector<std::string> doubts(const std::string& file, const LoadedClip& clip, int sample_rate_hz) {
  std::vector<std::string> warnings = clip.notes.warnings;
  LevelMeter meter;
  meter.add(clip.samples);
  SoundWarnings sound(sample_rate_hz, 0, 1);
  sound.add(file, 0, meter.levels(), clip.notes);
  sound.append_to(warnings, {""});
  return warnings;
}

// Class probabilities of a file: the mean over 10 crops.
Answer classify_file(HostClassifier& classifier, const std::filesystem::path& file, Channel channel) {
  const int sample_rate_hz = classifier.model().sample_rate_hz();
  const LoadedClip clip = load_clip_with_notes(file, sample_rate_hz, channel);
  return {clip_probabilities(classifier, ClipView{.samples = clip.samples}, Protocol::kTenCrops),
          doubts(file.string(), clip, sample_rate_hz)};
}

// Class indices, most probable first; ties in class order, like Evaluation::add().
std::vector<std::size_t> ranked(const std::vector<double>& probabilities) {
  std::vector<std::size_t> order(probabilities.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return probabilities[a] > probabilities[b]; });
  return order;
}

nlohmann::json to_json(const std::string& file, const Answer& answer, const std::vector<std::string>& labels,
                       std::size_t top) {
  const std::vector<double>& probabilities = answer.probabilities;
  const auto order = ranked(probabilities);
  nlohmann::json json = {{"file", file}, {"label", labels[order[0]]}, {"probability", probabilities[order[0]]}};
  for (std::size_t i = 0; top > 1 && i < std::min(top, order.size()); ++i) {
    json["top"].push_back({{"label", labels[order[i]]}, {"probability", probabilities[order[i]]}});
  }
  if (!answer.warnings.empty()) json["warnings"] = answer.warnings;
  return json;
}

void print_text(const std::string& file, const std::vector<double>& probabilities,
                const std::vector<std::string>& labels, std::size_t top) {
  const auto order = ranked(probabilities);
  print_out("{}:", printable(file));
  for (std::size_t i = 0; i < std::min(top, order.size()); ++i)
    print_out(" {} {:.3f}", printable(labels[order[i]]), probabilities[order[i]]);
  print_out("\n");
}

void classify(const ClassifyOptions& options, const Common& common) {
  HostClassifier classifier(std::make_shared<const HostModel>(options.model, options.isa));
  if (const InputKind input = input_kind(classifier.model()); input != InputKind::kSound) {
    throw Error("{} takes {}; expected an audio model", classifier.file().name(), plural_of(input));
  }
  std::vector<std::string> labels;
  for (const auto* label : *classifier.model().labels()) labels.push_back(label->str());
  nlohmann::json results = nlohmann::json::array();
  bool failed = false;
  for (const auto& file : options.files) {
    try {
      const Answer answer = classify_file(classifier, file, options.channel);
      if (common.json) {
        results.push_back(to_json(file.string(), answer, labels, options.top));
      } else {
        for (const std::string& warning : answer.warnings) print_notice("warning", warning);
        print_text(file.string(), answer.probabilities, labels, options.top);
      }
    } catch (const Error& error) {  // continue with the other files
      report_failure(error.what());
      failed = true;
    }
  }
  if (common.json) print_json(results);
  if (failed) throw CLI::RuntimeError(1);
}

}  // namespace

void add_classify_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<ClassifyOptions>();
  CLI::App* command = add_common(app, "stapes classify int8.stapes dog.wav rain.ogg --top 3", common);
  command->add_option("MODEL", options->model, "Packed audio model (.stapes)")->required();
  command->add_option("FILES", options->files, "Sound files: WAV, FLAC, Ogg or MP3, at any sample rate")->required();
  command->add_option("--top", options->top, "Number of classes to print per file, most probable first")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  add_channel(*command, options->channel);
  add_isa(*command, options->isa);
  command->callback([=] { classify(*options, *common); });
}

}  // namespace stapes::cli
