// SPDX-License-Identifier: Apache-2.0
#include "data/features/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"

namespace stapes {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMaxDimensions = 32;

// The header is a Python dictionary as text: {'descr': '<f4', 'fortran_order': False, 'shape': (49, 10), }
class NpyHeader {
 public:
  NpyHeader(std::string_view text, const std::string& name) : left_(text), name_(name) {
    expect('{');
    while (!take('}')) {
      read_entry();
      if (take(',')) continue;
      expect('}');
      break;
    }
    skip_blanks();
    if (!left_.empty()) fail("unexpected text after its dictionary");
    if (!dtype_ || !fortran_order_ || !shape_) fail("it lacks descr, fortran_order or shape");
  }

  const std::string& dtype() const { return *dtype_; }
  bool fortran_order() const { return *fortran_order_; }
  const std::vector<std::size_t>& shape() const { return *shape_; }

 private:
  [[noreturn]] void fail(const std::string& why) const { throw Error("{} has a broken header: {}", name_, why); }

  void skip_blanks() { left_.remove_prefix(std::min(left_.find_first_not_of(" \t\n"), left_.size())); }
  bool take(char c) {
    skip_blanks();
    if (!left_.starts_with(c)) return false;
    left_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail(fmt::format("expected '{}'", c));
  }
  bool take(std::string_view word) {
    skip_blanks();
    if (!left_.starts_with(word)) return false;
    left_.remove_prefix(word.size());
    return true;
  }

  template <class Value>
  void set(std::optional<Value>& to, Value value) {
    if (to) fail("a key occurs twice");
    to = std::move(value);
  }

  void read_entry() {
    const std::string key = quoted();
    expect(':');
    if (key == "descr") return set(dtype_, read_dtype());
    if (key == "fortran_order") return set(fortran_order_, truth());
    if (key == "shape") return set(shape_, tuple());
    fail(fmt::format("unknown key '{}'", printable(key)));
  }

  std::string quoted() {
    skip_blanks();
    const char quote = left_.empty() ? '\0' : left_.front();
    const std::size_t end = quote == '\'' || quote == '"' ? left_.find(quote, 1) : std::string_view::npos;
    if (end == std::string_view::npos) fail("expected a quoted word");
    std::string word(left_.substr(1, end - 1));
    left_.remove_prefix(end + 1);
    return word;
  }

  std::string read_dtype() {
    skip_blanks();
    if (left_.starts_with('[')) throw Error("{} holds records; expected an array of plain numbers", name_);
    return quoted();
  }

  bool truth() {
    if (take("True")) return true;
    if (!take("False")) fail("fortran_order is neither True nor False");
    return false;
  }

  std::vector<std::size_t> tuple() {
    std::vector<std::size_t> numbers;
    expect('(');
    while (!take(')')) {
      if (numbers.size() == kMaxDimensions) fail(fmt::format("more than {} dimensions", kMaxDimensions));
      numbers.push_back(number());
      if (take(',')) continue;
      expect(')');
      break;
    }
    return numbers;
  }

  std::size_t number() {
    skip_blanks();
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(left_.data(), left_.data() + left_.size(), value);
    if (error != std::errc()) fail("expected a whole number in its shape");
    left_.remove_prefix(static_cast<std::size_t>(end - left_.data()));
    return value;
  }

  std::string_view left_;
  const std::string& name_;
  std::optional<std::string> dtype_;
  std::optional<bool> fortran_order_;
  std::optional<std::vector<std::size_t>> shape_;
};

std::uint64_t little_endian(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  return value;
}

std::string_view header_text(std::span<const std::byte> file, const std::string& name) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (!text.starts_with(kMagic) || file.size() < kMagic.size() + 2) {
    throw Error("{} is not a NumPy array; expected a .npy file as numpy.save() writes it", name);
  }
  const int major = std::to_integer<int>(file[kMagic.size()]), minor = std::to_integer<int>(file[kMagic.size() + 1]);
  if ((major != 1 && major != 2) || minor != 0) {
    throw Error("{} is a .npy file of version {}.{}; expected 1.0 or 2.0, which numpy.save() writes for plain numbers",
                name, major, minor);
  }
  const std::size_t length_at = kMagic.size() + 2, length_bytes = major == 1 ? 2 : 4;
  const std::size_t first = length_at + length_bytes;
  const std::uint64_t length = file.size() < first ? 0 : little_endian(file.subspan(length_at, length_bytes));
  if (file.size() < first || length > file.size() - first) {
    throw Error("{} is cut short in its header: the file has {} bytes", name, file.size());
  }
  return text.substr(first, length);
}

// Bytes per value: the number at the end of "<f4". Empty unless the type is a plain number.
std::optional<std::size_t> value_bytes(const std::string& dtype) {
  if (dtype.size() < 3 || dtype.size() > 4 || std::string_view("<>|=").find(dtype[0]) == std::string_view::npos ||
      std::string_view("biufc").find(dtype[1]) == std::string_view::npos) {
    return std::nullopt;
  }
  const std::optional<std::size_t> bytes = number_in<std::size_t>(std::string_view(dtype).substr(2));
  return bytes && *bytes >= 1 && *bytes <= 32 ? bytes : std::nullopt;
}

}  // namespace

NpyArray read_npy(std::span<const std::byte> file, const std::string& name) {
  const std::string_view text = header_text(file, name);
  const NpyHeader header(text, name);
  const std::optional<std::size_t> bytes = value_bytes(header.dtype());
  if (!bytes) throw Error("{} holds values of type '{}'; expected plain numbers", name, printable(header.dtype()));
  const auto first = static_cast<std::size_t>(text.data() + text.size() - reinterpret_cast<const char*>(file.data()));
  NpyArray array{.dtype = header.dtype(), .shape = header.shape(), .values = file.subspan(first)};
  const std::size_t room = array.values.size() / *bytes;
  for (const std::size_t axis : array.shape) {
    if (axis == 0) throw Error("{} holds no values: its shape is {}", name, fmt::join(array.shape, " x "));
    if (axis > room / array.count) {  // the product with this axis would exceed the file
      throw Error("{} is cut short: its shape {} needs more than the {} bytes of values in the file", name,
                  fmt::join(array.shape, " x "), array.values.size());
    }
    array.count *= axis;
  }
  if (array.values.size() != array.count * *bytes) {
    throw Error("{} has {} bytes of values; expected {} for its shape", name, array.values.size(),
                array.count * *bytes);
  }
  if (header.fortran_order() && array.shape.size() > 1) {
    throw Error("{} is in Fortran order; expected C order: save numpy.ascontiguousarray(array)", name);
  }
  return array;
}

void require_float32(const NpyArray& array, const std::string& name) {
  if (array.dtype == "<f4") return;
  throw Error("{} holds values of type '{}'; expected little-endian float32 ('<f4'): save array.astype('<f4')", name,
              array.dtype);
}

std::vector<int> whole_numbers(const NpyArray& array, const std::string& name, int low, int high) {
  const bool is_whole = array.dtype[1] == 'i' || array.dtype[1] == 'u';
  const std::size_t bytes = array.values.size() / array.count;
  if (!is_whole || bytes > 8 || (bytes > 1 && array.dtype[0] != '<')) {
    throw Error("{} holds values of type '{}'; expected little-endian integers, such as '<i8'", name, array.dtype);
  }
  if (array.shape.size() != 1) {
    throw Error("{} has {} dimensions; expected one number per clip", name, array.shape.size());
  }
  std::vector<int> numbers;
  for (std::size_t i = 0; i < array.count; ++i) {
    // Without sign extension, the bits of a negative number may look like a number in range.
    const std::uint64_t bits = little_endian(array.values.subspan(i * bytes, bytes));
    const bool negative = array.dtype[1] == 'i' && (bits >> (8 * bytes - 1)) != 0;
    if (negative || bits < static_cast<std::uint64_t>(low) || bits > static_cast<std::uint64_t>(high)) {
      throw Error("{}: row {} (counting from 0) is {}; expected {} to {}", name, i,
                  negative ? std::string("negative") : std::to_string(bits), low, high);
    }
    numbers.push_back(static_cast<int>(bits));
  }
  return numbers;
}

}  // namespace stapes
