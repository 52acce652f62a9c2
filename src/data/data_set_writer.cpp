// SPDX-License-Identifier: Apache-2.0
#include "data/data_set_writer.h"

#include <fmt/format.h>

#include "base/error.h"
#include "data/data_set_file.h"

namespace stapes {

struct DataSetWriter::State {
  AtomicFile file;
  data::fb::IndexT index;
  std::uint64_t sample_count = 0;
};

DataSetWriter::DataSetWriter(const std::filesystem::path& path, Existing existing)
    : state_(new State{.file = AtomicFile(path, existing), .index = {}}) {
  const DataHeader header{};  // zeros; finish() writes the real header
  state_->file.write(std::as_bytes(std::span(&header, 1)));
}

DataSetWriter::~DataSetWriter() = default;

void DataSetWriter::add(const ClipInfo& info, std::span<const std::int16_t> samples) {
  add(info, samples.size(), [&](const auto& sink) { sink(samples); });
}

void DataSetWriter::add(const ClipInfo& info, const SampleSpool& samples) {
  add(info, samples.size(), [&](const auto& sink) { samples.give(sink); });
}

void DataSetWriter::add(const ClipInfo& info, std::size_t sample_count, const Pieces& give) {
  if (sample_count == 0) throw Error("clip {} has no samples", info.name);
  auto clip = std::make_unique<data::fb::ClipT>();
  clip->name = info.name;
  clip->source = info.source;
  clip->label = static_cast<std::uint32_t>(info.label);
  clip->fold = static_cast<std::uint32_t>(info.fold);
  clip->first_sample = state_->sample_count;
  clip->sample_count = sample_count;
  PieceHash hash(sample_count * sizeof(std::int16_t));
  give([&](std::span<const std::int16_t> piece) {
    hash.add(std::as_bytes(piece));
    state_->file.write(std::as_bytes(piece));
  });
  clip->hash = hash.value();
  state_->sample_count += sample_count;
  state_->index.clips.push_back(std::move(clip));
}

std::string DataSetWriter::finish(const std::string& format, int sample_rate_hz, const std::vector<std::string>& labels,
                                  const std::optional<ImageSize>& image, const std::optional<FeatureSize>& features) {
  data::fb::IndexT& index = state_->index;
  index.format = format;
  index.sample_rate_hz = static_cast<std::uint32_t>(sample_rate_hz);
  index.labels = labels;
  if (image) {
    index.image_height = static_cast<std::uint32_t>(image->height);
    index.image_width = static_cast<std::uint32_t>(image->width);
    index.image_channels = static_cast<std::uint32_t>(image->channels);
  }
  if (features) {
    index.feature_height = static_cast<std::uint32_t>(features->height);
    index.feature_width = static_cast<std::uint32_t>(features->width);
    index.feature_channels = static_cast<std::uint32_t>(features->channels);
  }
  index.hash = index_hash(index);
  flatbuffers::FlatBufferBuilder builder;
  data::fb::FinishIndexBuffer(builder, data::fb::Index::Pack(builder, &index));
  const auto payload = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));

  DataHeader header{};
  kDataContainer.magic.copy(header.magic, sizeof header.magic);
  header.version = features ? kDataContainer.version : 1;  // so that older programs can still read sound and images
  header.sample_bytes = state_->sample_count * sizeof(std::int16_t);
  header.crc = header_crc(header);

  const std::vector<std::byte> gap(index_offset(header.sample_bytes) - kDataHeaderBytes - header.sample_bytes);
  state_->file.write(gap);
  state_->file.write(container_header(kDataIndexContainer, payload));
  state_->file.write(payload);
  state_->file.write_at(0, std::as_bytes(std::span(&header, 1)));
  state_->file.commit();
  return fmt::format("{:016x}", index.hash);
}

}  // namespace stapes
