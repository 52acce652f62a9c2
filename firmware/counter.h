// SPDX-License-Identifier: Apache-2.0
// counter.h: counts executed instructions on the emulator, nanoseconds on the host.
//
// Requires `-icount shift=S`: the emulator's clock advances by 2^S ns per instruction, so tick counters count
// instructions.
#pragma once

#include <stdint.h>
#if defined(STAPES_HOST)
#include <time.h>
#endif

namespace firmware {

#if defined(STAPES_HOST)

struct Reading {
  timespec time;
};

inline Reading read_counter() {
  Reading now;
  clock_gettime(CLOCK_MONOTONIC, &now.time);
  return now;
}

inline uint64_t elapsed(const Reading& first, const Reading& last) {
  const int64_t seconds = last.time.tv_sec - first.time.tv_sec;
  return static_cast<uint64_t>(seconds * 1000000000 + (last.time.tv_nsec - first.time.tv_nsec));
}

#elif defined(__arm__)

// Counter in the FPGA of the MPS boards: STAPES_COUNTER_HZ ticks per second, 32 bits. With shift 7, an instruction
// takes 3.2 (25 MHz) or 2.56 (20 MHz) ticks. The difference of two readings is off by at most one tick, 0.31 or 0.39
// instructions, so rounding is exact; with shift 6, a tick would be 0.62 instructions. The counter overflows
// after 1.3e9 instructions; the device's counter of hundredths of a second tells how often. DWT->CYCCNT reads 0 in
// QEMU 7.2.
struct Reading {
  uint32_t hundredths, ticks;
};

[[gnu::always_inline]] inline Reading read_counter() {
  const auto* const fpga = reinterpret_cast<const volatile uint32_t*>(STAPES_FPGAIO);
  Reading now;
  now.hundredths = fpga[0x14 / 4];
  now.ticks = fpga[0x18 / 4];
  return now;
}

// How often the counter has overflowed. Avoids 64-bit products and quotients: on small cores they are library
// functions, which would count as the model's code.
inline uint32_t times_run_over(uint32_t hundredths, uint32_t ticks) {
  constexpr uint32_t kOnce = static_cast<uint32_t>((uint64_t{1} << 32) / (STAPES_COUNTER_HZ / 100));
  uint32_t times = 0;
  for (; hundredths >= kOnce; hundredths -= kOnce) ++times;
  const uint32_t quarter = ticks >> 30;
  if (hundredths > kOnce / 4 * 3 && quarter == 0) return times + 1;  // the hundredths lag slightly
  if (hundredths < kOnce / 4 && quarter == 3) return times - 1;      // or lead slightly
  return times;
}

inline uint64_t elapsed(const Reading& first, const Reading& last) {
  constexpr uint32_t kNanosPerTick = 1000000000 / STAPES_COUNTER_HZ;
  static_assert(kNanosPerTick * STAPES_COUNTER_HZ == 1000000000);
  const uint32_t ticks = last.ticks - first.ticks;
  uint64_t part = uint64_t{times_run_over(last.hundredths - first.hundredths, ticks)} << 32 | ticks;
  uint64_t nanoseconds = 0;  // ticks * kNanosPerTick
  for (uint32_t factor = kNanosPerTick; factor > 0; factor >>= 1, part += part) {
    if ((factor & 1) != 0) nanoseconds += part;
  }
  return (nanoseconds + (1u << STAPES_ICOUNT_SHIFT) / 2) >> STAPES_ICOUNT_SHIFT;
}

#elif defined(__riscv)

// minstret: in QEMU 7.2 the emulator's clock in ns. With shift 0 this is the exact instruction count.
static_assert(STAPES_ICOUNT_SHIFT == 0);

struct Reading {
  uint32_t low, high;
};

[[gnu::always_inline]] inline Reading read_counter() {
  Reading now;
  uint32_t again;
  asm volatile("1: csrr %0, minstreth\n csrr %1, minstret\n csrr %2, minstreth\n bne %0, %2, 1b"
               : "=&r"(now.high), "=&r"(now.low), "=&r"(again));
  return now;
}

inline uint64_t elapsed(const Reading& first, const Reading& last) {
  return (uint64_t{last.high} << 32 | last.low) - (uint64_t{first.high} << 32 | first.low);
}

#endif

}  // namespace firmware
