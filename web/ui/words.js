// What the numbers of the engine mean, in words. No page, no network: text in, text out.

const alarmNames = [
  "Forced open", "Tamper", "Duress password", "Duress fingerprint",
  "Open too long", "Mains power failed", "Battery failed", "Reader tamper",
];

export function alarmsInWords(bits) {
  return alarmNames.filter((_, bit) => (bits >> bit) & 1);
}

const leafWords = ["No door sensor", "Door closed", "Door open"];

// One state for the glance; the detail says what it leaves open. The strongest state comes first.
export function doorState(door) {
  const leaf = leafWords[door.sensor] ?? leafWords[0];
  const lock = door.released || door.normal_open ? "lock released" : "lock at rest";
  // What holds the whole house goes before what was set for one door.
  if (door.fire) return {key: "fire", title: "Open for fire", detail: leaf};
  if (door.locked_down) return {key: "lockdown", title: "Lockdown", detail: `${leaf}, ${lock}`};
  if (door.emergency_open) return {key: "emergency", title: "Emergency open", detail: leaf};
  if (!door.enabled) return {key: "disabled", title: "Disabled", detail: `${leaf}, ${lock}`};
  if (door.locked) return {key: "locked", title: "Locked", detail: `${leaf}, ${lock}`};
  if (door.normal_open) return {key: "normal-open", title: "Normal open", detail: leaf};
  if (door.released) return {key: "released", title: "Released", detail: leaf};
  if (door.sensor === 2) return {key: "open", title: "Open", detail: "Lock at rest"};
  if (door.sensor === 1) return {key: "closed", title: "Closed", detail: "Lock at rest"};
  return {key: "closed", title: "Secured", detail: leaf};
}

// The strongest state of the whole house, for the head of the page; "" when there is none.
export function emergencyInWords(doors) {
  if (doors.some((door) => door.fire)) return "Fire";
  if (doors.some((door) => door.locked_down)) return "Lockdown";
  return doors.some((door) => door.emergency_open) ? "Emergency" : "";
}

const alarmCodes = new Set([28, 100, 101, 102, 103, 104, 106, 107, 108, 109, 6010, 6013]);
const warningCodes = new Set([105, 114, 115, 116, 117, 118, 119, 120, 121, 220, 221, 227, 228, 4016, 6005, 6008, 6016]);
const grantedCodes = new Set([0, 1, 2, 3, 4, 5, 8, 202, 205, 207, 208, 215, 216]);
const refusedCodes = new Set([5024, 5025]);
const auxCodes = new Set([12, 13, 65, 116, 117, 220, 221, 225, 226, 229, 230]);

export function eventKind(code) {
  if (alarmCodes.has(code)) return "alarm";
  if (warningCodes.has(code)) return "warning";
  if (grantedCodes.has(code)) return "granted";
  if ((code >= 20 && code < 100) || refusedCodes.has(code)) return "refused";
  return "plain";
}

// The door of an event, 0 when it is about the box or an auxiliary line.
export const doorOf = (event) => auxCodes.has(event.code) ? 0 : event.address;

export function whereInWords(event) {
  if (auxCodes.has(event.code)) return `Auxiliary ${event.address}`;
  if (event.address === 0) return "Controller";
  const way = event.way === 0 ? ", in" : event.way === 1 ? ", out" : "";
  return `Door ${event.address}${way}`;
}

export function whoInWords(event) {
  if (event.pin !== "" && event.pin !== "0") return `User ${event.pin}`;
  if (event.card) return `Card ${event.card}`;
  return "";
}

export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

export const grouped = (number) => number.toLocaleString("en").replaceAll(",", "\u202f");

export const counted = (number, one, many) => `${grouped(number)} ${number === 1 ? one : many}`;

export function uptimeInWords(seconds) {
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  if (days > 0) return `${counted(days, "day", "days")} ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min` : `${seconds} s`;
}

// The controller's civil time is handled as if it were UTC: the browser's own zone plays no part.
export const civilToMs = (text) => Date.parse(text.replace(" ", "T") + "Z");
export const msToTime = (ms) => new Date(ms).toISOString().slice(11, 19);
export const msToDay = (ms) => new Date(ms).toLocaleDateString("en-GB",
  {weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC"});

// A moment, as short as it is clear on the day `nowMs`.
export function momentInWords(ms, nowMs) {
  if (Number.isNaN(ms)) return "";
  const time = msToTime(ms).slice(0, 5);
  return Math.floor(ms / 86400000) === Math.floor(nowMs / 86400000) ? time : `${msToDay(ms)}, ${time}`;
}

export function zoneInWords(minutes) {
  const sign = minutes < 0 ? "−" : "+";
  const two = (n) => String(n).padStart(2, "0");
  return `UTC${sign}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
}
