// A certified OpenID provider (npm's oidc-provider) for the tests: it signs in whoever gives a name, and does what
// /control/* tells it to. It listens on loopback, prints its address, and ends when its standard input does.
//
//   OIDC_PROVIDER_DIR=folder-of-node_modules PORT=0 node provider.mjs

import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

// What it says about an older Node.js and about settings that are only good for tests.
console.info = console.warn = () => {};

const modules = pathToFileURL(`${process.env.OIDC_PROVIDER_DIR}/node_modules/`);
const { Provider, errors, interactionPolicy } = await import(new URL('oidc-provider/lib/index.js', modules));
const jose = await import(new URL('jose/dist/webapi/index.js', modules));

const CLIENT_ID = 'bff';
// With what has to be encoded before it may stand in HTTP Basic (RFC 6749 §2.3.1).
const CLIENT_SECRET = 's3cret:with/odd+characters&=%';
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

let issuer;
let provider;
let key;
let publicUrl = 'http://127.0.0.1:1';
let accessTokenTtl = 3600;
let tamper = null;
let tokenEndpoint = {};
let userinfo = {};
let asked = {};
// What the provider says of people besides their names, by their ids.
const said = {};
const counts = {};

// Outlives the provider, which is made anew for every change of its keys or its client.
const stored = new Map();

class Adapter {
  constructor(model) {
    this.model = model;
  }

  name(id) {
    return `${this.model}:${id}`;
  }

  async upsert(id, payload) {
    stored.set(this.name(id), payload);
  }

  async find(id) {
    return stored.get(this.name(id));
  }

  async findByUid(uid) {
    return [...stored].find(([name, { uid: its }]) => name.startsWith(`${this.model}:`) && its === uid)?.[1];
  }

  async consume(id) {
    stored.get(this.name(id)).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    stored.delete(this.name(id));
  }

  async revokeByGrantId(grantId) {
    forget((payload) => payload.grantId === grantId);
  }
}

function forget(which) {
  for (const [name, payload] of stored) if (which(payload)) stored.delete(name);
}

async function newKey() {
  const pair = await jose.generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await jose.exportJWK(pair.privateKey)), use: 'sig', alg: 'RS256' };
  jwk.kid = await jose.calculateJwkThumbprint(jwk);
  return { ...pair, jwk };
}

// People sign in anew where the sign-in before was not of a class that is asked for.
function policy() {
  const { Check, base } = interactionPolicy;
  const prompts = base();
  const isTooWeak = ({ oidc }) => {
    const wanted = oidc.params.acr_values?.split(' ') ?? [];
    const fits = wanted.length === 0 || wanted.includes(oidc.acr);
    return fits ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
  };
  prompts.get('login').checks.add(new Check('weak', 'A stronger sign-in is wanted', isTooWeak));
  return prompts;
}

function makeProvider() {
  provider = new Provider(issuer, {
    adapter: Adapter,
    jwks: { keys: [key.jwk] },
    cookies: { keys: ['only for tests'] },
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials', EXCHANGE],
        redirect_uris: [`${publicUrl}/bff/callback`],
        post_logout_redirect_uris: [`${publicUrl}/`],
        backchannel_logout_uri: `${publicUrl}/bff/backchannel-logout`,
        backchannel_logout_session_required: true,
      },
    ],
    scopes: ['openid', 'offline_access', 'invoices'],
    acrValues: ['urn:example:mfa', 'urn:example:pin'],
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username', 'roles', 'groups', 'realm'],
      email: ['email', 'email_verified'],
    },
    // Without its guard against addresses of loopback, which is where the server under test is told of a logout.
    fetch: (url, { dispatcher, ...options }) => fetch(url, options),
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => ({
        sub,
        preferred_username: sub,
        name: `${sub[0].toUpperCase()}${sub.slice(1)} Lovelace`,
        email: `${sub}@example.org`,
        email_verified: true,
        ...said[sub],
      }),
    }),
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          const button = '<button form="op.logoutForm" name="logout" value="yes">Yes, sign me out</button>';
          ctx.body = page('Sign out', form + button);
        },
        postLogoutSuccessSource: (ctx) => {
          ctx.body = page('Signed out', '');
        },
      },
    },
    interactions: { policy: policy(), url: (_, interaction) => `/interaction/${interaction.uid}` },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    ttl: {
      AccessToken: () => accessTokenTtl,
      AuthorizationCode: 60,
      ClientCredentials: () => accessTokenTtl,
      Grant: 86400,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: 86400,
      Session: 86400,
    },
  });
  provider.registerGrantType(EXCHANGE, exchange, ['subject_token', 'subject_token_type', 'audience', 'scope']);
  provider.use(async (ctx, next) => {
    const isToken = ctx.path === '/token';
    if (isToken && tokenEndpoint.delay_ms) await new Promise((done) => setTimeout(done, tokenEndpoint.delay_ms));
    if (isToken && tokenEndpoint.status) {
      ctx.status = tokenEndpoint.status;
      ctx.body = tokenEndpoint.body ?? { error: 'server_error' };
      return;
    }
    if (ctx.path === '/me' && userinfo.status) {
      ctx.status = userinfo.status;
      ctx.body = userinfo.body ?? { error: 'server_error' };
      return;
    }
    if (ctx.path === '/auth') asked = Object.fromEntries([...ctx.URL.searchParams]);
    await next();
    const grant = isToken ? ctx.oidc?.params?.grant_type : ctx.path;
    counts[grant] = (counts[grant] ?? 0) + 1;
    if (isToken && tamper && ctx.body?.id_token) {
      if (tamper.drop) delete ctx.body.id_token;
      else ctx.body.id_token = await sign({ ...tamper, from: jose.decodeJwt(ctx.body.id_token) });
      tamper = null;
    }
  });
}

// A token for another service in exchange for a person's (RFC 8693), of which the package knows nothing.
async function exchange(ctx) {
  const { subject_token: given, audience } = ctx.oidc.params;
  const subject = await provider.AccessToken.find(given);
  if (!subject || subject.isExpired) throw new errors.InvalidGrant('no such subject token');
  if (!audience) throw new errors.InvalidRequest('an audience is needed');
  const { accountId, grantId } = subject;
  const token = new provider.AccessToken({ accountId, client: ctx.oidc.client, grantId, gty: 'exchange' });
  ctx.body = {
    access_token: await token.save(),
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: accessTokenTtl,
  };
}

// A token with `claims` and `header` over what it would hold by itself, and without what `remove` names. A claim
// `{"in": n}` is the moment n seconds from now. `by` says what it is signed with.
async function sign({ from = {}, claims = {}, header = {}, remove = [], by = 'key' }) {
  const now = Math.floor(Date.now() / 1000);
  const payload = { ...from, ...claims };
  for (const name of remove) delete payload[name];
  for (const [name, value] of Object.entries(payload)) {
    if (typeof value?.in === 'number') payload[name] = now + value.in;
  }
  const head = { alg: 'RS256', kid: key.jwk.kid, ...header };
  if (by === 'key') {
    const crit = Object.fromEntries((head.crit ?? []).map((name) => [name, true]));
    return new jose.SignJWT(payload).setProtectedHeader(head).sign(key.privateKey, { crit });
  }
  if (by === 'stranger') return new jose.SignJWT(payload).setProtectedHeader(head).sign((await newKey()).privateKey);
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  if (by === 'nobody') return `${encode({ ...head, alg: 'none' })}.${encode(payload)}.`;
  // Takes the public key, which everybody knows, for a shared secret.
  const input = `${encode({ ...head, alg: 'HS256' })}.${encode(payload)}`;
  const secret = await jose.exportSPKI(key.publicKey);
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

function sidOf(sub) {
  const session = [...stored].find(([name, payload]) => name.startsWith('Session:') && payload.accountId === sub);
  return session?.[1].authorizations?.[CLIENT_ID]?.sid;
}

async function logoutToken({ sub = 'ada', ...changes }) {
  const now = Math.floor(Date.now() / 1000);
  const jti = `${now}-${Math.random()}`;
  const from = { iss: issuer, aud: CLIENT_ID, iat: now, exp: now + 120, jti, sub, events: { [LOGOUT_EVENT]: {} } };
  const sid = sidOf(sub);
  if (sid) from.sid = sid;
  return sign({ ...changes, from, header: { typ: 'logout+jwt', ...changes.header } });
}

async function backchannelLogout(request) {
  const body = new URLSearchParams({ logout_token: await logoutToken(request) });
  const { status } = await fetch(`${publicUrl}/bff/backchannel-logout`, { method: 'POST', body });
  return { status };
}

const CONTROL = {
  client: (request) => {
    publicUrl = request.public_url;
    makeProvider();
  },
  rotate: async () => {
    key = await newKey();
    makeProvider();
  },
  tamper: (request) => {
    tamper = request;
  },
  revoke: ({ sub }) => forget((payload) => payload.accountId === sub),
  ttl: ({ seconds }) => {
    accessTokenTtl = seconds;
  },
  'token-endpoint': (request) => {
    tokenEndpoint = request;
  },
  userinfo: (request) => {
    userinfo = request;
  },
  claims: ({ sub, claims }) => {
    said[sub] = claims;
  },
  asked: () => asked,
  counts: () => counts,
  // An opaque token is its own id.
  tokens: () => ({
    tokens: [...stored.keys()].filter((name) => /^(AccessToken|RefreshToken|ClientCredentials):/.test(name)).map((name) => name.split(':')[1]),
  }),
  'logout-token': async (request) => ({ token: await logoutToken(request) }),
  'backchannel-logout': backchannelLogout,
};

// The upstream of those tests in which a token has to be good for something.
async function whoami(request, response) {
  counts['/api/whoami'] = (counts['/api/whoami'] ?? 0) + 1;
  const [, bearer] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
  const token = bearer && (await provider.AccessToken.find(bearer));
  if (!token || token.isExpired) return json(response, 401, { message: 'Invalid token' });
  return json(response, 200, { sub: token.accountId });
}

async function interaction(request, response) {
  const { prompt, params, grantId, session } = await provider.interactionDetails(request, response);
  if (request.method === 'GET') {
    const [title, content] =
      prompt.name === 'login'
        ? ['Sign in', '<label>Name <input name="login" autofocus></label><button>Sign in</button>']
        : ['Allow access', '<button>Allow</button>'];
    const form = `<form method="post"><input type="hidden" name="prompt" value="${prompt.name}">${content}</form>`;
    response.setHeader('content-type', 'text/html; charset=utf-8');
    return response.end(page(title, form));
  }
  const given = new URLSearchParams(await content(request));
  if (given.get('deny')) {
    return provider.interactionFinished(request, response, { error: 'access_denied', error_description: 'no' });
  }
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: {
      accountId: given.get('login'),
      acr: params.acr_values?.split(' ')[0],
    } });
  }
  const known = grantId && (await provider.Grant.find(grantId));
  const grant = known || new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(prompt.details.missingOIDCScope?.join(' ') ?? params.scope);
  if (prompt.details.missingOIDCClaims) grant.addOIDCClaims(prompt.details.missingOIDCClaims);
  const consent = { grantId: await grant.save() };
  return provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true });
}

function page(title, content) {
  return `<!doctype html><html lang="en"><title>${title}</title><link rel="icon" href="data:,"><h1>${title}</h1>${content}`;
}

function json(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function content(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

async function serve(request, response) {
  const { pathname } = new URL(request.url, issuer);
  const [, area, name] = pathname.split('/');
  if (area === 'control' && CONTROL[name]) {
    const given = await content(request);
    return json(response, 200, (await CONTROL[name](given ? JSON.parse(given) : {})) ?? {});
  }
  if (pathname === '/api/whoami') return whoami(request, response);
  if (area === 'interaction') return interaction(request, response);
  return provider.callback()(request, response);
}

const server = createServer((request, response) => {
  serve(request, response).catch((err) => json(response, 500, { error: String(err?.error_description ?? err) }));
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', async () => {
  // To a browser that is another site than the server under test, whose host is 127.0.0.1.
  issuer = `http://localhost:${server.address().port}`;
  key = await newKey();
  makeProvider();
  console.log(`listening on ${issuer}`);
});
process.stdin.on('end', () => process.exit()).resume();
