// Over a network the console asks for the controller's code first.
import {byId, showText} from "/dom.js";

async function post(path, body) {
  return fetch(path, {
    method: "POST",
    headers: {"Content-Type": "application/json"},
    body: JSON.stringify(body),
  });
}

async function signIn(event, open) {
  event.preventDefault();
  const code = byId("sign-in-code");
  const button = byId("sign-in-open");
  button.disabled = true;
  showText(byId("sign-in-told"), "");
  try {
    const answer = await post("/api/session/open", {code: code.value.trim()});
    if (answer.ok) {
      code.value = "";
      show({needed: true, open: true}, open);
      return;
    }
    showText(byId("sign-in-told"), (await answer.json()).error);
  } catch {
    showText(byId("sign-in-told"), "The console does not answer.");
  }
  button.disabled = false;
  code.select();
}

async function signOut() {
  await post("/api/session/close", {}).catch(() => {});
  location.reload();
}

function show(session, open) {
  const locked = session.needed && !session.open;
  document.body.dataset.locked = locked ? "yes" : "no";
  byId("sign-in").hidden = !locked;
  byId("sign-out").hidden = !session.needed || locked;
  if (locked) byId("sign-in-code").focus();
  else open(session.needed);
}

// Calls `open` when the page may be shown, with whether one had to sign in; shows the form before.
export async function whenSignedIn(open) {
  let session = {needed: false, open: true};
  try {
    session = await (await fetch("/api/session")).json();
  } catch {
    // The console is away: the page says so by itself, and tries again.
  }
  byId("sign-out").addEventListener("click", signOut);
  byId("sign-in-form").addEventListener("submit", (event) => signIn(event, open));
  show(session, open);
}

// The session may be over: then the form comes back.
export async function lookAtSession() {
  const answer = await fetch("/api/session").catch(() => null);
  if (answer === null || !answer.ok) return;
  const session = await answer.json();
  if (session.needed && !session.open) location.reload();
}
