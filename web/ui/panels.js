// The column beside the doors: server, journal, people, controller; and the head of the page.
import {byId, fillList, setText, showText} from "/dom.js";
import {alarmsInWords, counted, emergencyInWords, grouped, momentInWords, msToDay, msToTime, sentence, uptimeInWords, zoneInWords} from "/words.js";

function showServer(link, zoneMinutes, nowMs) {
  const since = link.since_utc > 0 ? (link.since_utc + zoneMinutes * 60) * 1000 : NaN;
  const tone = link.online ? "good" : link.server === "" ? "quiet" : "warn";
  byId("server-mark").dataset.tone = tone;
  setText(byId("server-state"), sentence(link.state || "Not known yet"));
  showText(byId("server-address"), link.server);
  showText(byId("server-error"), link.last_error === "" ? "" : `Last error: ${link.last_error}`);
  fillList(byId("server"), [
    ["Since", momentInWords(since, nowMs)],
    ["Version", link.server_version],
    ["Waiting to be sent", link.server === "" ? "" : counted(link.queued_events, "event", "events")],
  ]);
}

function showJournal(status) {
  const fill = byId("journal-fill");
  fill.value = status.events_capacity > 0 ? 100 * status.events_stored / status.events_capacity : 0;
  fill.dataset.tone = fill.value >= 90 ? "warn" : "good";
  fillList(byId("journal"), [
    ["Events kept", `${grouped(status.events_stored)} of ${grouped(status.events_capacity)}`],
    ["Newest event", status.last_event > 0 ? grouped(status.last_event) : "none"],
    ["Confirmed by server", status.confirmed_event > 0 ? grouped(status.confirmed_event) : "none"],
    ["Lost", status.lost_events > 0 ? grouped(status.lost_events) : "none"],
  ]);
}

const mebibytes = (bytes) => grouped(Math.floor(bytes / 1048576));

// What nobody tells is left out.
function machineRows(machine) {
  if (!machine) return [];
  const {storage_used: used, storage_size: size, storage_life: life} = machine;
  return [
    ["Image", [machine.version, machine.slot && `slot ${machine.slot}`, machine.good === false && "on trial"].filter(Boolean).join(", ")],
    ["Address", [machine.address, machine.wifi].filter(Boolean).join(", ")],
    ["Clock", machine.synchronised === null ? "" : machine.synchronised ? "kept by NTP" : "not kept by NTP"],
    ["Temperature", machine.temperature === null ? "" : `${(machine.temperature / 10).toFixed(1)} \u00b0C`],
    ["Storage", used === null || size === null ? "" : `${mebibytes(used)} of ${mebibytes(size)} MiB`],
    ["Card wear", life === null ? "" : `${life} %`],
    ["Update", machine.update],
  ];
}

function showController(status) {
  fillList(byId("controller"), [
    ["Serial number", status.serial],
    ["Version", status.version],
    ["Board", status.board],
    ["Running for", uptimeInWords(status.uptime_seconds)],
    ["Time zone", zoneInWords(status.zone_minutes)],
    ...machineRows(status.machine),
  ]);
}

export function showPanels(status, nowMs) {
  showServer(status.link, status.zone_minutes, nowMs);
  showJournal(status);
  fillList(byId("people"), [
    ["Users", grouped(status.users)],
    ["Cards", grouped(status.cards)],
    ["Privileges", grouped(status.privileges)],
  ]);
  showController(status);
  setText(byId("device"), `Door controller ${status.serial}`);
  showText(byId("banner-warning"), status.warning ? sentence(status.warning) : "");
  showText(byId("banner-trouble"), status.trouble === "" ? "" : sentence(status.trouble));
}

export function showClock(ms, trusted) {
  setText(byId("clock"), msToTime(ms).slice(0, 5));
  setText(byId("clock-note"), trusted ? msToDay(ms) : "Clock not trusted");
  byId("clock-note").dataset.tone = trusted ? "quiet" : "warn";
}

// The whole appliance in two or three words.
export function showSummary(status, live) {
  const alarms = (status?.door ?? []).filter((door) => alarmsInWords(door.alarms).length > 0).length;
  const open = (status?.door ?? []).filter((door) => door.sensor === 2).length;
  let tone = "good";
  let text = open > 0 ? counted(open, "door open", "doors open") : "All quiet";
  if (status?.trouble) [tone, text] = ["alarm", "Trouble"];
  const emergency = emergencyInWords(status?.door ?? []);
  if (emergency !== "") [tone, text] = ["alarm", emergency];
  if (alarms > 0 && emergency === "") [tone, text] = ["alarm", counted(alarms, "door in alarm", "doors in alarm")];
  if (!live) [tone, text] = ["warn", "Last known state"];
  byId("summary").dataset.tone = tone;
  setText(byId("summary"), text);
  document.title = alarms > 0 || emergency !== "" || !live ? `${text} · Lintel` : "Lintel";
}
