// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"
#include "export/packages/package.h"
#include "export/source_text.h"

namespace stapes {
namespace {

constexpr const char* kZephyr = R"(This folder is a Zephyr module with a sample. In a Zephyr workspace:

    west build -b BOARD path/to/@name@/samples/listen

To use it in your own program, add the folder to `ZEPHYR_EXTRA_MODULES` before `find_package(Zephyr)` and set
`CONFIG_CPP=y`, `CONFIG_STD_CPP17=y` and `CONFIG_STAPES_@NAME@=y`.
)";

constexpr const char* kEspIdf =
    R"(This folder is an ESP-IDF component with an example. It must be named `@name@`, because
ESP-IDF names components after their folders:

    cd @name@/examples/listen && idf.py set-target esp32c3 build

To use it in your own program, copy or link the folder into the `components` folder of the project.
)";

constexpr const char* kPlatformio = R"(This folder is a PlatformIO library. Copy `examples/listen/main.c` into the
`src` folder of a project. Copy or link the library into the project's `lib` folder, or list it in `platformio.ini`:

    lib_deps = @name@=file:///path/to/@name@
)";

constexpr const char* kArduino =
    R"(Copy this folder into the `libraries` folder of your Arduino sketchbook and open the example
SelfTest or Listen. The sources are C++14; a core that sets an older standard needs
`compiler.cpp.extra_flags=-std=gnu++14` in its `platform.local.txt`.
)";

constexpr const char* kCmsisPack =
    R"(This folder holds the contents of a CMSIS-Pack. `@name@.clayer.yml` adds the model to a csolution
project without installing a pack. In the `.cproject.yml`, write:

    layers:
      - layer: path/to/@name@/@name@.clayer.yml

To install it as a pack, run `packchk` and zip the folder, or `cpackget add path/to/@pdsc@`.
)";

std::string plain(const ExportPlan& plan) {
  std::string text = "    cmake -B build && cmake --build build     # or: make\n\nThis builds `lib@name@.a`";
  text += plan.target().name == "host" ? " and the program `self_test`, which exits with status 0 if it passes.\n"
                                       : fmt::format(" with {}g++ and `{}`.\n", plan.target().tool_prefix,
                                                     fmt::join(plan.target().compile_flags, " "));
  return text +
         "The sources are C++14 and need only memcpy, memmove and memset from the C library. `examples/listen.c` is\n"
         "a program to start from.\n";
}

std::string text_of(const ExportPlan& plan, Package package) {
  switch (package) {
    case Package::kPlain:
      return plain(plan);
    case Package::kZephyr:
      return kZephyr;
    case Package::kEspIdf:
      return kEspIdf;
    case Package::kPlatformio:
      return kPlatformio;
    case Package::kArduino:
      return kArduino;
    case Package::kCmsisPack:
      return kCmsisPack;
  }
  return "";
}

}  // namespace

std::string how_to_build(const ExportPlan& plan, const PackageRequest& request) {
  std::string text = text_of(plan, request.package);
  replace_all(text, "@pdsc@", request.vendor + ".@name@.pdsc");
  return with_name(text, plan);
}

}  // namespace stapes
