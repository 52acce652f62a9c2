// SPDX-License-Identifier: Apache-2.0
// package.h: the layout of an export: a plain folder or a library for a firmware ecosystem.
#pragma once

#include <array>
#include <map>
#include <string>

#include "base/names.h"
#include "export/build_description.h"
#include "export/export_plan.h"

namespace stapes {

enum class Package { kPlain, kZephyr, kEspIdf, kPlatformio, kArduino, kCmsisPack };

template <>
inline constexpr auto kNames<Package> = std::to_array<Named<Package>>({{Package::kPlain, "plain"},
                                                                       {Package::kZephyr, "zephyr"},
                                                                       {Package::kEspIdf, "esp-idf"},
                                                                       {Package::kPlatformio, "platformio"},
                                                                       {Package::kArduino, "arduino"},
                                                                       {Package::kCmsisPack, "cmsis-pack"}});

// The strings go into the manifests.
struct PackageRequest {
  Package package = Package::kPlain;
  std::string version = "0.1.0";  // semantic version (semver.org 2.0.0)
  std::string vendor = "stapes";  // letters, digits, '-' and '_'; also the author of an Arduino library
  std::string url = {};           // a page about the package; empty: the page of Stapes
};

// Empty if the package has no default target.
std::string usual_target(Package package);

// Always an Arduino library for --target arduino.
Package package_for(Package package, const Target& target);

// Throws UsageError for a target, name, version, vendor or URL that the package does not allow.
void check_package(const PackageRequest& request, const Target& target, const std::string& name);

using ExportFiles = std::map<std::string, std::string>;  // text by path below the folder

// Adds manifests, build files and the sample application.
void add_package_files(const ExportPlan& plan, const BuildDescription& build, const PackageRequest& request,
                       ExportFiles& files);

// For the README: how the ecosystem's tools use the folder.
std::string how_to_build(const ExportPlan& plan, const PackageRequest& request);

}  // namespace stapes
