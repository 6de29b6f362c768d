// transaction.tgz (chapter 9.2): one file transaction.txt of records, a line each, in a tar in a
// gzip, by libarchive. The same records make the same bytes: no time, no user stands in it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace lintel::push {

class RecordArchive {
 public:
  // Compressed bytes as they come. False: no more of them can be taken.
  using Sink = std::function<bool(std::string_view bytes)>;

  // A tar says beforehand how large its file is: `text_bytes`.
  RecordArchive(std::uint64_t text_bytes, Sink sink);
  ~RecordArchive();
  RecordArchive(const RecordArchive&) = delete;
  RecordArchive& operator=(const RecordArchive&) = delete;

  // False: the sink takes no more, or there is more text than was said.
  bool add(std::string_view line);
  // Nothing may be added afterwards. False: as above, or there is less text than was said.
  bool finish();

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace lintel::push
