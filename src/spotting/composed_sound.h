// SPDX-License-Identifier: Apache-2.0
// composed_sound.h: mixes clips of a data set into a background at known times.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "audio/resample.h"
#include "base/philox.h"
#include "data/data_set.h"
#include "listen/sound_source.h"

namespace stapes {

struct CompositionOptions {
  std::vector<double> snr_db = {10};  // each clip gets one at random
  double every_s = 10;                // mean pause between clips; each pause is 0.5 to 1.5 times as long
  std::uint64_t seed = 1;
};

struct PlacedClip {
  double start_s, end_s;
  std::string label;
};

// Deals each clip once across all backgrounds, in an order that depends on the seed.
class ClipDeal {
 public:
  // Borrows the clips.
  ClipDeal(const ClipSet& clips, const CompositionOptions& options);
  const ClipView* peek() const;  // null: no clips left
  void take() { ++dealt_; }
  std::size_t left() const { return clips_.clips.size() - dealt_; }
  const std::string& label(const ClipView& clip) const { return clips_.labels[static_cast<std::size_t>(clip.label)]; }

 private:
  const ClipSet& clips_;
  std::uint64_t seed_;
  std::size_t dealt_ = 0;
};

// A background with clips mixed in, at the clips' sample rate. Each clip is scaled to the SNR against the background
// under it, but not over digital silence. A clip that no longer fits goes to the next background.
class ComposedSound final : public SoundSource {
 public:
  // Borrows the deal. `number`: index of the background and seed of its random draws.
  ComposedSound(std::unique_ptr<SoundSource> background, ClipDeal& deal, int sample_rate_hz,
                const CompositionOptions& options, std::uint32_t number);
  int sample_rate_hz() const override { return sample_rate_hz_; }
  Block next() override;

  // Complete only after the sound has ended.
  const std::vector<PlacedClip>& placed() const { return placed_; }

 private:
  bool hold(std::size_t samples);  // false: the background ends first
  void place(const ClipView& clip);
  void draw_pause();

  std::unique_ptr<SoundSource> background_;
  ClipDeal& deal_;
  int sample_rate_hz_;
  CompositionOptions options_;
  Philox random_;
  Resampler resampler_;
  bool ended_ = false;
  std::vector<float> held_, block_;  // held_: the background after sample at_
  std::uint64_t at_ = 0;             // samples delivered
  std::uint64_t pause_ = 0;          // samples until the next clip
  std::vector<PlacedClip> placed_;
};

}  // namespace stapes
