// SPDX-License-Identifier: Apache-2.0
// report_parts.h: the sections of a report, each as HTML.
#pragma once

#include <string>

#include "study/report/report_data.h"

namespace stapes {

// report_ship.cpp
std::string ship_part(const ReportData& data);  // first screen; empty without a recommendation

// report_tables.cpp
std::string summary_section(const ReportData& data);
std::string pairs_section(const ReportData& data);

// report_figures.cpp
std::string accuracy_section(const ReportData& data);  // empty for one choice of classes and one fold
std::string cost_section(const ReportData& data);      // empty if no cell has figures for a target
std::string front_figure(const ReportData& data);      // accuracy against instructions or time; recommended target
std::string training_section(const ReportData& data);

// report_binary.cpp
std::string binary_section(const ReportData& data);  // empty without curves of binary networks

// report_confusion.cpp
std::string confusion_section(const ReportData& data);

// report_provenance.cpp
std::string absent_section(const ReportData& data);  // empty if no cell failed or is missing
std::string provenance_section(const ReportData& data);
std::string evidence_section(const ReportData& data);

// A series' color and marker, for tables.
std::string series_swatch(std::size_t look);

// `id` is the anchor.
std::string section(const std::string& id, const std::string& heading, const std::string& html);

}  // namespace stapes
