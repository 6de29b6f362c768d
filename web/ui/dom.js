// Elements, made so that text from outside is only ever text.

export function element(name, {className, text, data, attributes} = {}, children = []) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  for (const [key, value] of Object.entries(data ?? {})) node.dataset[key] = value;
  for (const [key, value] of Object.entries(attributes ?? {})) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

export function drawing(paths, className) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  for (const d of paths) {
    const path = document.createElementNS(space, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

export const byId = (id) => document.getElementById(id);

// Sets the text only when it is another one: a screen reader speaks on every change.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function showText(node, text) {
  setText(node, text);
  node.hidden = text === "";
}

// Fills a <dl> with pairs; pairs without a value are left out.
export function fillList(list, pairs) {
  const rows = pairs.filter(([, value]) => value !== "").map(([name, value]) =>
    element("div", {}, [element("dt", {text: name}), element("dd", {text: value})]));
  list.replaceChildren(...rows);
}
