// SPDX-License-Identifier: Apache-2.0
#include "data/sound_warnings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace stapes {
namespace {

constexpr std::size_t kNamedInAWarning = 5;

}  // namespace

void warn(std::vector<std::string>& warnings, std::string_view one, std::string_view many,
          const std::vector<std::string>& items, std::string_view advice) {
  if (items.empty()) return;
  const std::size_t shown = std::min(items.size(), kNamedInAWarning);
  std::string line = fmt::format("{} {}: {}", items.size(), items.size() == 1 ? one : many,
                                 fmt::join(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (shown < items.size()) line += ", ...";
  if (!advice.empty()) line += fmt::format("; {}", advice);
  warnings.push_back(std::move(line));
}

SoundWarnings::SoundWarnings(int sample_rate_hz, int window_samples, std::size_t classes)
    : sample_rate_hz_(sample_rate_hz), window_samples_(window_samples), longest_of_class_(classes) {}

void SoundWarnings::add(std::string_view name, int label, const ClipLevels& levels) {
  if (levels.silent) silent_.emplace_back(name);
  if (levels.constant) constant_.emplace_back(name);
  if (levels.quiet()) quiet_.push_back(fmt::format("{} ({:.1f} dBFS)", name, levels.dbfs));
  std::size_t& longest = longest_of_class_[static_cast<std::size_t>(label)];
  longest = std::max(longest, levels.samples);
}

void SoundWarnings::add(std::string_view name, int label, ClipLevels levels, const ClipNotes& notes) {
  levels.constant = levels.constant || (notes.source.constant && !levels.silent);
  add(name, label, levels);
  add_losses(name, notes);
}

void SoundWarnings::add_losses(std::string_view name, const ClipNotes& notes) {
  if (notes.lost_in_mix_db() > kMuchLostInMixDb) {
    cancelled_.push_back(fmt::format("{} ({:.1f} dB, {} channels)", name, notes.lost_in_mix_db(), notes.channels));
  }
  if (notes.lost_in_resampling_db() > kMuchLostInResamplingDb) {
    filtered_.push_back(
        fmt::format("{} ({:.1f} dB, from {} Hz)", name, notes.lost_in_resampling_db(), notes.source_rate_hz));
    highest_rate_hz_ = std::max(highest_rate_hz_, notes.source_rate_hz);
  }
}

void SoundWarnings::append_to(std::vector<std::string>& warnings, const std::vector<std::string>& labels) const {
  warn(warnings, "silent clip (all samples 0)", "silent clips (all samples 0)", silent_);
  warn(warnings, "constant clip (one value throughout)", "constant clips (one value throughout)", constant_);
  warn(warnings, fmt::format("clip below {} dBFS", kQuietDbfs), fmt::format("clips below {} dBFS", kQuietDbfs), quiet_);
  warn(warnings, fmt::format("clip loses more than {} dB when its channels are mixed down", kMuchLostInMixDb),
       fmt::format("clips lose more than {} dB when their channels are mixed down", kMuchLostInMixDb), cancelled_,
       "import one channel with --channel left or --channel right");
  warn(
      warnings,
      fmt::format("clip loses more than {} dB when it is resampled to {} Hz", kMuchLostInResamplingDb, sample_rate_hz_),
      fmt::format("clips lose more than {} dB when they are resampled to {} Hz", kMuchLostInResamplingDb,
                  sample_rate_hz_),
      filtered_, fmt::format("import at a higher rate with --sample-rate, up to {} Hz", highest_rate_hz_));
  const std::size_t tenth = static_cast<std::size_t>(window_samples_) / 10;
  std::vector<std::string> brief;
  for (std::size_t i = 0; i < labels.size() && i < longest_of_class_.size(); ++i) {
    if (longest_of_class_[i] == 0 || longest_of_class_[i] >= tenth) continue;
    brief.push_back(
        fmt::format("{} (longest {:.3f} s)", labels[i], static_cast<double>(longest_of_class_[i]) / sample_rate_hz_));
  }
  const double tenth_seconds = static_cast<double>(window_samples_) / 10 / sample_rate_hz_;
  warn(warnings,
       fmt::format("class with all clips shorter than {:.3f} s, a tenth of the default window", tenth_seconds),
       fmt::format("classes with all clips shorter than {:.3f} s, a tenth of the default window", tenth_seconds), brief,
       "train with a shorter window (--samples)");
}

}  // namespace stapes
