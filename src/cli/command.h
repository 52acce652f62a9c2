// SPDX-License-Identifier: Apache-2.0
// command.h: shared by all commands of the two programs. One file per command: it declares its options, calls one
// library function and prints.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/files.h"
#include "cli/cli11.h"

namespace stapes::cli {

// The options of add_common() and add_force().
struct Common {
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  bool force = false;
  std::uint64_t seed = 1;

  Existing existing() const { return force ? Existing::kReplace : Existing::kRefuse; }
};

// Adds --json, --seed, -q, -v and an example to a command. Returns the command, like CLI11's functions.
CLI::App* add_common(CLI::App& command, const std::string& example, const std::shared_ptr<Common>& common);
// The same for a new subcommand of `parent`.
CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::string& example, const std::shared_ptr<Common>& common);
void add_force(CLI::App& command, const std::shared_ptr<Common>& common);

// Options added during its lifetime are listed under a separate heading in --help.
class Heading {
 public:
  Heading(CLI::App& command, const std::string& name) : command_(command) { command.option_defaults()->group(name); }
  ~Heading() { command_.option_defaults()->group("Options"); }
  Heading(const Heading&) = delete;
  Heading& operator=(const Heading&) = delete;

 private:
  CLI::App& command_;
};

// --threads, 0 = all. May exceed the number of cores, within reason.
inline constexpr int kMaxThreads = 256;
template <class Int>
CLI::Option* add_threads(CLI::App& command, Int& threads, const std::string& help) {
  return command.add_option("--threads", threads, help + "; 0: one per core (default)")
      ->check(CLI::Range(0, kMaxThreads));
}

// Prints text on stdout. Names of files, classes and layers may contain anything, so terminal control characters are
// escaped, e.g. as \x1b.
void print_out(const std::string& text);
template <class... Args>
void print_out(fmt::format_string<Args...> format, Args&&... args) requires(sizeof...(Args) > 0) {
  print_out(fmt::format(format, std::forward<Args>(args)...));
}

std::string millions(std::int64_t count);  // "28.80"

// Prints JSON as one line on stdout. Repairs text that is not UTF-8, such as file names.
void print_json(const nlohmann::json& object);

// Prints text on stderr. Ignores write failures: a closed terminal must not stop the program.
void print_note(const std::string& text);

// Prints "KIND: TEXT" as one line on stderr, escaped like print_out().
void print_notice(const char* kind, const std::string& text);

// Prints the first line of `message` on stderr, escaped like print_out().
void report_failure(const char* message);

// Calls `work` and returns its exit status; an exception becomes one line on stderr and 1 (failed) or 2 (wrong usage).
int report_errors(const std::function<int()>& work);

// Runs `app` on the arguments under report_errors(): 0 done, 1 failed, 2 wrong usage. A command that failed in part and
// has already reported it throws CLI::RuntimeError(1).
int run_app(CLI::App& app, int argc, char** argv);

// One function per command, in <name>_command.cpp: adds its options and action. The table that calls them is in
// commands.h.
void add_data_commands(CLI::App& app);
void add_info_command(CLI::App& app);
void add_network_command(CLI::App& app);
void add_import_torch_command(CLI::App& app);
void add_export_onnx_command(CLI::App& app);
void add_import_onnx_command(CLI::App& app);
void add_import_tflite_command(CLI::App& app);
void add_run_command(CLI::App& app);
void add_classify_command(CLI::App& app);
void add_listen_command(CLI::App& app);
void add_demo_command(CLI::App& app);
void add_eval_detector_command(CLI::App& app);
void add_pack_command(CLI::App& app);
void add_bench_command(CLI::App& app);
void add_export_command(CLI::App& app);
void add_measure_command(CLI::App& app);
void add_verdict_command(CLI::App& app);
void add_report_command(CLI::App& app);
void add_advise_command(CLI::App& app);
void add_search_command(CLI::App& app);
void add_new_command(CLI::App& app);
void add_study_command(CLI::App& app);
void add_study_cell_command(CLI::App& app);  // one cell of a study, in its own process
void add_completion_command(CLI::App& app);  // this and the next: help/help_commands.cpp
void add_man_command(CLI::App& app);

}  // namespace stapes::cli
