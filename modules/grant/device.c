/* SPDX-License-Identifier: MIT */
/*
 * Grant "device": a person signs in on another device, with a code that is shown here, while we ask
 * the server every few seconds whether they are done (RFC 8628). What differs between providers
 * (grant types, units, data centres) are settings of the group device. Renewing and revoking are
 * the host's.
 */
#include <credence/module.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND    INT64_C(1000)
#define MINUTE    (60 * SECOND)
#define HOUR      (60 * MINUTE)
#define DAY       (24 * HOUR)
#define INTERVAL  (5 * SECOND) /* RFC 8628 section 3.2, where the server says none */
#define SLOW_DOWN (5 * SECOND) /* section 3.5 */
#define LIFE      (5 * MINUTE) /* of a code, where neither the server nor the provider's data say */
#define CODE_MAX  64           /* of what a person can be asked to type */
#define URL_MAX   2048

struct credence_self {
	const struct credence_host *host;
};

/* One login. The strings are the host's and live as long as acquire runs. */
struct flow {
	const struct credence_host *host;
	struct credence_call *call;
	const char *device_code, *user_code;
	const char *page, *page_with_code; /* the latter may be NULL */
	int64_t interval;                  /* ms between one answer and the next question */
	int64_t expires_at;                /* ms since 1970 */
	const char *location;              /* where we were sent; NULL: nowhere yet */
	const char *silence;               /* why the last question got no answer; NULL: it did */
	bool at_once;                      /* the next question is the first to another server */
};

static credence_rc device_open(const struct credence_host *host, struct credence_call *call,
			       struct credence_self **self)
{
	struct credence_self *made = malloc(sizeof(*made));

	if (made == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	made->host = host;
	*self = made;
	return CREDENCE_SUCCESS;
}

static void device_close(struct credence_self *self)
{
	free(self);
}

static const char *attribute(const struct flow *flow, const char *name)
{
	const char *value = flow->host->attribute(flow->call, name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

static const char *setting(const struct flow *flow, const char *path)
{
	const char *value = flow->host->setting(flow->call, path);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* -- The code -- */

static credence_rc bad_answer(const struct flow *flow, const char *what)
{
	char message[128];

	(void)snprintf(message, sizeof(message), "the server's answer to the request for a code %s",
		       what);
	return flow->host->fail(flow->call, CREDENCE_UNAVAIL, "bad_answer", message,
				"if it happens again, the provider's data are wrong");
}

/* A time in front of its unit, of at most a day; -1: it is none. */
static int64_t parse_time(const char *text, int64_t unit)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {{"ms", 1}, {"s", SECOND}, {"m", MINUTE}, {"h", HOUR}, {"d", DAY}};
	int64_t value = 0;

	if (*text < '0' || *text > '9')
		return -1;
	for (; *text >= '0' && *text <= '9'; text++)
		if (value < DAY)
			value = value * 10 + (*text - '0');
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(text, units[i].name) == 0) {
			unit = units[i].ms;
			text = "";
		}
	if (*text != '\0')
		return -1;
	return value < DAY / unit ? value * unit : DAY;
}

/* A number of the answer, in the provider's unit; fallback if there is none of use. */
static int64_t read_time(const struct flow *flow, const char *name, int64_t fallback)
{
	const char *text = attribute(flow, name), *unit = setting(flow, "device.unit");
	int64_t value = text != NULL
			    ? parse_time(text, unit != NULL && strcmp(unit, "ms") == 0 ? 1 : SECOND)
			    : -1;

	/* Less than a second is no interval and no life: then the unit was another. */
	return value >= SECOND ? value : fallback;
}

static int64_t usual_life(const struct flow *flow)
{
	const char *text = setting(flow, "lifetimes.device_code");
	int64_t life = text != NULL ? parse_time(text, SECOND) : -1;

	return life > 0 ? life : LIFE;
}

static bool is_visible(const char *text, size_t max)
{
	size_t i;

	for (i = 0; text[i] != '\0'; i++)
		if (i >= max || text[i] < ' ' || text[i] > '~')
			return false;
	return i > 0;
}

/* Without TLS only this very machine. */
static bool is_loopback(const char *url)
{
	static const char *const servers[] = {"http://127.0.0.1", "http://[::1]"};

	for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
		size_t length = strlen(servers[i]);

		if (strncmp(url, servers[i], length) == 0 && url[length] != '\0' &&
		    strchr(":/?", url[length]) != NULL)
			return true;
	}
	return false;
}

/* A page that a person can be sent to (section 5.4): no blank or other sign that a URL has not, and
 * nothing before the host's name that could be mistaken for it. */
static bool is_page(const char *url)
{
	const char *host = strstr(url, "://");

	if (strncmp(url, "https://", 8) != 0 && !is_loopback(url))
		return false;
	if (!is_visible(url, URL_MAX) || strpbrk(url, " \"'<>\\`{}|^") != NULL)
		return false;
	host += 3;
	return memchr(host, '@', strcspn(host, "/?#")) == NULL;
}

/* Both spellings are in use; the first is the standard's. */
static const char *read_page(const struct flow *flow, const char *name, const char *other)
{
	const char *page = attribute(flow, name);

	return page != NULL ? page : attribute(flow, other);
}

static credence_rc read_code(struct flow *flow)
{
	flow->device_code = attribute(flow, "answer.device_code");
	flow->user_code = attribute(flow, "answer.user_code");
	flow->page = read_page(flow, "answer.verification_uri", "answer.verification_url");
	flow->page_with_code =
	    read_page(flow, "answer.verification_uri_complete", "answer.verification_url_complete");
	if (flow->device_code == NULL)
		return bad_answer(flow, "has no device_code");
	if (flow->user_code == NULL || !is_visible(flow->user_code, CODE_MAX))
		return bad_answer(flow, "has no user_code that could be typed");
	if (flow->page == NULL || !is_page(flow->page))
		return bad_answer(flow, "has no verification_uri with https");
	if (flow->page_with_code != NULL && !is_page(flow->page_with_code))
		flow->page_with_code = NULL;
	flow->interval = read_time(flow, "answer.interval", INTERVAL);
	flow->expires_at =
	    flow->host->now(flow->call) + read_time(flow, "answer.expires_in", usual_life(flow));
	return CREDENCE_SUCCESS;
}

/* Asks for a code. Somebody must be there to type it, which is seen before a server is asked. */
static credence_rc ask_for_code(struct flow *flow)
{
	const char *type = setting(flow, "device.request_grant_type");
	const char *scope = attribute(flow, "request_scope");
	struct credence_param params[2];
	uint32_t count = 0;
	char text[256];
	const struct credence_message message = {
	    .size = sizeof(message), .style = CREDENCE_INFORM, .text = text};
	credence_rc rc;

	(void)snprintf(text, sizeof(text), "Asking for a code%s%.200s",
		       scope != NULL ? ", scope " : "", scope != NULL ? scope : "");
	if (type != NULL)
		params[count++] = (struct credence_param){"grant_type", type};
	if (scope != NULL)
		params[count++] = (struct credence_param){"scope", scope};
	rc = flow->host->talk(flow->call, &message, NULL);
	if (rc == CREDENCE_SUCCESS)
		rc = flow->host->endpoint_request(flow->call, "device_authorization_endpoint",
						  params, count);
	return rc == CREDENCE_SUCCESS ? read_code(flow) : rc;
}

static credence_rc show_code(const struct flow *flow)
{
	const struct credence_message message = {
	    .size = sizeof(message),
	    .style = CREDENCE_SHOW_CODE,
	    .text = "On any device with a browser, open this page and type the code:",
	    .url = flow->page,
	    .code = flow->user_code,
	    .expires_at = flow->expires_at,
	    .url_complete = flow->page_with_code,
	};

	return flow->host->talk(flow->call, &message, NULL);
}

/* -- Asking whether the person is done -- */

static credence_rc expired(const struct flow *flow)
{
	if (flow->silence != NULL)
		return flow->host->fail(flow->call, CREDENCE_UNAVAIL, "unavailable", flow->silence,
					"the code expired meanwhile: credence login PROFILE");
	return flow->host->fail(flow->call, CREDENCE_LOGIN, "expired_token",
				"the code expired before anybody had signed in with it",
				"credence login PROFILE");
}

/* To the data centre of the person's account. Whether there is such a one is the resolver's to say,
 * before anything is sent there. */
static credence_rc move(struct flow *flow)
{
	const char *member = setting(flow, "device.location_member"), *location = NULL;
	char name[96];

	if (member != NULL) {
		(void)snprintf(name, sizeof(name), "answer.%.80s", member);
		location = attribute(flow, name);
	}
	if (location == NULL)
		return bad_answer(flow, "moves us to a data centre that it does not name");
	if (flow->location != NULL && strcmp(flow->location, location) == 0)
		return flow->host->fail(flow->call, CREDENCE_CONFIG, "other_dc",
					"the person's account is at another data centre, and the "
					"resolver does not know "
					"where that is",
					"use a resolver for several data centres");
	flow->at_once = flow->location == NULL;
	flow->location = location;
	return flow->host->put_attribute(flow->call, "answer.location", location);
}

/* What an answer without a token says about the next question (section 3.5). */
static credence_rc heed(struct flow *flow)
{
	const char *code = attribute(flow, "code");

	flow->silence = NULL;
	if (code != NULL && strcmp(code, "slow_down") == 0)
		flow->interval += SLOW_DOWN;
	if (code != NULL && strcmp(code, "other_dc") == 0)
		return move(flow);
	if (code != NULL && strcmp(code, "unavailable") == 0) {
		flow->silence = attribute(flow, "message");
		flow->interval = flow->interval < HOUR / 2 ? 2 * flow->interval : HOUR;
		flow->host->log(flow->call, CREDENCE_LOG_INFO,
				flow->silence != NULL ? flow->silence : "no answer");
	}
	return CREDENCE_SUCCESS;
}

/* Waits until the next question is due. */
static credence_rc wait_for_turn(struct flow *flow)
{
	int64_t left = flow->expires_at - flow->host->now(flow->call);
	/* Whoever would have to ask after the end only waits for it. */
	bool in_time = flow->at_once ? left > 0 : left > flow->interval;
	credence_rc rc = CREDENCE_SUCCESS;

	if (!flow->at_once && left > 0)
		rc = flow->host->wait(flow->call, in_time ? flow->interval : left);
	flow->at_once = false;
	return rc == CREDENCE_SUCCESS && !in_time ? expired(flow) : rc;
}

static credence_rc wait_for_token(struct flow *flow)
{
	const char *type = setting(flow, "device.grant_type");
	const char *parameter = setting(flow, "device.code_parameter");
	const struct credence_param params[] = {
	    {"grant_type", type != NULL ? type : "urn:ietf:params:oauth:grant-type:device_code"},
	    {parameter != NULL ? parameter : "device_code", flow->device_code},
	};
	credence_rc rc;

	do {
		rc = wait_for_turn(flow);
		if (rc != CREDENCE_SUCCESS)
			return rc;
		rc = flow->host->token_request(flow->call, params, 2);
		if (rc != CREDENCE_MISS)
			return rc;
		rc = heed(flow);
	} while (rc == CREDENCE_SUCCESS);
	return rc;
}

static credence_rc device_acquire(struct credence_self *self, struct credence_call *call)
{
	struct flow flow = {.host = self->host, .call = call};
	credence_rc rc = ask_for_code(&flow);

	if (rc == CREDENCE_SUCCESS)
		rc = show_code(&flow);
	if (rc == CREDENCE_SUCCESS)
		rc = wait_for_token(&flow);
	return rc;
}

static const struct credence_grant_ops ops = {
    .size = sizeof(ops),
    .flags = CREDENCE_GRANT_CLIENT,
    .acquire = device_acquire,
};

CREDENCE_GRANT(device, &ops, .version = "1.0",
	       .summary = "a code that is typed in on another device (RFC 8628)",
	       .open = device_open, .close = device_close);
