// Two OpenID providers on loopback, one that keeps email claims out of its
// id_tokens (conformIdTokenClaims) and one that puts them in. Their issuers
// are written to standard output as one line of JSON; the process ends with
// its standard input.
//
// The interaction signs in whoever login_hint names and asks nothing; the hint
// "cancel@example.com" declines.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const { CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, POST_LOGOUT_URI, AUTH_METHOD } = process.env;

function configuration(conformIdTokenClaims) {
	return {
		clients: [{
			client_id: CLIENT_ID,
			client_secret: CLIENT_SECRET,
			redirect_uris: [REDIRECT_URI],
			post_logout_redirect_uris: POST_LOGOUT_URI ? [POST_LOGOUT_URI] : [],
			token_endpoint_auth_method: AUTH_METHOD,
		}],
		clientAuthMethods: [AUTH_METHOD],
		conformIdTokenClaims,
		claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'given_name', 'family_name'] },
		cookies: { keys: ['of-this-run'] },
		features: { devInteractions: { enabled: false } },
		interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
		pkce: { required: () => true },
		findAccount: (ctx, id) => ({
			accountId: id,
			claims: () => ({
				sub: id, email: id, email_verified: !id.startsWith('unverified'),
				name: 'Grace Hopper', given_name: 'Grace', family_name: 'Hopper',
			}),
		}),
		loadExistingGrant: async (ctx) => {
			const grant = new ctx.oidc.provider.Grant({
				clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId,
			});
			grant.addOIDCScope('openid profile email');
			await grant.save();
			return grant;
		},
	};
}

async function interact(provider, req, res) {
	const { params } = await provider.interactionDetails(req, res);
	const result = params.login_hint === 'cancel@example.com'
		? { error: 'access_denied', error_description: 'the person declined' }
		: { login: { accountId: params.login_hint } };
	await provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
}

async function start(conformIdTokenClaims) {
	const server = createServer();
	await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
	const issuer = `http://127.0.0.1:${server.address().port}`;
	const provider = new Provider(issuer, configuration(conformIdTokenClaims));
	const answer = provider.callback();
	server.on('request', (req, res) => {
		if (!req.url.startsWith('/interaction/')) {
			answer(req, res);
			return;
		}
		interact(provider, req, res).catch((err) => {
			res.statusCode = 500;
			res.end(String(err));
		});
	});
	return issuer;
}

process.stdin.on('end', () => process.exit(0)).resume();
console.log(JSON.stringify({ conforming: await start(true), inToken: await start(false) }));
