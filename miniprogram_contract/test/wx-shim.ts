/** A phone in Node: `wx` as far as the client uses it, with real HTTP below and a person above. */
type Sent = { method: string; path: string; header: Record<string, string> };
type Got = { statusCode: number; data: unknown };
type Request = {
  url: string;
  method?: string;
  header?: Record<string, string>;
  data?: unknown;
  timeout?: number;
  success?: (got: Got) => void;
  fail?: (reason: { errMsg: string }) => void;
};
type Upload = Omit<Request, "data" | "method"> & { filePath: string; name: string };
type Container = Omit<Request, "url"> & { path: string; config: { env: string } };

/** What wx.request can say (miniprogram-api-typings 5.2.3): there is no PATCH. */
const METHODS = ["OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "CONNECT"];

export class Phone {
  readonly sent: Sent[] = [];
  readonly storage = new Map<string, unknown>();
  logins = 0;
  /** So many answers get lost on their way back: the service has acted, the phone does not know. */
  answersToLose = 0;

  private constructor(
    readonly service: string,
    private readonly simulator: string,
    readonly openid: string,
  ) {}

  /** Let a new person buy a phone, and put it into everybody's hand. */
  static async bought(service: string, simulator: string): Promise<Phone> {
    const person = await (await fetch(`${simulator}/simulator/users`, post({}))).json();
    const phone = new Phone(service, simulator, (person as { openid_mp: string }).openid_mp);
    (globalThis as { wx?: unknown }).wx = phone.wx();
    return phone;
  }

  private wx(): object {
    return {
      login: (given: { success?: (done: { code: string }) => void }) => {
        this.logins += 1;
        void this.code().then((code) => given.success?.({ code }));
      },
      getStorageSync: (key: string) => this.storage.get(key) ?? "",
      setStorageSync: (key: string, value: unknown) => this.storage.set(key, value),
      request: (given: Request) => void this.request(given),
      uploadFile: (given: Upload) => void this.uploadFile(given),
      cloud: { callContainer: (given: Container) => void this.callContainer(given) },
    };
  }

  private async code(): Promise<string> {
    const path = `/simulator/users/${this.openid}/login-code`;
    const done = await (await fetch(this.simulator + path, post({}))).json();
    return (done as { code: string }).code;
  }

  private callContainer(given: Container): Promise<void> {
    const named = given.config.env && given.header?.["X-WX-SERVICE"];
    const service = named ? this.service : "http://127.0.0.1:1";
    return this.request({ ...given, url: service + given.path });
  }

  /** The file's content is its path: there is no phone to read it from. As there, text comes back. */
  private async uploadFile(given: Upload): Promise<void> {
    const { url, header = {}, filePath, name } = given;
    this.sent.push({ method: "POST", path: url.replace(this.service, ""), header });
    const body = new FormData();
    body.append(name, new Blob([filePath]), "file");
    const answer = await fetch(url, { method: "POST", headers: header, body });
    given.success?.({ statusCode: answer.status, data: await answer.text() });
  }

  private async request(given: Request): Promise<void> {
    const { url, method = "GET", header = {}, data, timeout = 60_000 } = given;
    if (!METHODS.includes(method)) return given.fail?.({ errMsg: "request:fail invalid method" });
    this.sent.push({ method, path: url.replace(this.service, ""), header });
    const headers = new Headers(header);
    if (!headers.has("content-type")) headers.set("content-type", "application/json");
    try {
      const answer = await fetch(url, {
        method,
        headers,
        ...(data === undefined ? {} : { body: JSON.stringify(data) }),
        signal: AbortSignal.timeout(timeout),
      });
      const text = await answer.text();
      if (this.answersToLose > 0) {
        this.answersToLose -= 1;
        throw new Error("lost");
      }
      given.success?.({ statusCode: answer.status, data: parsed(text) });
    } catch {
      given.fail?.({ errMsg: "request:fail" });
    }
  }
}

function post(body: object): RequestInit {
  const headers = { "content-type": "application/json" };
  return { method: "POST", headers, body: JSON.stringify(body) };
}

/** As wx.request does with `dataType: json`: what is not JSON stays text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
