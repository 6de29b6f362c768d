// The page's one line to the console: server-sent events in, doors and events shown.
import {byId, showText} from "/dom.js";
import {showDoors} from "/doors.js";
import {announceEvent, beginAnew, showEvent, tellMissed} from "/events.js";
import {serveFirmware} from "/firmware.js";
import {showClock, showPanels, showSummary} from "/panels.js";
import {servePassback} from "/passback.js";
import {lookAtSession, whenSignedIn} from "/sign_in.js";
import {civilToMs, momentInWords} from "/words.js";

const connectAgainMs = 3000;

let status = null;      // the last one, with the controller's time in it
let receivedAt = 0;     // when, on the browser's steady clock
let connected = false;  // to the console
let caughtUp = false;   // the events of before the page was opened have been shown

const known = () => status !== null && status.time !== undefined;
const live = () => connected && status !== null && status.engine.answers;

// The controller's civil time now; stands still while nobody tells it.
function controllerMs() {
  const base = civilToMs(status.time);
  return live() ? base + (performance.now() - receivedAt) : base;
}

function showAway() {
  let text = "";
  if (!connected && !known()) text = "The console does not answer. Trying again.";
  else if (!connected) text = `The console does not answer since ${momentInWords(controllerMs(), controllerMs())}. This page shows the last known state.`;
  else if (status && !status.engine.answers) {
    text = known()
      ? `The engine does not answer since ${momentInWords(civilToMs(status.engine.last_heard), controllerMs())}. The console shows the last known state.`
      : "The engine does not answer. The doors appear as soon as it does.";
  }
  showText(byId("banner-away"), text);
  document.body.dataset.live = live() ? "yes" : "no";
  showSummary(status, live());
}

function showStatus(next) {
  status = next;
  receivedAt = performance.now();
  if (known()) {
    showDoors(status.door);
    showPanels(status, controllerMs());
    showClock(controllerMs(), status.time_trusted);
  }
  caughtUp = true;
  showAway();
}

function lose() {
  if (known() && live()) {  // the clock stops at what it shows
    status.time = new Date(controllerMs()).toISOString().slice(0, 19).replace("T", " ");
  }
  connected = false;
  showAway();
}

function connect() {
  const stream = new EventSource("/api/stream");
  const on = (name, act) => stream.addEventListener(name, (message) => act(JSON.parse(message.data)));
  stream.addEventListener("open", () => { connected = true; });
  stream.addEventListener("error", () => {
    lose();
    if (stream.readyState === EventSource.CLOSED) {
      lookAtSession();
      setTimeout(connect, connectAgainMs);
    }
  });
  on("status", showStatus);
  on("event", (event) => {
    showEvent(event, known() ? controllerMs() : civilToMs(event.time));
    if (caughtUp) announceEvent(event);
  });
  on("missed", ({count}) => tellMissed(count));
  on("anew", beginAnew);
}

whenSignedIn((signedIn) => {
  setInterval(() => {
    if (known() && live()) showClock(controllerMs(), status.time_trusted);
  }, 1000);
  servePassback();
  serveFirmware(signedIn);
  connect();
});
