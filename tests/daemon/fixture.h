// A box in this process with a directory of its own, running.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/in_process/box.h"

namespace lintel::test {

class InProcess : public ::testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/lintel-daemon-XXXXXX";
    ASSERT_NE(nullptr, ::mkdtemp(path));
    directory_ = path;
    box_ = std::make_unique<Box>(directory_, 4, vfs_);
    auto started = box_->start();
    ASSERT_TRUE(started) << started.error().text;
  }
  void TearDown() override {
    box_.reset();
    std::filesystem::remove_all(directory_);
  }

  Box& box() { return *box_; }
  const char* vfs_ = nullptr;  // to be set before SetUp()
  [[nodiscard]] const std::string& directory() const { return directory_; }

  std::string option(const std::string& name) {
    pb::Request request;
    request.mutable_get_options()->add_name(name);
    const auto reply = box().ask(request);
    return reply.options().option_size() == 1 ? reply.options().option(0).value() : "(no answer)";
  }

 private:
  std::string directory_;
  std::unique_ptr<Box> box_;
};

}  // namespace lintel::test
