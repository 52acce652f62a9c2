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

// Training in full precision passes over this many clips: enough that accuracies of small data sets have settled, and
// still minutes on two cores.
constexpr int kSoundPasses = 64'000, kImagePasses = 150'000;
constexpr int kLeastPlannedEpochs = 10, kMostPlannedEpochs = 300;

// Seconds for a clip and a million MACs of its network, forward and backward, on two cores of a Xeon at 2.6 GHz.
constexpr double kSecondsPerClipMegaMac = 1.4e-4;

constexpr const char* kSoundNetwork = "micro-acdnet";
constexpr const char* kImageNetwork = "mobilenet-like";

// What the plan needs to know of the data.
struct Facts {
  std::size_t clips = 0, sources = 0, training_clips = 0, test_clips = 0;
  std::vector<std::string> labels;
  std::vector<int> folds;
  bool published_split = false;
  int sample_rate_hz = 0;           // 0 for images
  double median_s = 0, most_s = 0;  // lengths of clips: median, 90th percentile
  int window_samples = 0;
  bool window_is_usual = false;
  double mega_macs = 0;  // of the network on one window
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

// The smallest window that holds most clips, in tenths of a second, and that the network's pools fit into. Long sounds
// get the usual window.
void choose_window(Facts& facts) {
  const int usual = usual_window_samples(facts.sample_rate_hz), tenth = facts.sample_rate_hz / 10;
  const auto classes = static_cast<int>(facts.labels.size());
  for (int tenths = std::max(3, static_cast<int>(std::ceil(facts.most_s * 10 - 0.2))); tenths * tenth < usual;
       ++tenths) {
    try {
      facts.mega_macs =
          macs_of(named_network(kSoundNetwork, classes, AudioInput{facts.sample_rate_hz, tenths * tenth}));
      facts.window_samples = tenths * tenth;
      return;
    } catch (const UsageError&) {  // too short for it
    }
  }
  facts.window_samples = usual;
  facts.window_is_usual = true;
  facts.mega_macs = macs_of(named_network(kSoundNetwork, classes, AudioInput{facts.sample_rate_hz, usual}));
}

Facts facts_of(const DataSet& data, const std::string& classes, int fold) {
  const ClipSet chosen = select_classes(data, classes);
  if (chosen.labels.size() < 2) {
    throw UsageError("one class only: {}; a classifier needs two or more", printable(chosen.labels.front()));
  }
  Facts facts;
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
  if (data.image()) {
    facts.mega_macs = macs_of(named_network(kImageNetwork, static_cast<int>(facts.labels.size()), *data.image()));
    return facts;
  }
  facts.sample_rate_hz = data.sample_rate_hz();
  std::ranges::sort(lengths);
  facts.median_s = length_at(lengths, 0.5, facts.sample_rate_hz);
  facts.most_s = length_at(lengths, 0.9, facts.sample_rate_hz);
  choose_window(facts);
  return facts;
}

// ---- training

struct Epochs {
  int full = 0, binary = 0, fine_tuning = 0;
  bool from_budget = false;
};

// An evaluation takes as long as an epoch or two.
int evaluation_step(int epochs) { return (epochs + 9) / 10; }

Epochs epochs_for(const NewPlanRequest& request, const Facts& facts) {
  Epochs epochs;
  epochs.from_budget = !request.epochs;
  const int passes = facts.sample_rate_hz > 0 ? kSoundPasses : kImagePasses;
  const int wanted = static_cast<int>(std::lround(passes / static_cast<double>(facts.training_clips)));
  epochs.full = request.epochs.value_or(std::clamp(wanted, kLeastPlannedEpochs, kMostPlannedEpochs));
  epochs.binary = epochs.full * 3 / 2 + (epochs.full == 1);
  epochs.fine_tuning = (epochs.full * 3 + 7) / 8;
  return epochs;
}

std::string minutes_text(const Epochs& epochs, const Facts& facts) {
  const double passes = static_cast<double>(facts.training_clips) * (epochs.full + epochs.binary + epochs.fine_tuning);
  const double minutes = passes * facts.mega_macs * kSecondsPerClipMegaMac / 60;
  return minutes < 1.5 ? "a minute or two" : fmt::format("about {:.0f} minutes", minutes);
}

// ---- the text

std::string comment(const std::string& text) {
  constexpr std::size_t kMostColumns = 100;
  std::string lines, line = "#";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (line.size() > 1 && line.size() + 1 + word.size() > kMostColumns) {
      lines += line + "\n";
      line = "#";
    }
    line += " " + word;
    at = end + 1;
  }
  return lines + line + "\n";
}

std::string head_text(const NewPlanRequest& request, const Facts& facts, const Epochs& epochs) {
  const std::string plan = printable(request.plan.string()), results = printable(request.plan.stem().string());
  return comment(fmt::format("A plan for `stapes study`, written by `stapes new`. Every value is a default: change it "
                             "and run the study again; what is done already is kept.")) +
         fmt::format(
             "#   stapes study {0} -o {1}-results    # train, pack, judge, measure: {2} on two cores\n"
             "#   stapes verdict {1}-results             # which model to ship, why, and what it costs\n"
             "#   stapes report {1}-results              # the same as a page, with every figure\n",
             plan, results, minutes_text(epochs, facts));
}

std::string data_text(const NewPlanRequest& request, const Facts& facts, const fs::path& data,
                      const std::string& origin) {
  const bool sound = facts.sample_rate_hz > 0;
  std::string about = fmt::format("{} {} of {} classes", facts.clips, sound ? "clips" : "images", facts.labels.size());
  if (sound) {
    about += fmt::format(", {:.2f} s long in the middle (9 in 10 at most {:.2f} s), at {} Hz", facts.median_s,
                         facts.most_s, facts.sample_rate_hz);
  }
  std::string text = comment(about + (origin.empty() ? "." : ". Made by"));
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
        comment(fmt::format("Test part: the split that came with the data, {} clips to test on and {} to train on; "
                            "it has no other fold to test on.",
                            facts.test_clips, facts.training_clips));
  } else {
    const std::string sources =
        facts.sources == facts.clips
            ? "Nothing tells which clips come from one recording or speaker, so each counts as its own source: if some "
              "belong together, the accuracy will flatter. Import with --source-pattern or --sources to say so."
            : fmt::format("The clips come from {} sources (recordings, speakers).", facts.sources);
    text = comment(fmt::format(
        "Folds: a source lies in one fold only, so a model is tested on sources it has not been trained on. {} One "
        "fold is a first answer; {} gives a mean with an interval, in {} times the time.",
        sources, fmt::format("folds = [{}]", fmt::join(facts.folds, ", ")), facts.folds.size()));
  }
  return text + fmt::format("folds = [{}]\nseeds = [{}]\n", request.fold, request.seed);
}

std::string window_text(const Facts& facts) {
  const double seconds = static_cast<double>(facts.window_samples) / facts.sample_rate_hz;
  const std::string why =
      facts.window_is_usual
          ? fmt::format(
                "{:.2f} s, the usual one at this rate: the clips are longer, and a model of longer windows "
                "takes more time and memory.",
                seconds)
          : fmt::format(
                "{:.1f} s, the least that holds 9 of 10 clips. Shorter is faster and smaller on the chip; a "
                "clip that is cut off is harder to tell.",
                seconds);
  return comment("Window: the samples that a model hears at once. " + why) +
         fmt::format("samples = {}\n", facts.window_samples);
}

std::string target_text(const std::string& target) {
  const Board& board = find_board(target);
  if (!board.emulated()) {
    return comment(
               "Target: no chip, only this machine. For figures of a chip name one: cortex-m4, cortex-m0, "
               "cortex-m33, cortex-m7, cortex-m55, riscv32.") +
           fmt::format("targets = [{}]\n", toml_text(board.name));
  }
  return comment(fmt::format("Target: every model is measured on this emulated core. The verdict takes an {} for the "
                             "limits: {} KB of flash, {} KB of RAM, {:g} MHz.",
                             board.product, board.flash_bytes / 1024, board.ram_bytes / 1024, board.clock_hz / 1e6)) +
         fmt::format("targets = [{}]\n", toml_text(board.name));
}

std::string network_text(const Facts& facts) {
  if (facts.sample_rate_hz == 0) {
    return comment(
               "Network: a small one of depthwise blocks, which a microcontroller holds. More accurate and larger: "
               "\"resnet18:16,32,64,128\".") +
           fmt::format("[networks]\nsmall = \"{}\"\n", kImageNetwork);
  }
  return comment(fmt::format("Network: takes raw sound, {:.1f} million MACs on this window. Others: `stapes network "
                             "--help`; the best for a budget of flash and RAM: `stapes search`.",
                             facts.mega_macs)) +
         fmt::format("[networks]\nmicro = \"{}\"\n", kSoundNetwork);
}

// Spelled out although they are the defaults, so that they can be seen and changed.
std::string augmentation_of(const Facts& facts) {
  return facts.sample_rate_hz > 0 ? ", stretch = 1.25, gain-db = 6" : "";
}

std::string budget_text(const NewPlanRequest& request, const Epochs& epochs, const Facts& facts) {
  const std::string published =
      facts.sample_rate_hz > 0 ? "published results trained for up to 2000" : "published results trained for 400";
  std::string text = comment(
      epochs.from_budget
          ? fmt::format("Budget: {} epochs of {} training clips, so that three models take {} on two cores. Enough to "
                        "choose by; for the last points of accuracy train all routes several times longer ({}).",
                        epochs.full, facts.training_clips, minutes_text(epochs, facts), published)
          : fmt::format("Budget: {} epochs, as asked for, of {} training clips ({}).", *request.epochs,
                        facts.training_clips, published));
  return text + comment(facts.sample_rate_hz > 0
                            ? "Augmentation: a training sample mixes two clips, each cut at random, stretched in time "
                              "by up to a factor of stretch, and made louder or quieter by up to gain-db. Where pitch "
                              "or level tell classes apart, set them to 1 and 0."
                            : "Augmentation: images are shifted by up to 4 pixels, mirrored and turned by up to 15 "
                              "degrees.");
}

std::string routes_text(const Epochs& epochs, const Facts& facts) {
  const bool sound = facts.sample_rate_hz > 0;
  const std::string augmentation = augmentation_of(facts);
  const auto line = [&](int count, const std::string& more) {
    return fmt::format("train = {{ epochs = {}{}{}, eval-every = {} }}\n", count, more, augmentation,
                       evaluation_step(count));
  };
  std::string text =
      "[[route]]                               # full precision: the reference, and where both others start\n"
      "name = \"fp32\"\nform = \"fp32\"\n" +
      line(epochs.full, sound ? ", schedule = \"one-cycle\", lr = 0.1" : "");
  text +=
      "\n[[route]]                               # XNOR: most weights are bits, learnt from the full-precision model\n"
      "name = \"xnor\"\nform = \"xnor\"\nstart = \"fp32\"\nteacher = \"fp32\"\n" +
      line(epochs.binary,
           fmt::format(", activation-epochs = {}{}", std::max(1, epochs.binary / 3), sound ? ", lr = 0.005" : ""));
  text +=
      "\n[[route]]                               # 8 bits, after the weakest 30 % of the filters are removed\n"
      "name = \"int8\"\nform = \"int8\"\nstart = \"fp32\"\nprune = { method = \"magnitude\", ratio = 0.3 }\n";
  return text + line(epochs.fine_tuning, sound ? ", lr = 0.05" : ", lr = 0.01");
}

// ---- where the data come from

std::string shell_quoted(const std::string& text) {
  if (text.find_first_of(" '\"()$\\*?[]") == std::string::npos) return text;
  std::string quoted = text;
  replace_all(quoted, "'", "'\\''");
  return "'" + quoted + "'";
}

std::string import_command(const Layout& layout, const NewPlanRequest& request, const fs::path& data) {
  std::string command = fmt::format("stapes data import {} {}", layout.format, shell_quoted(layout.root.string()));
  if (!layout.images) command += fmt::format(" --sample-rate {}", layout.sample_rate_hz);
  if (!layout.source_pattern.empty()) command += " --source-pattern " + shell_quoted(layout.source_pattern);
  if (request.limit > 0) command += fmt::format(" --limit {}", request.limit);
  return command + fmt::format(" --seed {} -o {}", request.seed, shell_quoted(data.string()));
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
  if (facts.sample_rate_hz > 0) text += window_text(facts) + "\n";
  text += target_text(request.target) + "\n" + network_text(facts) + "\n";
  text += budget_text(request, epochs, facts) + routes_text(epochs, facts);
  grid_of(parse_plan(text, request.plan.string()), data);  // what is written can be run
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
    throw UsageError("--data names the data set to make of a folder; {} is a file", request.from.string());
  }
  made.text = plan_text_for(request, DataSet(made.data), made.data, origin);
  write_text_file(request.plan, made.text, request.existing);
  return made;
}

}  // namespace stapes
