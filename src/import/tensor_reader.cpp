// SPDX-License-Identifier: Apache-2.0
#include "import/tensor_reader.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "import/advice.h"
#include "import/byte_reader.h"
#include "import/element_types.h"

namespace stapes::imports {
namespace {

constexpr std::string_view kTensor = "torch._utils._rebuild_tensor_v2", kParameter = "torch._utils._rebuild_parameter",
                           kParameterWithState = "torch._utils._rebuild_parameter_with_state";

constexpr std::array kStorageTypes = {
    StorageType{"torch.FloatStorage", 4, from_float32}, StorageType{"torch.DoubleStorage", 8, from_float64},
    StorageType{"torch.HalfStorage", 2, from_float16},  StorageType{"torch.BFloat16Storage", 2, from_bfloat16},
    StorageType{"torch.LongStorage", 8, nullptr},       StorageType{"torch.IntStorage", 4, nullptr},
    StorageType{"torch.ShortStorage", 2, nullptr},      StorageType{"torch.CharStorage", 1, nullptr},
    StorageType{"torch.ByteStorage", 1, nullptr},       StorageType{"torch.BoolStorage", 1, nullptr},
};

// Other contents of checkpoints, ignored: hyperparameters, counters, metrics.
// clang-format off
constexpr std::array<std::string_view, 32> kBesideWeights = {
    "torch.Size", "torch.device", "torch.float16", "torch.bfloat16", "torch.float32", "torch.float64", "torch.int32",
    "torch.int64", "collections.Counter", "collections.defaultdict", "builtins.dict", "builtins.list", "builtins.int",
    "builtins.float", "builtins.set", "builtins.bytearray", "builtins.complex", "_codecs.encode", "argparse.Namespace",
    "pathlib.PosixPath", "pathlib.WindowsPath", "pathlib.PurePosixPath", "pathlib._local.PosixPath",
    "pathlib._local.WindowsPath", "datetime.datetime", "numpy.dtype", "numpy.ndarray", "numpy.core.multiarray.scalar",
    "numpy.core.multiarray._reconstruct", "numpy._core.multiarray.scalar", "numpy._core.multiarray._reconstruct",
    "numpy.core.numeric._frombuffer",
};
// clang-format on

constexpr auto kGlobals = [] {
  std::array<std::string_view, 3 + kStorageTypes.size() + kBesideWeights.size()> names{kTensor, kParameter,
                                                                                       kParameterWithState};
  auto next = std::transform(kStorageTypes.begin(), kStorageTypes.end(), names.begin() + 3,
                             [](const StorageType& type) { return type.global; });
  std::copy(kBesideWeights.begin(), kBesideWeights.end(), next);
  return names;
}();

bool is_call(const Pickle& pickle, const Value& value, std::string_view global) {
  return value.kind == Kind::kCall && pickle[value.items[0]].text == global;
}

bool is_parameter(const Pickle& pickle, const Value& value) {
  return is_call(pickle, value, kParameter) || is_call(pickle, value, kParameterWithState);
}

// Copies a strided view in row-major order.
std::vector<float> gather(std::span<const std::byte> storage, const StorageType& type, std::uint64_t offset,
                          const std::vector<std::int64_t>& sizes, const std::vector<std::int64_t>& strides,
                          std::uint64_t count) {
  std::vector<float> values(count);
  std::vector<std::int64_t> at(sizes.size(), 0);
  std::uint64_t element = offset;
  for (float& value : values) {
    value = type.to_float(storage.data() + element * type.element_bytes);
    for (std::size_t axis = sizes.size(); axis-- > 0;) {  // increment; carry into the previous axis
      element += static_cast<std::uint64_t>(strides[axis]);
      if (++at[axis] < sizes[axis]) break;
      element -= static_cast<std::uint64_t>(sizes[axis]) * static_cast<std::uint64_t>(strides[axis]);
      at[axis] = 0;
    }
  }
  return values;
}

}  // namespace

std::span<const std::string_view> torch_globals() { return kGlobals; }

bool is_tensor(const Pickle& pickle, const Value& value) {
  return is_call(pickle, value, kTensor) || is_parameter(pickle, value);
}

StorageRecord read_storage_record(const Pickle& pickle, Ref ref) {
  const Value& id = pickle[ref];
  if (id.kind != Kind::kPersistent) throw Error("a tensor refers to {}; expected a storage", with_article(id.kind));
  const Value& fields = pickle[id.items[0]];
  if (fields.kind != Kind::kTuple || fields.items.size() < 5 || fields.items.size() > 6) {
    throw Error("a storage is described by {} of length {}; expected a tuple of length 5 or 6",
                with_article(fields.kind), fields.items.size());
  }
  const auto field = [&](std::size_t i) -> const Value& { return pickle[fields.items[i]]; };
  const auto type = std::find_if(kStorageTypes.begin(), kStorageTypes.end(), [&](const StorageType& t) {
    return field(1).kind == Kind::kGlobal && field(1).text == t.global;
  });
  if (field(0).kind != Kind::kString || field(0).text != "storage" || type == kStorageTypes.end() ||
      field(2).kind != Kind::kString || field(4).kind != Kind::kInt || field(4).integer < 0) {
    throw Error("a storage has an unexpected description; expected (storage, type, key, location, count)");
  }
  if (fields.items.size() == 6 && field(5).kind != Kind::kNone)
    throw Error("storage {} is a view of another storage, an old torch format that is not supported",
                printable(field(2).text));
  return {.key = field(2).text, .type = &*type, .element_count = static_cast<std::uint64_t>(field(4).integer)};
}

// Unwraps a parameter and returns (storage, offset, sizes, strides, ...).
const Value& TensorReader::tensor_arguments(const std::string& name, Ref ref) const {
  const Value* value = &pickle_[ref];
  if (is_parameter(pickle_, *value)) {
    const Value& arguments = pickle_[value->items[1]];
    if (arguments.items.empty()) throw Error("parameter {} is empty", name);
    value = &pickle_[arguments.items[0]];
  }
  if (!is_call(pickle_, *value, kTensor))
    throw Error("{} is {}; expected a tensor; {}", name, with_article(value->kind), kSaveWeights);
  const Value& arguments = pickle_[value->items[1]];
  if (arguments.items.size() < 4)
    throw Error("tensor {} is described by {} fields; expected at least 4", name, arguments.items.size());
  return arguments;
}

std::vector<std::int64_t> TensorReader::integers(const std::string& name, Ref ref) const {
  const Value& tuple = pickle_[ref];
  if (tuple.kind != Kind::kTuple || tuple.items.size() > kMaxAxes)
    throw Error("the shape or strides of tensor {} are not a tuple of at most {} numbers", name, kMaxAxes);
  std::vector<std::int64_t> numbers;
  for (const Ref item : tuple.items) {
    if (pickle_[item].kind != Kind::kInt || pickle_[item].integer < 0)
      throw Error("tensor {} has a size or stride that is not a number >= 0", name);
    numbers.push_back(pickle_[item].integer);
  }
  return numbers;
}

TensorReader::Layout TensorReader::read_layout(const std::string& name, const Value& arguments,
                                               const StorageRecord& storage) {
  const Value& offset = pickle_[arguments.items[1]];
  if (offset.kind != Kind::kInt || offset.integer < 0)
    throw Error("tensor {} has an offset that is not a number >= 0", name);
  Layout layout{.offset = static_cast<std::uint64_t>(offset.integer),
                .sizes = integers(name, arguments.items[2]),
                .strides = integers(name, arguments.items[3])};
  if (layout.sizes.size() != layout.strides.size())
    throw Error("tensor {} has {} sizes but {} strides", name, layout.sizes.size(), layout.strides.size());

  // Divides before multiplying, to avoid a 64-bit overflow.
  for (const std::int64_t size : layout.sizes) {
    const auto n = static_cast<std::uint64_t>(size);
    if (n != 0 && layout.value_count > values_left_ / n) {
      throw Error("tensor {} declares more values than a file of this size can hold", name);
    }
    layout.value_count *= n;
  }
  if (layout.value_count == 0) return layout;
  std::uint64_t last = layout.offset;  // index of the tensor's last element
  for (std::size_t axis = 0; axis < layout.sizes.size() && last < storage.element_count; ++axis) {
    const auto steps = static_cast<std::uint64_t>(layout.sizes[axis]) - 1,
               stride = static_cast<std::uint64_t>(layout.strides[axis]);
    if (steps == 0) continue;
    last = stride > storage.element_count / steps ? storage.element_count : last + steps * stride;
  }
  if (last >= storage.element_count)
    throw Error("tensor {} extends beyond its storage of {} values", name, storage.element_count);
  values_left_ -= std::min(values_left_, layout.value_count);
  return layout;
}

std::optional<FloatTensor> TensorReader::read(const std::string& name, Ref ref) {
  const Value& arguments = tensor_arguments(name, ref);
  const StorageRecord storage = read_storage_record(pickle_, arguments.items[0]);
  const auto bytes = find_storage_(storage);  // verifies the size before any allocation
  const Layout layout = read_layout(name, arguments, storage);
  if (storage.type->to_float == nullptr) {
    if (is_step_counter(name)) return std::nullopt;
    throw Error("tensor {} holds {}; expected floating-point weights", name, storage.type->global);
  }
  FloatTensor tensor{
      .shape = layout.sizes,
      .values = gather(bytes, *storage.type, layout.offset, layout.sizes, layout.strides, layout.value_count)};
  check_finite(name, tensor);
  return tensor;
}

}  // namespace stapes::imports
