// The console's one action: anti-passback forgets the passages of one person, or of everybody.
import {byId, setText, showText} from "/dom.js";

const armedMs = 5000;
let disarm = 0;

function arm(on) {
  clearTimeout(disarm);
  byId("passback-reset").dataset.armed = on ? "yes" : "no";
  setText(byId("passback-reset"), on ? "Press again to reset everybody" : "Reset");
  if (on) disarm = setTimeout(() => arm(false), armedMs);
}

function tell(text, tone) {
  byId("passback-told").dataset.tone = tone;
  showText(byId("passback-told"), text);
}

async function reset(pin) {
  const button = byId("passback-reset");
  button.disabled = true;
  try {
    const answer = await fetch("/api/passback/reset", {
      method: "POST",
      headers: {"Content-Type": "application/json"},
      body: JSON.stringify(pin === "" ? {} : {pin}),
    });
    const said = await answer.json();
    if (!answer.ok) tell(said.error, "warn");
    else tell(pin === "" ? "Done: everybody\u2019s next passage is free." : `Done: the next passage of user ${pin} is free.`, "good");
  } catch {
    tell("The console does not answer; whether it was done is unknown.", "warn");
  }
  button.disabled = false;
}

// Everybody takes two presses: an empty field may be an oversight.
export function servePassback() {
  const button = byId("passback-reset");
  byId("passback-pin").addEventListener("input", () => arm(false));
  byId("passback-pin").addEventListener("keydown", (key) => {
    if (key.key === "Enter" && byId("passback-pin").value.trim() !== "") button.click();
  });
  button.addEventListener("click", () => {
    const pin = byId("passback-pin").value.trim();
    const wanted = pin !== "" || button.dataset.armed === "yes";
    arm(!wanted);
    if (wanted) reset(pin);
  });
}
