// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/names.h"
#include "cli/command.h"
#include "emulate/export_to_folder.h"
#include "export/names.h"

namespace stapes::cli {
namespace {

nlohmann::json to_json(const ExportedFolder& folder) {
  nlohmann::json json = {{"name", folder.name},
                         {"target", folder.target},
                         {"arena_bytes", folder.arena_bytes},
                         {"stream_arena_bytes", folder.stream_arena_bytes},
                         {"weight_bytes", folder.weight_bytes},
                         {"files", nlohmann::json::array()},
                         {"layers", nlohmann::json::array()}};
  for (const auto& [path, text] : folder.files) json["files"].push_back(path);
  for (const auto& layer : folder.layers) json["layers"].push_back({{"name", layer.name}, {"kernel", layer.kernel}});
  return json;
}

void print_export(const ExportedFolder& folder, const std::filesystem::path& output) {
  print_out("{}: {} for {}, {} files\n", output.string(), folder.name, folder.target, folder.files.size());
  const std::string push = folder.stream_arena_bytes > 0 ? fmt::format(", {} for push", folder.stream_arena_bytes) : "";
  print_out("arena     {} bytes for run{}\nconstants {} bytes\n", folder.arena_bytes, push, folder.weight_bytes);
  for (const auto& layer : folder.layers) print_out("{:<9} {}\n", plain_text(layer.name), layer.kernel);
}

void export_folder(ExportRequest request, const Common& common) {
  request.existing = common.existing();
  const ExportedFolder folder = export_to_folder(request);
  for (const std::string& warning : warnings_of(folder)) print_notice("warning", warning);
  if (common.json) {
    print_json(to_json(folder));
  } else if (!common.quiet) {
    print_export(folder, request.output);
  }
}

void add_package_options(CLI::App& command, PackageRequest& request) {
  command
      .add_option_function<std::string>(
          "--package", [&request](const std::string& name) { request.package = parse_name<Package>(name, "package"); },
          "Layout of the folder " + braced(names_of<Package>()) + " (default plain)")
      ->type_name("PACKAGE")
      ->group("Package");
  command.add_option("--package-version", request.version, "Semantic version in the manifest")
      ->type_name("VERSION")
      ->capture_default_str()
      ->group("Package");
  command.add_option("--vendor", request.vendor, "Vendor of a CMSIS-Pack or author of an Arduino library")
      ->type_name("NAME")
      ->capture_default_str()
      ->group("Package");
  command.add_option("--url", request.url, "Web page of the package (default: the Stapes page)")
      ->type_name("URL")
      ->group("Package");
}

}  // namespace

void add_export_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<ExportRequest>();
  CLI::App* command = add_common(app, "stapes export int8.stapes --target cortex-m4 -o int8_m4", common);
  command->add_option("MODEL", options->model, "Packed model (.stapes)")->required();
  command->add_option(
      "--target", options->target,
      "Processor " + braced(target_names()) +
          "; cortex-m means cortex-m4, riscv means riscv32 (default: arduino for --package arduino, riscv32 "
          "for esp-idf)");
  command->add_option("-o,--output", options->output, "Folder to write")->required();
  command->add_option("--name", options->name,
                      "Name of the header, the functions and the constants (default: the model's file name)");
  command->add_flag("--measure", options->measure,
                    "Measure the export on an emulated core, or natively if the target is host (see `stapes measure`), "
                    "and add the figures to its README");
  add_package_options(*command, options->package);
  add_force(*command, common);
  command->callback([=] { export_folder(*options, *common); });
}

}  // namespace stapes::cli
