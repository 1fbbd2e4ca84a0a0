/** Texts of a chat: plain text, and the links WeChat makes of them. Never markup. */

import { h } from "./dom.js";

const ANCHOR = /<a\s+([^<>]*)>([\s\S]*?)<\/a\s*>/gi;
const ATTRIBUTE = /([a-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi;
const BARE = /https?:\/\/[!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]+/g;
const TRAILING = /[!'),.:;?\]]+$/;

/** Give an address if it is one of the web's, else null. */
export function webAddress(text) {
  try {
    const url = new URL(text);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}

/** Make nodes of what a person wrote: only bare addresses become links. */
export function plain(text, { open }) {
  return bare(text, open);
}

/** Make nodes of what an account wrote; `open` is told a link's address, `enter` a mini-program's page. */
export function words(text, { open, enter }) {
  const nodes = [];
  let position = 0;
  for (const match of text.matchAll(ANCHOR)) {
    nodes.push(...bare(text.slice(position, match.index), open));
    nodes.push(anchor(attributes(match[1]), match[2], { open, enter }) ?? match[0]);
    position = match.index + match[0].length;
  }
  nodes.push(...bare(text.slice(position), open));
  return nodes;
}

/** Make a link; where it leads is decided by the phone, not by the browser around it. */
export function link(address, content, open) {
  const click = (event) => {
    event.preventDefault();
    open(address);
  };
  return h("a", { href: address, rel: "noreferrer", click }, content);
}

function bare(text, open) {
  const nodes = [];
  let position = 0;
  for (const match of text.matchAll(BARE)) {
    const written = match[0].replace(TRAILING, "");
    const address = webAddress(written);
    if (address === null) continue;
    nodes.push(text.slice(position, match.index), link(address, written, open));
    position = match.index + written.length;
  }
  nodes.push(text.slice(position));
  return nodes;
}

function anchor(named, label, { open, enter }) {
  const shown = label.replace(/<[^<>]*>/g, "");
  const path = named["data-miniprogram-path"];
  if (named["data-miniprogram-appid"] && path) {
    return h("button", { type: "button", class: "link", click: () => enter({ path }) }, shown.trim() || path);
  }
  const address = webAddress(named.href ?? "");
  return address === null ? null : link(address, shown.trim() || address, open);
}

function attributes(text) {
  const named = {};
  for (const [, name, double, single, plain] of text.matchAll(ATTRIBUTE)) {
    named[name.toLowerCase()] = (double ?? single ?? plain).replaceAll("&amp;", "&");
  }
  return named;
}
