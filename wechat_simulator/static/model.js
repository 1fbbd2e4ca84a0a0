/** What the phone knows: people, their chats, the menu. It listens to the simulator all the time. */

import { get, of, post, Refused } from "./api.js";

export const OFFICIAL_ACCOUNT = "official-account";
export const MINI_PROGRAM = "mini-program";
const WAIT_SECONDS = 20;
const REFRESH_MILLISECONDS = 4000;
const RETRY_MILLISECONDS = 1500;
const KEPT_DELIVERIES = 20;
const ME = "wechat-simulator-me";
const READ = "wechat-simulator-read";
const AGENT = "wechat-simulator-device";

/** Tells its listeners `people`, `me`, `entries`, `typing`, `menu`, `deliveries`, `online`. */
export class Model extends EventTarget {
  people = [];
  me = null;
  service = "";
  accounts = [];
  menu = [];
  typing = [];
  deliveries = [];
  online = true;
  device = localStorage.getItem(AGENT) ?? "ios";
  #entries = new Map();
  #read = JSON.parse(localStorage.getItem(READ) ?? "{}");
  #ahead = 0;
  #listening = null;

  /** Begin: the person of last time, the first one, or a new one. */
  async start() {
    await this.refresh();
    this.#listen();
    setInterval(() => this.refresh().catch(() => {}), REFRESH_MILLISECONDS);
  }

  /** Give the simulated time in seconds. */
  now() {
    return Date.now() / 1000 + this.#ahead;
  }

  /** Give a person's chat with an account, oldest first. */
  entries(openid, account) {
    return (this.#entries.get(openid) ?? []).filter((entry) => entry.account === account);
  }

  /** Count what somebody has not read yet, in one chat or in both. */
  unread(openid, account = null) {
    const chats = account === null ? [OFFICIAL_ACCOUNT, MINI_PROGRAM] : [account];
    const fresh = (chat) => (entry) =>
      entry.via !== "sent" && entry.number > (this.#read[`${openid} ${chat}`] ?? 0);
    return chats.reduce((sum, chat) => sum + this.entries(openid, chat).filter(fresh(chat)).length, 0);
  }

  /** Note that I have read a chat. */
  readUp(account) {
    const last = this.entries(this.me.openid_oa, account).at(-1)?.number ?? 0;
    const key = `${this.me.openid_oa} ${account}`;
    if (last <= (this.#read[key] ?? 0)) return;
    this.#read[key] = last;
    localStorage.setItem(READ, JSON.stringify(this.#read));
    this.#tell("people");
  }

  /** Tell whether the environment has this account. */
  has(account) {
    return this.accounts.some((one) => one.kind === account);
  }

  /** Be somebody else. */
  become(openid) {
    const person = this.people.find((one) => one.openid_oa === openid);
    if (!person || person === this.me) return;
    this.#take(person);
  }

  /** Let somebody buy a phone, and be them. */
  async add(nickname) {
    const person = await post("/simulator/users", nickname ? { nickname } : {});
    await this.refresh();
    this.become(person.openid_oa);
  }

  /** Choose the user agent of the browser. */
  use(device) {
    this.device = device;
    localStorage.setItem(AGENT, device);
    this.#tell("people");
  }

  /** Do something as me, and keep what happened to its push. */
  async act(action, body = {}, account = OFFICIAL_ACCOUNT) {
    const openid = account === MINI_PROGRAM ? this.me.openid_mp : this.me.openid_oa;
    const person = this.me.nickname;
    try {
      const done = await post(of(openid, action), body);
      if (done.attempts) this.#keep({ ...done, person, at: this.now() });
      return done;
    } finally {
      await this.refresh().catch(() => {});
    }
  }

  /** Ask for everything that changes without a message. */
  async refresh() {
    const [platform, { users }, { button }] = await Promise.all([
      get("/simulator"),
      get("/simulator/users"),
      get("/simulator/menu"),
    ]);
    this.service = platform.service;
    this.accounts = platform.accounts;
    this.#ahead = Date.parse(platform.now) / 1000 - Date.now() / 1000;
    this.people = users;
    if (JSON.stringify(button) !== JSON.stringify(this.menu)) {
      this.menu = button;
      this.#tell("menu");
    }
    await this.#recognise();
    await Promise.all(users.filter((one) => one !== this.me).map((one) => this.#fetch(one)));
    this.#tell("people");
  }

  async #recognise() {
    const wanted = this.me?.openid_oa ?? localStorage.getItem(ME);
    const same = this.people.find((one) => one.openid_oa === wanted);
    if (same && this.me) {
      this.me = same;
      return;
    }
    if (this.people.length === 0) {
      await post("/simulator/users");
      this.people = (await get("/simulator/users")).users;
    }
    this.#take(same ?? this.people[0]);
  }

  #take(person) {
    this.me = person;
    this.typing = [];
    localStorage.setItem(ME, person.openid_oa);
    this.#listening?.abort();
    this.#tell("me");
  }

  async #listen() {
    for (;;) {
      this.#listening = new AbortController();
      try {
        await this.#fetch(this.me, WAIT_SECONDS, this.#listening.signal);
        this.#be(true);
      } catch (error) {
        // I became somebody else meanwhile.
        if (error.name === "AbortError") continue;
        // After a reset nobody knows me until the next refresh.
        this.#be(error instanceof Refused);
        await this.#pause(RETRY_MILLISECONDS);
      }
    }
  }

  async #fetch(person, wait = 0, signal = undefined) {
    const known = this.#entries.get(person.openid_oa) ?? [];
    const query = new URLSearchParams({ after: known.at(-1)?.number ?? 0, wait, sent: 1 });
    const { items, typing } = await get(`${of(person.openid_oa, "inbox")}?${query}`, signal);
    // Another answer may have brought the same ones meanwhile.
    const last = this.#entries.get(person.openid_oa)?.at(-1)?.number ?? 0;
    const fresh = items.filter((entry) => entry.number > last);
    this.#entries.set(person.openid_oa, [...(this.#entries.get(person.openid_oa) ?? []), ...fresh]);
    if (person.openid_oa !== this.me.openid_oa) return;
    if (typing.join() !== this.typing.join()) {
      this.typing = typing;
      this.#tell("typing");
    }
    if (fresh.length) this.#tell("entries", fresh);
  }

  #keep(delivery) {
    this.deliveries = [delivery, ...this.deliveries].slice(0, KEPT_DELIVERIES);
    this.#tell("deliveries");
  }

  #be(online) {
    if (online === this.online) return;
    this.online = online;
    this.#tell("online");
  }

  #pause(milliseconds) {
    return new Promise((resume) => setTimeout(resume, milliseconds));
  }

  #tell(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
