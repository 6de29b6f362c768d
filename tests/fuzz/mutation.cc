#include "tests/fuzz/mutation.h"

#include <cstdlib>

namespace lintel::fuzz {

namespace {

const std::vector<std::string>& stumbling_blocks() {
  using namespace std::string_literals;
  static const std::vector<std::string> words = {""s,
                                                 "\0"s,
                                                 "\t"s,
                                                 "\r\n"s,
                                                 "="s,
                                                 "=="s,
                                                 "*"s,
                                                 "'"s,
                                                 "\";--"s,
                                                 "%n%s"s,
                                                 "\xff\xfe"s,
                                                 "\xc3"s,
                                                 "-1"s,
                                                 "0"s,
                                                 "00"s,
                                                 "1e9"s,
                                                 " "s,
                                                 "4294967296"s,
                                                 "[0x"s,
                                                 "C:"s,
                                                 "C:1:"s,
                                                 ","s,
                                                 ";"s,
                                                 "[]"s,
                                                 "\n[push]\n"s,
                                                 "65536"s,
                                                 "255"s,
                                                 "256"s,
                                                 "../../"s,
                                                 "<script>"s,
                                                 "Pin="s,
                                                 "filter="s,
                                                 "999999999999999999999"s,
                                                 std::string(300, 'A'),
                                                 std::string(5'000, '9')};
  return words;
}

void change_once(std::string& text, const std::vector<std::string>& corpus, sim::Chance& chance) {
  const auto place = [&] { return static_cast<std::size_t>(chance.next() % (text.size() + 1)); };
  const auto from = place();
  switch (chance.below(8)) {
    case 0:
      if (from < text.size())
        text[from] =
            static_cast<char>(static_cast<unsigned char>(text[from]) ^ (1u << chance.below(8)));
      break;
    case 1:
      if (from < text.size()) text[from] = static_cast<char>(chance.below(256));
      break;
    case 2:
      text.erase(from, chance.between(1, 12));
      break;
    case 3:
      text.insert(from, chance.one_of(stumbling_blocks()));
      break;
    case 4:
      text.insert(from, text.substr(place(), chance.between(1, 40)));
      break;
    case 5:
      text.resize(from);
      break;
    case 6: {
      const std::string& other = chance.one_of(corpus);
      text = text.substr(0, from) + other.substr(chance.next() % (other.size() + 1));
      break;
    }
    default:
      if (text.size() > 1) std::swap(text[place() % text.size()], text[place() % text.size()]);
  }
}

}  // namespace

std::string mutated(const std::vector<std::string>& corpus, sim::Chance& chance) {
  std::string text = chance.one_of(corpus);
  for (unsigned changes = chance.between(1, 4); changes > 0; --changes)
    change_once(text, corpus, chance);
  return text;
}

unsigned cases(unsigned otherwise) {
  const char* text = std::getenv("LINTEL_FUZZ");
  return text == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

}  // namespace lintel::fuzz
