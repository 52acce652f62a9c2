// SPDX-License-Identifier: Apache-2.0
// source_text.h: the writers of the exported files. Each gives the text of one file.
#pragma once

#include <string>
#include <vector>

#include "export/build_description.h"
#include "export/export_plan.h"
#include "export/packages/package.h"
#include "export/self_test_vectors.h"

namespace stapes {

std::string header_source(const ExportPlan& plan);   // NAME.h
std::string model_source(const ExportPlan& plan);    // NAME.cpp
std::string weights_header(const ExportPlan& plan);  // NAME_weights.h
std::string weights_source(const ExportPlan& plan);  // NAME_weights.cpp
// For a sound model that can be streamed; others have none. Throws Error if its settings are impossible.
bool has_detector(const ExportPlan& plan);
std::string detector_declarations(const ExportPlan& plan);  // in NAME.h
std::string detector_source(const ExportPlan& plan);        // NAME_detector.cpp
inline constexpr const char* kDetectorHeaders[] = {"kernels/detector/class_scores.h", "kernels/detector/detector.h",
                                                   "kernels/detector/level_gate.h"};

std::string self_test_header(const ExportPlan& plan, const SelfTestVectors& vectors);
std::string self_test_source(const ExportPlan& plan, const SelfTestVectors& vectors);

std::string readme(const ExportPlan& plan, const PackageRequest& package);

// @name@ and @NAME@ replaced by the name of the export, in lower and upper case.
std::string with_name(std::string text, const ExportPlan& plan);

// "namespace stapes = stapes_<hash>;", the alias through which the generated files call the kernels.
std::string kernel_alias(const ExportPlan& plan);

// "// xnor.h: what it is. Written by stapes ...": how every source file begins.
std::string first_line(const std::string& file, const std::string& what);

}  // namespace stapes
