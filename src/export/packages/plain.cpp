// SPDX-License-Identifier: Apache-2.0
// A folder that compiles by itself, with CMake or Make.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "export/packages/manifests.h"
#include "export/source_text.h"
#include "stapes/version.h"

namespace stapes {
namespace {

std::string words(const std::vector<std::string>& flags) { return fmt::format("{}", fmt::join(flags, " ")); }

constexpr const char* kCross = R"(
# A compiler for the processor, unless another is chosen: cmake -D CMAKE_CXX_COMPILER=...
if(CMAKE_SOURCE_DIR STREQUAL CMAKE_CURRENT_SOURCE_DIR AND NOT DEFINED CMAKE_CXX_COMPILER)
  set(CMAKE_SYSTEM_NAME Generic)
  set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
  set(CMAKE_C_COMPILER {0}gcc)
  set(CMAKE_CXX_COMPILER {0}g++)
endif()
)";

constexpr const char* kHostProgram = R"(
if(PROJECT_IS_TOP_LEVEL)
  add_executable(self_test examples/self_test.c)
  target_link_libraries(self_test PRIVATE @name@)
  enable_testing()
  add_test(NAME self_test COMMAND self_test)
endif()
)";

constexpr const char* kHostRule = R"(
# make self_test && ./self_test
self_test: examples/self_test.c lib@name@.a
	$(CC) -O2 -Iinclude -Isrc -o $@ $^
)";

bool is_host(const ExportPlan& plan) { return plan.target().name == "host"; }

std::string cmake_lists(const ExportPlan& plan, const BuildDescription& build) {
  std::string text = fmt::format("# {}: library {}. Written by stapes {}.\ncmake_minimum_required(VERSION 3.21)\n",
                                 plan.target().description, plan.name(), STAPES_VERSION_STRING);
  if (!build.tool_prefix.empty()) text += fmt::format(kCross, build.tool_prefix);
  text += fmt::format("project({} LANGUAGES C CXX)\n", plan.name());
  text += fmt::format(
      "if(NOT CMAKE_BUILD_TYPE)\n  set(CMAKE_BUILD_TYPE Release)\nendif()\n\nadd_library({0} STATIC{1})\n"
      "target_include_directories({0} PUBLIC {2})\ntarget_compile_features({0} PRIVATE cxx_std_{3})\n"
      "target_compile_options({0} PRIVATE {4})\n",
      plan.name(), source_list(build, "\n  "), words(build.include_folders), build.standard, words(build.flags));
  for (const std::string& flag : build.tuning) {
    if (flag == "-O3") continue;  // is in Release
    text += fmt::format("target_compile_options({} PRIVATE $<$<CXX_COMPILER_ID:GNU>:{}>)\n", plan.name(), flag);
  }
  if (!build.processor_flags.empty()) {
    text += fmt::format("target_compile_options({} PUBLIC {})\n", plan.name(), words(build.processor_flags));
  }
  return is_host(plan) ? text + with_name(kHostProgram, plan) : text;
}

std::string makefile(const ExportPlan& plan, const BuildDescription& build) {
  const std::string& prefix = build.tool_prefix;
  std::string text = fmt::format("# {}: library lib{}.a. Written by stapes {}.\n", plan.target().description,
                                 plan.name(), STAPES_VERSION_STRING);
  text += prefix.empty() ? "CXX ?= c++\nAR ?= ar\n" : fmt::format("CXX = {0}g++\nAR = {0}ar\n", prefix);
  text += fmt::format("CXXFLAGS ?= {}\n", words(build.tuning));
  text += fmt::format("FLAGS = {}\n", words(required_arguments(build, "")));
  text += fmt::format("SOURCES ={}\n", source_list(build, " \\\n  "));
  text += fmt::format("OBJECTS = $(SOURCES:%.cpp=build/%.o)\n\nlib{}.a: $(OBJECTS)\n\trm -f $@\n\t$(AR) rcs $@ $^\n",
                      plan.name());
  text += "\nbuild/%.o: %.cpp\n\t@mkdir -p $(dir $@)\n\t$(CXX) $(FLAGS) $(CXXFLAGS) -c -o $@ $<\n";
  if (is_host(plan)) text += with_name(kHostRule, plan);
  return text + fmt::format("\nclean:\n\trm -rf build lib{}.a{}\n.PHONY: clean\n", plan.name(),
                            is_host(plan) ? " self_test" : "");
}

std::string self_test_program(const ExportPlan& plan) {
  return with_name(R"(/* Runs the self-test, both ways if there is a stream. Nothing to see is a status of 0. */
#include "@name@.h"

#define ALIGNED __attribute__((aligned(@NAME@_ARENA_ALIGN)))

static unsigned char window_arena[@NAME@_ARENA_BYTES] ALIGNED;
#if @NAME@_STEP_SAMPLES > 0
static unsigned char stream_arena[@NAME@_STREAM_ARENA_BYTES] ALIGNED;
#endif

int main(void) {
  @name@_state state;
  if (@name@_init(&state, window_arena, sizeof window_arena, 0) != 0) return 1;
  if (@name@_self_test(&state) != 0) return 2;
#if @NAME@_STEP_SAMPLES > 0
  if (@name@_init(&state, stream_arena, sizeof stream_arena, @NAME@_STEP_SAMPLES) != 0) return 3;
  if (@name@_self_test(&state) != 0) return 4;
#endif
  return 0;
}
)",
                   plan);
}

}  // namespace

void add_plain_files(const ExportPlan& plan, const BuildDescription& build, ExportFiles& files) {
  files["CMakeLists.txt"] = cmake_lists(plan, build);
  files["Makefile"] = makefile(plan, build);
  files["examples/listen.c"] = sample_program(plan, console_style());
  if (is_host(plan)) files["examples/self_test.c"] = self_test_program(plan);
}

}  // namespace stapes
