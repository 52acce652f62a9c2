// counter.h: how many instructions the emulator has executed; on the host, where none are counted, nanoseconds.
//
// The emulator must run with `-icount shift=S`: then its clock advances
// by 2^S ns for each instruction, whatever the host does, and a device's counter of ticks is a counter of instructions.
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

// The counter in the FPGA of the MPS boards: STAPES_COUNTER_HZ ticks a second, 32 bits. With shift 7 an instruction is
// 3.2 (25 MHz) or 2.56 (20 MHz) ticks. The difference of two readings is within one tick of the truth, that is, within
// 0.31 or 0.39 instructions: rounding it gives the exact count. (With shift 6 it would not: 1 tick is 0.62
// instructions.) 32 bits last for 1.3e9 instructions, so the same device's counter of hundredths of a second says how
// often they have run over. DWT->CYCCNT, which real cores have, reads 0 in QEMU 7.2.
struct Reading {
  uint32_t hundredths, ticks;
};

constexpr uint64_t kTicksPerHundredth = STAPES_COUNTER_HZ / 100;

[[gnu::always_inline]] inline Reading read_counter() {
  const auto* const fpga = reinterpret_cast<const volatile uint32_t*>(STAPES_FPGAIO);
  Reading now;
  now.hundredths = fpga[0x14 / 4];
  now.ticks = fpga[0x18 / 4];
  return now;
}

inline uint64_t ticks_of(const Reading& r) {
  const uint64_t about = r.hundredths * kTicksPerHundredth;
  const int32_t off = static_cast<int32_t>(r.ticks - static_cast<uint32_t>(about));  // less than a few hundredths
  return about + static_cast<uint64_t>(static_cast<int64_t>(off));
}

inline uint64_t elapsed(const Reading& first, const Reading& last) {
  constexpr uint64_t kNanosPerSecond = 1000000000, kNanosPerInstruction = 1u << STAPES_ICOUNT_SHIFT;
  constexpr uint64_t kDivisor = STAPES_COUNTER_HZ / 100 * kNanosPerInstruction;  // both divided by 100: no overflow
  return ((ticks_of(last) - ticks_of(first)) * (kNanosPerSecond / 100) + kDivisor / 2) / kDivisor;
}

#elif defined(__riscv)

// minstret, in QEMU 7.2 the emulator's clock in ns: with shift 0 exactly the instructions.
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
