/** The list of chats, and who I am. */

import { gist } from "./bubbles.js";
import { nameOf } from "./chat.js";
import { h, icon, iconButton, logo, portrait, say } from "./dom.js";
import { lay, offer } from "./layers.js";
import { MINI_PROGRAM, OFFICIAL_ACCOUNT } from "./model.js";
import { moment } from "./times.js";

export class Home {
  constructor(model, phone) {
    this.model = model;
    this.phone = phone;
    this.title = h("h1", {}, "微信");
    this.list = h("ul", { class: "chats" });
    const more = iconButton("plus", "更多", () => this.#more());
    this.root = h("section", { class: "screen home", "aria-label": "微信", hidden: true }, h("header", { class: "bar" }, h("span", { class: "icon-button" }), this.title, more), this.list);
  }

  update() {
    const { model } = this;
    const unread = model.unread(model.me.openid_oa);
    this.title.textContent = unread ? `微信(${unread})` : "微信";
    replace(this.list, [this.#chat(OFFICIAL_ACCOUNT), this.#chat(MINI_PROGRAM), this.#myself()]);
  }

  #chat(account) {
    const { model } = this;
    const last = model.entries(model.me.openid_oa, account).at(-1);
    const unread = model.unread(model.me.openid_oa, account);
    const name = account === OFFICIAL_ACCOUNT ? nameOf(account) : `${nameOf(account)} 客服`;
    const kind = account === OFFICIAL_ACCOUNT ? "公众号" : "小程序客服";
    return row(
      account,
      [logo(account), badge(unread)],
      h("span", { class: "about" }, h("strong", {}, name, h("small", { class: "kind" }, kind)), h("span", { class: "gist" }, last ? gist(last) : account === OFFICIAL_ACCOUNT && !model.me.following ? "尚未关注" : "没有消息")),
      last ? h("time", {}, moment(last.at, model.now())) : null,
      () => this.phone.chat(account),
    );
  }

  #myself() {
    const { model } = this;
    const others = model.people.filter((one) => one.openid_oa !== model.me.openid_oa);
    const unread = others.reduce((sum, one) => sum + model.unread(one.openid_oa), 0);
    const about = h("span", { class: "about" }, h("strong", {}, model.me.nickname), h("span", { class: "gist" }, `我 · 共 ${model.people.length} 位用户`));
    return row("me", [portrait(model.me.nickname), badge(unread)], about, h("span", { class: "switch" }, "切换用户", icon("next")), () => people(model));
  }

  #more() {
    offer("更多", [
      ["扫一扫", () => this.phone.scan()],
      ["切换或添加用户", () => people(this.model)],
      ["开发者面板", () => this.phone.developer()],
    ]);
  }
}

/** Show everybody who has a phone here, and let another one come. */
export function people(model) {
  const list = h("ul", { class: "chats" });
  const draw = () => {
    replace(
      list,
      model.people.map((one) => {
        const isMe = one.openid_oa === model.me.openid_oa;
        const about = h("span", { class: "about" }, h("strong", {}, one.nickname), h("span", { class: "gist" }, one.following ? "已关注" : "未关注"));
        const choose = () => (close(), model.become(one.openid_oa));
        return row(one.openid_oa, [portrait(one.nickname), badge(isMe ? 0 : model.unread(one.openid_oa))], about, isMe ? h("span", { class: "switch" }, "当前用户") : null, choose);
      }),
    );
  };
  const input = h("input", { type: "text", "aria-label": "新用户的昵称", placeholder: "新用户的昵称", maxlength: "32", autocomplete: "off" });
  const add = (event) => {
    event.preventDefault();
    close();
    model.add(input.value.trim()).catch((error) => say(error.message));
  };
  const form = h("form", { class: "add", submit: add }, input, h("button", { class: "small-button" }, "添加用户"));
  draw();
  model.addEventListener("people", draw);
  const closed = () => model.removeEventListener("people", draw);
  const close = lay(h("div", { class: "panel tall" }, h("h2", {}, "切换用户"), list, form), { label: "切换用户", closed });
}

/** Put other rows into a list if they differ; the focus stays on its row. */
function replace(list, rows) {
  const same = rows.length === list.children.length && rows.every((one, index) => one.isEqualNode(list.children[index]));
  if (same) return;
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.row : null;
  list.replaceChildren(...rows);
  if (focused) list.querySelector(`[data-row="${CSS.escape(focused)}"]`)?.focus();
}

function row(key, picture, about, aside, click) {
  return h("li", {}, h("button", { type: "button", class: "row", "data-row": key, click }, h("span", { class: "face" }, picture), about, aside));
}

function badge(count) {
  return count ? h("span", { class: "badge" }, h("span", { class: "unseen" }, "未读 "), count) : null;
}
