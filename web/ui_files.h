// The pages of web/ui, compiled into the program.
#pragma once

#include <span>
#include <string_view>

namespace lintel::web {

struct UiFile {
  std::string_view path;  // "/style.css"
  std::string_view type;
  std::string_view tag;  // changes with the content; quoted, as an ETag wants it
  std::string_view content;
};

std::span<const UiFile> ui_files();

}  // namespace lintel::web
