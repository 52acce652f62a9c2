// SPDX-License-Identifier: Apache-2.0
// tile_positions.h: where the patches of a tile's positions begin. groups(row) walks along a row of taps: at(p) is the
// current group of position `p`, advance() moves to the next.
//
// x86 has too few registers for 8 pointers. For even spacing, two pointers and two distances give 8 addresses: an
// address may add 1, 2, 4 or 8 times a register.
#pragma once

#include <stddef.h>

namespace stapes {

// Positions without a regular pattern.
template <class M, int kPositions>
struct TilePositions {
  using Element = typename M::Element;

  struct Groups {
    const TilePositions& positions;
    ptrdiff_t element;

    const Element* at(int p) const { return positions.first[p] + element; }
    void advance(ptrdiff_t elements) { element += elements; }
  };
  Groups groups(ptrdiff_t row) const { return {*this, row}; }

  const Element* first[kPositions];
};

// Two pointers and the distances to 8 positions. The compiler must not expand them to 8 pointers.
template <class Element>
struct TwoPointers {
  const Element *low, *high;
  ptrdiff_t step, three_steps;

  void advance(ptrdiff_t elements) {
    low += elements;
    high += elements;
    __asm__("" : "+r"(low), "+r"(high));
  }
};

// 8 positions in a row.
template <class M>
class EvenPositions {
 public:
  using Element = typename M::Element;

  EvenPositions(const Element* first, ptrdiff_t step) : first_(first), step_(step) {}

  EvenPositions moved(ptrdiff_t elements) const { return {first_ + elements, step_}; }

  struct Groups {
    TwoPointers<Element> from;

    const Element* at(int p) const {
      if (p == 6) return from.low + 2 * from.three_steps;
      return p < 3 || p == 4 ? from.low + p * from.step : from.high + (p - 3) * from.step;
    }
    void advance(ptrdiff_t elements) { from.advance(elements); }
  };
  Groups groups(ptrdiff_t row) const { return {{first_ + row, first_ + row + 3 * step_, step_, 3 * step_}}; }

 private:
  const Element* first_;
  ptrdiff_t step_;
};

// 16 positions in a row, for tiles of one block.
template <class M>
class ManyPositions {
 public:
  using Element = typename M::Element;

  ManyPositions(const Element* first, ptrdiff_t step) : first_(first), step_(step) {}

  ManyPositions moved(ptrdiff_t elements) const { return {first_ + elements, step_}; }

  struct Groups {
    TwoPointers<Element> from;  // positions 0 and 8
    ptrdiff_t five_steps, seven_steps;

    const Element* at(int p) const {
      return p > 8 && p % 2 == 1 ? from.high + distance(p - 8) : from.low + distance(p);
    }
    void advance(ptrdiff_t elements) { from.advance(elements); }

   private:
    ptrdiff_t distance(int steps) const {
      return steps == 0       ? 0
             : steps % 7 == 0 ? steps / 7 * seven_steps
             : steps % 5 == 0 ? steps / 5 * five_steps
             : steps % 3 == 0 ? steps / 3 * from.three_steps
                              : steps * from.step;
    }
  };
  Groups groups(ptrdiff_t row) const {
    const Element* low = first_ + row;
    return {{low, low + 8 * step_, step_, 3 * step_}, 5 * step_, 7 * step_};
  }

 private:
  const Element* first_;
  ptrdiff_t step_;
};

// Two adjacent pools of 2 x 2 positions.
template <class M>
class SquarePositions {
 public:
  using Element = typename M::Element;

  SquarePositions(const Element* first, ptrdiff_t step, ptrdiff_t down) : first_(first), step_(step), down_(down) {}

  SquarePositions moved(ptrdiff_t elements) const { return {first_ + elements, step_, down_}; }

  struct Groups {
    TwoPointers<Element> from;

    const Element* at(int p) const {
      const int column = p / 4 * 2 + p % 2;
      const Element* row = p % 4 < 2 ? from.low : from.high;
      return column == 3 ? row + from.three_steps : row + column * from.step;
    }
    void advance(ptrdiff_t elements) { from.advance(elements); }
  };
  Groups groups(ptrdiff_t row) const { return {{first_ + row, first_ + row + down_, step_, 3 * step_}}; }

 private:
  const Element* first_;
  ptrdiff_t step_, down_;
};

}  // namespace stapes
