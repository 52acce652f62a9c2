// SPDX-License-Identifier: Apache-2.0
// Every package is configured and compiled with stand-ins for its ecosystem's tools (tests/export/stand_in). Its sample
// runs on an emulated board.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "emulate/board_or_skip.h"
#include "emulate/firmware_files.h"
#include "emulate/image_output.h"
#include "export/compile.h"
#include "export/exports.h"
#include "export/host_export.h"

namespace stapes::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::ThrowsMessage;

constexpr std::chrono::seconds kLimit{120};

// Detects the same class again while the sound continues.
fb::ModelT sample_model() {
  fb::ModelT model = tiny_detector();
  model.detector->hysteresis = 0;
  model.detector->thresholds = {32768, 32768};
  return model;
}

ExportedFolder package_of(const fb::ModelT& model, Package package, const std::string& target,
                          const std::string& name = "net") {
  return export_model(model_file(model), find_target(target), name, {.package = package});
}

// What the manifest or the ecosystem says about compiling a library.
struct LibraryBuild {
  std::vector<std::string> include = {};  // folders
  std::vector<std::string> sources = {};
  std::vector<std::string> flags = {};
};

LibraryBuild by_library_json(const ExportedFolder& package) {
  const auto build = nlohmann::json::parse(package.files.at("library.json"))["build"];
  const auto folder = build["srcDir"].get<std::string>();
  LibraryBuild library{.include = {build["includeDir"].get<std::string>(), folder}, .flags = build["flags"]};
  for (const auto& [file, text] : package.files) {
    if (file.starts_with(folder + "/") && file.ends_with(".cpp")) library.sources.push_back(file);
  }
  return library;
}

std::vector<std::string> pdsc_files(const std::string& pdsc, const std::string& category) {
  const std::string before = "<file category=\"" + category + "\" name=\"";
  std::vector<std::string> names;
  for (std::size_t at = pdsc.find(before); at != std::string::npos; at = pdsc.find(before, at + 1)) {
    const std::size_t begin = at + before.size();
    names.push_back(pdsc.substr(begin, pdsc.find('"', begin) - begin));
  }
  return names;
}

std::vector<std::string> layer_flags(const std::string& layer, const std::string& compiler) {
  const std::string before = "- for-compiler: " + compiler + "\n          CPP:\n", flag = "            - ";
  const std::size_t at = layer.find(before);
  EXPECT_NE(at, std::string::npos) << layer;
  std::istringstream lines(at == std::string::npos ? "" : layer.substr(at + before.size()));
  std::vector<std::string> flags;
  for (std::string line; std::getline(lines, line) && line.starts_with(flag);) {
    flags.push_back(line.substr(flag.size()));
  }
  return flags;
}

LibraryBuild by_pdsc(const ExportedFolder& package) {
  const std::string& pdsc = package.files.at("stapes.net.pdsc");
  return {.include = pdsc_files(pdsc, "include"),
          .sources = pdsc_files(pdsc, "sourceCpp"),
          .flags = layer_flags(package.files.at("net.clayer.yml"), "GCC")};
}

class Image {
 public:
  Image(const ExportedFolder& package, const Board& board) : package_(package), board_(board) {
    write_export(package, root(), Existing::kRefuse);
    std::filesystem::create_directories(firmware());
    write_firmware(firmware());
  }

  std::filesystem::path root() const { return folder_ / package_.name; }

  // Builds with the CMakeLists.txt of `sample`, which finds the stand-in through `environment`.
  std::vector<std::string> by_cmake(const std::string& sample, const std::vector<std::string>& environment) const {
    std::vector<std::string> sources, flags = board_.flags;
    for (const std::string& file : firmware_sources()) sources.push_back((firmware() / file).string());
    flags.insert(flags.end(), board_.memory_flags.begin(), board_.memory_flags.end());
    const std::string build = (folder_ / "build").string(), with = fmt::format("{}", fmt::join(flags, " "));
    std::vector<std::string> arguments = environment;
    arguments.insert(
        arguments.end(),
        {"cmake", "-G", "Ninja", "-S", (root() / sample).string(), "-B", build, "-DCMAKE_BUILD_TYPE=MinSizeRel",
         "-DCMAKE_SYSTEM_NAME=Generic", "-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY",
         "-DCMAKE_C_COMPILER=" + board_.tools + "gcc", "-DCMAKE_CXX_COMPILER=" + board_.tools + "g++",
         "-DCMAKE_C_FLAGS=" + with, "-DCMAKE_CXX_FLAGS=" + with, "-DSTAPES_STAND_IN=" + stand_ins().string(),
         "-DSTAPES_FIRMWARE=" + firmware().string(),
         fmt::format("-DSTAPES_FIRMWARE_SOURCES={}", fmt::join(sources, ";")),
         fmt::format("-DSTAPES_FIRMWARE_FLAGS={}", fmt::join(board_.harness_flags, ";")),
         fmt::format("-DSTAPES_LINK_FLAGS={}", fmt::join(link_flags(), ";"))});
    const Outcome configured = run_program(find_program("env"), arguments);
    EXPECT_EQ(configured.status, 0) << configured.out << configured.err;
    const Outcome built = run_program(find_program("cmake"), {"--build", build});
    EXPECT_EQ(built.status, 0) << built.out << built.err;
    return run(build + "/image.elf");
  }

  // Builds as the ecosystem documents; `more`: flags of the harness.
  std::vector<std::string> by_compiler(const LibraryBuild& library, const std::string& sample,
                                       const std::vector<std::string>& more = {}) const {
    std::vector<std::string> objects;
    const auto compile_one = [&](const std::string& compiler, const std::string& source,
                                 std::vector<std::string> flags) {
      objects.push_back((folder_ / fmt::format("{}.o", objects.size())).string());
      flags.insert(flags.end(), board_.flags.begin(), board_.flags.end());
      flags.insert(flags.end(),
                   {"-Os", "-Wall", "-Wextra", "-Werror", "-ffunction-sections", "-c", "-o", objects.back()});
      for (const std::string& folder : library.include) flags.push_back("-I" + (root() / folder).string());
      const Outcome outcome = compile(board_.tools + compiler, flags, source);
      EXPECT_EQ(outcome.status, 0) << source << "\n" << outcome.err;
    };
    std::vector<std::string> flags = {"-std=gnu++17"};
    flags.insert(flags.end(), library.flags.begin(), library.flags.end());
    for (const std::string& source : library.sources) compile_one("g++", (root() / source).string(), flags);
    std::vector<std::string> harness = {"-std=c++20",   "-fno-exceptions", "-fno-rtti",
                                        "-fno-builtin", "-Wno-error",      "-I" + firmware().string()};
    harness.insert(harness.end(), board_.harness_flags.begin(), board_.harness_flags.end());
    harness.insert(harness.end(), more.begin(), more.end());
    for (const std::string& file : firmware_sources()) compile_one("g++", (firmware() / file).string(), harness);
    compile_one("g++", (stand_ins() / "console.cpp").string(), harness);
    const bool is_sketch = sample.ends_with(".ino");  // sketches contain only C++ functions
    compile_one(is_sketch ? "g++" : "gcc", (stand_ins() / "pcm.c").string(), {});
    if (is_sketch) {
      compile_one("g++", (stand_ins() / "arduino/sketch.cpp").string(),
                  {"-std=gnu++17", "-fno-exceptions", "-I" + (stand_ins() / "arduino").string(),
                   fmt::format("-DSTAPES_SKETCH=\"{}\"", (root() / sample).string())});
    } else {
      compile_one("gcc", (root() / sample).string(), {"-Dmain=sample_main", "-fno-builtin"});
    }
    std::vector<std::string> link = board_.flags;
    for (const std::string& flag : link_flags()) link.push_back(flag);
    link.insert(link.end(), objects.begin(), objects.end());
    const std::string image = (folder_ / "image.elf").string();
    link.insert(link.end(), {"-lc", "-lgcc", "-o", image});
    const Outcome linked = run_program(find_program(board_.tools + "gcc"), link);
    EXPECT_EQ(linked.status, 0) << linked.err;
    return run(image);
  }

 private:
  std::filesystem::path firmware() const { return folder_ / "firmware"; }

  std::vector<std::string> firmware_sources() const {
    std::vector<std::string> files = {"print.cpp"};
    for (const std::string& file : board_.firmware) {
      if (file.ends_with("start.cpp") || file == "semihosting.cpp") files.push_back(file);
    }
    return files;
  }
  std::vector<std::string> link_flags() const {
    return {"-nostdlib", "-Wl,--gc-sections", "-Wl,--defsym=__exidx_start=0,--defsym=__exidx_end=0",
            "-L" + firmware().string(), "-T" + (firmware() / board_.linker_script).string()};
  }
  std::vector<std::string> run(const std::string& image) const {
    if (!std::filesystem::exists(image)) return {};
    return run_image(board_, image, kLimit);
  }

  TempDir folder_;
  const ExportedFolder& package_;
  const Board& board_;
};

class PackageSample : public testing::Test {
 protected:
  static const HostExport& host() {
    static const HostExport host(package_of(sample_model(), Package::kPlain, "host"));
    return host;
  }
  // The self-test passes, then several detections follow.
  const std::vector<std::string>& expected() {
    static const std::vector<std::string> lines = host().lines(host().sample());
    EXPECT_THAT(lines, SizeIs(testing::Gt(3u)));
    EXPECT_EQ(lines.front(), "self-test passed");
    return lines;
  }
};

TEST_F(PackageSample, SaysWhichStepFailed) {
  const auto lines_with = [](const std::string& call, const std::string& wrong) {
    std::string program = host().sample();
    const std::size_t at = program.find(call);
    EXPECT_NE(at, std::string::npos) << call;
    return host().lines(program.replace(std::min(at, program.size()), call.size(), wrong));
  };
  EXPECT_THAT(lines_with("net_init(&state, arena, sizeof arena", "net_init(&state, arena, 16"),
              ElementsAre("net_init FAILED"));
  EXPECT_THAT(lines_with("net_self_test(&state) != 0", "net_self_test(&state) == 0"), ElementsAre("self-test FAILED"));
  EXPECT_THAT(lines_with("net_detect_init(&detector, arena, sizeof arena", "net_detect_init(&detector, arena, 16"),
              ElementsAre("net_detect_init FAILED"));
}

TEST_F(PackageSample, OfPlainExportsRuns) {
  const Board& board = find_board("cortex-m4");
  STAPES_SKIP_WITHOUT_TOOLS(board);
  const ExportedFolder folder = package_of(sample_model(), Package::kPlain, "cortex-m4");
  EXPECT_EQ(Image(folder, board).by_compiler({{"include", "src"}, sources_of(folder)}, "examples/listen.c"),
            expected());
}

TEST_F(PackageSample, OfZephyrRuns) {
  const Board& board = find_board("cortex-m4");
  STAPES_SKIP_WITHOUT_TOOLS(board);
  const ExportedFolder folder = package_of(sample_model(), Package::kZephyr, "cortex-m4");
  const std::string base = "CMAKE_PREFIX_PATH=" + (stand_ins() / "zephyr").string();
  EXPECT_EQ(Image(folder, board).by_cmake("samples/listen", {base}), expected());
}

TEST_F(PackageSample, OfEspIdfRunsOnRiscv) {
  const Board& board = find_board("riscv32");
  STAPES_SKIP_WITHOUT_TOOLS(board);
  const ExportedFolder folder = package_of(sample_model(), Package::kEspIdf, "riscv32");
  const std::string path = "IDF_PATH=" + (stand_ins() / "esp_idf").string();
  EXPECT_EQ(Image(folder, board).by_cmake("examples/listen", {path}), expected());
}

// The include path is includeDir and srcDir, for library and program.
TEST_F(PackageSample, OfPlatformioRuns) {
  const Board& board = find_board("cortex-m4");
  STAPES_SKIP_WITHOUT_TOOLS(board);
  const ExportedFolder folder = package_of(sample_model(), Package::kPlatformio, "cortex-m4");
  EXPECT_EQ(Image(folder, board).by_compiler(by_library_json(folder), "examples/listen/main.c"), expected());
}

// src/ is the only include folder of an Arduino library.
TEST_F(PackageSample, OfArduinoRuns) {
  const Board& board = find_board("cortex-m4");
  STAPES_SKIP_WITHOUT_TOOLS(board);
  const ExportedFolder folder = package_of(sample_model(), Package::kArduino, "arduino");
  const LibraryBuild library{{"src"}, sources_of(folder)};
  EXPECT_EQ(Image(folder, board).by_compiler(library, "examples/Listen/Listen.ino", {"-DSTAND_IN_ARDUINO"}),
            expected());
}

TEST_F(PackageSample, OfCmsisPackRuns) {
  const Board& board = find_board("cortex-m4");
  STAPES_SKIP_WITHOUT_TOOLS(board);
  const ExportedFolder folder = package_of(sample_model(), Package::kCmsisPack, "cortex-m4");
  EXPECT_EQ(Image(folder, board).by_compiler(by_pdsc(folder), "examples/listen/main.c"), expected());
}

// examples/esphome with stand-ins for the ESPHome classes it uses.
TEST_F(PackageSample, ForEsphomeDetectsTheSame) {
  const ExportedFolder folder = package_of(sample_model(), Package::kEspIdf, "riscv32", "kws");
  const TempDir temp;
  write_export(folder, temp / "kws", Existing::kRefuse);
  const std::filesystem::path component = tests_dir() / "../examples/esphome/components/stapes_detector";
  std::vector<std::string> arguments = {"-std=c++20", "-O1", "-o", (temp / "device").string()};
  for (const std::filesystem::path& include :
       {temp / "kws/include", temp / "kws/src", stand_ins() / "esphome", component}) {
    arguments.push_back("-I" + include.string());
  }
  for (const std::string& source : sources_of(folder)) arguments.push_back((temp / "kws" / source).string());
  arguments.push_back((stand_ins() / "esphome/device.cpp").string());
  arguments.insert(arguments.end(), {"-x", "c", (stand_ins() / "pcm.c").string()});
  const Outcome linked = run_program(STAPES_GXX, arguments);
  ASSERT_EQ(linked.status, 0) << linked.err;
  std::istringstream out(run_program((temp / "device").string(), {}).out);
  std::vector<std::string> lines = {"self-test passed"};  // this component does not run the self-test
  for (std::string line; std::getline(out, line);) lines.push_back(line);
  EXPECT_EQ(lines, expected());
  EXPECT_EQ(run_program((temp / "device").string(), {"at a wrong sample rate"}).status, 2);
  const Outcome python =
      run_program(find_program("python3"),
                  {"-c", "import ast, sys; ast.parse(open(sys.argv[1]).read())", (component / "__init__.py").string()});
  EXPECT_EQ(python.status, 0) << python.err;
}

// Images, features, and sound without a stream have no detector.
TEST_F(PackageSample, OfModelsWithoutStreamCompilesAsC) {
  for (const fb::ModelT& model : {model_without_front_end(), tiny_model("residual_int8")}) {
    const ExportedFolder folder = package_of(model, Package::kPlain, "host");
    const TempDir temp;
    write_export(folder, temp / "net", Existing::kRefuse);
    const Outcome outcome =
        run_program(STAPES_CC, {"-std=c99", "-pedantic-errors", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                                "-I" + (temp / "net/include").string(), (temp / "net/examples/listen.c").string()});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(folder.files.at("examples/listen.c"), HasSubstr("read_input"));
  }
}

// ---- manifests

TEST(PackageManifest, OfCmsisPackFollowsTheSchema) {
  const std::string xmllint = find_program("xmllint");
  if (xmllint.empty()) GTEST_SKIP() << "no xmllint; install libxml2-utils";
  for (const char* target : {"cortex-m0", "cortex-m4", "cortex-m33", "cortex-m7", "cortex-m55"}) {
    const TempDir temp;
    write_export(export_model(model_file(tiny_int8()), find_target(target), "my_net",
                              {.package = Package::kCmsisPack,
                               .version = "1.2.0-rc.1",
                               .vendor = "ACME",
                               .url = "https://example.com/a?b=1&c=2"}),
                 temp / "net", Existing::kRefuse);
    const Outcome outcome =
        run_program(xmllint, {"--noout", "--schema", (tests_dir() / "export/schema/PACK.xsd").string(),
                              (temp / "net/ACME.my_net.pdsc").string()});
    EXPECT_EQ(outcome.status, 0) << target << "\n" << outcome.err;
  }
}

TEST(PackageManifest, OfCmsisPackAcceptsTheCoresThatRunIt) {
  const auto accepted = [](const char* target) {
    const ExportedFolder folder = package_of(tiny_int8(), Package::kCmsisPack, target);
    const std::string& pdsc = folder.files.at("stapes.net.pdsc");
    const std::size_t at = pdsc.find("      <accept "), end = pdsc.find("    </condition>");
    return at < end ? pdsc.substr(at, end - at) : "";
  };
  EXPECT_EQ(accepted("cortex-m0"), "      <accept Dcore=\"Cortex-M0\"/>\n      <accept Dcore=\"Cortex-M0+\"/>\n");
  EXPECT_EQ(accepted("cortex-m4"), "      <accept Dcore=\"Cortex-M4\"/>\n");
}

// The description and the package list the same files.
TEST(PackageManifest, OfCmsisPackNamesTheSources) {
  const ExportedFolder folder = package_of(tiny_int8(), Package::kCmsisPack, "cortex-m4");
  const std::string& pdsc = folder.files.at("stapes.net.pdsc");
  EXPECT_THAT(pdsc_files(pdsc, "sourceCpp"), testing::UnorderedElementsAreArray(sources_of(folder)));
  const std::string& layer = folder.files.at("net.clayer.yml");
  EXPECT_THAT(layer, HasSubstr("\n    - component: stapes::Machine Learning:Classifier:net\n"));
  for (const char* compiler : {"AC6", "CLANG"}) EXPECT_EQ(layer_flags(layer, compiler), export_flags());
  EXPECT_THAT(layer_flags(layer, "GCC"), testing::IsSupersetOf(export_flags()));
}

TEST(PackageManifest, OfPlatformioHasTheDocumentedKeys) {
  const ExportedFolder folder = package_of(tiny_int8(), Package::kPlatformio, "cortex-m4", "my_Net");
  const auto json = nlohmann::json::parse(folder.files.at("library.json"));
  const std::vector<std::string> known = {"name",       "version",   "description", "keywords", "homepage", "license",
                                          "frameworks", "platforms", "headers",     "examples", "build"};
  for (const auto& [key, value] : json.items()) EXPECT_THAT(known, testing::Contains(key));
  EXPECT_EQ(json["name"], "my-net");
  EXPECT_EQ(json["version"], "0.1.0");
  EXPECT_TRUE(folder.files.contains("include/" + json["headers"].get<std::string>()));
  EXPECT_TRUE(folder.files.contains("examples/listen/main.c"));
  EXPECT_THAT(json["build"]["flags"], testing::Contains("-ffp-contract=off"));
}

TEST(PackageManifest, OfArduinoHasTheDocumentedKeys) {
  const auto folder = export_model(model_file(tiny_int8()), find_target("arduino"), "net",
                                   {.version = "2.0.1", .vendor = "ACME", .url = "https://example.com"});
  std::istringstream lines(folder.files.at("library.properties"));
  std::map<std::string, std::string> values;
  for (std::string line; std::getline(lines, line);)
    values[line.substr(0, line.find('='))] = line.substr(line.find('=') + 1);
  for (const char* required : {"name", "version", "author", "maintainer", "sentence", "paragraph", "category", "url",
                               "architectures", "includes"}) {
    EXPECT_NE(values[required], "") << required;
  }
  EXPECT_EQ(values["version"], "2.0.1");
  EXPECT_EQ(values["author"], "ACME");
  EXPECT_EQ(values["url"], "https://example.com");
  EXPECT_EQ(values["category"], "Data Processing");  // one of nine that Arduino allows
}

TEST(PackageManifest, OfEspIdfAndZephyr) {
  const ExportedFolder esp = export_model(model_file(tiny_int8()), find_target("riscv32"), "net",
                                          {.package = Package::kEspIdf, .url = "https://example.com"});
  EXPECT_EQ(esp.files.at("idf_component.yml"),
            "version: \"0.1.0\"\ndescription: \"net: a neural network generated by stapes\"\n"
            "url: \"https://example.com\"\nlicense: \"Apache-2.0\"\ndependencies:\n  idf:\n    version: \">=5.0\"\n");
  const ExportedFolder zephyr = package_of(tiny_int8(), Package::kZephyr, "cortex-m4");
  EXPECT_EQ(zephyr.files.at("zephyr/module.yml"),
            "name: stapes_net\nbuild:\n  cmake: ./zephyr\n  kconfig: ./zephyr/Kconfig\n");
  EXPECT_EQ(esp.files.at("examples/listen/sdkconfig.defaults"), "CONFIG_ESP_MAIN_TASK_STACK_SIZE=8192\n");
  // Kconfig allows only the standards that the sources support.
  EXPECT_THAT(zephyr.files.at("zephyr/Kconfig"), HasSubstr("depends on CPP && !STD_CPP98 && !STD_CPP11\n"));
  EXPECT_THAT(zephyr.files.at("README.md"), HasSubstr("`CONFIG_STD_CPP17=y`"));
  for (const ExportedFolder* folder : {&esp, &zephyr}) {
    EXPECT_THAT(folder->files.at("LICENSE"), HasSubstr("Apache License"));
    EXPECT_FALSE(folder->files.contains("Makefile"));
  }
}

// ---- compilers

TEST(PackageSources, CompileOptimizedByEveryStandardWithAndWithoutExceptions) {
  const Board& board = find_board("cortex-m4");
  STAPES_SKIP_WITHOUT_TOOLS(board);
  const ExportedFolder folder = package_of(sample_model(), Package::kZephyr, "cortex-m4");
  const TempDir temp;
  write_export(folder, temp / "net", Existing::kRefuse);
  const std::vector<std::string> sets[] = {{"-Os", "-std=c++14", "-fno-exceptions"},
                                           {"-O2", "-std=c++17", "-fexceptions"},
                                           {"-Os", "-std=c++20", "-fexceptions"},
                                           {"-O2", "-std=c++20", "-fno-exceptions"}};
  for (std::vector<std::string> flags : sets) {
    flags.insert(flags.end(), board.flags.begin(), board.flags.end());
    flags.insert(flags.end(), {"-Wall", "-Wextra", "-Werror", "-c", "-o", (temp / "a.o").string(),
                               "-I" + (temp / "net/include").string(), "-I" + (temp / "net/src").string()});
    for (const std::string& source : sources_of(folder)) {
      const Outcome outcome = compile(board.tools + "g++", flags, (temp / "net" / source).string());
      EXPECT_EQ(outcome.status, 0) << flags[0] << " " << flags[1] << " " << source << "\n" << outcome.err;
    }
  }
}

// ---- bad requests

void expect_bad_package(const PackageRequest& request, const std::string& target, const std::string& name,
                        const std::string& why) {
  EXPECT_THAT([&] { export_model(model_file(tiny_int8()), find_target(target), name, request); },
              ThrowsMessage<UsageError>(HasSubstr(why)))
      << name;
}

TEST(PackageRequests, RefuseTargetsThatDoNotFit) {
  expect_bad_package({.package = Package::kArduino}, "cortex-m4", "net",
                     "--package arduino does not support --target cortex-m4");
  expect_bad_package({.package = Package::kEspIdf}, "cortex-m4", "net", "expected --target riscv32");
  expect_bad_package({.package = Package::kCmsisPack}, "riscv32", "net", "expected a cortex-m target");
  expect_bad_package({.package = Package::kZephyr}, "host", "net", "a microcontroller target");
  expect_bad_package({.package = Package::kPlatformio}, "arduino", "net", "a microcontroller target");
}

TEST(PackageRequests, RefuseNamesThatAnEcosystemReserves) {
  for (const char* name : {"main", "driver", "esp_net", "log", "partition_table", "spi_flash"}) {
    expect_bad_package({.package = Package::kEspIdf}, "riscv32", name, "would replace the ESP-IDF component");
  }
  expect_bad_package({.package = Package::kArduino}, "arduino", "ArduinoNet", "must not start with \"arduino\"");
  expect_bad_package({.package = Package::kZephyr}, "cortex-m4", "a-b", "'a-b' is not a valid export name");
}

TEST(PackageRequests, RefuseVersionsVendorsAndPagesThatManifestsCannotHave) {
  for (const char* version :
       {"", "1", "1.2", "01.2.3", "1.2.3.4", "v1.2.3", "1.2.3-", "1.2.3+", "1.2.3\n", "1.2.3-a..b"}) {
    expect_bad_package({.package = Package::kZephyr, .version = version}, "cortex-m4", "net", "a semantic version");
  }
  for (const char* version : {"1.2.0+7", "1.2.0-0123456789abcde"}) {
    expect_bad_package({.package = Package::kPlatformio, .version = version}, "cortex-m4", "net", "PlatformIO expects");
    EXPECT_NO_THROW(export_model(model_file(tiny_int8()), find_target("cortex-m4"), "net",
                                 {.package = Package::kZephyr, .version = version}));
  }
  for (const char* vendor : {"", "a b", "<x>", "-a", "\xC3\xA9"}) {
    expect_bad_package({.package = Package::kCmsisPack, .vendor = vendor}, "cortex-m4", "net", "--vendor");
  }
  for (const char* url :
       {"example.com", "ftp://example.com", "https://a b", "https://a\"b", "https://a<b", "https://"}) {
    expect_bad_package({.package = Package::kArduino, .url = url}, "arduino", "net", "--url");
  }
}

}  // namespace
}  // namespace stapes::test
