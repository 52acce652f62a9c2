// SPDX-License-Identifier: Apache-2.0
// Common ways to save weights. Each loads as the same network, or fails naming the format.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "base/error.h"
#include "base/files.h"
#include "cli/small_acdnet.h"
#include "import/acdnet_import.h"
#include "import/safetensors_file.h"
#include "support/paths.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

using namespace test::pickled;
using test::SmallAcdnetFile;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

const std::filesystem::path kSaved = test::tests_dir() / "import/saved";

TrainedNetwork network_of(const StateDict& state) { return network_from_state_dict(state, 20000, 8000); }

// `tolerance` is relative. For half precision it is 2^-11: half a unit in the last of 11 bits.
void expect_same(const TrainedNetwork& network, const TrainedNetwork& wanted, float tolerance = 0) {
  ASSERT_EQ(network.tensors.size(), wanted.tensors.size());
  for (const auto& [name, tensor] : wanted.tensors) {
    const FloatTensor& got = network.tensors.at(name);
    ASSERT_EQ(got.shape, tensor.shape) << name;
    for (std::size_t i = 0; i < tensor.values.size(); ++i) {
      EXPECT_NEAR(got.values[i], tensor.values[i], tolerance * std::abs(tensor.values[i])) << name;
    }
  }
}

// ---- files written by torch and safetensors (saved/make_saved.py)

struct TorchFile {
  const char* file;
  float tolerance = 0;
};
std::ostream& operator<<(std::ostream& out, const TorchFile& saved) { return out << saved.file; }

class SavedByTorch : public testing::TestWithParam<TorchFile> {};

TEST_P(SavedByTorch, IsTheNetworkOfThePlainStateDict) {
  const TrainedNetwork network = network_of(read_state_dict(kSaved / GetParam().file));
  expect_same(network, network_of(read_state_dict(kSaved / "plain.pt")), GetParam().tolerance);
}

INSTANTIATE_TEST_SUITE_P(AllFiles, SavedByTorch,
                         testing::Values(TorchFile{"compiled_data_parallel.pt"}, TorchFile{"old_protocol_4.pt"},
                                         TorchFile{"old_checkpoint_protocol_5.pt"}, TorchFile{"checkpoint.pt"},
                                         TorchFile{"lightning.ckpt"}, TorchFile{"weights.safetensors"},
                                         TorchFile{"half.safetensors", 0x1p-11f}));

TEST(SavedForms, TensorsBesideTheNetworkAreNamed) {
  std::vector<std::string> left_out;
  network_from_state_dict(read_state_dict(kSaved / "lightning.ckpt"), 20000, 8000, &left_out);
  EXPECT_THAT(left_out, ElementsAre("criterion.weight"));
  network_from_state_dict(read_state_dict(kSaved / "plain.pt"), 20000, 8000, &left_out);
  EXPECT_THAT(left_out, IsEmpty());
}

// ---- forms built by this test

struct Form {
  const char* name;
  std::string prefix;                                           // of the tensors' names
  std::function<std::string(const std::string& weights)> wrap;  // adds the object around the state dict
};
std::ostream& operator<<(std::ostream& out, const Form& form) { return out << form.name; }

std::string as_is(const std::string& weights) { return weights; }

std::function<std::string(const std::string&)> under(const std::string& key, const std::string& more = "") {
  return [=](const std::string& weights) { return dict(text("epoch") + number(7) + text(key) + weights + more); };
}

const std::string kOtherNetwork = dict(text("w") + test::TensorText{.key = "0", .storage_count = 18}.pickle());
const std::string kNamespace = global("argparse", "Namespace") + ")\x81" + dict(text("lr") + number(1)) + "b";

const Form kForms[] = {
    {"DataParallel", "module.", as_is},
    {"Compiled", "_orig_mod.", as_is},
    {"CompiledInDataParallel", "module._orig_mod.", as_is},
    {"DataParallelCompiled", "_orig_mod.module.", as_is},
    {"Lightning", "model.", under("state_dict", text("hyper_parameters") + dict(text("lr") + number(1)))},
    {"LightningCompiled", "net._orig_mod.", under("state_dict")},
    {"DeepInAnotherModule", "classifier.backbone.", as_is},
    {"ModelStateDict", "", under("model_state_dict", text("optimizer") + dict(text("state") + dict("")))},
    {"ImageNetExample", "module.", under("state_dict", text("arch") + text("acdnet"))},
    {"Model", "", under("model")},
    {"ModelWithAverages", "", under("model", text("model_ema") + kOtherNetwork)},
    {"Weights", "", under("weights")},
    {"AnotherName", "", under("acdnet")},
    {"TwiceNested", "",
     [](const std::string& weights) { return dict(text("checkpoint") + dict(text("state_dict") + weights)); }},
    {"WithALossBeside", "",
     under("model_state_dict",
           text("loss") + test::TensorText{.key = "0", .storage_count = 18, .sizes = {}, .strides = {}}.pickle())},
    {"WithArguments", "", under("state_dict", text("args") + kNamespace)},
    {"WithADefaultDict", "",
     under("state_dict", text("history") + call(global("collections", "defaultdict"), global("__builtin__", "list")) +
                             kMark + text("loss") + number(1) + "u")},
};

class SavedForm : public testing::TestWithParam<Form> {};

TEST_P(SavedForm, IsTheNetworkOfThePlainStateDict) {
  const SmallAcdnetFile wrapped(GetParam().prefix), plain;
  const TrainedNetwork network = network_of(test::parse(wrapped.bytes(GetParam().wrap(wrapped.state_dict()))));
  expect_same(network, network_of(test::parse(plain.bytes())));
}

INSTANTIATE_TEST_SUITE_P(All, SavedForm, testing::ValuesIn(kForms));

TEST(SavedForms, APartOfTheNetworkMayBeCompiledByItself) {
  const TrainedNetwork plain = network_of(read_state_dict(kSaved / "plain.pt"));
  StateDict state = read_state_dict(kSaved / "plain.pt");
  TensorDict renamed;
  for (const auto& [name, tensor] : state.tensors) {
    renamed[name.starts_with("sfeb.") ? "sfeb._orig_mod." + name.substr(5) : name] = tensor;
  }
  state.tensors = renamed;
  expect_same(network_of(state), plain);
}

TEST(SavedForms, TwoNetworksAreNotOne) {
  const auto both = [](const std::string& first, const std::string& second) {
    StateDict state = read_state_dict(kSaved / "plain.pt"), all;
    for (const auto& [name, tensor] : state.tensors) all.tensors[first + name] = all.tensors[second + name] = tensor;
    return network_of(all);
  };
  EXPECT_THAT([&] { both("student.", "teacher."); },
              ThrowsMessage<Error>(
                  HasSubstr("2 networks, with tensors such as student.sfeb.0.weight and teacher.sfeb.0.weight")));
  EXPECT_THAT([&] { both("", "module."); }, ThrowsMessage<Error>(HasSubstr("occurs twice")));
  const std::string two = dict(text("generator") + kOtherNetwork + text("critic") + kOtherNetwork);
  EXPECT_THAT([&] { test::parse(SmallAcdnetFile().bytes(two)); },
              ThrowsMessage<Error>(HasSubstr("several dicts of tensors, 'generator', 'critic'")));
}

TEST(SavedForms, ATensorInTheNetworksPlaceIsNotLeftOut) {
  StateDict state;
  for (const auto& [name, tensor] : read_state_dict(kSaved / "plain.pt").tensors)
    state.tensors["model." + name] = tensor;
  state.tensors["model.layer1.weight"] = {.shape = {1}, .values = {1}};
  EXPECT_THAT([&] { network_of(state); },
              ThrowsMessage<Error>(HasSubstr("model.layer1.weight is not part of an ACDNet")));
}

// ---- unsupported files

struct Refused {
  std::string name, file, kind, remedy;
};
std::ostream& operator<<(std::ostream& out, const Refused& refused) { return out << refused.name; }

std::string zip_of(const std::vector<std::string>& names, std::uint16_t method = 0) {
  test::ZipText zip;
  for (const std::string& name : names) zip.entries.push_back({.name = name, .data = "x", .method = method});
  return zip.file();
}

std::string padded(std::string begin, std::size_t size = 300) { return begin.append(size - begin.size(), '\0'); }

const std::string kSaveTheStateDict = "torch.save(model.state_dict(), FILE)";

const Refused kRefused[] = {
    {"TorchScript", zip_of({"m/data.pkl", "m/code/__torch__.py", "m/constants.pkl"}), "a TorchScript archive",
     "torch.save(torch.jit.load(FILE).state_dict(), NEW)"},
    {"TorchExport", zip_of({"p/archive_format", "p/models/model.json"}), "a torch.export program",
     "torch.save(torch.export.load(FILE).state_dict, NEW)"},
    {"OldTorchExport", zip_of({"serialized_exported_program.json", "version"}), "a torch.export program", "NEW"},
    {"Npz", zip_of({"a.npy", "b.npy"}), "a NumPy archive (.npz)", "safetensors.numpy.save_file"},
    {"CompressedNpz", zip_of({"a.npy"}, 8), "a NumPy archive (.npz)", "safetensors.numpy.save_file"},
    {"Keras", zip_of({"config.json", "metadata.json", "model.weights.h5"}), "a Keras model", kSaveTheStateDict},
    {"OtherZip", zip_of({"readme.txt"}), "a zip archive of other files", "unpack it"},
    {"Hdf5", padded("\x89HDF\r\n\x1a\n"), "an HDF5 file, as written by Keras", kSaveTheStateDict},
    {"TensorFlowLite", padded(std::string("\x1c\0\0\0TFL3", 8)), "a TensorFlow Lite model", "import-tflite"},
    {"SavedModel", padded("\x08\x01\x12\xa3\x02\x0a\x05serve"), "a TensorFlow SavedModel", kSaveTheStateDict},
    {"FrozenGraph", padded("\x0a\x30\x0a\x05input\x12"), "a TensorFlow graph", kSaveTheStateDict},
    {"Onnx",
     padded("\x08\x07\x12\x07pytorch\x1a\x03"
            "1.9"),
     "an ONNX model", "import-onnx"},
    {"OnnxWithoutProducer", padded("\x08\x0a\x3a\x90\x01\x0a"), "an ONNX model", "import-onnx"},
    {"Numpy", padded("\x93NUMPY\x01"), "a NumPy array", kSaveTheStateDict},
    {"PlainPickle", kBegin + dict(text("w") + number(1)) + kEnd, "a pickle not written by torch.save", "torch.save"},
    {"Gzip", padded("\x1f\x8b\x08"), "compressed with gzip", "unpack it"},
    {"Json", "{\"metadata\": {}, \"weight_map\": {}}", "JSON text", kSaveTheStateDict},
    {"WebPage", "<!DOCTYPE html><html>", "a web page", "download the file itself"},
    {"GitLfs", "version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer", "git lfs pull"},
    {"Stapes", padded("STAPESMD"), "already a packed Stapes model", "use it as it is"},
    {"Empty", "", "it is empty", "copy it again"},
    {"Unknown", padded("what is this"), "its first bytes match neither", kSaveTheStateDict},
    {"WholeModel", read_text_file(kSaved / "whole_model.pt"),
     "an entire pickled model: it names the Python class __main__.AcdNet", kSaveTheStateDict},
    {"AList", test::zip_file(list(number(1)), ""), "holds a list", kSaveTheStateDict},
    {"ATensor", test::zip_file(test::TensorText{}.pickle(), test::kSix), "holds a single tensor", kSaveTheStateDict},
    {"NothingInIt", test::zip_file(dict(text("epoch") + number(1) + text("opt") + dict("")), ""),
     "no tensors where weights are expected, only 'epoch', 'opt'", kSaveTheStateDict},
};

class RefusedFile : public testing::TestWithParam<Refused> {};

TEST_P(RefusedFile, SaysWhatItIsAndWhatToDo) {
  EXPECT_THAT([&] { test::parse(GetParam().file); },
              ThrowsMessage<Error>(
                  testing::AllOf(HasSubstr("FILE.pt: "), HasSubstr(GetParam().kind), HasSubstr(GetParam().remedy))));
}

INSTANTIATE_TEST_SUITE_P(All, RefusedFile, testing::ValuesIn(kRefused));

TEST(SavedForms, AFolderIsNoFile) {
  const test::TempDir folder;
  EXPECT_THAT([&] { read_state_dict(folder.path()); }, ThrowsMessage<Error>(HasSubstr("it is a folder")));
  write_text_file(folder / "saved_model.pb", "", Existing::kRefuse);
  EXPECT_THAT([&] { read_state_dict(folder.path()); }, ThrowsMessage<Error>(HasSubstr("a TensorFlow SavedModel")));
}

}  // namespace
}  // namespace stapes
