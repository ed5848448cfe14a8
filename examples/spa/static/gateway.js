// The gateway, for a single-page application. Copy this file: it depends on nothing.
//
// The access token stays in a private field. It is in no storage, which scripts of other origins that get into the page could read
// later; a page that is loaded again signs in again, which the gateway and ZITADEL do without a question while their sessions last.

/** What the gateway or an API answered instead of what was asked for. */
export class RequestError extends Error {
  constructor(status, code, description) {
    super(description || `The server answered ${status}.`);
    this.status = status;
    this.code = code;
  }
}

export class Gateway {
  #origin;
  #token = null;
  #expiresAt = 0;
  #onRequest;

  /** `onRequest({ method, url, status })` hears of every request. */
  constructor(origin, onRequest = () => {}) {
    this.#origin = origin;
    this.#onRequest = onRequest;
  }

  /** Leaves the page. The gateway returns to it with `#code=…`. */
  signIn() {
    location.assign(`${this.#origin}/api/v1/login`);
  }

  /** Leaves the page: the gateway ends its session, then ZITADEL its own. A form, because a logout is a POST with a redirect. */
  signOut() {
    this.#token = null;
    const form = document.createElement("form");
    form.method = "post";
    form.action = `${this.#origin}/api/v1/logout`;
    document.body.append(form);
    form.submit();
  }

  /**
   * Call it once, when the page is loaded. Redeems the one-time code in the fragment, if there is one.
   */
  async start() {
    const fragment = new URLSearchParams(location.hash.slice(1));
    const code = fragment.get("code");
    const error = fragment.get("error");
    if (code || error) {
      // The address bar and the history keep no code.
      history.replaceState(null, "", location.pathname + location.search);
    }
    if (error) {
      throw new RequestError(0, error, `The gateway says: ${error}.`);
    }
    if (code) {
      await this.#redeem(code);
    }
  }

  /** The code is bound to the session cookie, so that the request has it: `credentials`. */
  async #redeem(code) {
    const response = await this.#request("POST", "/api/v1/token", {
      credentials: "include",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ code }),
    });
    const answer = await response.json();
    this.#token = answer.access_token;
    this.#expiresAt = Date.now() + (answer.expires_in ?? 0) * 1000;
  }

  /** Who is signed in: the session as the gateway describes it, or `null`. */
  async session() {
    const response = await this.#request("GET", "/api/v1/session", { credentials: "include" });
    return response.json();
  }

  /** Whether there is a token that can be used for another ten seconds. */
  get hasToken() {
    return this.#token !== null && Date.now() < this.#expiresAt - 10_000;
  }

  get tokenExpiresAt() {
    return this.#expiresAt;
  }

  /** What ZITADEL says now about the user of the token. */
  async userInfo() {
    const response = await this.#request("GET", "/api/v1/userinfo", { headers: this.#authorization() });
    return (await response.json()).userinfo;
  }

  /** GET at an API, as the user. `path` is one of this origin: the token must not go anywhere else. */
  async get(path) {
    const response = await this.#send("GET", new URL(path, location.origin), { headers: this.#authorization() });
    return response.json();
  }

  #authorization() {
    if (!this.hasToken) {
      throw new RequestError(401, "token_expired", "The access token has expired. Sign in again.");
    }
    return { Authorization: `Bearer ${this.#token}` };
  }

  #request(method, path, options) {
    return this.#send(method, new URL(path, this.#origin), options);
  }

  async #send(method, url, options) {
    if (url.origin !== this.#origin && url.origin !== location.origin) {
      throw new RequestError(0, "foreign_origin", "The token is for this application's API only.");
    }
    let response;
    try {
      response = await fetch(url, { method, ...options });
    } catch {
      this.#onRequest({ method, url, status: 0 });
      throw new RequestError(0, "unreachable", `No answer from ${url.host}.`);
    }
    this.#onRequest({ method, url, status: response.status });
    if (!response.ok) {
      const problem = await response.json().catch(() => ({}));
      throw new RequestError(response.status, problem.error, problem.error_description);
    }
    return response;
  }
}
