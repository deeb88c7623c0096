/* SPDX-License-Identifier: MIT */
/* Looking up what a server's error means; see catalogue.h. */
#include "core/renew/catalogue.h"

#include "core/os/text.h"

#include <stdlib.h>
#include <string.h>

static const struct class_name {
	const char *name;
	int class_;
	credence_rc rc;
} class_names[] = {
    {"login", CLASS_LOGIN, CREDENCE_LOGIN},
    {"client", CLASS_CLIENT, CREDENCE_DENIED},
    {"denied", CLASS_DENIED, CREDENCE_DENIED},
    {"scope", CLASS_SCOPE, CREDENCE_DENIED},
    {"config", CLASS_CONFIG, CREDENCE_DENIED},
    {"limited", CLASS_LIMITED, CREDENCE_LIMITED},
    {"unavailable", CLASS_UNAVAILABLE, CREDENCE_UNAVAIL},
    {"renew", CLASS_RENEW, CREDENCE_DENIED},
    {"pending", CLASS_PENDING, CREDENCE_UNAVAIL},
    {"slow_down", CLASS_SLOW_DOWN, CREDENCE_LIMITED},
    {"other_dc", CLASS_OTHER_DC, CREDENCE_UNAVAIL},
};
#define CLASS_COUNT (sizeof(class_names) / sizeof(class_names[0]))

/* What the RFCs themselves define: RFC 6749 sections 4.1.2.1 and 5.2, RFC 6750 section 3.1, RFC
 * 7009 section 2.2.1, RFC 8628 section 3.5. */
static const struct rfc_code {
	const char *code;
	int class_;
	const char *cause, *remedy; /* the latter NULL: it depends */
} rfc_codes[] = {
    {"invalid_grant", CLASS_LOGIN, "the grant is invalid, expired, revoked or was already used",
     "credence login PROFILE"},
    {"invalid_client", CLASS_CLIENT, "the server does not accept the client's authentication",
     NULL},
    {"unauthorized_client", CLASS_CLIENT, "the client may not use this grant type", NULL},
    {"invalid_scope", CLASS_SCOPE, "a requested scope is unknown or was not granted", NULL},
    {"invalid_request", CLASS_CONFIG, "the server found the request malformed", NULL},
    {"unsupported_grant_type", CLASS_CONFIG, "the server does not offer this grant type", NULL},
    {"unsupported_response_type", CLASS_CONFIG, "the server does not offer this response type",
     NULL},
    {"access_denied", CLASS_DENIED, "the person or the server refused", "credence login PROFILE"},
    {"temporarily_unavailable", CLASS_UNAVAILABLE, "the server is overloaded or being serviced",
     NULL},
    {"server_error", CLASS_UNAVAILABLE, "the server met an unexpected condition", NULL},
    {"invalid_token", CLASS_RENEW, "the access token is expired, revoked or malformed", NULL},
    {"insufficient_scope", CLASS_SCOPE, "the access token's scopes do not allow this", NULL},
    {"authorization_pending", CLASS_PENDING, "the person is not done yet", NULL},
    {"slow_down", CLASS_SLOW_DOWN, "the server was asked too often", NULL},
    {"unsupported_token_type", CLASS_CONFIG, "the server does not revoke tokens of this type",
     "revoke it on the provider's page, then: credence logout PROFILE"},
    {"expired_token", CLASS_LOGIN, "the code expired before anybody had signed in with it",
     "credence login PROFILE"},
};

static int class_of_name(const char *name)
{
	size_t i;

	for (i = 0; name != NULL && i < CLASS_COUNT; i++)
		if (strcmp(class_names[i].name, name) == 0)
			return class_names[i].class_;
	return CLASS_DENIED;
}

credence_rc class_rc(int class_)
{
	size_t i;

	for (i = 0; i < CLASS_COUNT; i++)
		if (class_names[i].class_ == class_)
			return class_names[i].rc;
	return CREDENCE_ERROR;
}

void catalogue_read(struct setting group, struct catalogue_entry *entry)
{
	entry->code = setting_string(setting_member(group, "code"));
	entry->at = setting_string(setting_member(group, "at"));
	entry->error_class = setting_string(setting_member(group, "class"));
	entry->cause = setting_string(setting_member(group, "cause"));
	entry->remedy = setting_string(setting_member(group, "remedy"));
	entry->retry_after = setting_duration(setting_member(group, "retry_after"), 0);
}

/* How well an entry's place fits: 3 the very one, 2 a renewal and a device's question are token
 * requests too, 1 any; 0 not. */
static int fit(const char *entry_at, const char *at)
{
	if (entry_at == NULL || at == NULL)
		return 1;
	if (strcmp(entry_at, at) == 0)
		return 3;
	if (strcmp(entry_at, "token") != 0)
		return 0;
	return strcmp(at, "refresh") == 0 || strcmp(at, "device") == 0 ? 2 : 0;
}

static bool value_matches(struct setting group, const char *answered)
{
	const char *value = setting_string(setting_member(group, "match.value"));
	const char *begins = setting_string(setting_member(group, "match.begins"));

	if (value != NULL)
		return strcmp(answered, value) == 0;
	return begins != NULL && strncmp(answered, begins, strlen(begins)) == 0;
}

/* refined NULL: rules that stand for themselves; else those for special cases of that code. */
static bool rule_matches(struct setting group, const char *refined, const struct attributes *known)
{
	const char *member = setting_string(setting_member(group, "match.member"));
	const char *refines = setting_string(setting_member(group, "refines"));
	struct buf name = BUF_INIT;
	const char *answered;
	bool matches;

	if (member == NULL || (refines == NULL) != (refined == NULL) ||
	    (refined != NULL && strcmp(refines, refined) != 0))
		return false;
	buf_printf(&name, "answer.%s", member);
	answered = attributes_get(known, buf_text(&name));
	matches = answered != NULL && value_matches(group, answered);
	buf_done(&name);
	return matches;
}

/* The best entry of one provider's list: by code, or by its match rule when known is given (the
 * code is then what it refines, or NULL). */
static bool search(const struct provider *provider, const char *code,
		   const struct attributes *known, const char *at, struct catalogue_entry *best)
{
	struct setting list = conf_find(provider->conf, "errors");
	unsigned i, count = setting_count(list);
	int best_fit = 0;

	for (i = 0; i < count; i++) {
		struct setting group = setting_element(list, i);
		struct catalogue_entry entry;
		int fits;

		catalogue_read(group, &entry);
		fits = fit(entry.at, at);
		if (fits <= best_fit)
			continue;
		if (known != NULL ? !rule_matches(group, code, known)
				  : entry.code == NULL || strcmp(entry.code, code) != 0)
			continue;
		*best = entry;
		best_fit = fits;
	}
	return best_fit > 0;
}

static bool search_chain(const struct provider *provider, const char *code,
			 const struct attributes *known, const char *at,
			 struct catalogue_entry *best)
{
	for (; provider != NULL; provider = provider->extends)
		if (search(provider, code, known, at, best))
			return true;
	return false;
}

static char *copy(const char *text)
{
	return text != NULL ? strdup(text) : NULL;
}

static void from_entry(const struct catalogue_entry *entry, const char *code,
		       const char *description, struct verdict *verdict)
{
	verdict->class_ = class_of_name(entry->error_class);
	verdict->code = copy(code != NULL ? code : entry->code);
	verdict->cause = copy(entry->cause != NULL ? entry->cause : description);
	verdict->remedy = copy(entry->remedy);
	verdict->retry_after = entry->retry_after;
}

void verdict_of_code(const struct provider *provider, const char *code, const char *description,
		     const char *at, struct verdict *verdict)
{
	struct catalogue_entry entry;
	size_t i;

	memset(verdict, 0, sizeof(*verdict));
	if (search_chain(provider, code, NULL, at, &entry)) {
		from_entry(&entry, code, description, verdict);
		return;
	}
	verdict->class_ = CLASS_DENIED;
	verdict->code = copy(code);
	verdict->cause = copy(description);
	for (i = 0; i < sizeof(rfc_codes) / sizeof(rfc_codes[0]); i++)
		if (strcmp(rfc_codes[i].code, code) == 0) {
			verdict->class_ = rfc_codes[i].class_;
			if (verdict->cause == NULL)
				verdict->cause = copy(rfc_codes[i].cause);
			verdict->remedy = copy(rfc_codes[i].remedy);
			break;
		}
}

bool verdict_of_answer(const struct provider *provider, const struct attributes *known,
		       const char *code, const char *description, const char *at,
		       struct verdict *verdict)
{
	struct catalogue_entry entry;

	/* A special case is more telling than its code, and a rule than a code that the server may
	 * have translated. */
	if ((code != NULL && search_chain(provider, code, known, at, &entry)) ||
	    ((code == NULL || !search_chain(provider, code, NULL, at, &entry)) &&
	     search_chain(provider, NULL, known, at, &entry))) {
		memset(verdict, 0, sizeof(*verdict));
		from_entry(&entry, entry.code, description, verdict);
		return true;
	}
	if (code == NULL)
		return false;
	verdict_of_code(provider, code, description, at, verdict);
	return true;
}

void verdict_done(struct verdict *verdict)
{
	free(verdict->code);
	free(verdict->cause);
	free(verdict->remedy);
	memset(verdict, 0, sizeof(*verdict));
}

credence_rc verdict_fail(struct credence_call *call, const struct verdict *verdict)
{
	credence_rc rc = class_rc(verdict->class_);

	call_fail(call, rc, "%s", verdict->cause != NULL ? verdict->cause : "the server refused");
	call_code(call, verdict->code);
	if (verdict->remedy != NULL)
		call_hint(call, "%s", verdict->remedy);
	call_retry_after(call, verdict->retry_after);
	return rc;
}
