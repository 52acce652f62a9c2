#include "cli/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace stapes::cli {
namespace {

constexpr int kDone = 0, kFailed = 1, kWrongUsage = 2;

int complain(const std::string& message, int status) {
  report_failure(message.c_str());
  return status;
}

}  // namespace

CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::string& example, const std::shared_ptr<Common>& common) {
  CLI::App* command = parent.add_subcommand(name, description);
  command->footer("Example:\n  " + example);
  command->add_flag("--json", common->json, "print one JSON object on stdout and nothing else");
  command->add_option("--seed", common->seed, "seed of everything random")->capture_default_str();
  command->add_flag("-q,--quiet", common->quiet, "no progress, only results and errors");
  command->add_flag("-v,--verbose", common->verbose, "more detail");
  return command;
}

void add_force(CLI::App& command, const std::shared_ptr<Common>& common) {
  command.add_flag("--force", common->force, "replace an existing output");
}

void print_json(const nlohmann::json& object) {
  fmt::print("{}\n", object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void report_failure(const char* message) {
  std::string line(message);
  line.resize(std::min(line.size(), line.find('\n')));  // libtorch's messages go on with a backtrace
  for (char& c : line) {
    if ((c >= 0 && c < ' ') || c == 0x7f) c = ' ';
  }
  fmt::print(stderr, "stapes: {}\n", line);
}

int report_errors(const std::function<int()>& work) {
  try {
    return work();
  } catch (const CLI::ParseError& error) {
    return complain(fmt::format("{} (see --help)", error.what()), kWrongUsage);
  } catch (const UsageError& error) {
    return complain(error.what(), kWrongUsage);
  } catch (const std::exception& error) {
    return complain(error.what(), kFailed);
  }
}

int run_app(CLI::App& app, int argc, char** argv) {
  app.require_subcommand(1);
  return report_errors([&] {
    try {
      app.parse(argc, argv);
    } catch (const CLI::Success& help) {
      return app.exit(help);
    } catch (const CLI::RuntimeError& reported) {
      return reported.get_exit_code();
    }
    return kDone;
  });
}

}  // namespace stapes::cli
