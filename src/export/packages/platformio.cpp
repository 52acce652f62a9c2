// SPDX-License-Identifier: Apache-2.0
// A PlatformIO library (docs.platformio.org: manifests/library-json).
#include <algorithm>
#include <nlohmann/json.hpp>

#include "export/names.h"
#include "export/packages/manifests.h"
#include "packed/operators/operator.h"

namespace stapes {
namespace {

// [a-z0-9-], as the registry expects. An export name has single underscores, and none at its ends (export/names.h).
std::string registry_name(std::string name) {
  std::ranges::transform(name, name.begin(), [](char c) {
    return c == '_' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return name;
}

}  // namespace

void add_platformio_files(const ExportPlan& plan, const BuildDescription& build, const PackageRequest& request,
                          ExportFiles& files) {
  nlohmann::ordered_json flags = nlohmann::ordered_json::array();
  for (const std::string& flag : library_flags(build)) flags.push_back(flag);
  const nlohmann::ordered_json manifest = {
      {"name", registry_name(plan.name())},
      {"version", request.version},
      {"description", package_sentence(plan) + ": a neural network written by stapes"},
      {"keywords", {"neural network", "classifier", plural_of(input_kind(plan.model()))}},
      {"homepage", package_url(request)},
      {"license", "Apache-2.0"},
      {"frameworks", "*"},
      {"platforms", "*"},
      {"headers", plan.name() + ".h"},
      {"examples", {{{"name", "listen"}, {"base", "examples/listen"}, {"files", {"main.c"}}}}},
      {"build", {{"flags", flags}, {"srcDir", "src"}, {"includeDir", "include"}}}};
  files["library.json"] = manifest.dump(2) + "\n";
  files["examples/listen/main.c"] = sample_program(plan, console_style());
}

}  // namespace stapes
