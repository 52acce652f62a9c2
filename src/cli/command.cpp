// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <functional>
#include <new>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/mapping_guard.h"
#include "base/names.h"
#include "base/nearest_name.h"
#include "base/text.h"

namespace stapes::cli {
namespace {

constexpr int kDone = 0, kFailed = 1, kWrongUsage = 2;

int complain(const std::string& message, int status) {
  report_failure(message.c_str());
  return status;
}

// CLI11 parses "-1" as 2^64 - 1 for an unsigned number.
CLI::Validator whole_number() {
  const auto check = [](const std::string& text) {
    const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    return digits && text.size() < 20 ? std::string()
                                      : "expected a non-negative integer below 10^19, got '" + text + "'";
  };
  return {check, "", "whole number"};
}

// Names the unknown command, which CLI11 does not.
void refuse_unknown_command(const CLI::App& app) {
  std::vector<std::string> known;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    known.push_back(command->get_name());
  }
  for (const std::string& word : app.remaining()) {
    if (known.empty() || word.starts_with('-')) continue;
    throw UsageError("unknown command '{}'; did you mean {}? (see --help)", word, nearest_name(word, known));
  }
  for (const CLI::App* command : app.get_subcommands()) refuse_unknown_command(*command);
}

// The remedy names only options of the command that ran.
std::string out_of_memory(const CLI::App& app) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().back();
  std::vector<std::string> options;
  for (const char* name : {"--batch", "--samples", "--threads"}) {
    if (command->get_option_no_throw(name) != nullptr) options.emplace_back(name);
  }
  if (options.empty()) return "out of memory; close other programs, or use a machine with more memory";
  return fmt::format("out of memory; use a smaller {}", alternatives(options));
}

// Returns the exit status of `work`. Reports an exception on stderr and returns 1 (failed) or 2 (wrong usage).
int report_errors(const CLI::App& app, const std::function<int()>& work) {
  try {
    return work();
  } catch (const CLI::ParseError& error) {
    return complain(fmt::format("{} (see --help)", error.what()), kWrongUsage);
  } catch (const UsageError& error) {
    return complain(error.what(), kWrongUsage);
  } catch (const std::bad_alloc&) {
    return complain(out_of_memory(app), kFailed);
  } catch (const std::exception& error) {
    return complain(error.what(), kFailed);
  }
}

}  // namespace

CLI::App* add_common(CLI::App& command, const std::string& example, const std::shared_ptr<Common>& common) {
  command.footer("Example:\n  " + example);
  command.add_flag("--json", common->json, "Print JSON on stdout and nothing else");
  command.add_option("--seed", common->seed, "Random seed")->capture_default_str()->check(whole_number());
  command.add_flag("-q,--quiet", common->quiet, "Print results and errors only, no progress");
  command.add_flag("-v,--verbose", common->verbose, "Print more detail");
  return &command;
}

CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::string& example, const std::shared_ptr<Common>& common) {
  return add_common(*parent.add_subcommand(name, description), example, common);
}

void add_force(CLI::App& command, const std::shared_ptr<Common>& common) {
  command.add_flag("--force", common->force, "Replace the output if it exists");
}

void print_out(const std::string& text) {
  const std::string shown = printable_lines(text);
  std::fwrite(shown.data(), 1, shown.size(), stdout);  // run_app() checks ferror()
}

std::string millions(std::int64_t count) { return fmt::format("{:.2f}", static_cast<double>(count) * 1e-6); }

void print_json(const nlohmann::json& object) {
  fmt::print("{}\n", object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void print_note(const std::string& text) { std::fputs(text.c_str(), stderr); }

void print_notice(const char* kind, const std::string& text) {
  print_note(fmt::format("{}: {}\n", kind, printable(text)));
}

void report_failure(const char* message) {
  std::string line(message);
  line.resize(std::min(line.size(), line.find('\n')));  // libtorch's messages continue with a backtrace
  print_note("stapes: " + printable(line) + "\n");
}

int run_app(CLI::App& app, int argc, char** argv) {
  app.require_subcommand(1);
  return report_errors(app, [&] {
    try {
      app.parse(argc, argv);
    } catch (const CLI::Success& help) {
      app.exit(help);
    } catch (const CLI::RuntimeError& reported) {
      return reported.get_exit_code();
    } catch (const CLI::RequiredError&) {
      refuse_unknown_command(app);
      throw;
    }
    whole_mappings_or_throw();
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) throw Error("cannot write to standard output");
    return kDone;
  });
}

}  // namespace stapes::cli
