// SPDX-License-Identifier: Apache-2.0
#include "train/training_inputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "compress/budget.h"
#include "data/class_names.h"
#include "data/make_samples.h"
#include "evaluate/detector_figures.h"
#include "evaluate/packed_evaluation.h"
#include "graph/geometry.h"
#include "graph/weights_file.h"
#include "runs/held_out.h"
#include "runs/lineage.h"
#include "runs/parents.h"

namespace stapes {
namespace {

// "sound", "images of 32 x 32 x 3"
std::string kind_text(const NetworkInput& input) {
  const InputKind kind = input_kind(input);
  return kind == InputKind::kSound ? "sound" : fmt::format("{} of {}", plural_of(kind), to_text(input_size(input)));
}
std::string kind_text(const ClipSet& clips) {
  if (clips.image) return kind_text(*clips.image);
  return clips.features ? kind_text(*clips.features) : kind_text(AudioInput{});
}

// "30225 samples at 20000 Hz", or the result of kind_text().
std::string input_text(const NetworkInput& input) {
  if (input_kind(input) != InputKind::kSound) return kind_text(input);
  return fmt::format("{} samples at {} Hz", input_values(input), sample_rate_hz(input));
}

// " at 20000 Hz"; "" for images and features, which have no rate (0).
std::string rate_text(int sample_rate_hz) {
  return sample_rate_hz == 0 ? "" : fmt::format(" at {} Hz", sample_rate_hz);
}

void check_data(const TrainConfig& config, const ClipSet& training, const ClipSet& test) {
  const std::string given = kind_text(training), wanted = kind_text(config.spec.input);
  if (given != wanted) throw Error("the run is for {}, but the data set holds {}", wanted, given);
  const std::size_t classes = training.labels.size();
  if (static_cast<int>(classes) != config.spec.class_count ||
      training.sample_rate_hz != sample_rate_hz(config.spec.input)) {
    throw Error("the run is for {} classes{}, but the data set has {}{}", config.spec.class_count,
                rate_text(sample_rate_hz(config.spec.input)), classes, rate_text(training.sample_rate_hz));
  }
  // Data sets from earlier versions may have names not allowed in packed models.
  checked_class_names(training.labels, "rename the class in the source of the clips and import them again");
  std::vector<bool> trained(classes, false);
  for (const ClipView& clip : training.clips) trained[static_cast<std::size_t>(clip.label)] = true;
  for (const ClipView& clip : test.clips) {
    if (trained[static_cast<std::size_t>(clip.label)]) continue;
    throw Error(
        "class {} has clips only in test fold {}, so it cannot be learned; if its clips come from several sources, "
        "import with --source-pattern; otherwise choose other --classes",
        training.labels[static_cast<std::size_t>(clip.label)], config.fold);
  }
}

void check_same_input(const NetworkSpec& spec, const NetworkSpec& other, const std::string& role) {
  if (other.class_count == spec.class_count && other.input == spec.input) return;
  throw Error("{} is for {} classes and {}, but the run is for {} and {}", role, other.class_count,
              input_text(other.input), spec.class_count, input_text(spec.input));
}

// Throws unless `relative` has the same input and classes and was not trained on the test fold.
void check_relative(const TrainConfig& config, const TrainedNetwork& relative, const std::vector<std::string>& classes,
                    const std::string& role) {
  check_same_input(config.spec, relative.spec, role);
  check_classes(relative.labels, classes, role);
  refuse_leak(read_ancestry(relative.provenance), {config.data_hash, config.fold}, role);
}

std::string listed(const std::vector<std::string>& labels) {
  constexpr std::size_t kShown = 8;
  const auto end = labels.begin() + static_cast<std::ptrdiff_t>(std::min(labels.size(), kShown));
  return fmt::format("{}{}", fmt::join(labels.begin(), end, ", "), labels.size() > kShown ? ", ..." : "");
}

void refuse_other_labels(const RunFolder& run, const std::vector<std::string>& before, const char* file,
                         const std::vector<std::string>& now) {
  const auto [was, is] = std::mismatch(before.begin(), before.end(), now.begin(), now.end());
  if (was == before.end() && is == now.end()) return;
  const auto name = [](auto at, auto end) { return at == end ? "none" : fmt::format("'{}'", printable(*at)); };
  throw Error(
      "{} was started with other classes: class {} is {} in its {}, but {} in --classes {}, which now means {}; train "
      "it again with --force",
      run.path().string(), was - before.begin(), name(was, before.end()), file, name(is, now.end()),
      run.config().classes, listed(now));
}

std::string role_of_start(const TrainConfig& config) { return "the initial network " + config.init; }

void check_start(const TrainConfig& config, const TrainedNetwork& start, const std::vector<std::string>& classes) {
  const std::string role = role_of_start(config);
  if (!config.init.empty()) refuse_changed_parent(start, config.init_hash, role);
  check_relative(config, start, classes, role);
  if (start.spec.graph.nodes != config.spec.graph.nodes) throw Error("{} and the run have different nodes", role);
  if (start.spec.graph.widths != config.spec.graph.widths) throw Error("{} and the run have different widths", role);
  if (start.spec.binary && !config.spec.binary) throw Error("{} is binary, but the run is not", role);
}

void check_teacher(const TrainConfig& config, const TrainedNetwork& teacher, const std::vector<std::string>& classes) {
  const std::string role = "the teacher " + config.teacher;
  refuse_changed_parent(teacher, config.teacher_hash, role);
  check_relative(config, teacher, classes, role);
}

}  // namespace

std::optional<TrainedNetwork> read_teacher(const TrainConfig& config) {
  if (config.teacher.empty()) return std::nullopt;
  return read_network(config.teacher);
}

TrainingInputs::TrainingInputs(const TrainConfig& config, const ClipSet& training, ClipSet test_clips, Parents read)
    : clips(divide(config, training, test_clips)), test(std::move(test_clips)), parents(std::move(read)) {
  if (parents.start && input_kind(parents.start->spec.input) == input_kind(config.spec.input)) {
    // Before network_geometry(), which would throw a less clear error.
    check_same_input(config.spec, parents.start->spec, role_of_start(config));
  }
  network_geometry(config.spec);
  if (!config.spec.form.shortcuts) check_packable(config.spec);  // shortcuts are for research: they have no packed form
  check_data(config, clips.training, test);
  if (config.select == Select::kDetector) check_detector_clips(clips.choosing);
  backgrounds = backgrounds_of(config, clips, test);
  make_samples(clips.training, config.augment_spec(), config.seed, backgrounds.mix);  // only for its checks
  if (parents.start) check_start(config, *parents.start, training.labels);
  if (parents.teacher.has_value() == config.teacher.empty()) {
    throw Error("the run's teacher is \"{}\", but {} was read", config.teacher,
                parents.teacher ? "a teacher" : "no teacher");
  }
  if (parents.teacher) check_teacher(config, *parents.teacher, training.labels);
}

void refuse_other_classes(const RunFolder& run, const std::vector<std::string>& labels) {
  const std::vector<std::string>& recorded = run.config().labels;
  if (!recorded.empty()) refuse_other_labels(run, recorded, "config.json", labels);
  if (!std::filesystem::exists(run.weights())) return;
  refuse_other_labels(run, read_network(run.weights()).labels, kWeightsFileName, labels);
}

}  // namespace stapes
