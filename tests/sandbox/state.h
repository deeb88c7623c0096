/* SPDX-License-Identifier: MIT */
/* What the server remembers: clients and owners, and the tables of what was issued to them.
 * All of it is guarded by the one lock of struct sandbox; nothing here takes it. */
#ifndef SANDBOX_STATE_H
#define SANDBOX_STATE_H

#include "dc.h"
#include "list.h"
#include "table.h"
#include "util.h"

#include <stdbool.h>
#include <stdint.h>

/* The most of each kind that is kept; past it the oldest goes. */
enum {
	CLIENTS_MAX = 256,
	OWNERS_MAX = 16384,
	GRANTS_MAX = 32768,
	ACCESS_MAX = 65536,
	CODES_MAX = 4096,
	DEVICES_MAX = 1024,
	ROTATED_MAX = 256, /* dead refresh tokens remembered in each grant */
};

/* Counted per client and data centre, and in total. */
#define COUNTERS(X)                                                                                \
	X(token_requests)                                                                          \
	X(code_exchanges)                                                                          \
	X(refreshes)                                                                               \
	X(client_credentials)                                                                      \
	X(jwt_bearer)                                                                              \
	X(device_requests)                                                                         \
	X(device_polls)                                                                            \
	X(renewals)                                                                                \
	X(access_issued)                                                                           \
	X(refresh_issued)                                                                          \
	X(access_evictions)                                                                        \
	X(access_evictions_live)                                                                   \
	X(refresh_evictions)                                                                       \
	X(reuses)                                                                                  \
	X(throttles)                                                                               \
	X(codes)                                                                                   \
	X(codes_refused)                                                                           \
	X(code_reuses)                                                                             \
	X(invalid_code)                                                                            \
	X(invalid_client)                                                                          \
	X(invalid_client_secret)                                                                   \
	X(errors)                                                                                  \
	X(slow_downs)                                                                              \
	X(revocations)                                                                             \
	X(double_auth)                                                                             \
	X(secrets_in_url)                                                                          \
	X(assertions)                                                                              \
	X(assertions_refused)                                                                      \
	X(certificates)                                                                            \
	X(api_calls)                                                                               \
	X(api_refused)

struct counters {
#define X(name) int64_t name;
	COUNTERS(X)
#undef X
};

/* Tokens that can be used now. */
struct live {
	int64_t access, refresh;
};

enum client_kind { CLIENT_SELF, CLIENT_SERVER };

struct client {
	struct link link;
	char *id;
	char *secrets[DC_COUNT];
	char *redirect_uri; /* NULL for a self-client */
	struct {
		char *pem, *kid, *audience; /* see proof.h; pem NULL: the client has a secret */
	} key;
	char *certificate; /* the subject of its certificate; NULL: it needs none */
	enum client_kind kind;
	int home; /* where it is registered */
	bool multi_dc;
	struct stamps codes; /* made, whatever their data centre */
	struct counters counters[DC_COUNT];
	struct live live[DC_COUNT]; /* as report.c counted them last */
};

struct grant;

/* A user's relation to a client: what the limits on refresh tokens count by. */
struct owner {
	struct node node;
	char *key;
	struct client *client;
	int dc;
	char *user; /* "" for the client itself (client credentials) */
	bool consented;
	struct stamps created; /* refresh tokens */
	struct list grants;    /* oldest first */
	int64_t refreshable;   /* grants that have a refresh token */
};

struct access;
struct code;
struct device;

struct state {
	struct list clients;
	struct table owners, refreshes, accesses, codes, devices, user_codes;
	struct list grants; /* oldest first, as the two below */
	struct list access_queue;
	struct list code_queue;
	struct list device_queue;
	struct list seen; /* ids of assertions */
	struct counters totals;
	int in_flight, in_flight_max; /* requests to token endpoints */
};

struct sandbox;

void state_init(struct state *state);
void state_done(struct sandbox *sb);

/* A self-client of "us" for all data centres with the same secret in each. NULL if there is one of
 * that id already, or too many. */
struct client *client_add(struct state *state, const char *id, const char *secret);
struct client *client_find(const struct state *state, const char *id);
void client_set_secret(struct client *client, int dc, const char *secret);
void client_forget_key(struct client *client);
/* Whether the console let the client into that data centre. */
bool client_enabled(const struct client *client, int dc);

/* Finds or makes the owner; NULL when there are too many. */
struct owner *owner_get(struct state *state, struct client *client, int dc, const char *user);

/* Adds one to the client's counter (if there is a client) and to the total. */
void counters_add(struct state *state, struct client *client, int dc, size_t offset);
#define COUNT(state, client, dc, name)                                                             \
	counters_add(state, client, dc, offsetof(struct counters, name))

#endif
