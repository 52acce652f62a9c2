// SPDX-License-Identifier: Apache-2.0
// composed(): canonical composition (Unicode Standard Annex 15) for the scripts that class names are likely to use.
#include <algorithm>
#include <string>

#include "base/text.h"

namespace stapes {
namespace {

// A combining character, the letters it can follow, and the composed letters: Unicode's canonical pairs for Latin,
// Greek and Cyrillic.
struct Accent {
  char32_t mark;
  std::u32string_view plain, accented;
};

// clang-format off
constexpr Accent kAccents[] = {
    {0x0300, U"AEIOUaeiouÜüNnЕИеиĒēŌōWwÂâĂăÊêÔôƠơƯưYy",
             U"ÀÈÌÒÙàèìòùǛǜǸǹЀЍѐѝḔḕṐṑẀẁẦầẰằỀềỒồỜờỪừỲỳ"},
    {0x0301, U"AEIOUYaeiouyCcLlNnRrSsZzÜüGgÅåÆæØøΑΕΗΙΟΥΩϊαεη",
             U"ÁÉÍÓÚÝáéíóúýĆćĹĺŃńŔŕŚśŹźǗǘǴǵǺǻǼǽǾǿΆΈΉΊΌΎΏΐάέή"},
    {0x0301, U"ιϋουωГКгкÇçĒēÏïKkMmÕõŌōPpŨũWwÂâĂăÊêÔôƠơƯư",
             U"ίΰόύώЃЌѓќḈḉḖḗḮḯḰḱḾḿṌṍṒṓṔṕṸṹẂẃẤấẮắẾếỐốỚớỨứ"},
    {0x0302, U"AEIOUaeiouCcGgHhJjSsWwYyZzẠạẸẹỌọ",
             U"ÂÊÎÔÛâêîôûĈĉĜĝĤĥĴĵŜŝŴŵŶŷẐẑẬậỆệỘộ"},
    {0x0303, U"ANOanoIiUuVvÂâĂăEeÊêÔôƠơƯưYy",
             U"ÃÑÕãñõĨĩŨũṼṽẪẫẴẵẼẽỄễỖỗỠỡỮữỸỹ"},
    {0x0304, U"AaEeIiOoUuÜüÄäȦȧÆæǪǫÖöÕõȮȯYyИиУуGgḶḷṚṛ",
             U"ĀāĒēĪīŌōŪūǕǖǞǟǠǡǢǣǬǭȪȫȬȭȰȱȲȳӢӣӮӯḠḡḸḹṜṝ"},
    {0x0306, U"AaEeGgIiOoUuУИиуЖжАаЕеȨȩẠạ",
             U"ĂăĔĕĞğĬĭŎŏŬŭЎЙйўӁӂӐӑӖӗḜḝẶặ"},
    {0x0307, U"CcEeGgIZzAaOoBbDdFfHhMmNnPpRrSsŚśŠšṢṣTtWwXxYy",
             U"ĊċĖėĠġİŻżȦȧȮȯḂḃḊḋḞḟḢḣṀṁṄṅṖṗṘṙṠṡṤṥṦṧṨṩṪṫẆẇẊẋẎẏ"},
    {0x0307, U"ſ",
             U"ẛ"},
    {0x0308, U"AEIOUaeiouyYΙΥιυЕІеіАаӘәЖжЗзИиОоӨөЭэУуЧчЫыHhÕ",
             U"ÄËÏÖÜäëïöüÿŸΪΫϊϋЁЇёїӒӓӚӛӜӝӞӟӤӥӦӧӪӫӬӭӰӱӴӵӸӹḦḧṎ"},
    {0x0308, U"õŪūWwXxt",
             U"ṏṺṻẄẅẌẍẗ"},
    {0x0309, U"AaÂâĂăEeÊêIiOoÔôƠơUuƯưYy",
             U"ẢảẨẩẲẳẺẻỂểỈỉỎỏỔổỞởỦủỬửỶỷ"},
    {0x030A, U"AaUuwy",
             U"ÅåŮůẘẙ"},
    {0x030B, U"OoUuУу",
             U"ŐőŰűӲӳ"},
    {0x030C, U"CcDdEeLlNnRrSsTtZzAaIiOoUuÜüGgKkƷʒjHh",
             U"ČčĎďĚěĽľŇňŘřŠšŤťŽžǍǎǏǐǑǒǓǔǙǚǦǧǨǩǮǯǰȞȟ"},
    {0x030F, U"AaEeIiOoRrUuѴѵ",
             U"ȀȁȄȅȈȉȌȍȐȑȔȕѶѷ"},
    {0x0311, U"AaEeIiOoRrUu",
             U"ȂȃȆȇȊȋȎȏȒȓȖȗ"},
    {0x031B, U"OoUu",
             U"ƠơƯư"},
    {0x0323, U"BbDdHhKkLlMmNnRrSsTtVvWwZzAaEeIiOoƠơUuƯưYy",
             U"ḄḅḌḍḤḥḲḳḶḷṂṃṆṇṚṛṢṣṬṭṾṿẈẉẒẓẠạẸẹỊịỌọỢợỤụỰựỴỵ"},
    {0x0324, U"Uu",
             U"Ṳṳ"},
    {0x0325, U"Aa",
             U"Ḁḁ"},
    {0x0326, U"SsTt",
             U"ȘșȚț"},
    {0x0327, U"CcGgKkLlNnRrSsTtEeDdHh",
             U"ÇçĢģĶķĻļŅņŖŗŞşŢţȨȩḐḑḨḩ"},
    {0x0328, U"AaEeIiUuOo",
             U"ĄąĘęĮįŲųǪǫ"},
    {0x032D, U"DdEeLlNnTtUu",
             U"ḒḓḘḙḼḽṊṋṰṱṶṷ"},
    {0x032E, U"Hh",
             U"Ḫḫ"},
    {0x0330, U"EeIiUu",
             U"ḚḛḬḭṴṵ"},
    {0x0331, U"BbDdKkLlNnRrTtZzh",
             U"ḆḇḎḏḴḵḺḻṈṉṞṟṮṯẔẕẖ"},
};
// clang-format on

// Hangul syllables are computed (Unicode 3.12): a leading consonant and a vowel, then perhaps a trailing consonant.
constexpr char32_t kSyllables = 0xAC00, kLeading = 0x1100, kVowels = 0x1161, kTrailing = 0x11A7;
constexpr char32_t kLeadingCount = 19, kVowelCount = 21, kTrailingCount = 28;

// 0: the two do not compose.
char32_t hangul_of(char32_t first, char32_t second) {
  if (first >= kLeading && first < kLeading + kLeadingCount && second >= kVowels && second < kVowels + kVowelCount) {
    return kSyllables + ((first - kLeading) * kVowelCount + second - kVowels) * kTrailingCount;
  }
  const bool open_syllable = first >= kSyllables && first < kSyllables + kLeadingCount * kVowelCount * kTrailingCount &&
                             (first - kSyllables) % kTrailingCount == 0;
  const bool trailing = second > kTrailing && second < kTrailing + kTrailingCount;
  return open_syllable && trailing ? first + second - kTrailing : 0;
}

char32_t pair_of(char32_t first, char32_t second) {
  for (const Accent& accent : kAccents) {
    if (accent.mark != second) continue;
    const std::size_t place = accent.plain.find(first);
    if (place != std::u32string_view::npos) return accent.accented[place];
  }
  return hangul_of(first, second);
}

void append_utf8(std::string& text, char32_t c) {
  const auto byte = [&](char32_t value) { text += static_cast<char>(static_cast<unsigned char>(value)); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) return byte(0xC0 | c >> 6), byte(0x80 | (c & 0x3F));
  if (c < 0x10000) return byte(0xE0 | c >> 12), byte(0x80 | (c >> 6 & 0x3F)), byte(0x80 | (c & 0x3F));
  byte(0xF0 | c >> 18), byte(0x80 | (c >> 12 & 0x3F)), byte(0x80 | (c >> 6 & 0x3F)), byte(0x80 | (c & 0x3F));
}

}  // namespace

std::string composed(std::string_view text) {
  std::string result;
  char32_t last = 0;  // decoded, not yet in `result`
  const auto flush = [&] {
    if (last != 0) append_utf8(result, last);
    last = 0;
  };
  while (!text.empty()) {
    const std::string_view before = text;
    const std::optional<char32_t> character = take_character(text);
    if (!character || *character == 0) {  // left as it is: this function does not judge
      flush();
      result += before.front();
      continue;
    }
    const char32_t both = pair_of(last, *character);
    if (both == 0) flush();
    last = both == 0 ? *character : both;
  }
  flush();
  return result;
}

}  // namespace stapes
