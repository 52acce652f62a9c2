// SPDX-License-Identifier: Apache-2.0
#include "web/demo_page.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/embedded_file.h"
#include "base/error.h"
#include "base/text.h"
#include "packed/cost.h"
#include "plot/svg.h"
#include "stapes/classifier.h"
#include "stapes/version.h"
#include "web/base64.h"
#include "web/page_module.h"

namespace stapes {

extern const EmbeddedFiles kPageFiles;  // page_texts.cpp

namespace {

std::string_view page_file(std::string_view path) { return text_of(kPageFiles, path); }

std::string kilobytes_text(std::size_t bytes) { return fmt::format("{:.1f} KB", static_cast<double>(bytes) / 1e3); }

std::vector<DemoFigure> counted_figures(const HostDetector& detector) {
  const fb::Model& model = detector.model();
  const Cost cost = model_cost(model);
  const double ms = 1000.0 / model.sample_rate_hz();
  const std::string binary =
      cost.binary_macs > 0 ? fmt::format(" ({} of them binary)", grouped(cost.binary_macs)) : std::string();
  return {
      {"Form", model.route()->str(), ""},
      {"Input", fmt::format("{:.2f} s at {} Hz", model.window_samples() * ms / 1000, grouped(model.sample_rate_hz())),
       ""},
      {"Parameters", grouped(cost.parameters()), "counted"},
      {"MACs", grouped(cost.macs) + binary, "per window, counted"},
      {"Model file", kilobytes_text(detector.blob().size()), ""},
      {"Working memory", kilobytes_text(Classifier::arena_bytes(detector.blob())), "on a device, counted"},
  };
}

std::string figure_html(const DemoFigure& figure) {
  const std::string evidence =
      figure.evidence.empty() ? "" : fmt::format(" <small>{}</small>", svg_escaped(figure.evidence));
  return fmt::format("<dt>{}</dt><dd>{}{}</dd>\n", svg_escaped(figure.name), svg_escaped(figure.value), evidence);
}

// Escapes '<', so that the text cannot end the script element.
std::string script_json(const nlohmann::json& json) {
  std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  replace_all(text, "<", "\\u003c");
  return text;
}

// `integers`: scores use no floats and are the same on every machine.
std::string facts_json(const fb::Model& model) {
  nlohmann::json labels = nlohmann::json::array();
  for (const auto* label : *model.labels()) labels.push_back(label->str());
  return script_json({{"labels", labels}, {"integers", model_cost(model).parameters_32bit == 0}});
}

std::string summary(const HostDetector& detector) {
  return fmt::format("<span>{} classes</span> <span>{}</span> <span>Stapes {}</span>",
                     detector.model().labels()->size(), svg_escaped(detector.model().route()->string_view()),
                     STAPES_VERSION_STRING);
}

// Replaces each {{name}} in `page`, but not inside values.
std::string filled(std::string_view page, const std::vector<std::pair<std::string_view, std::string>>& values) {
  std::string text;
  for (;;) {
    const std::size_t begin = page.find("{{"), end = page.find("}}", begin);
    if (begin == std::string_view::npos || end == std::string_view::npos) return text.append(page);
    text.append(page.substr(0, begin));
    const std::string_view name = page.substr(begin + 2, end - begin - 2);
    for (const auto& [known, value] : values) {
      if (known == name) text += value;
    }
    page.remove_prefix(end + 2);
  }
}

}  // namespace

void require_page_module() {
  if (kPageModule.empty()) {
    throw Error(
        "this program was built without the page's WebAssembly module; install clang, lld and wasi-libc and configure "
        "with -DSTAPES_WEB=ON");
  }
}

std::string demo_page(const HostDetector& detector, const std::string& title, std::span<const DemoFigure> measured) {
  require_page_module();
  std::string figures;
  for (const DemoFigure& figure : measured) figures += figure_html(figure);
  for (const DemoFigure& figure : counted_figures(detector)) figures += figure_html(figure);
  return filled(page_file("page.html"), {{"title", svg_escaped(title)},
                                         {"style", fmt::format("{}{}", page_file("report.css"), page_file("page.css"))},
                                         {"summary", summary(detector)},
                                         {"figures", figures},
                                         {"facts", facts_json(detector.model())},
                                         {"module", base64(std::as_bytes(kPageModule))},
                                         {"model", base64(detector.blob())},
                                         {"engine", std::string(page_file("engine.js"))},
                                         {"microphone", std::string(page_file("microphone.js"))},
                                         {"sound", std::string(page_file("sound.js"))},
                                         {"page", std::string(page_file("page.js"))}});
}

}  // namespace stapes
