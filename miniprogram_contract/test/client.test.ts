/** The client against the live service: one person, one phone, real HTTP. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import * as api from "../client/api";
import { authorization, connect, intent, Refusal, upload } from "../client/wx";
import { Phone } from "./wx-shim";

const SERVICE = process.env["ASI_SERVICE"] ?? "";
const SIMULATOR = process.env["ASI_SIMULATOR"] ?? "";
const DEAD_TOKEN = "a-token-that-nobody-gave-out";

let phone: Phone;

beforeEach(async () => {
  phone = await Phone.bought(SERVICE, SIMULATOR);
  connect({ to: { baseUrl: SERVICE } });
});

/** The kind of number that nobody has registered with yet. */
function registrant(): api.Register {
  const last = String(Math.floor(Math.random() * 1e8)).padStart(8, "0");
  return { name: "王芳", organisation: "某某铝业有限公司", phone: `139${last}` };
}

async function refused(call: Promise<unknown>): Promise<Refusal> {
  const reason: unknown = await call.then(
    () => assert.fail("it was not refused"),
    (error: unknown) => error,
  );
  assert.ok(reason instanceof Refusal);
  return reason;
}

test("what is public needs no login", async () => {
  const { items } = await api.listWebinars();

  assert.ok(items.some(({ slug }) => slug === "china"));
  assert.equal(phone.logins, 0);
});

test("a visitor is logged in when it is needed, and stays so", async () => {
  const { items } = await api.listRegistrations();
  connect({ to: { baseUrl: SERVICE } });
  await api.listRegistrations();

  assert.deepEqual(items, []);
  assert.equal(phone.logins, 1);
});

test("a registration is made, changed and cancelled", async () => {
  const made = await api.register("china", registrant(), intent());
  const changed = await api.changeRegistration(made.id, { organisation: "另一家公司" });
  const cancelled = await api.cancelRegistration(made.id);

  assert.equal(made.state, "confirmed");
  assert.equal(changed.organisation, "另一家公司");
  assert.equal(cancelled.state, "cancelled");
});

test("the same tap, sent again, gets the same answer; another wish with its key is refused", async () => {
  const tap = intent();
  const comment = { standard: "PS", version: "V4", section: "10", comment: "建议增加过渡期。" };

  const first = await api.submitFeedback(comment, tap);
  const again = await api.submitFeedback(comment, tap);
  const other = await refused(api.submitFeedback({ ...comment, comment: "另一条" }, tap));

  assert.deepEqual(again, first);
  assert.equal((await api.listFeedback()).items.length, 1);
  assert.equal(other.code, "idempotency_key_reused");
});

test("a wish whose answer got lost is sent again with its own key, and done once", async () => {
  await api.listFeedback();
  phone.answersToLose = 1;

  const comment = { standard: "PS", version: "V4", section: "10", comment: "只提交一次。" };
  await api.submitFeedback(comment, intent());

  const keys = phone.sent.slice(-2).map(({ header }) => header["Idempotency-Key"]);
  assert.equal(new Set(keys).size, 1);
  assert.equal((await api.listFeedback()).items.length, 1);
});

test("what must not be done twice is not sent twice", async () => {
  const made = await api.register("china", registrant(), intent());
  phone.answersToLose = 1;
  const before = phone.sent.length;

  const reason = await refused(api.cancelRegistration(made.id));

  assert.deepEqual([reason.code, reason.status], ["unreachable", 0]);
  assert.equal(phone.sent.length - before, 1);
});

test("twenty calls with a dead token log in once", async () => {
  phone.storage.set("asi.token", DEAD_TOKEN);
  connect({ to: { baseUrl: SERVICE } });

  const answers = await Promise.all(Array.from({ length: 20 }, () => api.listRegistrations()));

  assert.equal(answers.length, 20);
  assert.equal(phone.logins, 1);
  assert.equal(phone.sent.filter(({ path }) => path === "/v1/login").length, 1);
});

test("a refusal has its code, a sentence to show, and the fields it is about", async () => {
  const nameless = { ...registrant(), name: "" };

  const reason = await refused(api.register("china", nameless, intent()));

  assert.deepEqual([reason.code, reason.status], ["malformed", 422]);
  assert.match(reason.message, /[一-龥]/);
  assert.match(reason.fields["name"] ?? "", /[一-龥]/);
  assert.match(reason.requestId, /^[0-9a-f]{16}$/);
});

test("refusals are said in the language that was chosen", async () => {
  connect({ to: { baseUrl: SERVICE }, language: "en" });

  const reason = await refused(api.showDocument("没有这个文件"));

  assert.equal(reason.code, "document_not_found");
  assert.match(reason.message, /^[ -~]+$/);
});

test("an anonymous comment is read by its secret code, without the login", async () => {
  const comment = { standard: "PS", version: "V4", section: "10", comment: "不愿具名。" };
  const sent = await api.submitFeedback({ ...comment, anonymous: true }, intent());

  const shown = await api.showAnonymousFeedback(sent.receipt, {
    "X-Receipt-Code": sent.secret_code ?? "",
  });

  assert.equal(shown.comment, "不愿具名。");
  assert.equal(phone.sent.at(-1)?.header["Authorization"], undefined);
});

test("on 微信云托管 the same functions go through callContainer", async () => {
  connect({ to: { env: "prod-1", service: "asi" } });

  const { items } = await api.listRegistrations();

  assert.deepEqual(items, []);
  assert.equal(phone.sent.at(-1)?.header["X-WX-SERVICE"], "asi");
});

test("a service that does not answer in time is unreachable", async () => {
  connect({ to: { baseUrl: SERVICE }, timeout: 1 });

  const reason = await refused(api.logIn({ code: "made-up" }));

  assert.equal(reason.code, "unreachable");
});

test("logging out forgets the token", async () => {
  await api.listRegistrations();

  await api.logOut();

  assert.equal(phone.storage.get("asi.token"), "");
});

test("a file is sent with the login; what is no picture is refused in words", async () => {
  const reason = await refused(upload("/v1/feedback-attachments", "wxfile://tmp/not-a-picture"));

  assert.equal(reason.code, "attachment_type_refused");
  assert.equal(phone.logins, 1);
});

test("a download gets the login of whoever asks for it", async () => {
  const header = await authorization();

  const answer = await fetch(`${SERVICE}/v1/me/registrations`, { headers: header });

  assert.deepEqual([answer.status, phone.logins], [200, 1]);
});
