// SPDX-License-Identifier: Apache-2.0
#include "export/build_description.h"

#include <algorithm>

namespace stapes {
namespace {

void append(std::vector<std::string>& to, const std::vector<std::string>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

}  // namespace

BuildDescription build_description(const Target& target, std::vector<SourceFile> sources) {
  BuildDescription build{.tool_prefix = target.tool_prefix,
                         .processor_flags = target.compile_flags,
                         .standard = "14",
                         .flags = export_flags(),
                         .tuning = target.tuning,
                         .include_folders = {"include", "src"},
                         .sources = std::move(sources)};
  std::ranges::sort(build.sources, {}, &SourceFile::path);
  return build;
}

std::vector<std::string> include_flags(const BuildDescription& build, const std::filesystem::path& root) {
  std::vector<std::string> flags;
  for (const std::string& folder : build.include_folders) flags.push_back("-I" + (root / folder).string());
  return flags;
}

std::vector<std::string> required_arguments(const BuildDescription& build, const std::filesystem::path& root) {
  std::vector<std::string> arguments = build.processor_flags;
  arguments.push_back("-std=c++" + build.standard);
  append(arguments, build.flags);
  append(arguments, include_flags(build, root));
  return arguments;
}

std::vector<std::string> compile_arguments(const BuildDescription& build, const std::filesystem::path& root) {
  std::vector<std::string> arguments = required_arguments(build, root);
  append(arguments, build.tuning);
  return arguments;
}

}  // namespace stapes
