#include "push/record_archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <utility>

#include "engine/base/check.h"

namespace lintel::push {

struct RecordArchive::Inside {
  archive* out = nullptr;
  Sink sink;
  std::uint64_t left = 0;
  bool sound = true;

  static la_ssize_t take(archive*, void* self, const void* bytes, std::size_t count) {
    auto& inside = *static_cast<Inside*>(self);
    if (!inside.sink({static_cast<const char*>(bytes), count})) return -1;
    return static_cast<la_ssize_t>(count);
  }
};

RecordArchive::RecordArchive(std::uint64_t text_bytes, Sink sink)
    : inside_(std::make_unique<Inside>()) {
  inside_->sink = std::move(sink);
  inside_->left = text_bytes;
  inside_->out = archive_write_new();
  archive* const out = inside_->out;
  DOOR_CHECK(out != nullptr);
  archive_write_set_format_ustar(out);
  archive_write_add_filter_gzip(out);
  archive_write_set_filter_option(out, "gzip", "timestamp", nullptr);
  archive_write_set_bytes_in_last_block(out, 1);  // no zeros behind the gzip
  const int opened = archive_write_open(out, inside_.get(), nullptr, Inside::take, nullptr);
  archive_entry* const entry = archive_entry_new();
  DOOR_CHECK(entry != nullptr);
  archive_entry_set_pathname(entry, "transaction.txt");
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_entry_set_perm(entry, 0644);
  archive_entry_set_mtime(entry, 0, 0);
  archive_entry_set_size(entry, static_cast<la_int64_t>(text_bytes));
  inside_->sound = opened == ARCHIVE_OK && archive_write_header(out, entry) == ARCHIVE_OK;
  archive_entry_free(entry);
}

RecordArchive::~RecordArchive() {
  inside_->sink = [](std::string_view) { return true; };  // what is given up is told to nobody
  archive_write_free(inside_->out);
}

bool RecordArchive::add(std::string_view line) {
  if (line.size() > inside_->left) inside_->sound = false;
  if (!inside_->sound) return false;
  inside_->left -= line.size();
  const auto written = archive_write_data(inside_->out, line.data(), line.size());
  inside_->sound = written == static_cast<la_ssize_t>(line.size());
  return inside_->sound;
}

bool RecordArchive::finish() {
  if (inside_->left > 0) inside_->sound = false;
  return inside_->sound && archive_write_close(inside_->out) == ARCHIVE_OK;
}

}  // namespace lintel::push
