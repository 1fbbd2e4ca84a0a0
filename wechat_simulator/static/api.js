/** The simulator's control side, as far as a phone uses it. */

/** The simulator does not do what was asked; the message says why. */
export class Refused extends Error {}

export async function get(path, signal) {
  return read(await fetch(path, { signal, cache: "no-store" }));
}

export async function post(path, body = {}) {
  return read(
    await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  );
}

export async function remove(path) {
  return read(await fetch(path, { method: "DELETE" }));
}

/** Give the path of something about a person. */
export function of(openid, what) {
  return `/simulator/users/${encodeURIComponent(openid)}/${what}`;
}

async function read(answer) {
  const body = await answer.json();
  if (!answer.ok) throw new Refused(body.error ?? `HTTP ${answer.status}`);
  return body;
}
