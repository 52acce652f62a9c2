// SPDX-License-Identifier: Apache-2.0
#include "import/file_kind.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "import/advice.h"
#include "import/zip.h"

namespace stapes::imports {
namespace {

using namespace std::string_view_literals;

constexpr const char* kOnlyTorch =
    "import-torch reads only PyTorch and safetensors files: load the weights into the PyTorch model, then "
    "torch.save(model.state_dict(), FILE)";
constexpr const char* kUnpack = "unpack it first";

struct Signature {
  std::size_t at;
  std::string_view bytes;
  const char* kind;
  const char* remedy;
};

constexpr std::array kSignatures = {
    Signature{0, "\x89HDF\r\n\x1a\n"sv, "an HDF5 file, as written by Keras or PyTables", kOnlyTorch},
    Signature{0, "\x93NUMPY"sv, "a NumPy array (.npy)", kOnlyTorch},
    Signature{4, "TFL3"sv, "a TensorFlow Lite model", "read it with stapes import-tflite"},
    Signature{0, "GGUF"sv, "a GGUF model", kOnlyTorch},
    Signature{4, "ET12"sv, "an ExecuTorch program", kSaveWeights},
    Signature{4, "PTMF"sv, "a PyTorch Mobile model", kSaveWeights},
    Signature{0, "STAPESMD"sv, "already a packed Stapes model", "use it as it is"},
    Signature{0, "\x1f\x8b\x08"sv, "compressed with gzip", kUnpack},
    Signature{0, "BZh"sv, "compressed with bzip2", kUnpack},
    Signature{0,
              "\xfd"
              "7zXZ"sv,
              "compressed with xz", kUnpack},
    Signature{0, "\x28\xb5\x2f\xfd"sv, "compressed with zstd", kUnpack},
    Signature{0, "7z\xbc\xaf\x27\x1c"sv, "a 7z archive", kUnpack},
    Signature{0, "Rar!"sv, "a RAR archive", kUnpack},
    Signature{257, "ustar"sv, "a tar archive", kUnpack},
    Signature{0, "version https://git-lfs"sv, "a Git LFS pointer instead of the file", "fetch it with git lfs pull"},
    Signature{0, "<!DOCTYPE"sv, "a web page", "download the file itself"},
    Signature{0, "<!doctype"sv, "a web page", "download the file itself"},
    Signature{0, "<html"sv, "a web page", "download the file itself"},
};

std::string sentence(std::string_view kind, std::string_view remedy) {
  return fmt::format("it is {}; {}", kind, remedy);
}

bool has_at(std::string_view text, std::size_t at, std::string_view part) {
  return text.size() >= at && text.substr(at).starts_with(part);
}

// Protocol buffers have no magic number. First fields (numbers in parentheses): ONNX has ir_version (1), then
// producer_name (2) or the graph (7). SavedModel has the schema version (1), then meta graphs (2), which begin with a
// message (1). A frozen graph has nodes (1), which begin with a name (1).
std::string protocol_buffer(std::string_view text) {
  const auto byte = [&](std::size_t at) -> unsigned {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u;
  };
  if (byte(0) == 0x08 && byte(1) >= 1 && byte(1) < 0x40) {
    std::size_t inside = 3;  // after the varint of the second field's length
    while (byte(inside) >= 0x80) ++inside;
    if (byte(1) == 1 && byte(2) == 0x12 && byte(inside + 1) == 0x0a)
      return sentence("a TensorFlow SavedModel", kOnlyTorch);
    if (byte(2) == 0x12 || byte(2) == 0x3a || byte(2) == 0x42)
      return sentence("an ONNX model", "read it with stapes import-onnx");
  }
  if (byte(0) == 0x0a && byte(2) == 0x0a && byte(3) != 0 && byte(3) + 1 < byte(1))
    return sentence("a TensorFlow graph", kOnlyTorch);
  return {};
}

// Entry names without the top folder that torch adds.
std::vector<std::string> inner_names(std::span<const std::byte> bytes) {
  std::vector<std::string> names = ZipArchive::names(bytes);
  if (names.empty()) return names;
  const std::string folder = names.front().substr(0, names.front().find('/') + 1);
  if (std::ranges::all_of(names, [&](const std::string& name) { return name.starts_with(folder); })) {
    for (std::string& name : names) name.erase(0, folder.size());
  }
  return names;
}

std::string zip_archive(std::span<const std::byte> bytes) {
  const std::vector<std::string> names = inner_names(bytes);
  if (names.empty()) return {};  // damaged: the zip reader reports where
  const auto any = [&](auto&& fits) { return std::any_of(names.begin(), names.end(), fits); };
  const auto has = [&](std::string_view wanted) { return any([&](const auto& name) { return name == wanted; }); };
  const auto below = [&](std::string_view part) {
    return any([&](const auto& name) { return name.starts_with(part); });
  };
  const auto ends = [&](std::string_view part) { return any([&](const auto& name) { return name.ends_with(part); }); };
  if (has("archive_format") || has("models/model.json") || has("serialized_exported_program.json")) {
    return sentence("a torch.export program (.pt2)", "in Python: torch.save(torch.export.load(FILE).state_dict, NEW)");
  }
  if (has("constants.pkl") || below("code/")) {
    return sentence("a TorchScript archive", "in Python: torch.save(torch.jit.load(FILE).state_dict(), NEW)");
  }
  if (has(".data/extern_modules") || ends("/extern_modules")) return sentence("a torch.package archive", kSaveWeights);
  if (ends(".weights.h5")) return sentence("a Keras model", kOnlyTorch);
  if (std::ranges::all_of(names, [](const auto& name) { return name.ends_with(".npy"); })) {
    return sentence(
        "a NumPy archive (.npz)",
        "if its array names match the PyTorch model: safetensors.numpy.save_file(dict(numpy.load(FILE)), NEW)");
  }
  if (ends("data.pkl")) return {};  // written by torch.save
  return sentence("a zip archive of other files", kUnpack);
}

}  // namespace

std::string foreign_file(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.empty()) return "it is empty; copy it again";
  for (const Signature& signature : kSignatures) {
    if (has_at(text, signature.at, signature.bytes)) return sentence(signature.kind, signature.remedy);
  }
  if (ZipArchive::is_zip(bytes)) return zip_archive(bytes);
  if (text.front() == '\x80' && text.size() > 1 && text[1] >= 2 && text[1] <= 5) {
    return sentence(
        "a pickle not written by torch.save",
        "in Python: torch.save({k: torch.as_tensor(v) for k, v in pickle.load(open(FILE, 'rb')).items()}, NEW)");
  }
  if (text.front() == '{') return sentence("JSON text, not weights", kSaveWeights);
  if (text.ends_with("\x57\xfb\x80\x8b\x24\x75\x47\xdb"))
    return sentence("the index of a TensorFlow checkpoint", kOnlyTorch);
  return protocol_buffer(text);
}

std::string foreign_folder(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  if (fs::exists(folder / "saved_model.pb")) return sentence("a TensorFlow SavedModel", kOnlyTorch);
  if (fs::exists(folder / ".metadata")) {
    return sentence("a distributed PyTorch checkpoint",
                    "convert it: python -m torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER FILE");
  }
  if (fs::exists(folder / "data.pkl") || fs::exists(folder / "archive" / "data.pkl"))
    return sentence("an unpacked torch.save file", "pass the file itself");
  return sentence("a folder", "pass the file that contains the weights");
}

}  // namespace stapes::imports
