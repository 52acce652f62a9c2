#include "export/embedded_files.h"

#include "base/error.h"

namespace stapes {

const std::map<std::string_view, std::string_view>& embedded_files() {
  static const auto files = [] {
    std::map<std::string_view, std::string_view> by_path;
    for (std::size_t i = 0; i < kEmbeddedFileCount; ++i)
      by_path.emplace(kEmbeddedFiles[i].path, kEmbeddedFiles[i].text);
    return by_path;
  }();
  return files;
}

std::string_view embedded_file(std::string_view path) {
  const auto found = embedded_files().find(path);
  if (found == embedded_files().end()) throw Error("this program was built without its source file {}", path);
  return found->second;
}

}  // namespace stapes
