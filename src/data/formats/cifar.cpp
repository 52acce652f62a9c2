// SPDX-License-Identifier: Apache-2.0
// The binary files of CIFAR-10 and CIFAR-100: records of labels and 32 x 32 pixels as planes of red, green and blue.
#include <fmt/format.h>

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "data/class_names.h"
#include "data/data_set.h"
#include "data/formats/data_folder.h"
#include "data/formats/import.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

constexpr ImageSize kCifarImage{32, 32, 3};
constexpr std::size_t kCifarPlaneBytes = 32 * 32, kCifarPixelBytes = 3 * kCifarPlaneBytes;

struct CifarFile {
  const char* name;
  int part;
  std::size_t records;  // as published
};

struct CifarKind {
  const char* format;
  const char* names_file;  // one class per line
  int class_count;         // the last label byte is the class
  int coarse_classes;      // the label byte before it is the coarse class; 0 = none
  std::vector<CifarFile> files;

  std::size_t label_bytes() const { return coarse_classes > 0 ? 2 : 1; }
  std::size_t record_bytes() const { return label_bytes() + kCifarPixelBytes; }
};

const CifarKind& cifar10_kind() {
  static const CifarKind kind{"cifar10",
                              "batches.meta.txt",
                              10,
                              0,
                              {{"data_batch_1.bin", kTrainingPart, 10000},
                               {"data_batch_2.bin", kTrainingPart, 10000},
                               {"data_batch_3.bin", kTrainingPart, 10000},
                               {"data_batch_4.bin", kTrainingPart, 10000},
                               {"data_batch_5.bin", kTrainingPart, 10000},
                               {"test_batch.bin", kTestPart, 10000}}};
  return kind;
}

const CifarKind& cifar100_kind() {
  static const CifarKind kind{"cifar100",
                              "fine_label_names.txt",
                              100,
                              20,
                              {{"train.bin", kTrainingPart, 50000}, {"test.bin", kTestPart, 10000}}};
  return kind;
}

void check_is_there(const fs::path& file, const CifarKind& kind) {
  if (is_there(file)) return;
  std::string expected = kind.names_file;
  for (const CifarFile& each : kind.files) expected += fmt::format(", {}", each.name);
  throw Error("{} does not exist; expected the binary version of {}: {}", file.string(), kind.format, expected);
}

int checked_label(std::span<const std::byte> record, const CifarKind& kind, const fs::path& file, std::size_t number) {
  const auto check = [&](std::size_t byte, int classes) {
    const auto label = std::to_integer<int>(record[byte]);
    if (label < classes) return label;
    throw Error("{}: record {} (counting from 0) has label {}; expected 0 to {}", file.string(), number, label,
                classes - 1);
  };
  if (kind.coarse_classes > 0) check(0, kind.coarse_classes);
  return check(kind.label_bytes() - 1, kind.class_count);
}

void plan_records(const fs::path& path, const CifarFile& of, const MappedFile& file, const CifarKind& kind,
                  ImportPlan& plan) {
  const std::span<const std::byte> bytes = file.bytes();
  const std::size_t record_bytes = kind.record_bytes(), records = bytes.size() / record_bytes;
  if (records == 0 || bytes.size() % record_bytes != 0) {
    throw Error("{} has {} bytes: record {} (counting from 0) is cut short; expected {} records of {} bytes",
                path.string(), bytes.size(), records, of.records, record_bytes);
  }
  if (records != of.records) {
    plan.warnings.push_back(fmt::format("{} has {} images; the published file has {}", of.name, records, of.records));
  }
  const std::string stem = fs::path(of.name).stem().string();
  for (std::size_t i = 0; i < records; ++i) {
    const std::string name = fmt::format("{}/{:05}", stem, i);
    const int label = checked_label(bytes.subspan(i * record_bytes, record_bytes), kind, path, i);
    plan.clips.push_back(
        {.info = {.name = name, .source = name, .label = label, .fold = of.part}, .file = path, .number = i});
  }
}

// From [3][32][32] to [32][32][3].
std::vector<std::int16_t> samples_of_record(std::span<const std::byte> planes) {
  std::vector<std::int16_t> samples;
  for (std::size_t i = 0; i < kCifarPlaneBytes; ++i) {
    for (std::size_t channel = 0; channel < 3; ++channel) {
      samples.push_back(pixel_sample(std::to_integer<std::uint8_t>(planes[channel * kCifarPlaneBytes + i])));
    }
  }
  return samples;
}

ImportReport import_cifar(const CifarKind& kind, const fs::path& dir, const fs::path& out,
                          const ImportOptions& options) {
  refuse_existing(out, options.existing);
  ImportPlan plan;
  plan.format = kind.format;
  const fs::path names = dir / kind.names_file;
  check_is_there(names, kind);
  plan.labels = read_class_names(names, kind.class_count);
  plan.name_remedy = "correct it in " + names.string();
  plan.keep_empty_labels = true;
  plan.image = kCifarImage;
  std::map<fs::path, MappedFile> files;
  for (const CifarFile& of : kind.files) {
    const fs::path path = dir / of.name;
    check_is_there(path, kind);
    plan_records(path, of, files.try_emplace(path, path).first->second, kind, plan);
  }
  const auto load = [&](const ClipPlan& clip) {
    const std::size_t first = clip.number * kind.record_bytes() + kind.label_bytes();
    return samples_of_record(files.at(clip.file).bytes().subspan(first, kCifarPixelBytes));
  };
  return write_data_set(std::move(plan), load, out, options);
}

}  // namespace

ImportReport import_cifar10(const fs::path& dir, const fs::path& out, const ImportOptions& options) {
  return import_cifar(cifar10_kind(), dir, out, options);
}

ImportReport import_cifar100(const fs::path& dir, const fs::path& out, const ImportOptions& options) {
  return import_cifar(cifar100_kind(), dir, out, options);
}

}  // namespace stapes
