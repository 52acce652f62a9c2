// SPDX-License-Identifier: Apache-2.0
#include "emulate/device_image.h"

#include <algorithm>
#include <chrono>
#include <sstream>

#include "base/error.h"
#include "base/parallel.h"
#include "base/process.h"
#include "emulate/elf_sections.h"
#include "emulate/firmware_files.h"
#include "emulate/object_cache.h"
#include "export/names.h"
#include "export/target.h"

namespace stapes {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kCompileLimit{900};

// sections.ld recognizes the part by the suffix of the object's name.
enum class Part { kHarness, kWeights, kModel };

struct Unit {
  fs::path source;
  Part part;
  std::string object;                  // name without folder
  std::vector<std::string> arguments;  // for the compiler
};

std::string object_name(const fs::path& relative, Part part, const std::string& variant = "") {
  std::string name = relative.generic_string();
  std::replace(name.begin(), name.end(), '/', '-');
  const char* const ending = part == Part::kHarness ? ".harness.o" : part == Part::kWeights ? ".weights.o" : ".model.o";
  return name + variant + ending;
}

void append(std::vector<std::string>& to, const std::vector<std::string>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

// The line that states the error.
std::string complaint(const std::string& output) {
  for (const char* const sign : {"error:", "undefined reference", "overflowed by", "cannot find"}) {
    std::istringstream lines(output);
    for (std::string line; std::getline(lines, line);) {
      if (line.find(sign) != std::string::npos && !line.starts_with("collect2")) return line;
    }
  }
  return output.substr(0, output.find('\n'));
}

class Builder {
 public:
  Builder(const Board& board, const fs::path& work)
      : board_(board), work_(work), firmware_(work / "firmware"), cache_(board.tools + "g++") {
    fs::create_directories(firmware_);
    write_firmware(firmware_);
  }

  Unit firmware_unit(const std::string& file, const std::string& variant = "",
                     const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = board_.flags;
    append(arguments, board_.memory_flags);
    append(arguments, board_.harness_flags);
    append(arguments, export_flags());
    append(arguments, {"-O2", "-std=c++20", "-I" + firmware_.string(),
                       "-DSTAPES_ICOUNT_SHIFT=" + std::to_string(board_.icount_shift)});
    append(arguments, more);
    return {firmware_ / file, Part::kHarness, object_name(file, Part::kHarness, variant), std::move(arguments)};
  }

  Unit model_unit(const WrittenExport& model, const SourceFile& file, const std::string& variant = "",
                  const std::vector<std::string>& more = {}) const {
    const Part part = file.role == SourceRole::kWeights    ? Part::kWeights
                      : file.role == SourceRole::kSelfTest ? Part::kHarness
                                                           : Part::kModel;
    std::vector<std::string> arguments = compile_arguments(model.exported.build, model.path);
    append(arguments, board_.memory_flags);
    append(arguments, more);
    return {model.path / file.path, part, object_name(file.path, part, variant), std::move(arguments)};
  }

  // Start-up code, output, counter.
  std::vector<Unit> shared_units() const {
    std::vector<Unit> units = {firmware_unit("print.cpp")};
    for (const std::string& file : board_.firmware) units.push_back(firmware_unit(file));
    return units;
  }

  void compile(const std::vector<Unit>& units) const {
    parallel_for(units.size(), 0, [&](std::size_t i) { compile(units[i]); });
  }

  enum class Libraries { kNone, kBoth };

  fs::path link(const std::string& image, const std::vector<Unit>& units, Libraries libraries) const {
    // Emulated boards link with the C driver: the C++ driver needs a library that the packages lack.
    std::vector<std::string> command = {board_.tools + (board_.emulated() ? "gcc" : "g++")};
    append(command, board_.flags);
    append(command, board_.memory_flags);
    command.push_back("-Wl,--gc-sections");
    if (board_.emulated()) {
      append(command, {"-nostdlib", "-L" + firmware_.string(), "-T" + (firmware_ / board_.linker_script).string()});
    }
    for (const Unit& unit : units) command.push_back((work_ / unit.object).string());
    if (board_.emulated() && libraries == Libraries::kBoth) append(command, {"-lc", "-lgcc"});
    append(command, {"-o", (work_ / image).string()});
    run(command, "link " + image);
    return work_ / image;
  }

  // One object file with everything in `units` that `roots` need, for machines without a linker script.
  fs::path join(const std::string& object, const std::vector<Unit>& units,
                const std::vector<std::string>& roots) const {
    std::vector<std::string> command = {board_.tools + "g++", "-r", "-nostdlib", "-Wl,--gc-sections"};
    for (const std::string& root : roots) command.push_back("-Wl,-u," + root);
    command.push_back("-Wl,-e," + roots.front());
    for (const Unit& unit : units) command.push_back((work_ / unit.object).string());
    append(command, {"-o", (work_ / object).string()});
    run(command, "link " + object);
    return work_ / object;
  }

 private:
  void compile(const Unit& unit) const {
    std::vector<std::string> command = {board_.tools + "g++"};
    append(command, unit.arguments);
    const fs::path object = work_ / unit.object;
    // Not worth caching: weights belong to one model and are large.
    const auto key = unit.part == Part::kWeights ? std::nullopt : cache_.key(command, unit.source);
    if (key && cache_.fetch(*key, object)) return;
    append(command, {"-c", unit.source.string(), "-o", object.string()});
    run(command, "compile " + unit.source.string());
    if (key) cache_.store(*key, object);
  }

  // A killed compiler may leave temporary files: they are in `work_`, which is removed later.
  void run(const std::vector<std::string>& command, const std::string& what) const {
    const ProgramEnd end = run_to_end(command, "install it", kCompileLimit, work_);
    if (end.status == 0) return;
    if (end.output.find("overflowed by") != std::string::npos) {
      throw Error("the model does not fit the memory of the emulated board for {}: {}", board_.name,
                  complaint(end.output));
    }
    throw Error("cannot {} for {}: {}", what, board_.name, complaint(end.output));
  }

  const Board& board_;
  fs::path work_;
  fs::path firmware_;
  ObjectCache cache_;
};

// One unit per file of the export; the layers' file is compiled with and without tracing.
struct ModelUnits {
  std::vector<Unit> shared;
  Unit layers, traced_layers;
  Unit weights;  // also in `shared`
};

ModelUnits units_of(const Builder& builder, const WrittenExport& model) {
  ModelUnits units;
  for (const SourceFile& file : model.exported.build.sources) {
    if (file.role == SourceRole::kLayers) {
      units.layers = builder.model_unit(model, file);
      units.traced_layers = builder.model_unit(model, file, ".traced", {"-DSTAPES_TRACE"});
    } else {
      units.shared.push_back(builder.model_unit(model, file));
      if (file.role == SourceRole::kWeights) units.weights = units.shared.back();
    }
  }
  return units;
}

// Flags that tell the firmware which model to measure.
std::vector<std::string> harness_flags(const WrittenExport& model) {
  const std::string& name = model.exported.name;
  std::vector<std::string> flags = include_flags(model.exported.build, model.path);
  append(flags, {"-DSTAPES_MODEL=" + name, "-DSTAPES_MODEL_UPPER=" + upper_case(name),
                 "-DSTAPES_MODEL_HEADER=\"" + name + ".h\"", "-DSTAPES_SELF_TEST_HEADER=\"" + name + "_self_test.h\""});
  return flags;
}

ImageSizes sizes_of_image(const fs::path& image) {
  const std::vector<ElfSection> sections = elf_sections(image);
  const std::int64_t variables = bytes_of(sections, ".variables");
  return {.code = bytes_of(sections, ".code"),
          .constants = bytes_of(sections, ".constants") + variables,
          .weights = bytes_of(sections, ".weights"),
          .variables = variables + bytes_of(sections, ".zeros")};
}

// The linker merges the sections of host programs, so the model's share is read from its objects.
ImageSizes sizes_of_objects(const fs::path& model, const fs::path& weights) {
  const std::vector<ElfSection> sections = elf_sections(model), in_weights = elf_sections(weights);
  const std::int64_t variables = bytes_of(sections, ".data");
  return {.code = bytes_of(sections, ".text"),
          .constants = bytes_of(sections, ".rodata") + variables,
          .weights = bytes_of(in_weights, ".rodata"),
          .variables = variables + bytes_of(sections, ".bss")};
}

}  // namespace

ModelImages build_model_images(const Board& board, const WrittenExport& model, const fs::path& work, int hop_samples) {
  const Builder builder(board, work);
  const ModelUnits units = units_of(builder, model);
  std::vector<std::string> flags = harness_flags(model);
  const Unit harness = builder.firmware_unit("measure_model.cpp", "", flags);
  std::vector<std::string> hop_flags = flags;
  hop_flags.push_back(fmt::format("-DSTAPES_HOP_SAMPLES={}", hop_samples));
  const Unit hop_harness = builder.firmware_unit("measure_hop.cpp", "", hop_flags);
  flags.push_back("-DSTAPES_TRACE");
  const Unit traced_harness = builder.firmware_unit("measure_model.cpp", ".traced", flags);

  std::vector<Unit> shared = builder.shared_units();
  shared.insert(shared.end(), units.shared.begin(), units.shared.end());
  const auto with = [&](const Unit& main, const Unit& layers) {
    std::vector<Unit> all = shared;
    all.insert(all.end(), {main, layers});
    return all;
  };
  std::vector<Unit> all = with(harness, units.layers);
  all.insert(all.end(), {traced_harness, units.traced_layers});
  if (hop_samples > 0) all.push_back(hop_harness);
  builder.compile(all);

  ModelImages images;
  images.plain = builder.link("plain.elf", with(harness, units.layers), Builder::Libraries::kBoth);
  images.traced = builder.link("traced.elf", with(traced_harness, units.traced_layers), Builder::Libraries::kBoth);
  if (hop_samples > 0) images.hop = builder.link("hop.elf", with(hop_harness, units.layers), Builder::Libraries::kBoth);
  if (board.emulated()) {
    images.sizes = sizes_of_image(images.plain);
  } else {
    std::vector<Unit> parts = {units.layers};
    std::ranges::copy_if(units.shared, std::back_inserter(parts), [](const Unit& u) { return u.part == Part::kModel; });
    const std::string& name = model.exported.name;
    images.sizes =
        sizes_of_objects(builder.join("used.o", parts, {name + "_run", name + "_init"}), work / units.weights.object);
  }
  return images;
}

fs::path build_known_work(const Board& board, const fs::path& work) {
  const Builder builder(board, work);
  std::vector<Unit> units = builder.shared_units();
  units.push_back(builder.firmware_unit("known_work.cpp"));
  builder.compile(units);
  return builder.link("known_work.elf", units, Builder::Libraries::kNone);
}

}  // namespace stapes
