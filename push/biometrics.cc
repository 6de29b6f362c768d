#include "push/biometrics.h"

#include "push/text.h"

namespace lintel::push {
namespace {

// A side that knows only the older parameters can speak of visible light faces and of nothing else.
BioTypes of_faces(bool supported) {
  BioTypes types;
  types.set(visible_face_type, supported);
  return types;
}

}  // namespace

std::optional<BioTypes> parse_bio_types(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return std::nullopt;
  BioTypes types;
  for (std::size_t place = 0; place < bio_types && !text.empty(); ++place) {
    const auto number = whole_number(trimmed(take_until(text, ':')));
    if (!number) return std::nullopt;
    types.set(place, *number != 0);
  }
  return types;
}

BioAgreement agree(const BioSupport& ours, const BioSupport& theirs) {
  const auto data = [](const BioSupport& side) {
    return side.data.value_or(of_faces(side.face_data));
  };
  const auto photos = [](const BioSupport& side) {
    return side.photos.value_or(of_faces(side.face_photos));
  };
  return {data(ours) & data(theirs), photos(ours) & photos(theirs)};
}

}  // namespace lintel::push
