/** 扫一扫: what the camera would have read is pasted, or picked from our own codes. */

import { get } from "./api.js";
import { h, iconButton } from "./dom.js";
import { lay } from "./layers.js";

const browser = document.body.dataset.browser;
const SOURCES = [
  ["documents", "文件", (one) => one.title],
  ["webinars", "研讨会", (one) => one.title],
  ["contact-cards", "联络人", (one) => one.name],
];

/** Open the camera; `scanned` is told `{url}` or `{scene}`. */
export function scan(model, scanned) {
  const input = h("input", { type: "text", "aria-label": "网址或场景值", placeholder: "https://… 或场景值", autocomplete: "off", autocapitalize: "off", spellcheck: "false" });
  const take = (text) => {
    close();
    scanned(/^[a-z]+:\/\//i.test(text) ? { url: text } : { scene: text });
  };
  const submit = (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (text) take(text);
  };
  const list = h("div", { class: "codes" }, h("p", { class: "small" }, "正在读取我们的二维码…"));
  const kinds = h(
    "fieldset",
    { class: "kinds" },
    h("legend", { class: "unseen" }, "二维码的种类"),
    kind("url", "短链接码", true),
    kind("scene", "公众号场景码", false),
  );
  const chosen = () => kinds.querySelector("input:checked").value;
  const pick = (slug) => take(chosen() === "url" ? `${model.service}/r/${slug}` : slug);
  const close = lay(
    h(
      "div",
      { class: "scanner" },
      h("header", { class: "bar" }, iconButton("close", "关闭", () => close()), h("h1", {}, "扫一扫")),
      h("div", { class: "finder", "aria-hidden": "true" }, h("i", {})),
      h("form", { class: "add", submit }, input, h("button", { class: "small-button" }, "扫描")),
      h("h2", {}, "选一个我们的二维码"),
      kinds,
      list,
    ),
    { label: "扫一扫", kind: "full" },
  );
  offerCodes(list, pick);
}

function kind(value, label, checked) {
  return h("label", {}, h("input", { type: "radio", name: "code-kind", value, checked }), h("span", {}, label));
}

async function offerCodes(list, pick) {
  const groups = await Promise.all(SOURCES.map((source) => group(source, pick)));
  const found = groups.filter(Boolean);
  list.replaceChildren(...(found.length ? found : [h("p", { class: "small" }, "读不到服务的短链接，请在上面输入。")]));
}

async function group([path, label, nameOf], pick) {
  try {
    const { items } = await get(`${browser}/v1/${path}`);
    if (items.length === 0) return null;
    const codes = items.map((one) =>
      h("li", {}, h("button", { type: "button", class: "code", click: () => pick(one.slug) }, h("img", { src: `${browser}/qr/${encodeURIComponent(one.slug)}.svg`, alt: "", loading: "lazy", width: "44", height: "44" }), h("span", {}, h("strong", {}, nameOf(one)), h("small", {}, one.slug)))),
    );
    return h("section", {}, h("h3", {}, label), h("ul", {}, codes));
  } catch {
    return null;
  }
}
