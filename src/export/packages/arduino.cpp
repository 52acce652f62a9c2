// SPDX-License-Identifier: Apache-2.0
// An Arduino library (arduino.github.io/arduino-cli: library specification), with two sketches.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "export/packages/manifests.h"
#include "export/source_text.h"
#include "packed/operators/operator.h"
#include "stapes/version.h"

namespace stapes {
namespace {

std::string properties(const ExportPlan& plan, const PackageRequest& request) {
  std::vector<std::string> architectures;
  for (const ArduinoCore& core : arduino_cores()) architectures.push_back(core.architecture);
  return fmt::format(
      "name={0}\nversion={1}\nauthor={5}\nmaintainer={5}\nsentence=Classifies {4}.\n"
      "paragraph=A neural network as constants and kernels, written by stapes {6}.\n"
      "category=Data Processing\nurl={2}\narchitectures={3}\nincludes={0}.h\n",
      plan.name(), request.version, package_url(request), fmt::join(architectures, ","),
      plural_of(input_kind(plan.model())), request.vendor, STAPES_VERSION_STRING);
}

std::string self_test_sketch(const ExportPlan& plan) {
  const char* stream = plan.streams() ? "STREAM_ARENA_BYTES" : "ARENA_BYTES";
  const char* hop = plan.streams() ? "@NAME@_STEP_SAMPLES" : "0";
  return with_name(fmt::format(R"(// Says over the serial line whether the network computes here what it should.
#include <@name@.h>

alignas(@NAME@_ARENA_ALIGN) static unsigned char arena[@NAME@_{}];
static @name@_state state;

void setup() {{
  Serial.begin(115200);
  while (!Serial) {{}}
  if (@name@_init(&state, arena, sizeof arena, {}) != 0) {{
    Serial.println("init failed");
    return;
  }}
  const unsigned long start = millis();
  const int result = @name@_self_test(&state);
  Serial.print(result == 0 ? "self-test passed, ms: " : "self-test FAILED, ms: ");
  Serial.println(millis() - start);
}}

void loop() {{}}
)",
                               stream, hop),
                   plan);
}

SampleStyle serial_style() {
  return {.includes = "#include <Arduino.h>\n",
          .say = "Serial.println(text);",
          .report = "Serial.println(label);",
          .report_share = "Serial.print(label), Serial.print(' '), Serial.print(percent), Serial.println(\" %\");",
          .entry = R"(
static bool ready = false;

void setup() {
  Serial.begin(115200);
  while (!Serial) {}
  ready = prepare() == 0;
  say(ready ? "self-test passed" : "self-test FAILED");
}

void loop() {
  if (ready) take_block();
}
)"};
}

}  // namespace

void add_arduino_files(const ExportPlan& plan, const PackageRequest& request, ExportFiles& files) {
  files["library.properties"] = properties(plan, request);
  files["examples/SelfTest/SelfTest.ino"] = self_test_sketch(plan);
  files["examples/Listen/Listen.ino"] = sample_program(plan, serial_style());
}

}  // namespace stapes
