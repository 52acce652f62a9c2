// SPDX-License-Identifier: Apache-2.0
#include "export/export_model.h"

#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "export/embedded_files.h"
#include "export/export_plan.h"
#include "export/kernel_sources.h"
#include "export/self_test_vectors.h"
#include "export/source_text.h"
#include "stapes/version.h"

namespace stapes {
namespace {

// Kernel sources, all they include, and files that generated files include.
std::set<std::string> library_files(const ExportPlan& plan) {
  std::set<std::string> files;
  for (const ExportedLayer& layer : plan.layers()) {
    add_with_includes(layer.call.file, files);
    add_with_includes(layer.call.header, files);
    if (layer.in_band) add_with_includes("kernels/loops/schedule/row_band.h", files);
    if (layer.rows_over_input > 0) add_with_includes("kernels/loops/schedule/over_input.h", files);
  }
  if (plan.streams()) add_with_includes("kernels/loops/schedule/stream_window.h", files);
  if (plan.input().dtype() == fb::DType::kI8 && !plan.takes_features())
    add_with_includes("kernels/quantize_pcm.h", files);
  if (has_detector(plan)) {
    for (const char* header : kDetectorHeaders) add_with_includes(header, files);
    add_with_includes("kernels/softmax/softmax_scalar.cpp", files);
  }
  add_with_includes("export/device/self_test_sample.h", files);
  return files;
}

// Adds the files generated for this model; returns those to compile.
std::vector<SourceFile> add_generated(const ExportPlan& plan, std::map<std::string, std::string>& files) {
  const SelfTestVectors vectors = self_test_vectors(plan);
  const std::string& name = plan.name();
  std::vector<SourceFile> sources;
  const auto add_source = [&](const std::string& path, SourceRole role, const std::string& text) {
    files[path] = for_cxx14(text);
    sources.push_back({path, role});
  };
  files[(plan.target().is_arduino ? "src/" : "include/") + name + ".h"] = header_source(plan);
  add_source("src/" + name + ".cpp", SourceRole::kLayers, model_source(plan));
  if (has_detector(plan)) add_source("src/" + name + "_detector.cpp", SourceRole::kKernel, detector_source(plan));
  files["src/" + name + "_weights.h"] = weights_header(plan);
  add_source("src/" + name + "_weights.cpp", SourceRole::kWeights, weights_source(plan));
  files["src/" + name + "_self_test.h"] = self_test_header(plan, vectors);
  add_source("src/" + name + "_self_test.cpp", SourceRole::kSelfTest, self_test_source(plan, vectors));
  return sources;
}

std::string marker(const ExportedFolder& folder) {
  nlohmann::ordered_json json = {{"name", folder.name},
                                 {"target", folder.target},
                                 {"stapes", STAPES_VERSION_STRING},
                                 {"arena_bytes", folder.arena_bytes},
                                 {"stream_arena_bytes", folder.stream_arena_bytes},
                                 {"weight_bytes", folder.weight_bytes},
                                 {"layers", nlohmann::ordered_json::array()}};
  for (const auto& layer : folder.layers) json["layers"].push_back({{"name", layer.name}, {"kernel", layer.kernel}});
  json["files"] = nlohmann::ordered_json::array({kExportMarker});
  for (const auto& [path, text] : folder.files) json["files"].push_back(path);
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

// What an export says of itself in its marker.
struct ExportMarker {
  std::string name;
  std::set<std::string> files;
};

ExportMarker read_marker(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kExportMarker;
  if (!std::filesystem::exists(path)) {
    throw Error("{} exists and has no {}, so it is not replaced; choose another name", folder.string(), kExportMarker);
  }
  const auto json = nlohmann::json::parse(read_text_file(path), nullptr, /*allow_exceptions=*/false);
  ExportMarker found;
  if (json.is_object() && json.contains("name") && json["name"].is_string())
    found.name = json["name"].get<std::string>();
  if (json.is_object() && json.contains("files") && json["files"].is_array()) {
    for (const auto& file : json["files"]) {
      if (file.is_string()) found.files.insert(file.get<std::string>());
    }
  }
  if (found.files.empty()) {
    throw Error(
        "{} does not list the files of the export, so the folder is not replaced; delete the folder or choose another "
        "name",
        path.string());
  }
  return found;
}

// Whether the Makefile of the export called `name` (see plain.cpp) may have written this file. `path` is relative to
// the folder.
bool is_build_product(const std::filesystem::path& path, const std::string& name) {
  if (path.has_parent_path()) return *path.begin() == "build" && path.extension() == ".o";
  return path == "self_test" || path == "lib" + name + ".a";
}

void refuse_other_files(const std::filesystem::path& folder) {
  const ExportMarker ours = read_marker(folder);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::filesystem::path path = entry.path().lexically_relative(folder);
    if (ours.files.contains(path.generic_string()) || is_build_product(path, ours.name)) continue;
    if (std::filesystem::is_directory(entry.symlink_status())) continue;
    throw Error("{} was not written by an export, so {} is not replaced; move the file away or choose another name",
                entry.path().string(), folder.string());
  }
}

}  // namespace

ExportedFolder export_model(const ModelFile& file, const Target& target, const std::string& name,
                            PackageRequest package, const SourceTexts& sources) {
  package.package = package_for(package.package, target);
  check_package(package, target, name);
  const std::string kernels = kernel_namespace(sources);
  const ExportPlan plan(file, target, name, kernels);
  ExportedFolder folder{.name = name,
                        .target = target.name,
                        .files = {},
                        .build = {},
                        .arena_bytes = plan.window_plan().arena_bytes,
                        .stream_arena_bytes = plan.stream_arena_bytes(),
                        .weight_bytes = plan.weight_bytes(),
                        .layers = {}};
  for (std::uint32_t i = 0; i < plan.layers().size(); ++i) {
    folder.layers.push_back({plan.model().layers()->Get(i)->name()->str(), plan.layers()[i].call.function});
  }
  std::vector<SourceFile> to_compile = add_generated(plan, folder.files);
  for (const std::string& path : library_files(plan)) {
    folder.files["src/" + path] = kernel_text(path, sources.at(path), kernels);
    if (path.ends_with(".cpp")) to_compile.push_back({"src/" + path, SourceRole::kKernel});
  }
  folder.build = build_description(target, std::move(to_compile));
  add_package_files(plan, folder.build, package, folder.files);
  folder.files["README.md"] = readme(plan, package);
  folder.files[kExportMarker] = marker(folder);
  return folder;
}

void refuse_replacing_export(const std::filesystem::path& path, Existing existing) {
  refuse_existing(path, existing);
  if (std::filesystem::exists(std::filesystem::symlink_status(path))) refuse_other_files(path);
}

void write_export(const ExportedFolder& folder, const std::filesystem::path& path, Existing existing) {
  write_folder(path, existing, refuse_other_files, [&](const std::filesystem::path& partial) {
    for (const auto& [name, text] : folder.files) {
      std::filesystem::create_directories((partial / name).parent_path());
      write_text_file(partial / name, text, Existing::kRefuse);
    }
  });
}

}  // namespace stapes
