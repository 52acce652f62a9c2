// SPDX-License-Identifier: Apache-2.0
// broken_model.h: a valid model with one error and a correct checksum, and the reader's expected message.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <string>

#include "packed/reader.h"
#include "packed/writer.h"

namespace stapes::test {

inline constexpr Status kCorrupt = Status::kCorrupt, kUnsupported = Status::kUnsupported;

struct ReaderAnswer {
  Status status;
  std::string what;
  int layer;
};

// Opens a copy at a 64-byte-aligned address.
inline ReaderAnswer open_bytes(std::span<const std::byte> bytes) {
  struct Free {
    void operator()(std::byte* p) const { ::operator delete[](p, std::align_val_t{64}); }
  };
  const std::unique_ptr<std::byte[], Free> copy(new (std::align_val_t{64}) std::byte[bytes.size()]);
  std::memcpy(copy.get(), bytes.data(), bytes.size());
  const fb::Model* model = nullptr;
  ModelFault fault;
  const Status status = open_model({copy.get(), bytes.size()}, model, &fault);
  EXPECT_EQ(model == nullptr, status != Status::kOk);
  return {status, fault.what, fault.layer};
}

inline fb::ConvF32T& conv_f32(fb::ModelT& m, std::size_t i) { return *m.layers[i]->op.AsConvF32(); }
inline fb::ConvI8T& conv_i8(fb::ModelT& m, std::size_t i) { return *m.layers[i]->op.AsConvI8(); }
inline fb::ConvPcmT& conv_pcm(fb::ModelT& m) { return *m.layers[0]->op.AsConvPcm(); }
inline fb::ConvBitsT& conv_bits(fb::ModelT& m, std::size_t i) { return *m.layers[i]->op.AsConvBits(); }

struct Broken {
  std::string name;
  fb::ModelT (*base)();
  std::function<void(fb::ModelT&)> damage;
  Status status;
  std::string what;
  int layer;
};
inline void PrintTo(const Broken& b, std::ostream* out) { *out << b.name; }

inline void expect_found(const Broken& broken) {
  fb::ModelT model = broken.base();
  ASSERT_EQ(open_bytes(serialize_unchecked(model)).status, Status::kOk);
  broken.damage(model);
  const ReaderAnswer answer = open_bytes(serialize_unchecked(model));
  EXPECT_EQ(answer.status, broken.status) << to_string(answer.status);
  EXPECT_EQ(answer.what, broken.what);
  EXPECT_EQ(answer.layer, broken.layer);
}

}  // namespace stapes::test
