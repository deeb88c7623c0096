/* SPDX-License-Identifier: MIT */
/* Clients, owners and counters. What is issued to them is in grant.c, code.c and device.c. */
#include "state.h"

#include "code.h"
#include "device.h"
#include "grant.h"
#include "proof.h"
#include "sandbox.h"

#include <stdlib.h>
#include <string.h>

void state_init(struct state *state)
{
	*state = (struct state){0};
	table_init(&state->owners, 12);
	table_init(&state->refreshes, 14);
	table_init(&state->accesses, 15);
	table_init(&state->codes, 12);
	table_init(&state->devices, 10);
	table_init(&state->user_codes, 10);
}

void client_forget_key(struct client *client)
{
	free(client->key.pem);
	free(client->key.kid);
	free(client->key.audience);
	client->key.pem = client->key.kid = client->key.audience = NULL;
}

static void client_free(struct client *client)
{
	int dc;

	for (dc = 0; dc < DC_COUNT; dc++)
		free(client->secrets[dc]);
	free(client->id);
	free(client->redirect_uri);
	free(client->certificate);
	client_forget_key(client);
	stamps_done(&client->codes);
	free(client);
}

static void owner_free(struct owner *owner)
{
	stamps_done(&owner->created);
	free(owner->key);
	free(owner->user);
	free(owner);
}

static void owners_free(struct table *owners)
{
	size_t i;

	for (i = 0; i <= owners->mask; i++) {
		while (owners->slots[i] != NULL) {
			struct owner *owner = owners->slots[i]->item;

			table_remove(owners, &owner->node);
			owner_free(owner);
		}
	}
}

void state_done(struct sandbox *sb)
{
	struct state *state = &sb->state;

	codes_free(state);
	proofs_free(state);
	devices_free(state);
	while (state->grants.count > 0)
		grant_free(state, list_first(&state->grants));
	owners_free(&state->owners);
	while (state->clients.count > 0) {
		struct client *client = list_first(&state->clients);

		list_remove(&state->clients, &client->link);
		client_free(client);
	}
	table_done(&state->owners);
	table_done(&state->refreshes);
	table_done(&state->accesses);
	table_done(&state->codes);
	table_done(&state->devices);
	table_done(&state->user_codes);
}

struct client *client_find(const struct state *state, const char *id)
{
	struct client *client;

	for (client = list_first(&state->clients); client != NULL;
	     client = list_next(&client->link)) {
		if (id != NULL && strcmp(client->id, id) == 0)
			return client;
	}
	return NULL;
}

void client_set_secret(struct client *client, int dc, const char *secret)
{
	free(client->secrets[dc]);
	client->secrets[dc] = mem_strdup(secret);
}

struct client *client_add(struct state *state, const char *id, const char *secret)
{
	struct client *client;
	int dc;

	if (state->clients.count >= CLIENTS_MAX || client_find(state, id) != NULL)
		return NULL;
	client = mem_calloc(1, sizeof(*client));
	client->id = mem_strdup(id);
	client->multi_dc = true;
	for (dc = 0; dc < DC_COUNT; dc++)
		client->secrets[dc] = mem_strdup(secret);
	list_append(&state->clients, &client->link, client);
	return client;
}

bool client_enabled(const struct client *client, int dc)
{
	return client->multi_dc || client->home == dc;
}

struct owner *owner_get(struct state *state, struct client *client, int dc, const char *user)
{
	struct text key = {0};
	struct owner *owner;

	text_printf(&key, "%s %s\n%s", dc_locations[dc], client->id, user);
	owner = table_find(&state->owners, key.s);
	if (owner == NULL && state->owners.count < OWNERS_MAX) {
		owner = mem_calloc(1, sizeof(*owner));
		owner->key = mem_strdup(key.s);
		owner->client = client;
		owner->dc = dc;
		owner->user = mem_strdup(user);
		table_add(&state->owners, &owner->node, owner->key, owner);
	}
	text_done(&key);
	return owner;
}

void counters_add(struct state *state, struct client *client, int dc, size_t offset)
{
	(*(int64_t *)(void *)((char *)&state->totals + offset))++;
	if (client != NULL)
		(*(int64_t *)(void *)((char *)&client->counters[dc] + offset))++;
}
