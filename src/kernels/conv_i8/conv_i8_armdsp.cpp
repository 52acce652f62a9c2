// The 8-bit convolutions on Armv7E-M (narrow/narrow_machine_armdsp.h).
#include "kernels/conv_i8/conv_i8.h"
#include "kernels/narrow/narrow_finish.h"
#include "kernels/narrow/narrow_machine_armdsp.h"

namespace stapes {

void conv_i8_armdsp(const ConvI8Args<int8_t, int8_t>& a) noexcept { narrow_conv<ArmDspMachine<int8_t>>(a); }
void conv_i8_from_i16_armdsp(const ConvI8Args<int16_t, int8_t>& a) noexcept { narrow_conv<ArmDspMachine<int8_t>>(a); }
void conv_i8_i16_armdsp(const ConvI8Args<int16_t, int16_t>& a) noexcept { narrow_conv<ArmDspMachine<int8_t>>(a); }
void conv_i8_bits_armdsp(const ConvI8BitsArgs& a) noexcept { narrow_conv<ArmDspMachine<int8_t>>(a); }

}  // namespace stapes
