/* SPDX-License-Identifier: MIT */
/* Assertions; see jwt.h. The compact form is RFC 7515 section 7.1, the claims are RFC 7523 section
 * 3. */
#include "core/renew/jwt.h"

#include "core/os/base64.h"
#include "core/os/clock.h"
#include "core/os/json.h"
#include "core/os/process.h"
#include "core/record/json_out.h"

#include <string.h>

#define LIFETIME  (5 * CLOCK_MINUTE)
#define ID_LENGTH 16 /* bytes of chance in a jti */

static const char *known(const struct session *session, const char *name)
{
	return attributes_get(&session->work.known, name);
}

/* -- The signer -- */

/* What a server takes for a client's key: signatures, and nothing that both sides could have made.
 * RFC 7518 section 3.1, RFC 8037 section 3.1, RFC 9864 section 2.2. */
static bool is_signature(const char *algorithm)
{
	static const char *const algorithms[] = {"RS256", "RS384",   "RS512", "PS256", "PS384",
						 "PS512", "ES256",   "ES384", "ES512", "ES256K",
						 "EdDSA", "Ed25519", "Ed448"};
	size_t i;

	for (i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (strcmp(algorithms[i], algorithm) == 0)
			return true;
	return false;
}

static credence_rc ask_identify(struct credence_call *call, struct entry *entry, void *data)
{
	struct session *session = data;
	const char *algorithm;
	struct frame frame;
	credence_rc rc;

	frame_init(&frame);
	rc = entry_identify(call, entry, &frame);
	algorithm = rc == CREDENCE_SUCCESS ? attributes_get(&frame.put, "signer.algorithm") : NULL;
	if (algorithm != NULL && !is_signature(algorithm))
		rc = call_fail(call, CREDENCE_ERROR,
			       "signer %s says that it signs with %s, which is no signature",
			       entry->conf->use, algorithm);
	else if (algorithm != NULL && !attributes_merge(&session->work.known, &frame.put))
		rc = call_oom(call);
	if (rc == CREDENCE_SUCCESS)
		walk_note(call, "signs with %s", algorithm);
	frame_done(&frame);
	return rc;
}

credence_rc jwt_identify(struct session *session)
{
	struct stack *stack;
	credence_rc rc;

	if (known(session, "signer.algorithm") != NULL)
		return CREDENCE_SUCCESS;
	rc = session_stack(session, CREDENCE_ROLE_SIGNER, &stack);
	if (rc == CREDENCE_SUCCESS && stack->count == 0)
		return CREDENCE_MISS;
	if (rc == CREDENCE_SUCCESS)
		rc = walk(session->call, stack, WALK_READING, ask_identify, session, NULL);
	if (rc == CREDENCE_MISS)
		rc = call_fail(session->call, CREDENCE_ERROR, "the signer has no key");
	return rc;
}

struct signing {
	const struct buf *input;
	struct buf *jwt;
};

static credence_rc ask_sign(struct credence_call *call, struct entry *entry, void *data)
{
	struct signing *signing = data;
	struct frame frame;
	credence_rc rc;

	frame_init(&frame);
	rc = entry_sign(call, entry, &frame, signing->input->data, signing->input->length);
	if (rc == CREDENCE_SUCCESS) {
		buf_add(signing->jwt, signing->input->data, signing->input->length);
		buf_char(signing->jwt, '.');
		base64url_add(signing->jwt, frame.bytes.data, frame.bytes.length);
	}
	frame_done(&frame);
	return rc;
}

credence_rc jwt_no_signer(struct credence_call *call, const struct profile *profile)
{
	setting_fail(call, profile_own(profile, "grant"),
		     "this grant needs a signer, and the profile has none");
	call_hint(call,
		  "add signer = { use = \"NAME\"; … }; credence module list shows the signers");
	return CREDENCE_CONFIG;
}

static credence_rc need_signer(struct session *session)
{
	credence_rc rc = jwt_identify(session);

	return rc == CREDENCE_MISS ? jwt_no_signer(session->call, session->profile) : rc;
}

static credence_rc sign(struct session *session, const struct buf *claims, struct buf *jwt)
{
	struct buf header = BUF_INIT, input = BUF_SECRET;
	struct signing signing = {&input, jwt};
	struct stack *stack;
	credence_rc rc = session_stack(session, CREDENCE_ROLE_SIGNER, &stack);

	buf_char(&header, '{');
	json_out_text(&header, "alg", known(session, "signer.algorithm"));
	json_out_text(&header, "typ", "JWT");
	json_out_text(&header, "kid", known(session, "signer.key_id"));
	json_out_text(&header, "x5t#S256", known(session, "signer.certificate_digest"));
	buf_char(&header, '}');
	base64url_add(&input, buf_text(&header), header.length);
	buf_char(&input, '.');
	base64url_add(&input, buf_text(claims), claims->length);
	if (rc == CREDENCE_SUCCESS && (header.failed || !buf_ok(&input)))
		rc = call_oom(session->call);
	if (rc == CREDENCE_SUCCESS)
		rc = walk(session->call, stack, WALK_READING, ask_sign, &signing, NULL);
	if (rc == CREDENCE_SUCCESS && !buf_ok(jwt))
		rc = call_oom(session->call);
	buf_done(&header);
	buf_done(&input);
	return rc;
}

/* -- Claims -- */

/* For whom it is: the one server that is asked, and nobody who could pass it on there (RFC 9700
 * section 4.4). What the provider's data say, else what came with the key, else the issuer if there
 * is one. */
static credence_rc find_audience(struct session *session, const char *of_key, const char **audience)
{
	struct setting setting = profile_find(session->profile, "assertion.audience");
	const char *said = setting_string(setting), *name = "token_endpoint";

	if (said == NULL && of_key != NULL) {
		*audience = of_key;
		return CREDENCE_SUCCESS;
	}
	if (said == NULL ? known(session, "issuer") != NULL : strcmp(said, "issuer") == 0)
		name = "issuer";
	*audience = said == NULL || strcmp(said, name) == 0 ? known(session, name) : said;
	if (*audience != NULL)
		return CREDENCE_SUCCESS;
	setting_fail(session->call, said != NULL ? setting : conf_root(session->profile->conf),
		     "nobody knows for whom an assertion is: the provider has no %s", name);
	call_hint(session->call, "set %s, or assertion = { audience = \"https://…\"; }", name);
	return CREDENCE_CONFIG;
}

static bool add_text(struct json_object *claims, const char *name, const char *value)
{
	return json_member(claims, name) != NULL || value == NULL ||
	       json_set_string(claims, name, value);
}

static bool add_number(struct json_object *claims, const char *name, int64_t value)
{
	return json_member(claims, name) != NULL || json_set_number(claims, name, value);
}

/* RFC 7523 section 3, 7: so that a copy is of no use to anybody. */
static bool add_id(struct json_object *claims)
{
	unsigned char chance[ID_LENGTH];
	struct buf id = BUF_INIT;
	bool ok = process_random(chance, sizeof(chance));

	base64url_add(&id, chance, sizeof(chance));
	ok = ok && buf_ok(&id) && add_text(claims, "jti", buf_text(&id));
	buf_done(&id);
	return ok;
}

static credence_rc complete(struct session *session, struct json_object *claims, const char *issuer,
			    const char *subject, const char *audience)
{
	int64_t life =
	    setting_duration(profile_find(session->profile, "assertion.lifetime"), LIFETIME);
	int64_t now = clock_wall() / CLOCK_SECOND;

	if (clock_is_unset()) {
		call_fail(session->call, CREDENCE_UNAVAIL,
			  "the clock is not set; no server would take what is signed now");
		call_code(session->call, "clock");
		call_hint(session->call, "set the clock, or wait for time synchronisation");
		return CREDENCE_UNAVAIL;
	}
	return add_text(claims, "iss", issuer) && add_text(claims, "sub", subject) &&
		       add_text(claims, "aud", audience) && add_number(claims, "iat", now) &&
		       add_number(claims, "exp", now + life / CLOCK_SECOND) && add_id(claims)
		   ? CREDENCE_SUCCESS
		   : call_oom(session->call);
}

/* -- The two kinds -- */

static credence_rc print_and_sign(struct session *session, struct json_object *claims,
				  struct buf *jwt)
{
	struct buf text = BUF_SECRET;
	credence_rc rc;

	json_print(&text, claims, false);
	rc = buf_ok(&text) ? sign(session, &text, jwt) : call_oom(session->call);
	buf_done(&text);
	return rc;
}

static bool has_subject(const struct session *session)
{
	const char *subject = setting_string(profile_find(session->profile, "assertion.subject"));

	return subject == NULL || strcmp(subject, "none") != 0;
}

/* The claims that a grant may leave to us. */
static credence_rc complete_grant(struct session *session, struct json_object *claims)
{
	const char *issuer = json_string(claims, "iss"), *audience = NULL;
	credence_rc rc = CREDENCE_SUCCESS;

	if (issuer == NULL)
		issuer = known(session, "signer.issuer");
	if (issuer == NULL && session->profile->client_id[0] != '\0')
		issuer = session->profile->client_id;
	if (issuer == NULL) {
		setting_fail(session->call, profile_own(session->profile, "grant"),
			     "nobody knows who issues the assertion");
		call_hint(session->call, "set client = { id = \"…\"; }");
		return CREDENCE_CONFIG;
	}
	if (json_member(claims, "aud") == NULL)
		rc = find_audience(session, known(session, "signer.audience"), &audience);
	return rc == CREDENCE_SUCCESS ? complete(session, claims, issuer,
						 has_subject(session) ? issuer : NULL, audience)
				      : rc;
}

credence_rc jwt_assertion(struct credence_call *call, const char *text, struct buf *jwt)
{
	struct session *session = call->work->data;
	const char *reason = NULL;
	struct json_object *claims = json_parse(text, strlen(text), &reason);
	credence_rc rc;

	if (!json_object_is_type(claims, json_type_object)) {
		json_wipe(claims);
		return call_fail(call, CREDENCE_ERROR, "a module's claims are no JSON object");
	}
	rc = need_signer(session);
	if (rc == CREDENCE_SUCCESS)
		rc = complete_grant(session, claims);
	if (rc == CREDENCE_SUCCESS)
		rc = print_and_sign(session, claims, jwt);
	json_wipe(claims);
	return rc;
}

credence_rc jwt_client_assertion(struct session *session, struct buf *jwt)
{
	const char *id = session->profile->client_id, *audience = NULL;
	struct json_object *claims = json_object_new_object();
	credence_rc rc = claims != NULL ? CREDENCE_SUCCESS : call_oom(session->call);

	if (rc == CREDENCE_SUCCESS)
		rc = need_signer(session);
	if (rc == CREDENCE_SUCCESS)
		rc = find_audience(session, NULL, &audience);
	if (rc == CREDENCE_SUCCESS)
		rc = complete(session, claims, id, id, audience);
	if (rc == CREDENCE_SUCCESS)
		rc = print_and_sign(session, claims, jwt);
	json_wipe(claims);
	return rc;
}
