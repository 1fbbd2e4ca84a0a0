/** The chat with one of the two accounts: its messages, its menu, and what I write. */

import { bubble } from "./bubbles.js";
import { h, icon, iconButton, logo } from "./dom.js";
import { MINI_PROGRAM, OFFICIAL_ACCOUNT } from "./model.js";
import { moment } from "./times.js";

const GAP_SECONDS = 300;
const TALLEST = 112;
const NAMES = {
  [OFFICIAL_ACCOUNT]: document.body.dataset.officialAccount,
  [MINI_PROGRAM]: document.body.dataset.miniProgram,
};

export function nameOf(account) {
  return NAMES[account];
}

export class Chat {
  #account = OFFICIAL_ACCOUNT;
  #lastAt = 0;
  #shown = "";
  #typing = false;

  constructor(model, phone) {
    this.model = model;
    this.phone = phone;
    this.title = h("h1", {});
    this.back = iconButton("back", "返回", () => phone.home());
    this.count = h("span", { class: "count", "aria-hidden": "true" });
    this.back.append(this.count);
    this.log = h("div", { class: "log", role: "log", "aria-label": "聊天记录", tabindex: "0" });
    this.foot = h("footer", { class: "foot-bar" });
    this.profile = h("div", { class: "profile" });
    this.more = iconButton("person", "公众号资料", () => phone.profile(this.#account));
    this.root = h(
      "section",
      { class: "screen chat", "aria-label": "聊天" },
      h("header", { class: "bar" }, this.back, this.title, this.more),
      this.log,
      this.profile,
      this.foot,
    );
  }

  get account() {
    return this.#account;
  }

  /** Show the chat with an account from its beginning. */
  show(account) {
    this.#account = account;
    this.#shown = "";
    this.#lastAt = 0;
    this.log.replaceChildren();
    this.#append(this.model.entries(this.model.me.openid_oa, account));
    this.update();
  }

  /** Show what has just come. */
  add(entries) {
    this.#append(entries.filter((entry) => entry.account === this.#account));
  }

  /** Show changes around the messages: name, count, whether I follow, the menu. */
  update() {
    const { model } = this;
    const typing = model.typing.includes(this.#account);
    this.title.textContent = typing ? "对方正在输入…" : nameOf(this.#account);
    const others = model.people.reduce((sum, one) => sum + model.unread(one.openid_oa), 0);
    const here = this.root.hidden ? 0 : model.unread(model.me.openid_oa, this.#account);
    this.count.textContent = others - here || "";
    this.back.setAttribute("aria-label", others - here ? `返回，${others - here} 条未读` : "返回");
    const state = JSON.stringify([this.#account, model.me.openid_oa, this.#closed(), model.menu, this.#typing]);
    if (state === this.#shown) return;
    this.#shown = state;
    this.#settle();
  }

  /** Tell why nothing can be said here, or give an empty text. */
  #closed() {
    const { model } = this;
    if (!model.has(this.#account)) return "missing";
    if (this.#account === OFFICIAL_ACCOUNT && !model.me.following) return "stranger";
    return "";
  }

  #settle() {
    const closed = this.#closed();
    const isOfficial = this.#account === OFFICIAL_ACCOUNT;
    this.more.hidden = !isOfficial || closed !== "";
    this.log.hidden = closed !== "";
    this.foot.hidden = closed !== "";
    this.profile.hidden = closed === "";
    this.profile.replaceChildren(...(closed === "" ? [] : this.#stranger(closed)));
    const hasMenu = isOfficial && this.model.menu.length > 0;
    this.foot.replaceChildren(...(hasMenu && !this.#typing ? this.#menu() : this.#writing(hasMenu)));
    this.#scroll();
  }

  #stranger(closed) {
    if (closed === "missing") {
      const variable = this.#account === OFFICIAL_ACCOUNT ? "ASI_OA_APPID" : "ASI_MP_APPID";
      return [h("p", { class: "nothing" }, `没有配置这个账号（${variable}）。`, h("br"), "This account is not configured.")];
    }
    const follow = () => this.phone.follow();
    return [
      logo(this.#account),
      h("h2", {}, nameOf(this.#account)),
      h("p", { class: "gist" }, "ASI 标准修订公开意见征询：文件、研讨会、意见反馈与联络人。"),
      h("p", { class: "small" }, "Public consultation on the ASI standards"),
      h("button", { type: "button", class: "main-button", click: follow }, "关注公众号"),
      h("button", { type: "button", class: "plain-button", click: () => this.phone.scan() }, "扫码关注"),
    ];
  }

  #menu() {
    const open = (index) => (event) => this.#open(index, event.currentTarget);
    const buttons = this.model.menu.map((button, index) => {
      const below = button.sub_button?.length > 0;
      const more = below ? { "aria-haspopup": "true", "aria-expanded": "false" } : {};
      return h("button", { type: "button", class: "menu-button", click: open(index), ...more }, below ? icon("lines") : null, h("span", {}, button.name));
    });
    const keyboard = iconButton("keyboard", "切换到输入框", () => this.#type(true));
    return [keyboard, h("nav", { class: "menu", "aria-label": "公众号菜单" }, buttons)];
  }

  #open(index, button) {
    const { sub_button: below, ...itself } = this.model.menu[index];
    const wasOpen = button.getAttribute("aria-expanded") === "true";
    this.#shut();
    if (!below?.length) {
      this.phone.tap(itself);
      return;
    }
    if (wasOpen) return;
    const items = below.map((item) => h("button", { type: "button", click: () => (this.#shut(), this.phone.tap(item)) }, item.name));
    button.setAttribute("aria-expanded", "true");
    button.after(h("div", { class: "submenu", role: "group", "aria-label": itself.name }, items));
    items[0].focus();
  }

  #shut() {
    for (const open of this.foot.querySelectorAll(".submenu")) open.remove();
    for (const button of this.foot.querySelectorAll("[aria-expanded=true]")) button.setAttribute("aria-expanded", "false");
  }

  /** Let go of an open menu when something else is touched, or on Escape. */
  letGo(event) {
    const opened = this.foot.querySelector("[aria-expanded=true]");
    if (!opened) return;
    if (event.type === "keydown") {
      if (event.key !== "Escape") return;
      opened.focus();
    } else if (event.target.closest?.(".menu")) return;
    this.#shut();
  }

  #type(typing) {
    this.#typing = typing;
    this.update();
    this.foot.querySelector(typing ? "textarea" : ".menu-button")?.focus();
  }

  #writing(hasMenu) {
    const label = "消息";
    const input = h("textarea", { rows: "1", "aria-label": label, maxlength: "2000", enterkeyhint: "send" });
    const send = h("button", { type: "button", class: "send", hidden: true }, "发送");
    const plus = iconButton("plus", "更多功能", () => this.phone.tools(this.#account));
    const grow = () => {
      send.hidden = input.value.trim() === "";
      plus.hidden = !send.hidden;
      input.style.height = "auto";
      input.style.height = `${Math.min(input.scrollHeight, TALLEST)}px`;
    };
    const submit = () => {
      const text = input.value.trim();
      if (text === "") return;
      input.value = "";
      grow();
      input.focus();
      this.phone.write({ text }, this.#account);
    };
    input.addEventListener("input", grow);
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      submit();
    });
    send.addEventListener("click", submit);
    const menu = hasMenu ? iconButton("menu", "切换到菜单", () => this.#type(false)) : null;
    return [menu, input, send, plus].filter(Boolean);
  }

  #append(entries) {
    for (const entry of entries) {
      if (entry.at - this.#lastAt > GAP_SECONDS) {
        this.log.append(h("div", { class: "time" }, moment(entry.at, this.model.now())));
      }
      this.#lastAt = entry.at;
      this.log.append(bubble(entry, { me: this.model.me, phone: this.phone }));
    }
    if (entries.length) this.#scroll();
  }

  #scroll() {
    this.log.scrollTop = this.log.scrollHeight;
    // Pictures make the log taller after they have come.
    for (const image of this.log.querySelectorAll("img")) {
      if (!image.complete) image.addEventListener("load", () => (this.log.scrollTop = this.log.scrollHeight), { once: true });
    }
  }
}
