// The doors: a tile each, made once and changed in place, so that nothing jumps under a finger.
import {byId, drawing, element, setText} from "/dom.js";
import {alarmsInWords, doorState, eventKind, msToTime, civilToMs, sentence, whoInWords} from "/words.js";

const frame = "M5 21V4.5A1.5 1.5 0 0 1 6.5 3h11A1.5 1.5 0 0 1 19 4.5V21M3 21h18";
const closedLeaf = "M8 21V6h8v15M13.4 13.6v.01";
const openLeaf = "M8 21V6l6 2.2V21M11.6 14v.01";
const bar = "M8 12h8";
const twoBars = "M6 10h12M6 14h12";
const flame = "M12 20c-2.4 0-4-1.6-4-4 0-2.9 3.2-4.2 3.1-8.5 2.9 1.6 4.9 4.7 4.9 8.5 0 2.4-1.6 4-4 4z";
const wayOut = "M13 12.5h8M18 9.5l3 3-3 3";

const drawings = {
  "closed": [frame, closedLeaf],
  "locked": [frame, closedLeaf, bar],
  "disabled": [frame, closedLeaf, "M4 4l16 16"],
  "released": [frame, closedLeaf],
  "normal-open": [frame, openLeaf],
  "fire": [frame, flame],
  "lockdown": [frame, closedLeaf, twoBars],
  "emergency": [frame, openLeaf, wayOut],
  "open": [frame, openLeaf],
};

const tiles = new Map();  // door id -> its parts
const lastEvents = new Map();

function makeTile(id) {
  const parts = {
    picture: element("div", {className: "door-picture"}),
    title: element("p", {className: "door-state"}),
    detail: element("p", {className: "door-detail"}),
    alarms: element("ul", {className: "door-alarms", attributes: {"aria-label": `Alarms of door ${id}`}}),
    last: element("p", {className: "door-last"}),
  };
  parts.tile = element("li", {className: "door", data: {door: id}}, [
    parts.picture,
    element("div", {className: "door-text"},
      [element("h3", {text: `Door ${id}`}), parts.title, parts.detail]),
    parts.alarms, parts.last,
  ]);
  return parts;
}

function update(parts, door) {
  const state = doorState(door);
  const alarms = alarmsInWords(door.alarms);
  const drawn = door.sensor === 2 && state.key === "released" ? "open" : state.key;
  if (parts.drawn !== drawn) parts.picture.replaceChildren(drawing(drawings[drawn], "door-drawing"));
  parts.drawn = drawn;
  parts.tile.dataset.state = state.key;
  parts.tile.dataset.alarm = alarms.length > 0 ? "yes" : "no";
  setText(parts.title, state.title);
  setText(parts.detail, state.detail);
  if (parts.told !== door.alarms)
    parts.alarms.replaceChildren(...alarms.map((text) => element("li", {text})));
  parts.told = door.alarms;
  showLast(parts, door.id);
}

function showLast(parts, id) {
  const event = lastEvents.get(id);
  if (!event) return;
  const who = whoInWords(event);
  const time = msToTime(civilToMs(event.time)).slice(0, 5);
  parts.last.dataset.kind = eventKind(event.code);
  setText(parts.last, `${time}  ${sentence(event.what)}${who ? `, ${who}` : ""}`);
}

export function showDoors(doors) {
  const grid = byId("doors");
  byId("doors-none").hidden = doors.length > 0;
  for (const [id, parts] of tiles) {
    if (doors.some((door) => door.id === id)) continue;
    parts.tile.remove();
    tiles.delete(id);
  }
  for (const door of doors) {
    if (!tiles.has(door.id)) {
      tiles.set(door.id, makeTile(door.id));
      grid.append(tiles.get(door.id).tile);
    }
    update(tiles.get(door.id), door);
  }
}

export function rememberLast(event, door) {
  lastEvents.set(door, event);
  const parts = tiles.get(door);
  if (parts) showLast(parts, door);
}

export function forgetLast() {
  lastEvents.clear();
  for (const parts of tiles.values()) setText(parts.last, "");
}
