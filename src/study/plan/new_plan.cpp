// SPDX-License-Identifier: Apache-2.0
#include "study/plan/new_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include "base/error.h"
#include "base/text.h"
#include "data/selection.h"
#include "emulate/board.h"
#include "graph/geometry.h"
#include "graph/network_input.h"
#include "graph/networks.h"
#include "study/plan/grid.h"
#include "study/plan/plan.h"
#include "study/plan/toml_text.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

// Clips processed by full-precision training over all epochs. Enough for small data sets; takes minutes on two cores.
constexpr int kSoundPasses = 64'000, kImagePasses = 150'000;
constexpr int kMinPlannedEpochs = 10, kMaxPlannedEpochs = 300;

// Seconds per clip and million MACs on two cores of an AVX-512 Xeon: micro-acdnet on the built-in keywords,
// mobilenet-like on 32 x 32 images. Training: full precision. Evaluation: last and averaged weights, ten crops of a
// sound or one image.
struct Speed {
  double training, evaluation;
};
constexpr Speed kSoundSpeed = {2.0e-4, 1.7e-3}, kImageSpeed = {3.8e-4, kSoundSpeed.evaluation / 10};
constexpr double kBinaryFactor = 1.65;  // binary training with a teacher, relative to full precision

constexpr const char* kSoundNetwork = "micro-acdnet";
constexpr const char* kImageNetwork = "mobilenet-like";

// Properties of the data.
struct Facts {
  InputKind kind = InputKind::kSound;  // or kImage
  std::size_t clips = 0, sources = 0, training_clips = 0, test_clips = 0;
  std::vector<std::string> labels;
  std::vector<int> folds;
  bool published_split = false;
  double mega_macs = 0;  // of the network on one window or image

  // Sound only.
  int sample_rate_hz = 0;
  double median_s = 0, max_s = 0;  // lengths of clips: median, 90th percentile
  int window_samples = 0;
  bool window_is_usual = false;

  bool is_sound() const { return kind == InputKind::kSound; }
  const char* examples() const { return is_sound() ? "clips" : "images"; }
};

double length_at(const std::vector<std::size_t>& sorted, double share, int rate) {
  const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1));
  return static_cast<double>(sorted[at]) / rate;
}

double macs_of(const NetworkSpec& spec) {
  double macs = 0;
  for (const ConvGeometry& conv : network_geometry(spec).convs) macs += static_cast<double>(conv.multiply_adds());
  return macs / 1e6;
}

// Sets the shortest window, in steps of 0.1 s, that covers 90 % of the clips and suits the network. Long clips get the
// default window.
void choose_window(Facts& facts) {
  const int usual = usual_window_samples(facts.sample_rate_hz), tenth = facts.sample_rate_hz / 10;
  const auto classes = static_cast<int>(facts.labels.size());
  for (int tenths = std::max(3, static_cast<int>(std::ceil(facts.max_s * 10 - 0.2))); tenths * tenth < usual;
       ++tenths) {
    try {
      facts.mega_macs =
          macs_of(named_network(kSoundNetwork, classes, AudioInput{facts.sample_rate_hz, tenths * tenth}));
      facts.window_samples = tenths * tenth;
      return;
    } catch (const UsageError&) {  // the network needs a longer window
    }
  }
  facts.window_samples = usual;
  facts.window_is_usual = true;
  facts.mega_macs = macs_of(named_network(kSoundNetwork, classes, AudioInput{facts.sample_rate_hz, usual}));
}

Facts facts_of(const DataSet& data, const std::string& classes, int fold) {
  refuse_features(data);
  const ClipSet chosen = select_classes(data, classes);
  if (chosen.labels.size() < 2) {
    throw UsageError("only one class: {}; a classifier needs at least two", printable(chosen.labels.front()));
  }
  Facts facts;
  facts.kind = data.kind();
  facts.clips = chosen.clips.size();
  facts.labels = chosen.labels;
  facts.folds = test_folds(chosen);
  facts.published_split = chosen.published_split;
  facts.test_clips = only_fold(chosen, fold).clips.size();
  facts.training_clips = without_fold(chosen, fold).clips.size();
  std::set<std::string_view> sources;
  std::vector<std::size_t> lengths;
  for (const ClipView& clip : chosen.clips) {
    sources.insert(clip.source);
    lengths.push_back(clip.samples.size());
  }
  facts.sources = sources.size();
  if (!facts.is_sound()) {
    facts.mega_macs = macs_of(named_network(kImageNetwork, static_cast<int>(facts.labels.size()), *data.image()));
    return facts;
  }
  facts.sample_rate_hz = data.sample_rate_hz();
  std::ranges::sort(lengths);
  facts.median_s = length_at(lengths, 0.5, facts.sample_rate_hz);
  facts.max_s = length_at(lengths, 0.9, facts.sample_rate_hz);
  choose_window(facts);
  return facts;
}

// ---- training

struct Epochs {
  int full = 0, binary = 0, fine_tuning = 0;
  bool from_budget = false;
};

// Epochs between evaluations. There are at most ten evaluations, because each takes as long as one or two epochs.
int evaluation_step(int epochs) { return (epochs + 9) / 10; }

Epochs epochs_for(const NewPlanRequest& request, const Facts& facts) {
  Epochs epochs;
  epochs.from_budget = !request.epochs;
  const int passes = facts.is_sound() ? kSoundPasses : kImagePasses;
  const int wanted = static_cast<int>(std::lround(passes / static_cast<double>(facts.training_clips)));
  epochs.full = request.epochs.value_or(std::clamp(wanted, kMinPlannedEpochs, kMaxPlannedEpochs));
  epochs.binary = epochs.full * 3 / 2 + (epochs.full == 1);
  epochs.fine_tuning = (epochs.full * 3 + 7) / 8;
  return epochs;
}

std::string minutes_text(const Epochs& epochs, const Facts& facts) {
  const Speed& speed = facts.is_sound() ? kSoundSpeed : kImageSpeed;
  const auto seconds = [&](int count, double factor) {
    const int evaluations = (count - 1) / evaluation_step(count) + 1;
    return count * factor * speed.training * static_cast<double>(facts.training_clips) +
           evaluations * speed.evaluation * static_cast<double>(facts.test_clips);
  };
  const double minutes =
      facts.mega_macs *
      (seconds(epochs.full, 1) + seconds(epochs.binary, kBinaryFactor) + seconds(epochs.fine_tuning, 1)) / 60;
  return minutes < 1.5 ? "a minute or two" : fmt::format("about {:.0f} minutes", minutes);
}

// ---- the text

std::string comment(const std::string& text) { return wrapped(text, 100, "# "); }

std::string head_text(const NewPlanRequest& request, const Facts& facts, const Epochs& epochs) {
  const std::string plan = printable(shell_word(request.plan.string()));
  const std::string results = printable(shell_word(request.plan.stem().string()));
  return comment(fmt::format("A plan for `stapes study`, written by `stapes new`. All values are defaults: change any "
                             "of them and run the study again; unaffected cells are kept.")) +
         fmt::format(
             "#   stapes study {0} -o {1}-results    # train, pack, evaluate, measure: {2} on two cores\n"
             "#   stapes verdict {1}-results             # which model to ship, why, and what it costs\n"
             "#   stapes report {1}-results              # the same as a web page, with all figures\n",
             plan, results, minutes_text(epochs, facts));
}

std::string data_text(const NewPlanRequest& request, const Facts& facts, const fs::path& data,
                      const std::string& origin) {
  const bool sound = facts.is_sound();
  std::string about = fmt::format("{} {} in {} classes", facts.clips, facts.examples(), facts.labels.size());
  if (sound) {
    about += fmt::format(", median length {:.2f} s (90 % are at most {:.2f} s), at {} Hz", facts.median_s, facts.max_s,
                         facts.sample_rate_hz);
  }
  std::string text = comment(about + (origin.empty() ? "." : ". Made with"));
  if (!origin.empty()) text += "#   " + printable(origin) + "\n";
  text += fmt::format("data = {}\n", toml_text(data.string()));
  const auto shown = std::min<std::size_t>(facts.labels.size(), 3);
  std::vector<std::string> names(facts.labels.begin(), facts.labels.begin() + static_cast<std::ptrdiff_t>(shown));
  return text + fmt::format("classes = [{}]    # or some, by name: [\"{}\"]\n", toml_text(request.classes),
                            printable(fmt::format("{}", fmt::join(names, ","))));
}

std::string folds_text(const NewPlanRequest& request, const Facts& facts) {
  std::string text;
  if (facts.published_split) {
    text =
        comment(fmt::format("Test split: the one that came with the data, {} {} for testing and {} for training; "
                            "there are no other folds.",
                            facts.test_clips, facts.examples(), facts.training_clips));
  } else {
    const std::string sources =
        facts.sources != facts.clips ? fmt::format("The {} come from {} sources{}.", facts.examples(), facts.sources,
                                                   facts.is_sound() ? " (recordings, speakers)" : "")
        : facts.is_sound()
            ? "The data does not say which clips share a recording or speaker, so each clip counts as its own source. "
              "If some belong together, the measured accuracy is too high. To group them, import with --source-pattern "
              "or --sources."
            : "The data does not say which images belong together, so each image counts as its own source. If some "
              "belong together, the measured accuracy is too high. To group them, import with --source-pattern or "
              "--sources.";
    text = comment(fmt::format(
        "Folds: all {} of a source are in one fold, so a model is tested on sources it was not trained on. {} "
        "One fold gives a first answer; {} gives a mean with an interval and takes {} times as long.",
        facts.examples(), sources, fmt::format("folds = [{}]", fmt::join(facts.folds, ", ")), facts.folds.size()));
  }
  return text + fmt::format("folds = [{}]\nseeds = [{}]\n", request.fold, request.seed);
}

std::string window_text(const Facts& facts) {
  const double seconds = static_cast<double>(facts.window_samples) / facts.sample_rate_hz;
  const std::string why =
      facts.window_is_usual
          ? fmt::format(
                "{:.2f} s, the default at this rate: no shorter window covers 90 % of the clips and suits the network. "
                "Longer windows take more time and memory.",
                seconds)
          : fmt::format(
                "{:.1f} s, the shortest that covers 90 % of the clips. Shorter windows take less time and memory on "
                "the chip, but truncated clips are harder to classify.",
                seconds);
  return comment("Window: samples per classification. " + why) + fmt::format("samples = {}\n", facts.window_samples);
}

std::string emulated_boards() {
  std::vector<std::string> names;
  for (const Board& board : boards()) {
    if (board.emulated()) names.push_back(board.name);
  }
  return alternatives(names);
}

std::string target_text(const std::string& target) {
  const Board& board = find_board(target);
  if (!board.emulated()) {
    return comment("Target: this machine only. To measure models for a chip, choose " + emulated_boards() + ".") +
           fmt::format("targets = [{}]\n", toml_text(board.name));
  }
  return comment(fmt::format("Target: every model is measured on this emulated core. The verdict assumes one product "
                             "({}): {} KiB of flash, {} KiB of RAM, {:g} MHz.",
                             board.product, board.flash_bytes / 1024, board.ram_bytes / 1024, board.clock_hz / 1e6)) +
         fmt::format("targets = [{}]\n", toml_text(board.name));
}

std::string network_text(const Facts& facts) {
  if (!facts.is_sound()) {
    return comment(
               "Network: small, built from depthwise blocks, to fit a microcontroller. More accurate but larger: "
               "\"resnet18:16,32,64,128\".") +
           fmt::format("[networks]\nsmall = \"{}\"\n", kImageNetwork);
  }
  return comment(fmt::format("Network: on raw sound, with {:.1f} million MACs per window. For others, see `stapes "
                             "network --help`; to find the best within a flash and RAM budget, use `stapes search`.",
                             facts.mega_macs)) +
         fmt::format("[networks]\nmicro = \"{}\"\n", kSoundNetwork);
}

std::string budget_text(const NewPlanRequest& request, const Epochs& epochs, const Facts& facts) {
  const std::string published =
      facts.is_sound() ? "published results: up to 2000 epochs" : "published results: 400 epochs";
  std::string text = comment(
      epochs.from_budget
          ? fmt::format("Budget: {} epochs of {} training {}; all three models take {} on two cores. Enough to "
                        "choose a model; for the last points of accuracy, train all routes several times longer ({}).",
                        epochs.full, facts.training_clips, facts.examples(), minutes_text(epochs, facts), published)
          : fmt::format("Budget: {} epochs, as requested, of {} training {} ({}).", *request.epochs,
                        facts.training_clips, facts.examples(), published));
  return text +
         comment(facts.is_sound()
                     ? "Augmentation: each training sample mixes two clips, each cropped at random, "
                       "time-stretched by a factor of up to `stretch`, and amplified or attenuated by up to "
                       "`gain-db`. If pitch or level distinguishes your classes, set `stretch` to 1 and `gain-db` to 0."
                     : "Augmentation: images are shifted by up to 4 pixels, mirrored and rotated by up to 15 "
                       "degrees.");
}

// One line per training option.
std::string route_text(const std::string& about, const std::string& keys, int epochs, std::vector<std::string> train) {
  train.insert(train.begin(), fmt::format("epochs = {}", epochs));
  train.push_back(fmt::format("eval-every = {}", evaluation_step(epochs)));
  return "\n" + comment(about) + fmt::format("[[route]]\n{}\n[route.train]\n{}\n", keys, fmt::join(train, "\n"));
}

// Writes out defaults so that users can change them.
std::string routes_text(const Epochs& epochs, const Facts& facts) {
  const auto options = [&](const std::vector<std::string>& of_sound, std::vector<std::string> of_all = {}) {
    if (facts.is_sound()) {
      of_all.insert(of_all.end(), of_sound.begin(), of_sound.end());
      of_all.insert(of_all.end(), {"stretch = 1.25", "gain-db = 6"});
    }
    return of_all;
  };
  return route_text("Full precision: the reference; both other routes start from it.",
                    "name = \"fp32\"\nform = \"fp32\"", epochs.full,
                    options({"schedule = \"one-cycle\"", "lr = 0.1"})) +
         route_text("XNOR: most weights are single bits; training starts from the full-precision model.",
                    "name = \"xnor\"\nform = \"xnor\"\nstart = \"fp32\"\nteacher = \"fp32\"", epochs.binary,
                    options({"lr = 0.005"}, {fmt::format("activation-epochs = {}", std::max(1, epochs.binary / 3))})) +
         route_text("8 bits, after pruning the weakest 30 % of the filters.",
                    "name = \"int8\"\nform = \"int8\"\nstart = \"fp32\"\n"
                    "prune = { method = \"magnitude\", ratio = 0.3 }",
                    epochs.fine_tuning,
                    options({"lr = 0.05"},
                            facts.is_sound() ? std::vector<std::string>() : std::vector<std::string>{"lr = 0.01"}));
}

// ---- data source

std::string import_command(const Layout& layout, const NewPlanRequest& request, const fs::path& data) {
  std::string command = fmt::format("stapes data import {} {}", layout.format, shell_word(layout.root.string()));
  if (!layout.images) command += fmt::format(" --sample-rate {}", layout.sample_rate_hz);
  if (!layout.source_pattern.empty()) command += " --source-pattern " + shell_word(layout.source_pattern);
  if (request.limit > 0) command += fmt::format(" --limit {}", request.limit);
  return command + fmt::format(" --seed {} -o {}", request.seed, shell_word(data.string()));
}

ImportReport import_for(const Layout& layout, const NewPlanRequest& request, const fs::path& data) {
  ImportOptions options;
  options.threads = request.threads;
  options.seed = request.seed;
  options.limit = request.limit;
  options.existing = request.existing;
  options.progress = request.progress;
  if (!layout.images) options.window_samples = usual_window_samples(layout.sample_rate_hz);
  return import_layout(layout, data, options);
}

}  // namespace

std::string plan_text_for(const NewPlanRequest& request, const DataSet& data, const fs::path& data_path,
                          const std::string& origin) {
  const Facts facts = facts_of(data, request.classes, request.fold);
  const Epochs epochs = epochs_for(request, facts);
  const std::string name = request.name.empty() ? request.plan.stem().string() : request.name;
  std::string text = head_text(request, facts, epochs) + fmt::format("name = {}\n\n", toml_text(name));
  text += data_text(request, facts, data_path, origin) + "\n" + folds_text(request, facts) + "\n";
  if (facts.is_sound()) text += window_text(facts) + "\n";
  text += target_text(request.target) + "\n" + network_text(facts) + "\n";
  text += budget_text(request, epochs, facts) + routes_text(epochs, facts);
  grid_of(parse_plan(text, request.plan.string()), data);  // validates the plan
  return text;
}

NewPlan make_plan(const NewPlanRequest& request) {
  find_board(request.target);
  refuse_existing(request.plan, request.existing);
  NewPlan made{.text = {}, .data = request.from, .layout = {}, .report = {}};
  std::string origin;
  if (fs::is_directory(request.from)) {
    made.data = request.data.empty() ? fs::path(request.plan).replace_extension(".data") : request.data;
    refuse_existing(made.data, request.existing);
    made.layout = recognize_layout(request.from);
    made.report = import_for(*made.layout, request, made.data);
    origin = import_command(*made.layout, request, made.data);
  } else if (!request.data.empty()) {
    throw UsageError("--data names the data set to make from a folder, but {} is a file; omit --data",
                     request.from.string());
  }
  made.text = plan_text_for(request, DataSet(made.data), made.data, origin);
  write_text_file(request.plan, made.text, request.existing);
  return made;
}

}  // namespace stapes
