/* SPDX-License-Identifier: MIT */
/*
 * Resolver "multi_dc": a provider whose accounts live in one of several data centres, each with an
 * accounts server and an API of its own. The table is the setting datacenters; whatever the record
 * or the server says about places is believed only if the table has it.
 *
 * The accounts server that issued a refresh token is the one that renews it, so it decides the row
 * together with the location. The API is told by the server in words of its own: it may be any API
 * of the table (an alias of the row's, say), and stays until the server names another.
 *
 * With refresh = true, a place that the table lacks is looked for in what the provider says of its
 * data centres (serverinfo.h). Never beyond the setting hosts, and never instead of the table.
 */
#include "endpoints.h"
#include "serverinfo.h"

struct row {
	char path[32]; /* of the group: "datacenters.[2]"; "": it is not in the table */
	const char *location;
	const char *accounts_server;
	const char *api_domain; /* NULL: not set */
};

/* What is known, or said, about where a credential is at home. Members may be NULL. */
struct place {
	const char *location;
	const char *accounts_server;
	const char *api_domain;
};

static const char *row_setting(const struct credence_host *host, struct credence_call *call,
			       const struct row *row, const char *name)
{
	char path[96];

	if (row->path[0] == '\0')
		return NULL;
	(void)snprintf(path, sizeof(path), "%s.%s", row->path, name);
	return host->setting(call, path);
}

/* The index-th row. SUCCESS; MISS: the table ends before it; CONFIG. */
static credence_rc row_read(const struct credence_host *host, struct credence_call *call,
			    unsigned index, struct row *row)
{
	char message[96];

	(void)snprintf(row->path, sizeof(row->path), "datacenters.[%u]", index);
	row->location = row_setting(host, call, row, "location");
	row->accounts_server = row_setting(host, call, row, "accounts_server");
	row->api_domain = row_setting(host, call, row, "api_domain");
	if (row->location != NULL && row->accounts_server != NULL)
		return CREDENCE_SUCCESS;
	if (row->location == NULL && row->accounts_server == NULL)
		return CREDENCE_MISS;
	(void)snprintf(message, sizeof(message), "%s must have location and accounts_server",
		       row->path);
	return host->fail(call, CREDENCE_CONFIG, NULL, message, NULL);
}

/* The table's own spelling of an API, if it is the row's: its api_domain or one of its aliases. */
static const char *row_api(const struct credence_host *host, struct credence_call *call,
			   const struct row *row, const char *api)
{
	char name[48];
	const char *alias;

	if (row->api_domain != NULL && resolver_same(row->api_domain, api))
		return row->api_domain;
	for (unsigned i = 0;; i++) {
		(void)snprintf(name, sizeof(name), "api_domain_aliases.[%u]", i);
		alias = row_setting(host, call, row, name);
		if (alias == NULL || resolver_same(alias, api))
			return alias;
	}
}

/* Does the row have all of the place? What the place leaves open fits. */
static bool row_fits(const struct credence_host *host, struct credence_call *call,
		     const struct row *row, const struct place *place)
{
	if (place->location != NULL && strcmp(row->location, place->location) != 0)
		return false;
	if (place->accounts_server != NULL &&
	    !resolver_same(row->accounts_server, place->accounts_server))
		return false;
	return place->api_domain == NULL || row_api(host, call, row, place->api_domain) != NULL;
}

/* The first row of the table that fits. SUCCESS; MISS: none does; CONFIG. */
static credence_rc table_find(const struct credence_host *host, struct credence_call *call,
			      const struct place *place, struct row *row)
{
	for (unsigned i = 0;; i++) {
		credence_rc rc = row_read(host, call, i, row);

		if (rc != CREDENCE_SUCCESS || row_fits(host, call, row, place))
			return rc;
	}
}

/* -- What the table lacks -- */

/* Does what the provider says of a location fit? Its API is nowhere told, so it may be any that is
 * listed. */
static bool location_fits(const struct credence_host *host, struct credence_call *call,
			  const struct serverinfo_row *found, const struct place *place)
{
	if (place->location != NULL && strcmp(found->location, place->location) != 0)
		return false;
	if (place->accounts_server != NULL &&
	    !resolver_same(found->accounts_server, place->accounts_server))
		return false;
	return place->api_domain == NULL || document_host_listed(host, call, place->api_domain);
}

static credence_rc refuse_unlisted(const struct credence_host *host, struct credence_call *call,
				   const struct serverinfo_row *found)
{
	char message[640];

	(void)snprintf(
	    message, sizeof(message),
	    "the provider says that location %.40s is at %.300s, a host that is not listed",
	    found->location, found->accounts_server);
	return host->fail(
	    call, CREDENCE_UNSAFE, NULL, message,
	    "if it is genuine, add it to the setting hosts: hosts = [ \"https://…\" ]");
}

/* Whatever the table has of a location is not overruled. */
static bool in_table(const struct credence_host *host, struct credence_call *call,
		     const char *location)
{
	const struct place place = {.location = location};
	struct row row = {.location = NULL};

	return table_find(host, call, &place, &row) == CREDENCE_SUCCESS;
}

/* Asks the provider, whose table begins with the server that is asked. SUCCESS; MISS: it names no
 * such place; UNSAFE; CONFIG; UNAVAIL. */
static credence_rc further_find(struct credence_self *self, struct credence_call *call,
				const struct place *place, struct row *row)
{
	const struct credence_host *host = self->host;
	struct serverinfo_row found;
	struct row first = {.location = NULL};
	credence_rc rc = row_read(host, call, 0, &first);

	if (rc == CREDENCE_SUCCESS && self->serverinfo == NULL)
		rc = serverinfo_get(host, call, first.accounts_server, &self->serverinfo);
	for (unsigned i = 0; rc == CREDENCE_SUCCESS; i++) {
		if (!serverinfo_read(self->serverinfo, i, &found))
			return CREDENCE_MISS;
		if (!location_fits(host, call, &found, place) ||
		    in_table(host, call, found.location))
			continue;
		if (!document_host_listed(host, call, found.accounts_server))
			return refuse_unlisted(host, call, &found);
		*row = (struct row){.location = found.location,
				    .accounts_server = found.accounts_server};
		return CREDENCE_SUCCESS;
	}
	return rc;
}

/* The first row that fits. SUCCESS; MISS: none does; CONFIG; and what further_find answers. */
static credence_rc row_find(struct credence_self *self, struct credence_call *call,
			    const struct place *place, struct row *row)
{
	const struct credence_host *host = self->host;
	credence_rc rc = table_find(host, call, place, row);

	if (rc != CREDENCE_MISS || host->option_number(call, "refresh") == 0 ||
	    (place->api_domain != NULL && !document_host_listed(host, call, place->api_domain)))
		return rc;
	return further_find(self, call, place, row);
}

/* An attribute; an empty one counts as unknown. */
static const char *attribute(const struct credence_host *host, struct credence_call *call,
			     const char *name)
{
	const char *value = host->attribute(call, name);

	return value == NULL || value[0] == '\0' ? NULL : value;
}

static struct place place_known(const struct credence_host *host, struct credence_call *call)
{
	return (struct place){.location = attribute(host, call, "location"),
			      .accounts_server = attribute(host, call, "accounts_server"),
			      .api_domain = attribute(host, call, "api_domain")};
}

/* What the last answer said; both spellings of accounts_server are in use. SUCCESS; UNSAFE: they
 * contradict each other. */
static credence_rc place_said(const struct credence_host *host, struct credence_call *call,
			      struct place *answer)
{
	const char *other = attribute(host, call, "answer.accounts_server");

	answer->location = attribute(host, call, "answer.location");
	answer->accounts_server = attribute(host, call, "answer.accounts-server");
	answer->api_domain = attribute(host, call, "answer.api_domain");
	if (answer->accounts_server == NULL)
		answer->accounts_server = other;
	if (other != NULL && !resolver_same(other, answer->accounts_server))
		return host->fail(call, CREDENCE_UNSAFE, NULL,
				  "the answer names two different accounts servers", NULL);
	return CREDENCE_SUCCESS;
}

/* Nothing in the table fits: says what it was looked for with, and where to add it. */
static credence_rc place_refuse(const struct credence_host *host, struct credence_call *call,
				credence_rc rc, const struct place *place)
{
	const char *provider = host->attribute(call, "provider");
	char message[640], hint[256];

	if (place->location != NULL && place->accounts_server != NULL)
		(void)snprintf(
		    message, sizeof(message),
		    "location %.200s and accounts server %.200s do not belong together in the "
		    "provider's data centres",
		    place->location, place->accounts_server);
	else
		(void)snprintf(message, sizeof(message),
			       "%s %.200s is not in the provider's data centres",
			       place->location != NULL          ? "location"
			       : place->accounts_server != NULL ? "accounts server"
								: "api_domain",
			       place->location != NULL          ? place->location
			       : place->accounts_server != NULL ? place->accounts_server
								: place->api_domain);
	(void)snprintf(hint, sizeof(hint),
		       "if it is genuine, add it to datacenters in providers.d/%.64s.conf",
		       provider == NULL ? "NAME" : provider);
	return host->fail(call, rc, NULL, message, hint);
}

/* Is every member that is set in some row, and do location and accounts server have one together?
 * SUCCESS; UNSAFE; CONFIG. */
static credence_rc place_check(struct credence_self *self, struct credence_call *call,
			       const struct place *place)
{
	const struct place parts[] = {
	    {.location = place->location},
	    {.accounts_server = place->accounts_server},
	    {.location = place->location, .accounts_server = place->accounts_server},
	    {.api_domain = place->api_domain},
	};
	struct row row = {.location = NULL};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const struct place *part = &parts[i];
		credence_rc rc;

		if (part->location == NULL && part->accounts_server == NULL &&
		    part->api_domain == NULL)
			continue;
		rc = row_find(self, call, part, &row);
		if (rc == CREDENCE_MISS)
			rc = place_refuse(self->host, call, CREDENCE_UNSAFE, part);
		if (rc != CREDENCE_SUCCESS)
			return rc;
	}
	return CREDENCE_SUCCESS;
}

/* The row where resolving starts: what is known, else the configured location, else the first. */
static credence_rc row_start(struct credence_self *self, struct credence_call *call,
			     const struct place *known, struct row *row)
{
	struct place wanted = {.location = known->location,
			       .accounts_server = known->accounts_server};
	credence_rc rc;

	if (wanted.location == NULL && wanted.accounts_server == NULL)
		wanted.location = self->host->setting(call, "location");
	rc = row_find(self, call, &wanted, row);
	if (rc == CREDENCE_MISS && wanted.location != NULL)
		rc = place_refuse(self->host, call, CREDENCE_CONFIG, &wanted);
	return rc;
}

static credence_rc multi_dc_resolve(struct credence_self *self, struct credence_call *call)
{
	const struct credence_host *host = self->host;
	const char *configured = host->setting(call, "location");
	struct place known = place_known(host, call);
	struct row row = {.location = NULL};
	const char *api;
	credence_rc rc;

	/* What is only configured is no finding: if it is wrong, so is the configuration. */
	if (known.accounts_server == NULL && known.location != NULL && configured != NULL &&
	    strcmp(known.location, configured) == 0)
		known.location = NULL;
	if (row_read(host, call, 0, &row) == CREDENCE_MISS)
		return host->fail(call, CREDENCE_MISS, NULL, "the provider has no datacenters",
				  "set datacenters, or use another resolver");
	rc = place_check(self, call, &known);
	if (rc == CREDENCE_SUCCESS)
		rc = row_start(self, call, &known, &row);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	api = known.api_domain != NULL ? known.api_domain : row.api_domain;
	rc = resolver_put_endpoints(host, call, row.path[0] != '\0' ? row.path : NULL,
				    row.accounts_server);
	if (rc == CREDENCE_SUCCESS)
		rc = host->put_attribute(call, "location", row.location);
	if (rc == CREDENCE_SUCCESS)
		rc = resolver_put_server(host, call, "accounts_server", row.accounts_server);
	if (rc == CREDENCE_SUCCESS && api != NULL)
		rc = resolver_put_server(host, call, "api_domain", api);
	return rc;
}

/* The row that a checked answer means. What it leaves open stays as known; where rows share a
 * server, the location follows from the API that was named. SUCCESS; MISS; CONFIG. */
static credence_rc row_meant(struct credence_self *self, struct credence_call *call,
			     const struct place *answer, const struct place *known, struct row *row)
{
	const char *location = answer->location, *server = answer->accounts_server;
	const char *api = answer->api_domain;
	credence_rc rc = CREDENCE_MISS;

	if (location == NULL && server == NULL)
		server = known->accounts_server;
	const struct place tries[] = {
	    {.location = location, .accounts_server = server, .api_domain = api},
	    {.location = location != NULL ? location : known->location, .accounts_server = server},
	    {.location = location, .accounts_server = server},
	};
	for (size_t i = api == NULL ? 1 : 0; i < 3 && rc == CREDENCE_MISS; i++)
		rc = row_find(self, call, &tries[i], row);
	return rc;
}

/* Puts what is not known yet. SUCCESS; MISS: all of it was known. */
static credence_rc place_put(const struct credence_host *host, struct credence_call *call,
			     const struct place *known, const struct place *now)
{
	credence_rc rc = CREDENCE_MISS;

	if (known->location == NULL || strcmp(known->location, now->location) != 0)
		rc = host->put_attribute(call, "location", now->location);
	if (rc != CREDENCE_SUCCESS && rc != CREDENCE_MISS)
		return rc;
	if (known->accounts_server == NULL ||
	    !resolver_same(known->accounts_server, now->accounts_server))
		rc = resolver_put_server(host, call, "accounts_server", now->accounts_server);
	if (rc != CREDENCE_SUCCESS && rc != CREDENCE_MISS)
		return rc;
	if (now->api_domain != NULL &&
	    (known->api_domain == NULL || !resolver_same(known->api_domain, now->api_domain)))
		rc = resolver_put_server(host, call, "api_domain", now->api_domain);
	return rc;
}

static credence_rc multi_dc_learn(struct credence_self *self, struct credence_call *call)
{
	const struct credence_host *host = self->host;
	const struct place known = place_known(host, call);
	struct place answer, now;
	struct row row = {.location = NULL};
	credence_rc rc = place_said(host, call, &answer);

	if (rc == CREDENCE_SUCCESS && answer.location == NULL && answer.accounts_server == NULL &&
	    answer.api_domain == NULL)
		return CREDENCE_MISS;
	if (rc == CREDENCE_SUCCESS)
		rc = place_check(self, call, &answer);
	if (rc == CREDENCE_SUCCESS)
		rc = row_meant(self, call, &answer, &known, &row);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	now = (struct place){.location = row.location, .accounts_server = row.accounts_server};
	if (answer.api_domain != NULL) {
		now.api_domain = answer.api_domain;
		if (row.path[0] != '\0' && row_api(host, call, &row, answer.api_domain) == NULL)
			host->log(call, CREDENCE_LOG_WARNING,
				  "the server names the API of another data centre than its own");
	} else if (known.location == NULL || strcmp(known.location, row.location) != 0) {
		now.api_domain = row.api_domain; /* the old one was the other data centre's */
	}
	return place_put(host, call, &known, &now);
}

static void multi_dc_close(struct credence_self *self)
{
	if (self != NULL)
		json_object_put(self->serverinfo);
	resolver_close(self);
}

static const struct credence_option options[] = {
    {"refresh", CREDENCE_BOOL, 0, "false",
     "ask the provider for data centres that the table lacks"},
    DOCUMENT_OPTIONS,
    {NULL, 0, 0, NULL, NULL},
};

static const struct credence_resolver_ops ops = {
    .size = sizeof(ops),
    .resolve = multi_dc_resolve,
    .learn = multi_dc_learn,
};

CREDENCE_RESOLVER(multi_dc, &ops, .version = "1.0",
		  .summary = "one of the provider's data centres, as the server said",
		  .options = options, .open = resolver_open, .close = multi_dc_close);
