// SPDX-License-Identifier: Apache-2.0
#include "network/network.h"

#include "base/error.h"
#include "network/acdnet.h"
#include "network/resnet.h"

namespace stapes {

const char* to_string(Family family) {
  switch (family) {
    case Family::kAcdnet:
      return "acdnet";
    case Family::kResnet:
      return "resnet";
  }
  return "";
}

Family parse_family(const std::string& name) {
  for (const Family family : {Family::kAcdnet, Family::kResnet}) {
    if (name == to_string(family)) return family;
  }
  throw UsageError("unknown family {}; known are acdnet and resnet", name);
}

std::int64_t ConvGeometry::multiply_adds() const {
  return std::int64_t{out_channels} * out_h * out_w * in_channels * kernel_h * kernel_w;
}

void check_form(const NetworkSpec& spec) {
  if (!spec.binary) {
    if (spec.form != BinaryForm{})
      throw UsageError("eight-bit layers, scaling, RPReLU and shortcuts are for binary networks");
    return;
  }
  if (spec.family == Family::kAcdnet) return check_acdnet_form(spec);
  if (!spec.form.eight_bit.empty()) {
    throw UsageError("a binary ResNet keeps its stem and head in more bits, and no other layers: --eight-bit none");
  }
  if (spec.form.shortcuts) throw UsageError("a ResNet has shortcuts already; --shortcuts is for ACDNet");
}

NetworkGeometry network_geometry(const NetworkSpec& spec) {
  return spec.family == Family::kResnet ? resnet_geometry(spec) : acdnet_geometry(spec);
}

}  // namespace stapes
