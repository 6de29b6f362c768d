// What the controller says about itself when it registers (chapter 4.4), field by field in the
// order of the text: some servers read by position.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/api/lintel.pb.h"

namespace lintel::push {

// The options that stand in the registry body. The first field, DeviceType=acc, is not among them.
std::span<const std::string_view> registry_fields();

// "DeviceType=acc,~DeviceName=...,FirmVer=...": values from the engine, empty where it has none.
std::string registry_body(const pb::Options& answers);

// "Name=value,Name=value" as POST cdata?table=options carries it, in the engine's order.
std::string options_body(const pb::Options& answers);

// The value of an option among answers; empty: not there.
std::string_view option_value(const pb::Options& answers, std::string_view name);

// The value as the server is told it. Of some options the engine knows one part only: what this
// program can do stands beside it, by the table of commands (AccSupportFunList).
std::string told_value(const pb::Option& option);

}  // namespace lintel::push
