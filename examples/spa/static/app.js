// The application: what it shows, and when it asks the gateway or the API.

import { Gateway } from "./gateway.js";
import { alert, element, facts, initials } from "./view.js";

const main = document.querySelector("#main");
const signOut = document.querySelector("#sign-out");
const requests = [];
const gateway = new Gateway(document.querySelector('meta[name="gateway"]').content, heard);

signOut.addEventListener("click", () => gateway.signOut());
show(element("p", { class: "soft" }, "One moment …"));
await begin();

/** A code that is worth nothing says nothing about the session that there may be. */
async function begin() {
  let problem;
  try {
    await gateway.start();
  } catch (error) {
    problem = error;
  }
  try {
    const session = await gateway.session();
    session ? showSignedIn(session, problem) : showSignedOut(problem);
  } catch (error) {
    showSignedOut(problem ?? error);
  }
}

function show(...children) {
  main.replaceChildren(...children);
}

function showSignedOut(error) {
  signOut.hidden = true;
  show(
    element("section", { class: "hero" },
      element("div", {},
        element("h1", {}, "Your orders, without a password in this page"),
        element("p", { class: "lead" },
          "A gateway signs you in with ZITADEL. This page gets a code that works once, redeems it for an access token, and calls an API with that."),
        error ? alert(error) : null,
        element("div", { class: "actions" },
          element("button", { type: "button", class: "button", onclick: () => gateway.signIn() }, "Sign in"))),
      steps()),
  );
}

function steps() {
  const list = [
    ["GET /api/v1/login", "The browser leaves for the gateway", "which sends it on to ZITADEL and remembers, in a cookie, that this browser began."],
    ["#code=…", "It returns with a one-time code", "in the fragment of the address, which is sent to no server. The code works for a minute, once, in this browser."],
    ["POST /api/v1/token", "The page redeems the code", "and removes it from the address. The access token stays in the memory of the page."],
    ["Authorization: Bearer …", "It calls the API", "which verifies the token itself and never sees the login."],
  ];
  const items = list.map(([route, title, text]) =>
    element("li", {}, element("p", { class: "route" }, element("code", {}, route)), element("h3", {}, title), element("p", {}, text)));
  return element("section", { class: "card" }, element("h2", {}, "What happens"), element("ol", { class: "steps" }, ...items));
}

function showSignedIn({ user, roles, expires_at }, error) {
  signOut.hidden = false;
  const name = user.name ?? user.preferred_username ?? user.sub;
  const keys = Object.keys(roles ?? {});
  const badges = keys.length ? keys.map((key) => element("span", { class: "badge good" }, key)) : [element("span", { class: "badge warn" }, "no roles")];
  show(
    error ? alert(error) : "",
    element("section", { class: "card person" },
      element("span", { class: "avatar", "aria-hidden": "true" }, initials(name)),
      element("div", { class: "who" },
        element("h1", {}, name),
        element("p", { class: "soft" }, user.email ?? user.sub),
        element("p", {}, ...badges)),
      element("dl", { class: "times" },
        element("dt", {}, "Access token"), element("dd", { id: "token" }, tokenText()),
        element("dt", {}, "Session ends"), element("dd", {}, time(expires_at * 1000)))),
    gateway.hasToken ? apiCard() : renew(),
    element("section", { class: "card" },
      element("h2", {}, "Requests of this page"),
      element("ol", { class: "requests", id: "requests" }, ...requests.map(request))),
  );
}

/** The session is kept by a cookie of the gateway; the token was in the memory of a page that is gone. */
function renew() {
  return element("section", { class: "card" },
    element("h2", {}, "This page was loaded again"),
    element("p", { class: "soft" }, "Your session at the gateway goes on. The access token was in the memory of the page; another login, which asks for nothing, gets a new one."),
    element("div", { class: "actions" },
      element("button", { type: "button", class: "button", onclick: () => gateway.signIn() }, "Get an access token")));
}

function apiCard() {
  const output = element("div", { class: "output", id: "output" }, element("p", { class: "soft" }, "The answer appears here."));
  const calls = [
    ["My orders", "GET /api/orders", () => gateway.get("/api/orders")],
    ["Reports", "GET /api/reports, for the role admin", () => gateway.get("/api/reports")],
    ["User info", "GET /api/v1/userinfo, at the gateway", () => gateway.userInfo()],
  ];
  const buttons = calls.map(([label, title, call]) =>
    element("button", { type: "button", class: "button quiet", title, onclick: (event) => run(event.currentTarget, title, call, output) }, label));
  return element("section", { class: "card" },
    element("h2", {}, "Call the API"),
    element("p", { class: "soft" }, "Each button sends the access token in the header Authorization."),
    element("div", { class: "actions" }, ...buttons),
    output);
}

async function run(button, title, call, output) {
  button.setAttribute("aria-busy", "true");
  try {
    const answer = await call();
    output.replaceChildren(element("h3", {}, title), facts(answer));
  } catch (error) {
    output.replaceChildren(element("h3", {}, title), alert(error));
  } finally {
    button.removeAttribute("aria-busy");
  }
}

function tokenText() {
  return gateway.hasToken ? `in memory, until ${time(gateway.tokenExpiresAt)}` : "none";
}

function time(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

function heard(entry) {
  requests.push(entry);
  document.querySelector("#requests")?.append(request(entry));
}

function request({ method, url, status }) {
  const where = url.origin === location.origin ? "this origin" : "gateway";
  const tone = status >= 200 && status < 300 ? "good" : "bad";
  return element("li", {},
    element("code", {}, `${method} ${url.pathname}`),
    element("span", { class: "soft" }, where),
    element("span", { class: `badge ${tone}` }, status ? String(status) : "no answer"));
}
