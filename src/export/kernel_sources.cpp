#include "export/kernel_sources.h"

#include <fmt/format.h>

#include "base/error.h"
#include "export/embedded_files.h"

namespace stapes {
namespace {

bool defines(std::string_view text, std::string_view op, std::string_view isa) {
  return text.find(fmt::format("void {}_{}(const ", op, isa)) != std::string_view::npos;
}

}  // namespace

std::string kernel_source(std::string_view folder, std::string_view op, std::string_view family, std::string_view isa) {
  for (const std::string_view stem : {op, family, folder}) {
    const std::string path = fmt::format("kernels/{}/{}_{}.cpp", folder, stem, isa);
    const auto found = embedded_files().find(path);
    if (found != embedded_files().end() && defines(found->second, op, isa)) return path;
  }
  throw Error("no file of kernels/{} defines {}_{}", folder, op, isa);
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
