/** What one entry of a chat looks like. */

import { h, icon, logo, portrait } from "./dom.js";
import { link, plain, webAddress, words } from "./words.js";

const PICTURES = "/simulator/phone/media/";
const browser = document.body.dataset.browser;

/** Draw an entry; `phone` opens links and pages, and answers a menu of messages. */
export function bubble(entry, { me, phone }) {
  const draw = KINDS[entry.kind] ?? unknown;
  const drawn = draw(entry.content, phone, entry);
  if (entry.kind === "notice" || entry.via === "transfer") return h("div", { class: "system" }, drawn);
  if (WIDE.has(entry.kind)) return h("div", { class: "wide" }, drawn);
  const mine = entry.via === "sent";
  const who = mine ? portrait(me.nickname) : logo(entry.account);
  const said = h("span", { class: "unseen" }, mine ? "我：" : "对方：");
  return h("div", { class: mine ? "line mine" : "line theirs" }, who, h("div", { class: "body" }, said, drawn));
}

/** Say an entry in one line. */
export function gist(entry) {
  const { content, kind } = entry;
  const text = content.content ?? content.Content ?? content.articles?.[0]?.title ?? content.title ?? content.head_content;
  const named = { image: "[图片]", voice: "[语音]", video: "[视频]", location: "[位置]", transfer: "已转接人工客服" };
  const label = { news: "[图文] ", subscribe: "[服务通知] ", template: "[服务通知] ", miniprogrampage: "[小程序] ", link: "[链接] " };
  return named[kind] ?? `${label[kind] ?? ""}${String(text ?? `[${kind}]`).replace(/<[^<>]*>/g, "")}`;
}

const WIDE = new Set(["news", "subscribe", "template"]);

const KINDS = {
  text: (content, phone, { via }) =>
    h("p", { class: "text" }, via === "sent" ? plain(content.Content ?? "", phone) : words(content.content ?? "", phone)),
  notice: (content) => h("p", {}, content.content),
  transfer: () => h("p", {}, "已转接人工客服，请稍候"),
  news: (content, phone) => h("div", { class: "cards" }, content.articles.map((article) => card(article, phone))),
  image: (content) => picture(content.media_id ?? content.MediaId),
  voice: () => h("p", { class: "text" }, "语音 1″"),
  video: (content) => h("p", { class: "text" }, `视频 ${content.title ?? ""}`),
  location: (content) => h("p", { class: "text" }, icon("place"), ` ${content.Label ?? "位置"}`),
  link: (content, phone) => attachment(content.title ?? content.Title, content.description ?? content.Description, { address: content.url ?? content.Url, phone }),
  miniprogrampage: (content, phone) => miniProgram(content, phone),
  msgmenu: (content, phone) => choices(content, phone),
  subscribe: (content, phone) => notification(content, phone),
  template: (content, phone) => notification(content, phone),
};

function unknown(content, phone, entry) {
  return h("p", { class: "text" }, `[${entry.kind}] 手机上看不到这种消息`);
}

function card(article, phone) {
  const address = webAddress(article.url);
  const image = own(article.picurl, phone.service);
  const inside = [
    image && h("img", { src: image, alt: "", loading: "lazy" }),
    h("strong", {}, article.title),
    article.description && h("span", { class: "gist" }, article.description),
    h("span", { class: "foot" }, "阅读全文", icon("next")),
  ];
  if (address === null) return h("div", { class: "card" }, inside);
  const made = link(address, "", phone.open);
  made.className = "card";
  made.append(...inside.filter(Boolean));
  return made;
}

function attachment(title, gistOf, { address, phone }) {
  const inside = h("span", { class: "attachment" }, h("strong", {}, title ?? "链接"), h("span", { class: "gist" }, gistOf ?? ""));
  const url = webAddress(address ?? "");
  return url === null ? inside : link(url, inside, phone.open);
}

function miniProgram(content, phone) {
  const path = content.pagepath ?? content.PagePath ?? "";
  const enter = () => phone.enter({ path });
  return h("button", { type: "button", class: "attachment", click: enter }, h("strong", {}, content.title ?? content.Title ?? "小程序"), h("span", { class: "gist" }, `小程序 · ${path}`));
}

function choices(content, phone) {
  const items = content.list.map((item) =>
    h("li", {}, h("button", { type: "button", class: "link", click: () => phone.choose(item) }, item.content)),
  );
  return h("div", { class: "text" }, h("p", {}, content.head_content ?? ""), h("ul", { class: "choices" }, items), h("p", {}, content.tail_content ?? ""));
}

function notification(content, phone) {
  const lines = content.lines.flatMap(({ label, value }) => [h("dt", {}, label), h("dd", {}, value)]);
  const page = content.miniprogram?.pagepath ?? content.page ?? content.url ?? "";
  const address = webAddress(content.miniprogram ? "" : content.url || content.page || "");
  const look = () => (address === null ? phone.enter({ path: page }) : phone.open(address));
  return h(
    "div",
    { class: "card notification" },
    h("span", { class: "head" }, icon("bell"), "服务通知"),
    h("strong", {}, content.title),
    h("dl", {}, lines),
    page && h("button", { type: "button", class: "foot", click: look }, "查看详情", icon("next")),
  );
}

function picture(mediaId) {
  const image = h("img", { class: "photo", src: PICTURES + encodeURIComponent(mediaId ?? ""), alt: "图片" });
  image.addEventListener("error", () => image.replaceWith(h("p", { class: "text" }, "[图片已过期或已被清理]")));
  return image;
}

/** Give the address of the service's own pictures; nobody else is asked for any. */
function own(address, service) {
  const url = webAddress(address ?? "");
  if (url === null || new URL(url).origin !== new URL(service).origin) return null;
  return browser + url.slice(new URL(url).origin.length);
}
