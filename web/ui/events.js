// The events, newest on top.
import {byId, element, showText} from "/dom.js";
import {forgetLast, rememberLast} from "/doors.js";
import {civilToMs, counted, doorOf, eventKind, momentInWords, msToTime, sentence, whereInWords, whoInWords} from "/words.js";

const rowsMax = 200;
const kindWords = {granted: "granted", refused: "refused", alarm: "alarm", warning: "warning", plain: ""};

let newest = 0;
let missed = 0;

function makeRow(event, nowMs) {
  const kind = eventKind(event.code);
  const ms = civilToMs(event.time);
  const day = momentInWords(ms, nowMs).slice(0, -7);  // empty today
  const time = element("time", {text: Number.isNaN(ms) ? event.time : msToTime(ms),
    attributes: {datetime: event.time.replace(" ", "T")}});
  if (day) time.append(element("span", {className: "event-day", text: day}));
  return element("li", {className: "event", data: {kind, index: event.index},
    attributes: {value: event.index}}, [
    time,
    element("span", {className: "mark", data: {kind}}, [
      element("span", {className: "visually-hidden", text: kindWords[kind]})]),
    element("div", {className: "event-text"}, [
      element("p", {className: "event-what", text: sentence(event.what)}),
      element("p", {className: "event-why", text: event.why}),
    ]),
    element("p", {className: "event-who", text: whoInWords(event)}),
    element("p", {className: "event-where", text: whereInWords(event)}),
  ]);
}

export function showEvent(event, nowMs) {
  if (event.index <= newest) return;
  newest = event.index;
  const list = byId("events");
  list.prepend(makeRow(event, nowMs));
  while (list.children.length > rowsMax) list.lastElementChild.remove();
  byId("events-none").hidden = true;
  const door = doorOf(event);
  if (door > 0) rememberLast(event, door);
}

export function announceEvent(event) {
  const parts = [whereInWords(event), sentence(event.what), whoInWords(event)];
  byId("announcer").textContent = parts.filter(Boolean).join(": ");
}

export function tellMissed(count) {
  missed += count;
  showText(byId("events-missed"),
    `${counted(missed, "event is", "events are")} not shown here: this page was away when they happened. They are in the journal.`);
}

export function beginAnew() {
  newest = 0;
  missed = 0;
  byId("events").replaceChildren();
  byId("events-none").hidden = false;
  showText(byId("events-missed"), "");
  forgetLast();
}
