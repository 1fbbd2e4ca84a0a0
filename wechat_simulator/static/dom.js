/** Elements made of plain values. Texts become text nodes, so nothing that people write is markup. */

const SVG = "http://www.w3.org/2000/svg";

/** Make an element: functions are listeners, true and false are bare attributes, null is left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== false && value !== undefined) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Draw one of the page's symbols. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** Make a button that shows a symbol and says what it does. */
export function iconButton(name, label, click, more = {}) {
  return h("button", { type: "button", class: "icon-button", "aria-label": label, title: label, click, ...more }, icon(name));
}

const COLOURS = 6;

/** Give a person a picture: the first letter of their name. */
export function portrait(nickname) {
  const letters = [...(nickname || "?")];
  const colour = letters.reduce((sum, letter) => sum + letter.codePointAt(0), 0) % COLOURS;
  return h("span", { class: `portrait person-${colour}`, "aria-hidden": "true" }, letters.at(-1));
}

/** Give an account its picture. */
export function logo(account) {
  const letters = account === "official-account" ? "ASI" : "征";
  return h("span", { class: `portrait ${account}`, "aria-hidden": "true" }, letters);
}

const toast = document.getElementById("toast");
let hiding = 0;

/** Say something for a moment. */
export function say(text) {
  clearTimeout(hiding);
  toast.textContent = text;
  toast.classList.add("shown");
  hiding = setTimeout(() => toast.classList.remove("shown"), 2600);
}
