// SPDX-License-Identifier: Apache-2.0
#include "export/kernel_sources.h"

#include <fmt/format.h>

#include "base/error.h"
#include "export/embedded_files.h"
#include "export/kernel_call.h"

namespace stapes {
namespace {

bool defines(std::string_view text, const std::string& function) {
  return text.find(fmt::format("void {}(const ", function)) != std::string_view::npos;
}

}  // namespace

std::string kernel_file(const KernelCall& call, const std::vector<std::string>& endings) {
  const char* extension = call.is_fixed ? "h" : "cpp";
  for (const std::string& ending : endings) {
    for (const std::string& stem : {call.op, call.family, call.folder}) {
      const std::string path = fmt::format("kernels/{}/{}_{}.{}", call.folder, stem, ending, extension);
      const auto found = embedded_files().find(path);
      if (found != embedded_files().end() && defines(found->second, call.function)) return path;
    }
  }
  throw Error("no file of kernels/{} defines {}", call.folder, call.function);
}

void add_with_includes(std::string_view path, std::set<std::string>& files) {
  if (!files.emplace(path).second) return;
  constexpr std::string_view kInclude = "#include \"";
  const std::string_view text = embedded_file(path);
  for (std::size_t at = text.find(kInclude); at != std::string_view::npos; at = text.find(kInclude, at)) {
    at += kInclude.size();
    add_with_includes(text.substr(at, text.find('"', at) - at), files);
  }
}

}  // namespace stapes
