#include "boards/firmware_files.h"

#include "base/error.h"

namespace stapes {

void write_firmware(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::copy(STAPES_FIRMWARE_DIR, folder, std::filesystem::copy_options::recursive, error);
  if (error) throw Error("cannot copy {} to {}: {}", STAPES_FIRMWARE_DIR, folder.string(), error.message());
}

}  // namespace stapes
