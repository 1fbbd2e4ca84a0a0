/** The phone: its screens, and what a person can do with it. */

import { Refused } from "./api.js";
import { Chat, nameOf } from "./chat.js";
import { h, logo, say } from "./dom.js";
import { Drawer } from "./drawer.js";
import { Home } from "./home.js";
import { lay, offer } from "./layers.js";
import { MINI_PROGRAM, Model, OFFICIAL_ACCOUNT } from "./model.js";
import { scan } from "./scan.js";
import { clock } from "./times.js";
import { view } from "./viewer.js";

const SCAN_BUTTONS = ["scancode_push", "scancode_waitmsg"];
const model = new Model();

const phone = {
  get service() {
    return model.service;
  },

  home() {
    show(home);
  },

  chat(account) {
    show(chat, account);
    if (account === MINI_PROGRAM && model.has(MINI_PROGRAM)) act("enter-session", { session_from: "phone" }, MINI_PROGRAM);
  },

  follow() {
    act("follow");
    // Whether I follow is known at once; what the account says to it comes later.
    setTimeout(() => model.refresh().catch(() => {}), 0);
  },

  profile(account) {
    const leave = () => act("unfollow");
    offer(nameOf(account), [
      ["扫一扫", () => phone.scan()],
      ["取消关注", leave],
      ["开发者面板", () => phone.developer()],
    ]);
  },

  write(body, account) {
    act("messages", body, account);
  },

  choose(item) {
    act("messages", { text: item.content, menu_item: item.id }, chat.account);
  },

  tap(button) {
    const key = button.key ?? button.url ?? button.pagepath ?? "";
    if (SCAN_BUTTONS.includes(button.type)) {
      scan(model, (code) => act("menu", { key, result: code.url ?? code.scene }));
      return;
    }
    act("menu", { key });
    if (button.type === "view") phone.open(button.url);
    if (button.type === "miniprogram") phone.enter({ path: button.pagepath });
  },

  open(address) {
    view(address, model);
  },

  scan() {
    scan(model, scanned);
  },

  enter({ path, query = "" }) {
    const address = [path || "首页", query].filter(Boolean).join("?");
    const talk = () => (close(), phone.chat(MINI_PROGRAM));
    const close = lay(
      h("div", { class: "panel mini" }, logo(MINI_PROGRAM), h("h2", {}, nameOf(MINI_PROGRAM)), h("p", { class: "address" }, address), h("p", { class: "small" }, "小程序的页面不在模拟器里，这里只显示它会打开的路径。", h("br"), "The simulator shows only which page would open."), h("button", { type: "button", class: "main-button", click: talk }, "联系客服"), h("button", { type: "button", class: "plain-button", click: () => close() }, "关闭")),
      { label: "小程序" },
    );
    if (model.has(MINI_PROGRAM)) act("visit", {}, MINI_PROGRAM);
  },

  tools(account) {
    const choices = [
      ["发送图片", () => phone.write({ image: true }, account)],
      ["扫一扫", () => phone.scan()],
      ["订阅消息", () => subscribe(account)],
      ["开发者面板", () => phone.developer()],
    ];
    if (account === OFFICIAL_ACCOUNT) choices.splice(1, 0, ["发送位置", () => phone.write({ type: "location" }, account)]);
    offer("更多功能", choices);
  },

  developer() {
    drawer.open();
  },
};

const home = new Home(model, phone);
const chat = new Chat(model, phone);
const drawer = new Drawer(model);
document.getElementById("screens").append(home.root, chat.root);

function show(screen, account = chat.account) {
  home.root.hidden = screen !== home;
  chat.root.hidden = screen !== chat;
  if (screen === chat) chat.show(account);
  update();
}

function update() {
  if (model.me === null) return;
  if (!chat.root.hidden) model.readUp(chat.account);
  chat.update();
  if (!home.root.hidden) home.update();
  drawer.update();
  document.getElementById("time").textContent = clock(model.now());
}

async function act(action, body = {}, account = OFFICIAL_ACCOUNT) {
  try {
    return await model.act(action, body, account);
  } catch (error) {
    say(error instanceof Refused ? `没有做成：${error.message}` : "模拟器没有应答");
    return null;
  }
}

async function scanned(code) {
  const isScene = code.scene !== undefined;
  if (isScene) show(chat, OFFICIAL_ACCOUNT);
  const done = await act("scan", code);
  if (done?.link) phone.open(done.link);
  else if (done?.mini_program) phone.enter(done.mini_program);
  else if (done?.expired) say("二维码已过期");
  else if (done && !isScene) show(chat, OFFICIAL_ACCOUNT);
}

function subscribe(account) {
  const templates = model.accounts.find((one) => one.kind === account)?.templates ?? [];
  if (templates.length === 0) {
    say("这个账号没有订阅消息模板");
    return;
  }
  const boxes = templates.map((one) => h("label", { class: "check" }, h("input", { type: "checkbox", value: one.template_id, checked: true }), h("span", {}, one.title)));
  const answer = (choice) => () => {
    const ticked = boxes.map((box) => box.querySelector("input")).filter((box) => box.checked);
    close();
    if (ticked.length) act("subscribe", { template_ids: Object.fromEntries(ticked.map((box) => [box.value, choice])) }, account);
  };
  const close = lay(
    h("div", { class: "panel mini" }, h("h2", {}, `${nameOf(account)} 申请发送一次以下消息`), h("div", { class: "checks" }, boxes), h("button", { type: "button", class: "main-button", click: answer("accept") }, "允许"), h("button", { type: "button", class: "plain-button", click: answer("reject") }, "取消")),
    { label: "订阅消息" },
  );
}

for (const name of ["people", "typing", "menu", "deliveries", "online"]) model.addEventListener(name, update);
model.addEventListener("me", () => show(chat.root.hidden ? home : chat));
model.addEventListener("entries", (event) => {
  chat.add(event.detail);
  update();
});
for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, (event) => chat.letGo(event));

model.start().catch((error) => say(error instanceof Refused ? error.message : "模拟器没有应答"));
