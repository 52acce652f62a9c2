// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/names.h"
#include "cli/command.h"
#include "cli/help/completion.h"
#include "cli/help/man_page.h"

namespace stapes::cli {
namespace {
namespace fs = std::filesystem;

constexpr const char *kBash = "bash", *kZsh = "zsh";

CommandText whole_program(const CLI::App& command) {
  const CLI::App* top = &command;
  while (top->get_parent() != nullptr) top = top->get_parent();
  return describe(*top);
}

void complete(const CLI::App& command, const std::string& shell, const fs::path& output, const Common& common) {
  const CommandText program = whole_program(command);
  const std::string script = shell == kBash ? bash_completion(program) : zsh_completion(program);
  if (!output.empty()) write_text_file(output, script, common.existing());
  if (common.json) {
    print_json({{"shell", shell}, {"script", script}});
  } else if (output.empty()) {
    fmt::print("{}", script);
  }
}

using Pages = std::map<std::string, std::string>;  // by file name

void add_pages(const CommandText& command, const CommandText* above, Pages& pages) {
  pages.emplace(man_file(command), man_page(command, above));
  for (const CommandText& below : command.commands) add_pages(below, &command, pages);
}

const CommandText& find_below(const CommandText& command, const std::string& name) {
  std::vector<std::string> names;
  for (const CommandText& below : command.commands) {
    if (below.last_name() == name) return below;
    names.push_back(below.last_name());
  }
  if (names.empty()) throw UsageError("{} has no subcommand '{}'; leave it out", command.name, name);
  refuse_unknown_name("command", name, names);
}

std::string page_of(const CommandText& program, const std::vector<std::string>& words) {
  const CommandText *command = &program, *above = nullptr;
  for (const std::string& word : words) {
    above = command;
    command = &find_below(*command, word);
  }
  return man_page(*command, above);
}

void write_pages(const Pages& pages, const fs::path& folder, const Common& common) {
  for (const auto& [file, page] : pages) refuse_existing(folder / file, common.existing());
  fs::create_directories(folder);
  for (const auto& [file, page] : pages) write_text_file(folder / file, page, common.existing());
  if (common.json) {
    print_json({{"folder", folder.string()}, {"pages", pages.size()}});
  } else if (!common.quiet) {
    print_out("{}: {} pages\n", folder.string(), pages.size());
  }
}

void man(const CLI::App& command, const std::vector<std::string>& words, const fs::path& folder, const Common& common) {
  const CommandText program = whole_program(command);
  if (!folder.empty()) {
    if (!words.empty()) throw UsageError("-o writes the pages of all commands; leave out {}", fmt::join(words, " "));
    Pages pages;
    add_pages(program, nullptr, pages);
    return write_pages(pages, folder, common);
  }
  const std::string page = page_of(program, words);
  if (common.json) return print_json({{"page", page}});
  fmt::print("{}", page);
}

}  // namespace

void add_completion_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto shell = std::make_shared<std::string>();
  const auto output = std::make_shared<fs::path>();
  CLI::App* command =
      add_common(app, "stapes completion bash -o ~/.local/share/bash-completion/completions/stapes", common);
  command
      ->add_option_function<std::string>(
          "SHELL",
          [shell](const std::string& text) {
            if (text != kBash && text != kZsh) refuse_unknown_name("shell", text, {kBash, kZsh});
            *shell = text;
          },
          fmt::format("Shell {{{}, {}}}", kBash, kZsh))
      ->required();
  command->add_option("-o,--output", *output, "File to write (default: standard output)");
  add_force(*command, common);
  command->callback([=] { complete(*command, *shell, *output, *common); });
}

void add_man_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto words = std::make_shared<std::vector<std::string>>();
  const auto folder = std::make_shared<fs::path>();
  CLI::App* command = add_common(app, "stapes man data import | man -l -", common);
  command->add_option("COMMAND", *words, "Command, such as train or data import (default: stapes itself)")
      ->type_name("NAME");
  command->add_option("-o,--output", *folder,
                      "Folder for the pages of all commands (default: print the page of COMMAND)");
  add_force(*command, common);
  command->callback([=] { man(*command, *words, *folder, *common); });
}

}  // namespace stapes::cli
