// A firmware that somebody brings: a file to the controller, and in words how it ends there.
import {byId, showText} from "/dom.js";

const askAgainMs = 1000;

function tell(text, tone) {
  byId("firmware-told").dataset.tone = tone;
  showText(byId("firmware-told"), text);
}

async function state() {
  const answer = await fetch("/api/firmware");
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error);
  return said;
}

// With XMLHttpRequest: fetch() does not say how much has gone.
function send(file) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    const bar = byId("firmware-sent");
    request.upload.addEventListener("progress", ({loaded, total}) => {
      bar.value = total > 0 ? 100 * loaded / total : 0;
    });
    request.addEventListener("error", () => failed(new Error("The console hung up; bring the firmware again.")));
    request.addEventListener("load", () => {
      let said = {};
      try { said = JSON.parse(request.responseText); } catch { /* not ours */ }
      if (request.status === 200) done(said.number);
      else failed(new Error(said.error ?? "The console refuses it."));
    });
    request.open("POST", "/api/firmware/bring");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.send(file);
  });
}

async function waitForEnd(number) {
  for (;;) {
    const now = await state();
    if (now.number !== number) throw new Error("Another firmware has taken the place of this one.");
    if (now.ended && now.code < 0) throw new Error(now.words);
    tell(now.words, now.ended ? "good" : "quiet");
    if (now.ended) return;
    await new Promise((later) => setTimeout(later, askAgainMs));
  }
}

async function bring(file) {
  const button = byId("firmware-bring");
  const bar = byId("firmware-sent");
  button.disabled = true;
  bar.value = 0;
  bar.hidden = false;
  try {
    const before = await state();
    if (before.wanted || before.installing) throw new Error("Another firmware is under way; wait until it has ended.");
    tell("The firmware is on its way.", "quiet");
    const number = await send(file);
    await waitForEnd(number);
  } catch (error) {
    tell(error.message, "warn");
  }
  bar.hidden = true;
  button.disabled = byId("firmware-file").files.length === 0;
}

// Only where somebody has signed in: over loopback there is lintelctl.
export function serveFirmware(signedIn) {
  byId("firmware").hidden = !signedIn;
  const file = byId("firmware-file");
  file.addEventListener("change", () => { byId("firmware-bring").disabled = file.files.length === 0; });
  byId("firmware-bring").addEventListener("click", () => bring(file.files[0]));
}
