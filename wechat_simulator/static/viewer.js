/** WeChat's browser: a page in a frame, behind the proxy that asks for it as WeChat would. */

import { get } from "./api.js";
import { h, iconButton, say } from "./dom.js";
import { lay, offer } from "./layers.js";

const browser = document.body.dataset.browser;
const SANDBOX = "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads";

/** Open an address. */
export function view(address, model) {
  return new Viewer(address, model);
}

class Viewer {
  #seen = [];

  constructor(address, model) {
    this.model = model;
    this.person = model.me.openid_oa;
    this.title = h("h1", {}, "正在打开…");
    this.host = h("p", { class: "host" });
    this.back = iconButton("back", "后退", () => this.#back(), { hidden: true });
    this.frame = h("iframe", { title: "网页", sandbox: SANDBOX, referrerpolicy: "no-referrer", load: () => this.#loaded() });
    this.progress = h("div", { class: "progress", "aria-hidden": "true" });
    const header = h(
      "header",
      { class: "bar" },
      h("div", { class: "bar-side" }, iconButton("close", "关闭网页", () => this.close()), this.back),
      h("div", { class: "bar-middle" }, this.title, this.host),
      h("div", { class: "bar-side" }, iconButton("more", "更多", () => this.#more())),
    );
    // A frame that is laid without an address loads a blank page, which would count as the first.
    this.#go(address);
    this.close = lay(h("div", { class: "viewer" }, header, this.progress, this.frame), { label: "微信浏览器", kind: "full" });
  }

  get #address() {
    return this.#seen.at(-1) ?? this.model.service;
  }

  #go(address) {
    this.progress.hidden = false;
    this.frame.src = `${browser}/.phone/open?${this.#query({ to: address })}`;
  }

  #query(more = {}) {
    return new URLSearchParams({ person: this.person, device: this.model.device, ...more });
  }

  async #loaded() {
    this.progress.hidden = true;
    try {
      const { address, title } = await get(`${browser}/.phone/state?${this.#query()}`);
      if (address && address !== this.#seen.at(-1)) this.#seen.push(address);
      const isForeign = !address.startsWith(this.model.service);
      this.title.textContent = isForeign ? "网页提示" : title || "网页";
      this.host.textContent = isForeign ? "" : new URL(address).host;
      this.frame.title = this.title.textContent;
      this.back.hidden = this.#seen.length < 2;
    } catch {
      this.title.textContent = "网页无法打开";
      this.host.textContent = "";
    }
  }

  #back() {
    this.#seen.pop();
    const before = this.#seen.pop();
    if (before) this.#go(before);
  }

  #reload() {
    const address = this.#seen.pop();
    if (address) this.#go(address);
  }

  #more() {
    const other = this.model.device === "ios" ? "android" : "ios";
    offer("网页", [
      ["刷新", () => this.#reload()],
      ["复制链接", () => this.#copy()],
      ["在浏览器打开", () => window.open(this.#address, "_blank", "noopener,noreferrer")],
      [`改用 ${other === "ios" ? "iOS" : "Android"} 微信打开`, () => (this.model.use(other), this.#reload())],
    ]);
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.#address);
      say("内容已复制");
    } catch {
      say(this.#address);
    }
  }
}
