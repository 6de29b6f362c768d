#include "rootfs/system/network_setup.h"

#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "engine/base/log.h"
#include "rootfs/system/files.h"

namespace lintel::helper {
namespace {

constexpr const char* wired_name = "60-lintel-wired.network";
constexpr const char* wifi_name = "61-lintel-wifi.network";
constexpr unsigned metric_uplink = 100, metric_other = 2'000;

// Addresses of IPv4 alone are wished and shown; a link-local one is always there for a first visit.
std::string network_file(const std::string& match, const NetworkWish& wish, unsigned metric) {
  std::ostringstream text;
  text << "# Written by lintel-system from the network parameters; a change here is lost.\n"
       << "[Match]\n"
       << match << "\n[Network]\nLinkLocalAddressing=yes\nIPv6AcceptRA=no\nMulticastDNS=yes\n";
  if (wish.address.empty()) {
    text << "DHCP=ipv4\n\n[DHCPv4]\nUseHostname=no\nUseDomains=no\nRouteMetric=" << metric << "\n";
    return text.str();
  }
  text << "DHCP=no\nAddress=" << wish.address << "/" << wish.prefix << "\n";
  if (wish.gateway.empty()) return text.str();
  text << "DNS=" << wish.gateway << "\n\n[Route]\nGateway=" << wish.gateway << "\nMetric=" << metric
       << "\n";
  return text.str();
}

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

bool is_wireless(const Paths& paths, const std::string& name) {
  return exists(paths.sys + "/class/net/" + name + "/phy80211");
}

// /proc/net/route: Iface Destination Gateway Flags RefCnt Use Metric Mask ..., in hexadecimal, the
// lowest byte first.
struct Route {
  std::string interface, gateway;
  unsigned long metric = 0;
};
std::optional<Route> default_route(const Paths& paths) {
  std::istringstream text(read_text(paths.proc + "/net/route").value_or(""));
  std::optional<Route> best;
  std::string line;
  std::getline(text, line);  // the heading
  while (std::getline(text, line)) {
    std::istringstream words(line);
    std::string interface, destination, mask, count, use;
    unsigned long gateway = 0, flags = 0, metric = 0;
    words >> interface >> destination >> std::hex >> gateway >> flags >> std::dec >> count >> use >>
        metric >> mask;
    if (!words || destination != "00000000" || mask != "00000000" || (flags & 1) == 0) continue;
    if (best && best->metric <= metric) continue;
    std::string dotted;
    for (unsigned byte = 0; byte < 4; ++byte)
      dotted += (byte == 0 ? "" : ".") + std::to_string((gateway >> (8 * byte)) & 255);
    best = Route{interface, dotted, metric};
  }
  return best;
}

}  // namespace

std::string first_wire(const Paths& paths) {
  for (const auto& name : names_in(paths.sys + "/class/net")) {
    const auto place = paths.sys + "/class/net/" + name;
    const bool ethernet = read_text(place + "/type").value_or("") == "1";
    if (ethernet && exists(place + "/device") && !is_wireless(paths, name)) return name;
  }
  return {};
}

std::string first_wifi(const Paths& paths) {
  for (const auto& name : names_in(paths.sys + "/class/net")) {
    if (is_wireless(paths, name)) return name;
  }
  return {};
}

std::string wired_file(const NetworkWish& wish, const std::string& wire) {
  const bool uplink = wish.uplink == Uplink::wired;
  // A board that shows its device late still gets its address.
  const auto match = wire.empty() || !uplink || wish.address.empty()
                         ? std::string("Type=ether\nKind=!*\n")
                         : "Name=" + wire + "\n";
  return network_file(match, uplink ? wish : NetworkWish{}, uplink ? metric_uplink : metric_other);
}

std::string wifi_file(const NetworkWish& wish) {
  return network_file("Type=wlan\n", wish, metric_uplink);
}

Result<void> NetworkSetup::restore() {
  wish_ = {};
  if (auto folder = api::WishFolder::open(paths_.network())) {
    const auto kept = folder->read("wish");
    auto wish = kept && *kept ? network_wish(**kept)
                              : Result<NetworkWish>(fail(Errc::not_found, "nothing is kept"));
    if (wish) {
      wish_ = *std::move(wish);
    } else if (!kept || *kept) {
      log_error("network", "the network parameters that were kept are damaged; DHCP is used: " +
                               (kept ? wish.error().text : kept.error().text));
    }
  }
  return set_up();
}

Result<void> NetworkSetup::apply(const NetworkWish& wish) {
  if (wish.uplink == Uplink::mobile)
    return fail(Errc::unsupported, "this machine has no mobile network");
  if (wish.uplink == Uplink::wifi && first_wifi(paths_).empty())
    return fail(Errc::unsupported, "this machine has no Wi-Fi");
  auto text = api::wish_file_text(file_of(wish));
  if (!text) return fail(std::move(text).error());
  if (auto kept = replace_text(paths_.network(), "wish", *text, 0600, Durable::yes); !kept)
    return fail(std::move(kept).error().during("keep the network parameters"));
  wish_ = wish;
  return set_up();
}

Result<void> NetworkSetup::set_up() {
  Result<void> done;
  const auto note = [&done](Result<void> step) {
    if (!step && done) done = std::move(step);
  };
  const bool wifi = wish_.uplink == Uplink::wifi;
  note(replace_text(paths_.networkd, wired_name, wired_file(wish_, first_wire(paths_)), 0644,
                    Durable::no));
  note(wifi ? replace_text(paths_.networkd, wifi_name, wifi_file(wish_), 0644, Durable::no)
            : remove_file(paths_.networkd + "/" + wifi_name));
  // One that does not run yet reads the files when it starts.
  if (machine_.networkd.is_there()) note(machine_.networkd.reload());
  if (const auto device = first_wifi(paths_); !device.empty() && machine_.wifi.is_there()) {
    note(wifi ? machine_.wifi.join(device, wish_.ssid, wish_.key) : machine_.wifi.leave(device));
  }
  return done;
}

void NetworkSetup::look_after() {
  if (wish_.uplink != Uplink::wifi) return;
  const auto device = first_wifi(paths_);
  if (device.empty() || !machine_.wifi.is_there() || machine_.wifi.has(device)) return;
  const auto joined = machine_.wifi.join(device, wish_.ssid, wish_.key);
  const auto trouble = joined ? std::string() : joined.error().text;
  if (!trouble.empty() && trouble != told_) log_error("network", "join the Wi-Fi: " + trouble);
  told_ = trouble;
}

api::WishFile NetworkSetup::now() const {
  const auto route = default_route(paths_);
  const auto addresses = machine_.addresses.now();
  const auto local = [](const InterfaceAddress& one) {
    return one.address.starts_with("169.254.");
  };
  // That of the way out, else any that is not link-local, else any.
  const InterfaceAddress* shown = nullptr;
  for (const auto& one : addresses) {
    const bool out = route && one.interface == route->interface;
    const bool shown_out = shown != nullptr && route && shown->interface == route->interface;
    if (shown == nullptr || (out && !shown_out) ||
        (out == shown_out && local(*shown) && !local(one)))
      shown = &one;
  }
  const bool wireless = shown != nullptr && is_wireless(paths_, shown->interface);
  api::WishFile file;
  file.lines = {{"uplink", name_of(wireless ? Uplink::wifi : Uplink::wired)},
                {"address", shown == nullptr ? "" : shown->address},
                {"netmask", shown == nullptr ? "" : shown->netmask},
                {"gateway",
                 route && shown != nullptr && route->interface == shown->interface ? route->gateway
                                                                                   : std::string()},
                {"ssid", wireless ? wish_.ssid : std::string()}};
  return file;
}

}  // namespace lintel::helper
