// SPDX-License-Identifier: Apache-2.0
// command.h: shared by all commands of both programs. Each command has a file that declares its options, calls one
// library function and prints.
#pragma once

#include <fmt/format.h>

#include <cstdint>
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

// Adds --json, --seed, -q, -v and an example. Returns `command`.
CLI::App* add_common(CLI::App& command, const std::string& example, const std::shared_ptr<Common>& common);
// Adds a subcommand and calls add_common().
CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::string& example, const std::shared_ptr<Common>& common);
void add_force(CLI::App& command, const std::shared_ptr<Common>& common);

// Lists the options added during its lifetime under `name` in --help.
class Heading {
 public:
  Heading(CLI::App& command, const std::string& name) : command_(command) { command.option_defaults()->group(name); }
  ~Heading() { command_.option_defaults()->group("Options"); }
  Heading(const Heading&) = delete;
  Heading& operator=(const Heading&) = delete;

 private:
  CLI::App& command_;
};

// --threads; 0: one per core. May exceed the number of cores.
inline constexpr int kMaxThreads = 256;
template <class Int>
CLI::Option* add_threads(CLI::App& command, Int& threads, const std::string& help) {
  return command.add_option("--threads", threads, help + "; 0: one per core (default)")
      ->check(CLI::Range(0, kMaxThreads));
}

// Prints on stdout. Escapes control characters (\x1b), because names of files and classes may contain them.
void print_out(const std::string& text);
template <class... Args>
void print_out(fmt::format_string<Args...> format, Args&&... args) requires(sizeof...(Args) > 0) {
  print_out(fmt::format(format, std::forward<Args>(args)...));
}

std::string millions(std::int64_t count);  // "28.80"

// Prints one line on stdout. Repairs names that are not UTF-8.
void print_json(const nlohmann::json& object);

// Prints on stderr. Ignores write failures, e.g. to a closed terminal.
void print_note(const std::string& text);

// Prints "KIND: TEXT" as one line on stderr, escaped like print_out().
void print_notice(const char* kind, const std::string& text);

// Prints the first line of `message` on stderr, escaped.
void report_failure(const char* message);

// Returns the exit status: 0, 1 (failed) or 2 (wrong usage). Reports exceptions on stderr. A command that has reported
// its failure throws CLI::RuntimeError(1).
int run_app(CLI::App& app, int argc, char** argv);

// Each function adds a command's options and action. Defined in <name>_command.cpp.
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
void add_study_cell_command(CLI::App& app);  // one cell in its own process
void add_completion_command(CLI::App& app);  // help/help_commands.cpp
void add_man_command(CLI::App& app);         // help/help_commands.cpp

}  // namespace stapes::cli
