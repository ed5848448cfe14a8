// An OpenID provider that revokes all tokens of a code that comes twice: npm `oidc-provider`. It has two clients, a public
// one and one that authenticates with a key, and one user, who agrees to everything. It prints its issuer when it listens.
//
// `GET /log` returns what it did, in order; `GET /key-file` the private key of the second client, as ZITADEL writes one. A token response for a code is sent late, so that requests of the application
// overlap; the argument is the delay in milliseconds.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import Provider from "oidc-provider";

const delay = Number(process.argv.at(-1));
const log = [];
const clientKey = generateKeyPairSync("rsa", { modulusLength: 2048 });
let provider;
const server = createServer((request, response) => {
  if (request.url === "/log") {
    response.setHeader("content-type", "application/json").end(JSON.stringify(log));
  } else if (request.url === "/key-file") {
    const pem = clientKey.privateKey.export({ format: "pem", type: "pkcs1" });
    const file = { type: "application", keyId: "key-1", key: pem, appId: "app", clientId: "tests-key" };
    response.setHeader("content-type", "application/json").end(JSON.stringify(file));
  } else if (request.url.startsWith("/interaction/")) {
    agree(request, response);
  } else {
    provider.callback()(request, response);
  }
});

server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });
  const client = {
    grant_types: ["authorization_code", "refresh_token"],
    id_token_signed_response_alg: "ES256",
    // Of a native application on loopback the port is not compared (RFC 8252 §7.3): it is not known yet.
    application_type: "native",
    redirect_uris: ["http://localhost/auth/callback"],
    post_logout_redirect_uris: ["http://localhost/auth/logout/callback"],
  };
  const publicKey = { ...clientKey.publicKey.export({ format: "jwk" }), kid: "key-1", alg: "RS256", use: "sig" };
  provider = new Provider(issuer, {
    clients: [
      { ...client, client_id: "tests", token_endpoint_auth_method: "none" },
      { ...client, client_id: "tests-key", token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [publicKey] } },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    cookies: { keys: ["not secret"] },
    features: { devInteractions: { enabled: false }, revocation: { enabled: true } },
    findAccount: (_, accountId) => ({
      accountId,
      claims: () => ({ sub: accountId, name: "Alice Anderson", email: "alice@example.com", email_verified: true }),
    }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    jwks: { keys: [{ ...key, alg: "ES256", use: "sig" }] },
    ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 3600, IdToken: 3600, Interaction: 600, RefreshToken: 3600, Session: 3600 },
  });
  provider.use(async (context, next) => {
    const isToken = context.path === "/token";
    if (isToken) {
      log.push("token request");
    }
    await next();
    const grantType = context.oidc?.params?.grant_type;
    if (isToken) {
      log.push(`${grantType} ${context.status}`);
      await sleep(grantType === "authorization_code" ? delay : 0);
    } else if (context.path === "/me") {
      log.push(`userinfo ${context.status}`);
    } else if (context.path === "/token/revocation") {
      log.push(`revocation ${context.status}`);
    }
  });
  provider.on("grant.revoked", () => log.push("grant revoked"));
  console.log(issuer);
});

// Logs the user in, then grants what the client requests.
async function agree(request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === "login") {
    await provider.interactionFinished(request, response, { login: { accountId: "alice" } });
    return;
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}
