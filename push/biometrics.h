// What of people's bodies the two sides can exchange (chapter 3.1, appendix 18). Each says it type
// by type; what both can do is exchanged in the unified form.
#pragma once

#include <bitset>
#include <cstddef>
#include <optional>
#include <string_view>

namespace lintel::push {

// The types of appendix 18, by their index.
inline constexpr std::size_t bio_types = 11;
inline constexpr std::size_t fingerprint_type = 1;
inline constexpr std::size_t visible_face_type = 9;
using BioTypes = std::bitset<bio_types>;

// "0:1:0:0:0:0:0:0:0:1:0", a place for each type: 0 is no, any other number yes. Blanks around a
// number do no harm; places that are missing are no, places beyond the eleventh are passed over.
// Nothing: something in it is no number.
std::optional<BioTypes> parse_bio_types(std::string_view text);

// What one side says of itself.
struct BioSupport {
  std::optional<BioTypes> data;    // MultiBioDataSupport
  std::optional<BioTypes> photos;  // MultiBioPhotoSupport
  bool face_data = false;          // BioDataFun: counts where MultiBioDataSupport is not said
  bool face_photos = false;        // BioPhotoFun: the same for photos
};

// What both can do.
struct BioAgreement {
  BioTypes data;
  BioTypes photos;
};
BioAgreement agree(const BioSupport& ours, const BioSupport& theirs);

}  // namespace lintel::push
