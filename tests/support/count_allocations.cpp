// SPDX-License-Identifier: Apache-2.0
#include "support/count_allocations.h"

#include <cstdlib>
#include <new>

// In a separate file: a compiler that inlines these operators warns that new and free do not match.
namespace {
thread_local long count = 0;

void* allocate(std::size_t align, std::size_t size) {
  ++count;
  if (void* memory = std::aligned_alloc(align, (size + align) / align * align)) return memory;
  throw std::bad_alloc();
}
}  // namespace

namespace stapes::test {
long allocations() { return count; }
}  // namespace stapes::test

void* operator new(std::size_t size) { return allocate(16, size); }
void* operator new(std::size_t size, std::align_val_t align) { return allocate(static_cast<std::size_t>(align), size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
