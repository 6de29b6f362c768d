// Requests as bytes, through the gate: also such as no program of ours would send.
#include <google/protobuf/stubs/logging.h>

#include "tests/fuzz/libfuzzer/gate.h"

using namespace lintel;

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  google::protobuf::SetLogHandler(nullptr);  // it has a line for each string that is not UTF-8
  return 0;
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  pb::Request request;
  if (!request.ParseFromArray(data, static_cast<int>(size))) return -1;  // not worth keeping
  if (daemon::allowed(pb::ROLE_PUSH, request)) fuzz::OpenGate::get().ask(request);
  return 0;
}
