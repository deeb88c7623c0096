// SPDX-License-Identifier: MIT
// A certified OpenID provider on loopback, in memory, where people sign in and consent without a
// page: whoever opens the authorization endpoint is "alice" and is sent back at once.
//
//	node server.mjs DIR      prints "READY ISSUER"; DIR gets the keys of the client "signed"
//	node server.mjs DIR tls  with TLS: ca.pem and server.pem, with its key, are in DIR; the client
//	                         "machine" is who shows a certificate of that CA for CN=machine
//
// Beside the standard endpoints, of which discovery tells:
//	POST /control/deny       from now on the person refuses; /control/allow: no more
//	POST /control/life?access_token=SECONDS&refresh_token=SECONDS
//	GET  /control/log        the requests to the token, device, revocation and introspection endpoints
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Provider } from 'oidc-provider';

const [folder, tls] = process.argv.slice(2);
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const SCOPES = ['openid', 'offline_access', 'api:read', 'api:write'];
const life = { access_token: 3600, refresh_token: 86400 };
let denied = false;
let log = [];

// The private key goes to DIR/NAME.pem, the public one to the server.
function clientKey(name, type, options) {
	const { privateKey, publicKey } = generateKeyPairSync(type, options);
	const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });

	writeFileSync(join(folder, `${name}.pem`), pem, { mode: 0o600 });
	return { ...publicKey.export({ format: 'jwk' }), kid: name, use: 'sig' };
}

function serverKey() {
	const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

	return { ...privateKey.export({ format: 'jwk' }), kid: 'server', use: 'sig' };
}

const people = {
	application_type: 'native',
	redirect_uris: ['http://127.0.0.1/callback'],
	response_types: ['code'],
};
const machine = { redirect_uris: [], response_types: [], grant_types: ['client_credentials'] };
const keys = {
	ES256: clientKey('es256', 'ec', { namedCurve: 'P-256' }),
	RS256: clientKey('rs256', 'rsa', { modulusLength: 2048 }),
};
const clients = [
	{
		...people,
		client_id: 'basic',
		client_secret: 'CANARY basic:secret/+%',
		token_endpoint_auth_method: 'client_secret_basic',
		grant_types: ['authorization_code', 'refresh_token', 'client_credentials', DEVICE],
	},
	{
		...people,
		client_id: 'post',
		client_secret: 'CANARY-post-secret',
		token_endpoint_auth_method: 'client_secret_post',
		grant_types: ['authorization_code', 'refresh_token', 'client_credentials', DEVICE],
	},
	{
		...people,
		client_id: 'public',
		token_endpoint_auth_method: 'none',
		grant_types: ['authorization_code', 'refresh_token', DEVICE],
	},
	...Object.entries(keys).map(([alg, key]) => ({
		...machine,
		client_id: `signed-${alg.toLowerCase()}`,
		token_endpoint_auth_method: 'private_key_jwt',
		token_endpoint_auth_signing_alg: alg,
		jwks: { keys: [key] },
	})),
	...(tls ? [{
		...machine,
		client_id: 'machine',
		token_endpoint_auth_method: 'tls_client_auth',
		tls_client_auth_subject_dn: 'CN=machine',
	}] : []),
];

function listener() {
	if (!tls)
		return createServer();
	const pem = readFileSync(join(folder, 'server.pem'));

	return createTlsServer({
		key: pem,
		cert: pem,
		ca: readFileSync(join(folder, 'ca.pem')),
		requestCert: true,
		rejectUnauthorized: false,
	});
}

// Listening comes first: the issuer has the port in it.
const server = listener();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `${tls ? 'https' : 'http'}://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
	clients,
	scopes: SCOPES,
	jwks: { keys: [serverKey()] },
	cookies: { keys: [randomBytes(16).toString('hex')] },
	pkce: { methods: ['S256'], required: () => true },
	rotateRefreshToken: true,
	issueRefreshToken: async (ctx, client) => client.grantTypeAllowed('refresh_token'),
	findAccount: async (ctx, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
	features: {
		devInteractions: { enabled: false },
		clientCredentials: { enabled: true },
		deviceFlow: { enabled: true },
		introspection: { enabled: true },
		revocation: { enabled: true },
		mTLS: {
			enabled: Boolean(tls),
			tlsClientAuth: true,
			getCertificate: (ctx) => ctx.socket.getPeerX509Certificate()?.toString(),
			certificateAuthorized: (ctx) => ctx.socket.authorized,
			certificateSubjectMatches: (ctx, property, expected) =>
				ctx.socket.getPeerX509Certificate().subject === expected,
		},
	},
	clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none',
		...(tls ? ['tls_client_auth'] : [])],
	ttl: {
		AccessToken: () => life.access_token,
		ClientCredentials: () => life.access_token,
		RefreshToken: () => life.refresh_token,
		AuthorizationCode: 60,
		DeviceCode: 600,
		Grant: 86400,
		IdToken: 3600,
		Interaction: 600,
		Session: 86400,
	},
	interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
	// All that was asked for is granted.
	loadExistingGrant: async (ctx) => {
		const grant = new provider.Grant({
			clientId: ctx.oidc.client.clientId,
			accountId: ctx.oidc.session.accountId,
		});

		grant.addOIDCScope(SCOPES.join(' '));
		await grant.save();
		return grant;
	},
});

provider.use(async (ctx, next) => {
	await next();
	const { oidc } = ctx;

	if (!['token', 'revocation', 'introspection', 'device_authorization'].includes(oidc?.route))
		return;
	log.push({
		endpoint: oidc.route,
		status: ctx.status,
		error: ctx.body?.error,
		error_description: ctx.body?.error_description,
		client: oidc.client?.clientId,
		basic: /^basic /i.test(ctx.get('authorization')),
		parameters: Object.keys(oidc.body ?? {}),
		grant_type: oidc.body?.grant_type,
	});
});

// The person: signs in and consents, or refuses.
async function interact(req, res) {
	const result = denied
		? { error: 'access_denied', error_description: 'the person refused' }
		: { login: { accountId: 'alice' }, consent: {} };

	await provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
}

function control(url, res) {
	switch (url.pathname) {
	case '/control/deny':
	case '/control/allow':
		denied = url.pathname === '/control/deny';
		break;
	case '/control/life':
		for (const [name, seconds] of url.searchParams)
			life[name] = Number(seconds);
		break;
	case '/control/log':
		break;
	default:
		res.statusCode = 404;
	}
	res.setHeader('content-type', 'application/json');
	res.end(JSON.stringify(log));
}

const callback = provider.callback();
server.on('request', (req, res) => {
	const url = new URL(req.url, issuer);

	if (url.pathname.startsWith('/control/')) {
		control(url, res);
	} else if (url.pathname.startsWith('/interaction/')) {
		interact(req, res).catch((error) => {
			res.statusCode = 500;
			res.end(String(error));
		});
	} else {
		callback(req, res);
	}
});
provider.on('server_error', (ctx, error) => console.error(error));
process.on('SIGTERM', () => process.exit(0));
console.log(`READY ${issuer}`);
