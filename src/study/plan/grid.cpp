// SPDX-License-Identifier: Apache-2.0
#include "study/plan/grid.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "base/content_hash.h"
#include "base/error.h"
#include "data/selection.h"
#include "graph/binary_form.h"
#include "graph/geometry.h"
#include "graph/graph_toml.h"
#include "graph/networks.h"
#include "study/plan/route_variants.h"
#include "study/plan/width_search.h"

namespace stapes {
namespace {

// The parser has checked `epochs`.
int epochs_of(const Options& options) { return std::stoi(value_of(options, "epochs").value()); }

void append(std::vector<std::string>& arguments, const Options& options) {
  for (const auto& [key, value] : options) {
    arguments.push_back("--" + key);
    if (!value.empty()) arguments.push_back(value);
  }
}

// Replaces the n in "widths:4,32,n" by the number of classes.
std::string model_text(std::string model, int classes) {
  if (!model.starts_with("widths:")) return model;
  for (std::size_t n = model.find('n'); n != std::string::npos; n = model.find('n')) {
    model.replace(n, 1, std::to_string(classes));
  }
  return model;
}

// Slurm runs cells in another folder, so paths must be absolute.
std::string absolute_file(const std::string& model) {
  return names_file(model) ? std::filesystem::absolute(model).lexically_normal().string() : model;
}

constexpr std::string_view kBackground = "background";  // this option takes a data set

Options with_absolute_background(Options options) {
  for (auto& [key, value] : options) {
    if (key == kBackground) value = std::filesystem::absolute(value).lexically_normal().string();
  }
  return options;
}

// The argument after --background, or empty.
std::string background_of(const std::vector<std::string>& training) {
  const auto option = std::ranges::find(training, fmt::format("--{}", kBackground));
  return option == training.end() ? "" : *std::next(option);
}

// Hashes everything that determines a cell's result except its grid position and its parents' weights. Committed
// results are found by this hash, so a new setting may be hashed only if the cell uses it. `background_hash`: of the
// data set given to --background.
std::string recipe_hash(const Cell& cell, const std::string& background_hash) {
  ContentHash hash;
  // Hash a file by its contents, not its path.
  const std::string model =
      names_file(cell.model) ? graph_text(named_graph(cell.model, cell.id.class_count)) : cell.model;
  hash.add(std::string_view(model));
  hash.add(std::string_view(cell.start));  // parents' names contain their own hashes
  hash.add(std::string_view(cell.teacher));
  if (!cell.flash_like.empty()) hash.add(std::string_view(cell.flash_like));
  if (cell.averaged) hash.add(std::string_view("averaged"));
  const std::string background = background_of(cell.training);
  for (const std::string& argument : cell.training) {
    const bool is_background = !background.empty() && argument == background;
    hash.add(std::string_view(argument == cell.model ? model : is_background ? background_hash : argument));
  }
  hash.add(std::uint64_t{cell.training.size()});
  for (const std::string& argument : cell.quantization) hash.add(std::string_view(argument));
  return fmt::format("{:06x}", hash.value() & 0xffffff);
}

std::string plain(std::string text) {
  for (char& c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '-') c = '_';
  }
  constexpr std::size_t kLongest = 40;  // a list of classes may be too long for a file name
  if (text.size() > kLongest)
    text = text.substr(0, kLongest) + fmt::format("{:06x}", content_hash(std::as_bytes(std::span(text))) & 0xffffff);
  return text;
}

class GridBuilder {
 public:
  GridBuilder(const StudyPlan& plan, const DataSet& data) : plan_(plan), data_(data) {}

  std::vector<Cell> build() {
    for (const std::string& classes : plan_.classes) {
      const ClipSet clips = select_classes(data_, classes);
      const std::vector<int> folds = folds_of(clips, classes);
      const auto models = models_for(static_cast<int>(clips.labels.size()));
      for (const int fold : folds) {
        const std::size_t training_clips = without_fold(clips, fold).clips.size();
        for (const std::uint64_t seed : plan_.seeds) {
          add_routes({classes, static_cast<int>(clips.labels.size()), fold, seed, "", ""}, models, training_clips);
        }
      }
    }
    refuse_shared_folders();
    return std::move(cells_);
  }

 private:
  std::vector<int> folds_of(const ClipSet& clips, const std::string& classes) const {
    const std::vector<int> known = test_folds(clips);
    for (const int fold : plan_.folds) {
      if (std::find(known.begin(), known.end(), fold) != known.end()) continue;
      throw UsageError("unknown fold {} for classes '{}'; choose from {}", fold, classes, fmt::join(known, ", "));
    }
    return plan_.folds.empty() ? known : plan_.folds;
  }

  NetworkSpec spec_of(const std::string& model, int class_count) const {
    if (data_.image()) return named_network(model, class_count, *data_.image());
    const int rate = data_.sample_rate_hz();
    const int window = plan_.window_samples > 0 ? plan_.window_samples : usual_window_samples(rate);
    return named_network(model, class_count, AudioInput{rate, window});
  }

  // The value of --model for each network, by name.
  std::map<std::string, std::string> models_for(int class_count) const {
    std::map<std::string, std::string> models;
    for (const PlanNetwork& network : plan_.networks) {
      if (!network.search) {
        models[network.name] = model_text(absolute_file(network.model), class_count);
        network_geometry(spec_of(models[network.name], class_count));  // throws if there is no such model
        continue;
      }
      NetworkSpec spec = spec_of(network.search->like, class_count);
      if (network.search->form == Form::kXnor) spec = as_binary(std::move(spec));
      spec = widest_within(*network.search, spec);
      models[network.name] = name_with_widths(absolute_file(network.search->like), spec.graph);
    }
    return models;
  }

  double macs_of(const std::string& model, int class_count) const {
    double macs = 0;
    for (const ConvGeometry& conv : network_geometry(spec_of(model, class_count)).convs) {
      macs += static_cast<double>(conv.multiply_adds());
    }
    return macs;
  }

  const Cell* find(CellId id) const {
    const auto found = std::find_if(cells_.begin(), cells_.end(), [&](const Cell& cell) { return cell.id == id; });
    return found == cells_.end() ? nullptr : &*found;
  }

  const Cell* parent(const CellId& id, const std::string& series) const {
    if (series.empty()) return nullptr;
    CellId wanted = id;
    const std::size_t space = series.find(' ');
    wanted.network = series.substr(0, space);
    wanted.route = series.substr(space + 1);
    return find(wanted);  // always found: the plan parser checked the name, and parents come first
  }

  void add_routes(const CellId& place, const std::map<std::string, std::string>& models, std::size_t training_clips) {
    for (const PlanRoute& route : plan_.routes) {
      for (const std::string& network : route.networks) {
        CellId id = place;
        id.network = network;
        id.route = route.name;
        cells_.push_back(make_cell(id, route, models.at(network), training_clips));
      }
    }
  }

  Cell make_cell(const CellId& id, const PlanRoute& route, const std::string& model, std::size_t training_clips) {
    Cell cell;
    cell.id = id;
    cell.form = route.form;
    cell.averaged = route.averaged;
    cell.model = model;
    const Cell* start = parent(id, route.start.empty() ? "" : id.network + " " + route.start);
    const Cell* teacher = parent(id, route.teacher.empty() ? "" : series_on(id.network, route.teacher));
    const Cell* like = parent(id, route.flash_like.empty() ? "" : series_on(id.network, route.flash_like));
    if (start != nullptr) cell.start = start->folder;
    if (teacher != nullptr) cell.teacher = teacher->folder;
    if (like != nullptr) cell.flash_like = like->folder;
    if (route.trains()) cell.training = training_arguments(cell, route);
    append(cell.quantization, route.quantize);
    cell.targets = plan_.targets;
    int own = route.trains() ? epochs_of(route.train) : 0;
    if (value_of(route.quantize, "aware")) own += epochs_of(route.quantize);
    cell.epochs = own + (start != nullptr ? start->epochs : 0);
    cell.published_epochs = plan_.published_epochs;
    cell.work = own * static_cast<double>(training_clips) * macs_of(model, id.class_count);
    cell.folder = fmt::format("{}-fold{}-seed{}-{}-{}-{}", plain(id.classes), id.fold, id.seed, id.network, id.route,
                              recipe_hash(cell, background_hash(background_of(cell.training))));
    return cell;
  }

  // Reads each data set only once.
  std::string background_hash(const std::string& path) {
    if (path.empty()) return "";
    const auto [known, is_new] = background_hashes_.try_emplace(path);
    if (is_new) known->second = DataSet(path).hash();
    return known->second;
  }

  std::vector<std::string> training_arguments(const Cell& cell, const PlanRoute& route) const {
    std::vector<std::string> arguments;
    if (route.form == Form::kInt8) {
      arguments = {"prune"};
      append(arguments, route.prune);
    } else {
      arguments = {"train"};
      if (cell.start.empty()) {  // otherwise the starting model's widths and window apply
        arguments.insert(arguments.end(), {"--model", cell.model});
        if (plan_.window_samples > 0) {
          arguments.insert(arguments.end(), {"--samples", std::to_string(plan_.window_samples)});
        }
      }
      if (route.form == Form::kXnor) arguments.push_back("--binary");
    }
    append(arguments, with_absolute_background(route.train));
    return arguments;
  }

  void refuse_shared_folders() const {
    std::map<std::string, CellId> owners;
    for (const Cell& cell : cells_) {
      const auto [owner, is_new] = owners.emplace(cell.folder, cell.id);
      if (is_new) continue;
      throw UsageError("two cells would share the folder {}: {}; and {}", cell.folder, describe(owner->second),
                       describe(cell.id));
    }
  }

  const StudyPlan& plan_;
  const DataSet& data_;
  std::vector<Cell> cells_;
  std::map<std::string, std::string> background_hashes_;  // by path
};

}  // namespace

std::vector<std::string> parents_of(const Cell& cell) {
  std::vector<std::string> parents;
  for (const std::string& name : {cell.start, cell.teacher, cell.flash_like}) {
    if (!name.empty()) parents.push_back(name);
  }
  return parents;
}

void refuse_features(const DataSet& data) {
  if (!data.features()) return;
  throw UsageError("{} holds features; a study needs sound or images", data.path().string());
}

std::vector<Cell> grid_of(const StudyPlan& plan, const DataSet& data) {
  refuse_features(data);
  return GridBuilder(plan, data).build();
}

nlohmann::json to_json(const CellId& id) {
  return {{"classes", id.classes}, {"class_count", id.class_count}, {"fold", id.fold},
          {"seed", id.seed},       {"network", id.network},         {"route", id.route}};
}

CellId cell_id_from_json(const nlohmann::json& json) {
  CellId id;
  json.at("classes").get_to(id.classes);
  json.at("class_count").get_to(id.class_count);
  json.at("fold").get_to(id.fold);
  json.at("seed").get_to(id.seed);
  json.at("network").get_to(id.network);
  json.at("route").get_to(id.route);
  return id;
}

nlohmann::json to_json(const Cell& cell) {
  nlohmann::json json = to_json(cell.id);
  json["folder"] = cell.folder;
  json["form"] = to_string(cell.form);
  json["model"] = cell.model;
  json["start"] = cell.start;
  json["teacher"] = cell.teacher;
  json["flash_like"] = cell.flash_like;
  json["averaged"] = cell.averaged;
  json["training"] = cell.training;
  json["quantization"] = cell.quantization;
  json["targets"] = cell.targets;
  json["epochs"] = cell.epochs;
  json["published_epochs"] = cell.published_epochs;
  return json;
}

Cell cell_from_json(const nlohmann::json& json, const std::string& where) {
  try {
    Cell cell;
    cell.id = cell_id_from_json(json);
    json.at("folder").get_to(cell.folder);
    cell.form = parse_name<Form>(json.at("form").get<std::string>(), "form");
    json.at("model").get_to(cell.model);
    json.at("start").get_to(cell.start);
    json.at("teacher").get_to(cell.teacher);
    cell.flash_like = json.value("flash_like", "");
    cell.averaged = json.value("averaged", false);
    json.at("training").get_to(cell.training);
    json.at("quantization").get_to(cell.quantization);
    json.at("targets").get_to(cell.targets);
    json.at("epochs").get_to(cell.epochs);
    json.at("published_epochs").get_to(cell.published_epochs);
    return cell;
  } catch (const std::exception& error) {
    throw Error("{} is damaged: {}; run `stapes study` to rewrite it", where, error.what());
  }
}

}  // namespace stapes
