/**
 * What carries the functions of api.ts: wx.request, or wx.cloud.callContainer on 微信云托管.
 * api.ts 的传输层：wx.request，或微信云托管的 wx.cloud.callContainer。
 *
 * The login is its own business: it logs in when the service asks for it, once for all who wait.
 */
import type { InvalidField, Login, Problem } from "./api";

export interface Connection {
  /**
   * The service's address, or its name on 微信云托管, which carries no files: those need an address.
   * 服务地址；或云托管的环境与服务名（云托管不能传文件，上传文件仍需 baseUrl）。
   */
  to: { baseUrl: string } | { env: string; service: string; baseUrl?: string };
  /** Chinese unless said otherwise. 默认中文。 */
  language?: "zh" | "en";
  /** Milliseconds of one try; callContainer ends at 15,000 by itself. 单次请求超时（毫秒）。 */
  timeout?: number;
}

export interface Call {
  url: string;
  method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  params?: object | undefined;
  data?: unknown;
  headers?: object | undefined;
  /** The path of a file on the phone, sent instead of data. */
  file?: string;
}

export interface Options {
  timeout?: number;
}

/** Why there is no answer: decide by `code`, show `message`. 按 code 判断，向用户显示 message。 */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    /** One of errors.md, or `unreachable`. */
    readonly code: string,
    readonly detail: string,
    /** 0 when nothing came back. */
    readonly status: number,
    /** What is wrong with a field, by its name in the body. 各字段的错误提示。 */
    readonly fields: Readonly<Record<string, string>> = {},
    /** To name when something is wrong. 报障时请提供。 */
    readonly requestId = "",
  ) {
    super(detail);
  }
}

type Answer = { status: number; data: unknown };

const LOGIN = "/v1/login";
const STORED = "asi.token";
const TIMEOUT = 10_000;
const PAUSES = [300, 1_000];
const OFFLINE = { zh: "网络不可用，请稍后重试。", en: "The network is not available. Please try again." };

let connection: Connection | undefined;
let token = "";
let loggingIn: Promise<void> | undefined;

/** Say once, in app.ts, where the service is. 在 app.ts 中调用一次。 */
export function connect(given: Connection): void {
  connection = given;
  token = String(wx.getStorageSync(STORED) ?? "");
  loggingIn = undefined;
}

/**
 * A wish of the person: make one for each tap, and give the same one when that tap is tried again.
 * 用户的一次意图：每次点击生成一个，重试同一次点击时沿用。
 */
export function intent(): { "Idempotency-Key": string } {
  const part = () => Math.random().toString(36).slice(2, 12);
  return { "Idempotency-Key": `${Date.now().toString(36)}-${part()}${part()}` };
}

/** Carry one call; the generated functions use it. 由生成的函数调用。 */
export async function send<T>(call: Call, options: Options = {}): Promise<T> {
  const used = token;
  let answer = await delivered(call, used, options);
  if (answer.status === 401 && call.url !== LOGIN) {
    await renewed(used);
    answer = await delivered(call, token, options);
  }
  const loggingOut = call.url === LOGIN && call.method === "DELETE";
  if (loggingOut) remember("");
  if (answer.status >= 400) throw refusal(answer);
  if (call.url === LOGIN && !loggingOut) remember((answer.data as Login).token);
  return answer.data as T;
}

/** Send a file that wx.chooseMedia or wx.chooseMessageFile gave. 上传文件。 */
export function upload<T>(url: string, file: string, options: Options = {}): Promise<T> {
  return send<T>({ url, method: "POST", file }, options);
}

/** What wx.downloadFile needs to fetch what is one's own. 供 wx.downloadFile 的 header 使用。 */
export async function authorization(): Promise<{ Authorization: string }> {
  if (!token) await renewed(token);
  return { Authorization: `Bearer ${token}` };
}

/** Have another token than the refused one. Whoever comes late finds it; nobody logs in twice. */
async function renewed(refused: string): Promise<void> {
  if (token !== refused) return;
  loggingIn ??= logIn().finally(() => (loggingIn = undefined));
  await loggingIn;
}

async function logIn(): Promise<void> {
  const code = await new Promise<string>((resolve, reject) => {
    wx.login({ success: (done) => resolve(done.code), fail: () => reject(unreachable()) });
  });
  await send<Login>({ url: LOGIN, method: "POST", data: { code } });
}

function remember(given: string): void {
  token = given;
  wx.setStorageSync(STORED, given);
}

/** Try again when nothing came back, where doing it twice is doing it once. */
async function delivered(call: Call, bearer: string, options: Options): Promise<Answer> {
  const header = headers(call, bearer);
  const pauses = call.method === "GET" || "Idempotency-Key" in header ? PAUSES : [];
  for (const pause of pauses) {
    try {
      return await tried(call, header, options);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return tried(call, header, options);
}

function headers(call: Call, bearer: string): Record<string, string> {
  const header = { ...call.headers } as Record<string, string>;
  // Whoever shows a receipt's secret code stays anonymous.
  if (bearer && !("X-Receipt-Code" in header)) header["Authorization"] = `Bearer ${bearer}`;
  // wx.request knows no PATCH.
  if (call.method === "PATCH") header["X-HTTP-Method-Override"] = "PATCH";
  return header;
}

function tried(call: Call, header: Record<string, string>, options: Options): Promise<Answer> {
  const { to, timeout = TIMEOUT } = connected();
  const path = call.url + query(call.params);
  return new Promise((resolve, reject) => {
    const common = {
      header,
      timeout: options.timeout ?? timeout,
      success: (got: { statusCode: number; data: unknown }) =>
        resolve({ status: got.statusCode, data: parsed(got.data) }),
      fail: () => reject(unreachable()),
    };
    const request = {
      ...common,
      method: call.method === "PATCH" ? ("POST" as const) : call.method,
      ...(call.data === undefined ? {} : { data: call.data as object }),
    };
    if (call.file !== undefined) {
      wx.uploadFile({ ...common, url: address(to) + path, filePath: call.file, name: "file" });
    } else if ("env" in to) {
      const service = { ...header, "X-WX-SERVICE": to.service };
      wx.cloud.callContainer({ ...request, path, header: service, config: { env: to.env } });
    } else wx.request({ ...request, url: to.baseUrl + path });
  });
}

function address(to: Connection["to"]): string {
  if (to.baseUrl === undefined) throw new Error("Files need a baseUrl. 上传文件需要 baseUrl。");
  return to.baseUrl;
}

/** wx.uploadFile gives text where wx.request gives what the text says. */
function parsed(data: unknown): unknown {
  if (typeof data !== "string") return data;
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}

function query(params: object = {}): string {
  const { language } = connected();
  const all = { ...(language === "en" ? { lang: "en" } : {}), ...params };
  const parts = Object.entries(all)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`);
  return parts.length ? `?${parts.join("&")}` : "";
}

function connected(): Connection {
  if (!connection) throw new Error("Call connect() first. 请先调用 connect()。");
  return connection;
}

function unreachable(): Refusal {
  return new Refusal("unreachable", OFFLINE[connected().language ?? "zh"], 0);
}

/** Read problem details; something between us and the service may answer with anything else. */
function refusal({ status, data }: Answer): Refusal {
  const problem = (data && typeof data === "object" ? data : {}) as Partial<Problem>;
  if (!problem.code) return new Refusal("unreachable", unreachable().detail, status);
  const named = (problem.errors ?? []).map(({ field, message }: InvalidField) => [
    field.replace(/^(body|query|path|header)\./, ""),
    message,
  ]);
  const fields = Object.fromEntries(named) as Record<string, string>;
  return new Refusal(problem.code, problem.detail ?? "", status, fields, problem.request_id);
}
