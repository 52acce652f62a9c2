// SPDX-License-Identifier: Apache-2.0
#include "export/kernel_text.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/content_hash.h"
#include "base/text.h"

namespace stapes {
namespace {

bool goes_into_exports(std::string_view path) { return !path.starts_with("firmware/") && path != "LICENSE"; }

// In kernels/add/add.cpp, "kernels/bits.h" becomes "../bits.h".
std::string with_relative_includes(const std::string& path, std::string_view text) {
  constexpr std::string_view kInclude = "#include \"";
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::string result;
  std::size_t done = 0;
  for (std::size_t at = text.find(kInclude); at != std::string_view::npos; at = text.find(kInclude, done)) {
    at += kInclude.size();
    const std::size_t end = text.find('"', at);
    result += text.substr(done, at - done);
    result += std::filesystem::path(text.substr(at, end - at)).lexically_relative(folder).generic_string();
    done = end;
  }
  return result += text.substr(done);
}

}  // namespace

std::string kernel_namespace(const SourceTexts& sources) {
  ContentHash hash;
  for (const auto& [path, text] : sources) {
    if (!goes_into_exports(path)) continue;
    hash.add(path);
    hash.add(text);
  }
  return fmt::format("stapes_{:016x}", hash.value());
}

std::string kernel_text(const std::string& path, std::string_view text, const std::string& name_space) {
  std::string result = with_relative_includes(path, text);
  replace_all(result, "namespace stapes {", fmt::format("namespace {} {{", name_space));
  replace_all(result, "}  // namespace stapes\n", fmt::format("}}  // namespace {}\n", name_space));
  return path.ends_with(".cpp") ? for_cxx14(result) : result;
}

std::string for_cxx14(const std::string& text) {
  return "#if __cplusplus < 201402L\n#error \"this library needs C++14: compile with -std=gnu++14 or newer\"\n#else\n" +
         text + "#endif\n";
}

}  // namespace stapes
