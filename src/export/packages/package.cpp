// SPDX-License-Identifier: Apache-2.0
#include "export/packages/package.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <regex>

#include "base/error.h"
#include "export/embedded_files.h"
#include "export/names.h"
#include "export/packages/manifests.h"
#include "export/source_text.h"
#include "packed/operators/operator.h"

namespace stapes {
namespace {

// Components of ESP-IDF, which an export of the same name would replace.
// clang-format off
constexpr const char* kEspIdfComponents[] = {
    "main", "app_trace", "app_update", "bootloader", "bootloader_support", "bt", "cmock", "console", "cxx", "driver",
    "efuse", "espcoredump", "esptool_py", "fatfs", "freertos", "hal", "heap", "http_parser", "idf_test", "ieee802154",
    "json", "linux", "log", "lwip", "mbedtls", "mqtt", "newlib", "nvs_flash", "nvs_sec_provider", "openthread",
    "partition_table", "perfmon", "protocomm", "pthread", "riscv", "rt", "sdmmc", "soc", "spi_flash", "spiffs",
    "tcp_transport", "touch_element", "ulp", "unity", "usb", "vfs", "wear_levelling",
    "wifi_provisioning", "wpa_supplicant", "xtensa"};
// clang-format on

void check_name(Package package, const std::string& name) {
  if (package == Package::kEspIdf) {
    const bool reserved = name.starts_with("esp_") ||
                          std::ranges::any_of(kEspIdfComponents, [&](const char* known) { return name == known; });
    if (reserved) {
      throw UsageError("'{}' would replace the ESP-IDF component of that name; choose another name with --name", name);
    }
  }
  if (package == Package::kArduino && upper_case(name).starts_with("ARDUINO")) {
    throw UsageError("'{}': Arduino library names must not start with \"arduino\"; choose another name with --name",
                     name);
  }
}

void check_target(Package package, const Target& target) {
  const std::string name = to_string(package);
  const auto expect = [&](bool fits, std::string_view expected) {
    if (!fits) throw UsageError("--package {} does not support --target {}; expected {}", name, target.name, expected);
  };
  switch (package) {
    case Package::kPlain:
      return;
    case Package::kArduino:
      return expect(target.is_arduino, "--target arduino");
    case Package::kEspIdf:
      return expect(target.name == "riscv32", "--target riscv32 (portable kernels, for every ESP32)");
    case Package::kCmsisPack:
      return expect(target.name.starts_with("cortex-"), "a cortex-m target");
    case Package::kZephyr:
    case Package::kPlatformio:
      return expect(!target.tool_prefix.empty(), "a microcontroller target, such as cortex-m4 or riscv32");
  }
}

bool matches(const std::string& text, const char* pattern) { return std::regex_match(text, std::regex(pattern)); }

}  // namespace

std::string usual_target(Package package) {
  if (package == Package::kArduino) return "arduino";
  return package == Package::kEspIdf ? "riscv32" : "";
}

Package package_for(Package package, const Target& target) {
  return package == Package::kPlain && target.is_arduino ? Package::kArduino : package;
}

void check_package(const PackageRequest& request, const Target& target, const std::string& name) {
  check_target(request.package, target);
  check_name(request.package, name);
  constexpr const char* kVersion =
      "(0|[1-9][0-9]{0,8})\\.(0|[1-9][0-9]{0,8})\\.(0|[1-9][0-9]{0,8})(-[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*)?"
      "(\\+[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*)?";
  if (request.version.size() > 40 || !matches(request.version, kVersion)) {
    throw UsageError("--package-version {}: expected a semantic version of at most 40 characters, such as 1.2.0",
                     request.version);
  }
  if (request.package == Package::kPlatformio &&
      (request.version.size() > 20 || request.version.find('+') != std::string::npos)) {
    throw UsageError("--package-version {}: PlatformIO expects at most 20 letters, digits, '.' and '-', such as 1.2.0",
                     request.version);
  }
  if (request.vendor.size() > 40 || !matches(request.vendor, "[A-Za-z0-9][A-Za-z0-9_-]*")) {
    throw UsageError("--vendor {}: expected up to 40 letters, digits, '-' and '_', starting with a letter or digit",
                     request.vendor);
  }
  if (!request.url.empty() && (request.url.size() > 200 || !matches(request.url, "https?://[!#-;=?-~]+"))) {
    throw UsageError(
        "--url {}: expected an http:// or https:// URL of at most 200 characters, without spaces, '\"', '<' or '>'",
        request.url);
  }
}

void add_package_files(const ExportPlan& plan, const BuildDescription& build, const PackageRequest& request,
                       ExportFiles& files) {
  files["LICENSE"] = std::string(embedded_files().at("LICENSE"));
  switch (request.package) {
    case Package::kPlain:
      return add_plain_files(plan, build, files);
    case Package::kZephyr:
      return add_zephyr_files(plan, build, files);
    case Package::kEspIdf:
      return add_esp_idf_files(plan, build, request, files);
    case Package::kPlatformio:
      return add_platformio_files(plan, build, request, files);
    case Package::kArduino:
      return add_arduino_files(plan, request, files);
    case Package::kCmsisPack:
      return add_cmsis_pack_files(plan, build, request, files);
  }
}

std::string package_sentence(const ExportPlan& plan) {
  return fmt::format("Classifies {} on {}", plural_of(input_kind(plan.model())), plan.target().description);
}

std::string package_url(const PackageRequest& request) { return request.url.empty() ? STAPES_HOMEPAGE : request.url; }

std::string source_list(const BuildDescription& build, std::string_view before) {
  std::string text;
  for (const SourceFile& source : build.sources) text += std::string(before) + source.path;
  return text;
}

std::vector<std::string> library_flags(const BuildDescription& build) {
  std::vector<std::string> flags = build.flags;
  flags.insert(flags.end(), build.tuning.begin(), build.tuning.end());
  return flags;
}

}  // namespace stapes
