/** The developer's side: what became of pushes, what the service called, what shall go wrong. */

import { get, post, remove } from "./api.js";
import { h, iconButton, say } from "./dom.js";
import { clock } from "./times.js";

const FAULTS = [
  ["重复推送", "Each push three times at once", { push: "*", duplicate: 2 }],
  ["签名错误", "Wrong signature", { push: "*", wrong_signature: true, no_retry: true }],
  ["答复丢失", "The first answer is lost, the push comes again", { push: "*", lost_answer: true }],
  ["乱序", "The push comes after the next one", { push: "*", reorder: true }],
  ["时间戳过期", "Signed ten minutes ago", { push: "*", stale: 600, no_retry: true }],
  ["接口慢 3 秒", "The API takes three seconds", { path: "*", delay: 3 }],
  ["接口繁忙 −1", "The API is busy", { path: "*", errcode: -1 }],
];
const OUTCOMES = {
  reply: "有回复", success: "success", empty: "空", not_understood: "看不懂", cut: "超时", unreachable: "连不上", refused: "被拒绝",
};
const SHOWN_CALLS = 8;
const REFRESH_MILLISECONDS = 3000;

export class Drawer {
  constructor(model) {
    this.model = model;
    this.root = document.getElementById("drawer");
    this.pushes = h("ol", { class: "pushes" });
    this.faults = h("ul", { class: "script" });
    this.calls = h("ol", { class: "calls" });
    this.devices = h("fieldset", { class: "kinds" }, h("legend", { class: "unseen" }, "微信浏览器"), this.#device("ios", "iOS"), this.#device("android", "Android"));
    this.address = h("p", { class: "small" });
    this.root.append(
      h("header", {}, h("h2", {}, "开发者面板", h("small", {}, "Developer")), iconButton("close", "关闭开发者面板", () => this.close())),
      this.address,
      this.#section("微信浏览器", "Browser", this.devices),
      this.#section("最近的推送", "Latest pushes", this.pushes),
      this.#section("故障", "Faults: each meets the next case", this.#buttons(), this.faults),
      this.#section("接口调用", "Calls of the service", this.calls),
    );
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
    setInterval(() => this.#isSeen() && this.#look(), REFRESH_MILLISECONDS);
    this.update();
  }

  open() {
    this.before = document.activeElement;
    this.root.classList.add("open");
    this.root.querySelector("button").focus();
    this.#look();
  }

  close() {
    this.root.classList.remove("open");
    this.before?.focus();
  }

  update() {
    const { model } = this;
    this.address.textContent = model.online ? `推送到 ${model.service}` : "模拟器没有应答，正在重试…";
    for (const input of this.devices.querySelectorAll("input")) input.checked = input.value === model.device;
    const none = [h("li", { class: "small" }, "还没有推送 · none yet")];
    this.pushes.replaceChildren(...(model.deliveries.length ? model.deliveries.map(push) : none));
    if (this.#isSeen()) this.#look();
  }

  #isSeen() {
    return this.root.checkVisibility?.() ?? true;
  }

  async #look() {
    try {
      const [{ faults }, { calls }] = await Promise.all([get("/simulator/faults"), get("/simulator/calls")]);
      const open = faults.filter((one) => one.count === null || one.met < one.count);
      this.faults.replaceChildren(...open.map((one) => h("li", {}, described(one))));
      this.clear.disabled = open.length === 0;
      const none = [h("li", { class: "small" }, "还没有调用 · none yet")];
      this.calls.replaceChildren(...(calls.length ? calls.slice(-SHOWN_CALLS).reverse().map(call) : none));
    } catch {
      // The line above says it already.
    }
  }

  #buttons() {
    const buttons = FAULTS.map(([name, about, script]) =>
      h("button", { type: "button", class: "fault", title: about, click: () => this.#script(script) }, name),
    );
    this.clear = h("button", { type: "button", class: "fault clear", click: () => this.#script(null) }, "全部清除");
    return h("div", { class: "faults" }, buttons, this.clear);
  }

  async #script(script) {
    try {
      await (script === null ? remove("/simulator/faults") : post("/simulator/faults", script));
      await this.#look();
    } catch (error) {
      say(error.message);
    }
  }

  #device(value, label) {
    return h("label", {}, h("input", { type: "radio", name: "device", value, change: () => this.model.use(value) }), h("span", {}, label));
  }

  #section(title, english, ...content) {
    return h("section", {}, h("h3", {}, title, h("small", {}, english)), content);
  }
}

function push(delivery) {
  const attempts = delivery.attempts.map((attempt) =>
    h("li", { class: `outcome ${attempt.outcome}` }, h("span", {}, `第 ${attempt.number} 次`), h("b", {}, attempt.status ?? "—"), h("span", {}, OUTCOMES[attempt.outcome] ?? attempt.outcome), h("span", { class: "seconds" }, `${attempt.seconds.toFixed(3)} 秒`)),
  );
  const state = delivery.held ? "暂扣" : delivery.understood ? "已处理" : "失败";
  const tone = delivery.held ? "held" : delivery.understood ? "good" : "bad";
  return h("li", {}, h("p", {}, h("b", {}, delivery.name), h("span", { class: `state ${tone}` }, state), h("span", { class: "small" }, `${delivery.person} · ${clock(delivery.at)}`)), h("ol", {}, attempts));
}

function call(one) {
  const tone = one.errcode === 0 && one.status < 400 ? "good" : "bad";
  return h("li", {}, h("code", {}, one.path), h("span", { class: `state ${tone}` }, one.errcode === 0 ? "ok" : one.errcode), h("span", { class: "seconds" }, `${one.seconds.toFixed(3)} 秒`));
}

function described(fault) {
  const known = FAULTS.find(([, , script]) => Object.entries(script).every(([name, value]) => fault[name] === value));
  return known ? known[0] : `${fault.push ?? fault.path}（自定）`;
}
