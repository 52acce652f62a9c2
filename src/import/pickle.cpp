// SPDX-License-Identifier: Apache-2.0
#include "import/pickle.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

#include "base/error.h"
#include "import/advice.h"
#include "import/byte_reader.h"

namespace stapes::imports {
namespace {

// Bounds memory. Micro-ACDNet has 2,500 values.
constexpr std::size_t kMaxValues = std::size_t{1} << 20;
constexpr std::string_view kOrderedDict = "collections.OrderedDict", kDefaultDict = "collections.defaultdict";
constexpr Ref kNothing = ~Ref{0};

class Machine {
 public:
  Machine(std::span<const std::byte> bytes, std::size_t begin, std::span<const std::string_view> allowed)
      : bytes_(bytes), reader_(bytes, "the pickle", begin), allowed_(allowed) {}

  Pickle run() {
    while (step()) {
    }
    result_.end = reader_.position();
    return std::move(result_);
  }

 private:
  bool step() {  // false after STOP
    opcode_at_ = reader_.position();
    const auto opcode = reader_.number<std::uint8_t>();
    switch (opcode) {
      // Framing and the end.
      case 0x80:
        check_protocol(reader_.number<std::uint8_t>());
        break;
      case 0x95:
        reader_.number<std::uint64_t>();
        break;  // FRAME: a hint for buffering
      case '.':
        result_.root = pop();
        return false;
      // Constants.
      case 'N':
        push({});
        break;
      case 0x88:
        push({.kind = Kind::kBool, .integer = 1});
        break;
      case 0x89:
        push({.kind = Kind::kBool, .integer = 0});
        break;
      case 'K':
        push_int(reader_.number<std::uint8_t>());
        break;
      case 'M':
        push_int(reader_.number<std::uint16_t>());
        break;
      case 'J':
        push_int(reader_.number<std::int32_t>());
        break;
      case 0x8a:
        push_long(reader_.text(reader_.number<std::uint8_t>()));
        break;
      case 'G':
        push_float(reader_.number<std::uint64_t>());
        break;
      case 'X':
      case 'B':
        push_text(reader_.number<std::uint32_t>());
        break;
      case 0x8d:
      case 0x8e:
        push_text(reader_.number<std::uint64_t>());
        break;
      case 0x8c:  // text; bytes are stored the same way
      case 'C':
        push_text(reader_.number<std::uint8_t>());
        break;
      // Containers.
      case '(':
        marks_.push_back(stack_.size());
        check_count(marks_.size());
        break;
      case ')':
        push({.kind = Kind::kTuple});
        break;
      case 't':
        push({.kind = Kind::kTuple, .items = pop_to_mark()});
        break;
      case 0x85:
        push({.kind = Kind::kTuple, .items = pop_many(1)});
        break;
      case 0x86:
        push({.kind = Kind::kTuple, .items = pop_many(2)});
        break;
      case 0x87:
        push({.kind = Kind::kTuple, .items = pop_many(3)});
        break;
      case ']':
      case 0x8f:  // a set, stored like a list
        push({.kind = Kind::kList});
        break;
      case 'a':
        extend(Kind::kList, pop_many(1));
        break;
      case 'e':
      case 0x90:
        extend(Kind::kList, pop_to_mark());
        break;
      case '}':
        push({.kind = Kind::kDict});
        break;
      case 's':
        extend(Kind::kDict, pop_many(2));
        break;
      case 'u':
        extend(Kind::kDict, pop_to_mark());
        break;
      // The memo.
      case 'q':
        put(reader_.number<std::uint8_t>());
        break;
      case 'r':
        put(reader_.number<std::uint32_t>());
        break;
      case 0x94:
        put(memo_.size());
        break;
      case 'h':
        get(reader_.number<std::uint8_t>());
        break;
      case 'j':
        get(reader_.number<std::uint32_t>());
        break;
      // Calls that Python would execute.
      case 'c':
        push_global_lines();
        break;
      case 0x93:
        push_stack_global();
        break;
      case 'R':
      case 0x81:  // NEWOBJ
        reduce();
        break;
      case 'b':
        build();
        break;
      case 'Q':
        push({.kind = Kind::kPersistent, .items = pop_many(1)});
        break;
      default:
        throw Error("unknown pickle opcode 0x{:02x} at byte {}; only weights can be imported: {}", opcode, opcode_at_,
                    kSaveWeights);
    }
    return true;
  }

  [[noreturn]] void fail(const char* problem) const {
    throw Error("the pickle is damaged at byte {}: {}", opcode_at_, problem);
  }

  void check_protocol(int protocol) const {
    if (protocol > 5) throw Error("pickle protocol {} is not supported; expected 5 or older", protocol);
  }

  void check_count(std::size_t count) const {
    if (count > kMaxValues) fail("more values than any network needs");
  }

  void push(Value value) {
    check_count(result_.values.size() + 1);
    stack_.push_back(static_cast<Ref>(result_.values.size()));
    result_.values.push_back(std::move(value));
  }

  void push_int(std::int64_t integer) { push({.kind = Kind::kInt, .integer = integer}); }

  void push_long(std::string_view bytes) {
    if (bytes.size() > sizeof(std::int64_t)) return push({.kind = Kind::kBigInt, .text = bytes});
    const bool negative = !bytes.empty() && (bytes.back() & 0x80) != 0;
    std::int64_t integer = negative ? -1 : 0;
    std::memcpy(&integer, bytes.data(), bytes.size());
    push_int(integer);
  }

  void push_float(std::uint64_t big_endian) {
    push({.kind = Kind::kFloat, .real = std::bit_cast<double>(__builtin_bswap64(big_endian))});
  }

  void push_text(std::uint64_t size) { push({.kind = Kind::kString, .text = reader_.text(size)}); }

  // Values below the last mark must not be popped.
  std::size_t available() const { return stack_.size() - (marks_.empty() ? 0 : marks_.back()); }

  std::vector<Ref> pop_many(std::size_t count) {
    if (available() < count) fail("it pops a value from an empty stack");
    const std::vector<Ref> taken(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return taken;
  }

  std::vector<Ref> pop_to_mark() {
    if (marks_.empty()) fail("no mark precedes these items");
    auto taken = pop_many(available());
    marks_.pop_back();
    return taken;
  }

  Ref pop() { return pop_many(1).front(); }

  Value& top(Kind kind) {
    if (available() == 0) fail("it changes a value that is not on the stack");
    Value& value = result_.values[stack_.back()];
    if (value.kind != kind)
      throw Error("the pickle is damaged at byte {}: expected {}, found {}", opcode_at_, with_article(kind),
                  with_article(value.kind));
    return value;
  }

  void extend(Kind kind, const std::vector<Ref>& items) {
    if (kind == Kind::kDict && items.size() % 2 != 0) fail("a key has no value");
    auto& all = top(kind).items;
    all.insert(all.end(), items.begin(), items.end());
  }

  void put(std::size_t index) {
    if (available() == 0) fail("it stores a value that is not on the stack");
    check_count(index);
    if (index >= memo_.size()) memo_.resize(index + 1, kNothing);
    memo_[index] = stack_.back();
  }

  void get(std::size_t index) {
    if (index >= memo_.size() || memo_[index] == kNothing) fail("it loads a value that was never stored");
    check_count(stack_.size() + 1);
    stack_.push_back(memo_[index]);
  }

  std::string_view line() {
    const std::size_t begin = reader_.position();
    std::size_t size = 0;
    ByteReader ahead = reader_;
    while (ahead.number<char>() != '\n') ++size;
    const std::string_view text = reader_.text(size);
    reader_.take(ahead.position() - begin - size);
    return text;
  }

  void push_global_lines() {
    const std::string_view module = line();
    push_global(module, line());
  }

  void push_stack_global() {
    const auto names = pop_many(2);
    const Value &module = result_[names[0]], &name = result_[names[1]];
    if (module.kind != Kind::kString || name.kind != Kind::kString) fail("the name of a global is not a string");
    push_global(module.text, name.text);
  }

  void push_global(std::string_view module, std::string_view name) {
    if (module == "__builtin__") module = "builtins";  // its name in protocol 2
    const std::string full = std::string(module) + "." + std::string(name);
    if (full == kOrderedDict) return push({.kind = Kind::kGlobal, .text = kOrderedDict});
    const auto known = std::find(allowed_.begin(), allowed_.end(), full);
    if (known == allowed_.end()) refuse_global(full);
    push({.kind = Kind::kGlobal, .text = *known});
  }

  [[noreturn]] void refuse_global(const std::string& name) const {
    const std::string_view rest(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
    // A pickled model names its own class first.
    if (name.starts_with("torch.nn.") || rest.find("torch.nn.modules") != rest.npos) {
      throw Error(
          "the file holds an entire pickled model: it names the Python class {} at byte {}; nothing was executed; "
          "load it in Python, where that class is defined, and {}",
          printable(name), opcode_at_, kSaveWeights);
    }
    throw Error(
        "the file names the Python object {} at byte {}, which weights do not need; nothing was executed; save the "
        "weights only: torch.save(model.state_dict(), FILE)",
        printable(name), opcode_at_);
  }

  // REDUCE and NEWOBJ: a function or a class, then its arguments.
  void reduce() {
    const auto call = pop_many(2);
    const Value &callee = result_[call[0]], &arguments = result_[call[1]];
    if (callee.kind != Kind::kGlobal) fail("it calls something that is not a global");
    if (arguments.kind != Kind::kTuple) fail("the arguments of a call are not a tuple");
    if (callee.text == kDefaultDict) return push({.kind = Kind::kDict});
    if (callee.text != kOrderedDict) return push({.kind = Kind::kCall, .items = call});
    if (!arguments.items.empty()) fail("collections.OrderedDict is called with arguments");
    push({.kind = Kind::kDict});
  }

  // An object's state, such as the `_metadata` of an OrderedDict, holds no weights and is dropped.
  void build() {
    pop();
    if (available() == 0) fail("it changes a value that is not on the stack");
    const Kind kind = result_[stack_.back()].kind;
    if (kind != Kind::kDict && kind != Kind::kCall) fail("it sets the state of a value that has none");
  }

  std::span<const std::byte> bytes_;
  ByteReader reader_;
  std::span<const std::string_view> allowed_;
  std::size_t opcode_at_ = 0;
  Pickle result_;
  std::vector<Ref> stack_;
  std::vector<std::size_t> marks_;  // stack sizes at the open marks
  std::vector<Ref> memo_;
};

}  // namespace

Pickle read_pickle(std::span<const std::byte> bytes, std::size_t begin, std::span<const std::string_view> allowed) {
  return Machine(bytes, begin, allowed).run();
}

const char* to_string(Kind kind) {
  switch (kind) {
    case Kind::kNone:
      return "None";
    case Kind::kBool:
      return "bool";
    case Kind::kInt:
      return "int";
    case Kind::kBigInt:
      return "long int";
    case Kind::kFloat:
      return "float";
    case Kind::kString:
      return "text";
    case Kind::kTuple:
      return "tuple";
    case Kind::kList:
      return "list";
    case Kind::kDict:
      return "dict";
    case Kind::kGlobal:
      return "class or function";
    case Kind::kCall:
      return "object";
    case Kind::kPersistent:
      return "storage";
  }
  return "?";
}

std::string with_article(Kind kind) {
  const std::string name = to_string(kind);
  if (kind == Kind::kNone || kind == Kind::kString) return name;
  return (name.front() == 'i' || name.front() == 'o' ? "an " : "a ") + name;
}

}  // namespace stapes::imports
