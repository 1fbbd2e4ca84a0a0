/** What lies over the phone's screen: sheets, dialogs, the browser. The topmost has the keyboard. */

import { h } from "./dom.js";

const screens = document.getElementById("screens");
const place = document.getElementById("layers");
const stack = [];

/** Lay something over the screen; gives the function that takes it away. */
export function lay(content, { label, kind = "sheet", closed = () => {} }) {
  const before = document.activeElement;
  const layer = h("div", { class: `layer ${kind}`, role: "dialog", "aria-modal": "true", "aria-label": label }, content);
  const close = () => {
    const index = stack.findIndex((one) => one.layer === layer);
    if (index < 0) return;
    stack.splice(index, 1);
    layer.remove();
    settle();
    if (before?.isConnected) before.focus({ preventScroll: true });
    closed();
  };
  layer.addEventListener("click", (event) => {
    if (event.target === layer) close();
  });
  stack.push({ layer, close });
  place.append(layer);
  settle();
  const first = layer.querySelector("[autofocus], input, button, a[href]");
  first?.focus({ preventScroll: true });
  return close;
}

/** Offer a few things to do; the choice closes the sheet. */
export function offer(label, choices) {
  const buttons = choices.map(([text, act]) =>
    h("button", { type: "button", class: "choice", click: () => (close(), act()) }, text),
  );
  const cancel = h("button", { type: "button", class: "choice cancel", click: () => close() }, "取消");
  const close = lay(h("div", { class: "panel" }, buttons, cancel), { label });
}

function settle() {
  screens.inert = stack.length > 0;
  stack.forEach(({ layer }, index) => {
    layer.inert = index < stack.length - 1;
  });
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && stack.length) stack.at(-1).close();
});
