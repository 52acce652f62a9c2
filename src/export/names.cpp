// SPDX-License-Identifier: Apache-2.0
#include "export/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"

namespace stapes {
namespace {

bool is_small(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return is_small(c) || (c >= 'A' && c <= 'Z'); }

// Keywords of C23 and C++20.
constexpr std::array kKeywords = {"alignas",   "alignof",       "and",           "asm",          "auto",
                                  "bitand",    "bitor",         "bool",          "break",        "case",
                                  "catch",     "char",          "char16_t",      "char32_t",     "char8_t",
                                  "class",     "compl",         "concept",       "const",        "const_cast",
                                  "consteval", "constexpr",     "constinit",     "continue",     "co_await",
                                  "co_return", "co_yield",      "decltype",      "default",      "delete",
                                  "do",        "double",        "dynamic_cast",  "else",         "enum",
                                  "explicit",  "export",        "extern",        "false",        "float",
                                  "for",       "friend",        "goto",          "if",           "inline",
                                  "int",       "long",          "mutable",       "namespace",    "new",
                                  "noexcept",  "not",           "nullptr",       "operator",     "or",
                                  "private",   "protected",     "public",        "register",     "reinterpret_cast",
                                  "requires",  "restrict",      "return",        "short",        "signed",
                                  "sizeof",    "static",        "static_assert", "static_cast",  "struct",
                                  "switch",    "template",      "this",          "thread_local", "throw",
                                  "true",      "try",           "typedef",       "typeid",       "typename",
                                  "typeof",    "typeof_unqual", "union",         "unsigned",     "using",
                                  "virtual",   "void",          "volatile",      "wchar_t",      "while",
                                  "xor"};

// System headers that NAME.h in the include path would hide.
constexpr std::array kHeaders = {
    "assert",    "complex", "ctype",  "errno",  "fenv",    "float",       "inttypes", "iso646",    "limits", "locale",
    "malloc",    "math",    "memory", "setjmp", "signal",  "stdalign",    "stdarg",   "stdatomic", "stdbit", "stdbool",
    "stdckdint", "stddef",  "stdint", "stdio",  "stdlib",  "stdnoreturn", "string",   "strings",   "tgmath", "threads",
    "time",      "uchar",   "unistd", "wchar",  "wctype",  "Arduino",     "alloca",   "features",  "newlib", "picolibc",
    "sched",     "pthread", "endian", "stapes", "arm_mve", "arm_acle"};

// Targets of the folder's build files or of every CMake project.
constexpr const char* kBuildTargets[] = {"all", "clean", "help", "install", "package", "test", "self_test"};

template <class List>
bool holds(const List& list, std::string_view name) {
  return std::ranges::any_of(list, [&](const char* known) { return name == known; });
}

bool is_identifier(std::string_view name) {
  const bool characters = std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
  return !name.empty() && name.size() <= 40 && characters && is_letter(name.front()) && name.back() != '_' &&
         name.find("__") == std::string_view::npos;
}

// Whether a layer's name can be used in source without clashing with our own names.
bool is_layer_identifier(std::string_view name) {
  return !name.empty() && name.size() <= 24 && is_small(name.front()) &&
         std::ranges::all_of(name, [](char c) { return is_small(c) || is_digit(c); }) && name != "input" &&
         !name.starts_with("layer");
}

// Why `name` is not a valid export name; empty if valid.
std::string export_name_problem(const std::string& name) {
  if (!is_identifier(name)) {
    return fmt::format(
        "'{}' is not a valid export name; with --name, choose up to 40 letters and digits joined by single "
        "underscores, starting with a letter",
        plain_text(name));
  }
  if (holds(kKeywords, name)) return fmt::format("'{}' is a C or C++ keyword; choose another name with --name", name);
  if (holds(kBuildTargets, name)) {
    return fmt::format("'{}' is a target in the build files; choose another name with --name", name);
  }
  if (holds(kHeaders, name)) {
    return fmt::format("the header {}.h would hide a system header; choose another name with --name", name);
  }
  return "";
}

}  // namespace

void check_export_name(const std::string& name) {
  if (const std::string problem = export_name_problem(name); !problem.empty()) throw UsageError("{}", problem);
}

std::string export_name_from(std::string_view file_stem) {
  std::string name(file_stem);
  std::ranges::replace_if(
      name, [](char c) { return !is_letter(c) && !is_digit(c); }, '_');
  return name;
}

std::string valid_export_name_from(std::string_view text) {
  const std::string name = export_name_from(text);
  return export_name_problem(name).empty() ? name : "";
}

std::string upper_case(std::string_view name) {
  std::string upper(name);
  for (char& c : upper) c = is_small(c) ? static_cast<char>(c - 'a' + 'A') : c;
  return upper;
}

// Octal escapes have three digits, so they cannot absorb a following digit. Escapes '?' to leave no trigraph.
std::string c_string(std::string_view text) {
  std::string literal = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte >= ' ' && byte < 0x7f && c != '"' && c != '\\' && c != '?';
    literal += plain ? std::string(1, c) : fmt::format("\\{:03o}", byte);
  }
  return literal + "\"";
}

std::string printable_line(std::string_view text) {
  std::string line(text);
  std::ranges::replace_if(
      line, [](char c) { return c < ' ' || c >= 0x7f; }, '?');
  return line;
}

std::string plain_text(std::string_view text) {
  std::string plain = printable_line(text);
  std::ranges::replace_if(
      plain, [](char c) { return std::string_view("*/\\`|<>[]").find(c) != std::string_view::npos; }, '?');
  return plain;
}

std::vector<std::string> layer_identifiers(const fb::Model& model) {
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < model.layers()->size(); ++i) {
    std::string name = model.layers()->Get(i)->name()->str();
    const bool taken = std::ranges::find(names, name) != names.end();
    names.push_back(is_layer_identifier(name) && !taken ? name : fmt::format("layer{}", i));
  }
  return names;
}

}  // namespace stapes
