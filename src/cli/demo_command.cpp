// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/command.h"
#include "web/demo_page.h"

namespace stapes::cli {
namespace {

struct DemoOptions {
  std::filesystem::path model, output;
  std::string title;
};

void demo(const DemoOptions& options, const Common& common) {
  require_page_module();
  refuse_existing(options.output, common.existing());
  refuse_own_input(options.output, {options.model});
  const HostDetector detector(std::make_shared<const HostModel>(options.model), {});
  const std::string title = options.title.empty() ? options.model.stem().string() : options.title;
  const std::string page = demo_page(detector, title, {});
  write_text_file(options.output, page, common.existing());
  if (common.json) {
    print_json({{"file", options.output.string()}, {"bytes", page.size()}});
  } else {
    print_out("{}: {:.0f} KB; open it in a browser\n", options.output.string(), static_cast<double>(page.size()) / 1e3);
  }
}

}  // namespace

void add_demo_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<DemoOptions>();
  CLI::App* command = add_common(app, "stapes demo int8.stapes -o demo.html", common);
  command->add_option("MODEL", options->model, "Packed audio model (.stapes)")->required();
  command->add_option("-o,--output", options->output, "Page to write")->required();
  command->add_option("--title", options->title, "Heading of the page (default: the model's name)");
  add_force(*command, common);
  command->callback([=] { demo(*options, *common); });
}

}  // namespace stapes::cli
