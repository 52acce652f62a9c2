// SPDX-License-Identifier: Apache-2.0
#include "cli/help/man_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "stapes/version.h"

namespace stapes::cli {
namespace {

// Escapes dashes and leading dots for roff.
std::string roff(std::string text) {
  replace_all(text, "\\", "\\e");
  replace_all(text, "-", "\\-");
  replace_all(text, "\n.", "\n\\&.");
  replace_all(text, "\n'", "\n\\&'");
  if (text.starts_with('.') || text.starts_with('\'')) text.insert(0, "\\&");
  return text;
}

std::string bold(const std::string& text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(const std::string& text) { return "\\fI" + roff(text) + "\\fR"; }

std::string page_name(const CommandText& command) {
  std::string name = command.name;
  replace_all(name, " ", "-");
  return name;
}

std::string synopsis(const CommandText& command) {
  std::string text = bold(command.name);
  if (!command.commands.empty()) return text + " " + italic("COMMAND") + " ...\n";
  text += " [" + italic("OPTIONS") + "]";
  for (const OptionText& positional : command.positionals) {
    std::string name = italic(positional.names.front());
    if (positional.repeatable) name += " ...";
    text += positional.required ? " " + name : " [" + name + "]";
  }
  return text + "\n";
}

std::string names_text(const OptionText& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.names) {
    names.push_back(name.starts_with('-') ? bold(name) : italic(name));
  }
  std::string text = fmt::format("{}", fmt::join(names, ", "));
  const bool positional = !option.names.front().starts_with('-');
  if (!option.is_flag() && !positional) text += " " + italic(option.value);
  return text;
}

// "Help text (default 1; in [1 - 256]; required; needs --board)"
std::string help_of(const OptionText& option) {
  std::vector<std::string> notes;
  if (!option.usual.empty()) notes.push_back("default " + option.usual);
  if (!option.limits.empty()) notes.push_back(option.limits);
  const bool listed = !choices_in(option.help).empty();
  if (!option.choices.empty() && !listed) notes.push_back(fmt::format("one of {}", fmt::join(option.choices, ", ")));
  if (option.required) notes.emplace_back("required");
  if (!option.needs.empty()) notes.push_back(fmt::format("needs {}", fmt::join(option.needs, ", ")));
  if (!option.excludes.empty()) notes.push_back(fmt::format("not with {}", fmt::join(option.excludes, ", ")));
  return notes.empty() ? option.help : fmt::format("{} ({})", option.help, fmt::join(notes, "; "));
}

std::string entry(const OptionText& option) {
  return fmt::format(".TP\n{}\n{}\n", names_text(option), roff(help_of(option)));
}

// Groups in order of first appearance, as in --help.
template <class Item, class Print>
std::string grouped(const std::vector<Item>& items, const Print& print) {
  std::vector<std::string> groups;
  for (const Item& item : items) {
    if (std::ranges::find(groups, item.group) == groups.end()) groups.push_back(item.group);
  }
  std::string text;
  for (const std::string& group : groups) {
    text += fmt::format(".SS {}\n", roff(group));
    for (const Item& item : items) {
      if (item.group == group) text += print(item);
    }
  }
  return text;
}

std::string command_entry(const CommandText& command) {
  return fmt::format(".TP\n{}(1)\n{}\n", bold(page_name(command)), roff(command.help));
}

// "Example:\n  stapes ..." without its heading.
std::string examples(const CommandText& command) {
  const std::size_t line = command.example.find('\n');
  if (line == std::string::npos) return "";
  return fmt::format(".SH EXAMPLES\n.nf\n{}\n.fi\n", roff(command.example.substr(line + 1)));
}

}  // namespace

std::string man_file(const CommandText& command) { return page_name(command) + ".1"; }

std::string man_page(const CommandText& command, const CommandText* above) {
  std::string title = page_name(command), help = command.help;
  std::ranges::transform(title, title.begin(), [](unsigned char c) { return std::toupper(c); });
  if (help.ends_with('.')) help.pop_back();
  std::string page = fmt::format(".TH \"{}\" 1 \"\" \"stapes {}\" \"Stapes\"\n.SH NAME\n{} \\- {}\n", roff(title),
                                 STAPES_VERSION_STRING, roff(page_name(command)), roff(help));
  page += ".SH SYNOPSIS\n" + synopsis(command) + fmt::format(".SH DESCRIPTION\n{}.\n", roff(help));
  if (!command.commands.empty()) page += ".SH COMMANDS\n" + grouped(command.commands, command_entry);
  if (!command.positionals.empty()) page += ".SH ARGUMENTS\n";
  for (const OptionText& positional : command.positionals) page += entry(positional);
  page += ".SH OPTIONS\n" + grouped(command.options, entry);
  page += ".SH EXIT STATUS\n0: success; 1: failure; 2: usage error. A failure prints one line on standard error.\n";
  page += examples(command);
  if (above != nullptr) page += fmt::format(".SH SEE ALSO\n{}(1)\n", bold(page_name(*above)));
  return page;
}

}  // namespace stapes::cli
