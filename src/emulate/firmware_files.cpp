// SPDX-License-Identifier: Apache-2.0
#include "emulate/firmware_files.h"

#include <string>

#include "base/error.h"
#include "base/files.h"
#include "export/embedded_files.h"

namespace stapes {

void write_firmware(const std::filesystem::path& folder) {
  constexpr std::string_view kPrefix = "firmware/";
  bool any = false;
  for (const auto& [path, text] : embedded_files()) {
    if (!path.starts_with(kPrefix)) continue;
    const std::filesystem::path file = folder / path.substr(kPrefix.size());
    std::error_code error;
    std::filesystem::create_directories(file.parent_path(), error);
    if (error) throw Error("cannot create the folder {}: {}", file.parent_path().string(), error.message());
    write_text_file(file, text, Existing::kReplace);
    any = true;
  }
  if (!any) throw Error("this program was built without the files of {}", kPrefix);
}

}  // namespace stapes
