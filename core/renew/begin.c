/* SPDX-License-Identifier: MIT */
/* A record's beginning; see begin.h. */
#include "core/renew/begin.h"

#include "core/renew/client_auth.h"

static bool fill(struct record *record, const struct profile *profile, const char *check)
{
	return record_set(&record->credential, profile->credential) &&
	       record_set(&record->provider, profile->provider_name) &&
	       record_set(&record->client_id, profile->client_id) &&
	       record_set(&record->owner, profile->owner) &&
	       record_set(&record->client_check, check);
}

credence_rc begin_record(struct session *session, struct record **ret)
{
	const struct record *old = session->record;
	struct record *record;
	char check[17];
	credence_rc rc = client_check(session, check);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	record = record_new();
	if (record == NULL || !fill(record, session->profile, check)) {
		record_free(record);
		return call_oom(session->call);
	}
	record->revision = old != NULL ? old->revision : 0;
	record->generation = old != NULL ? old->generation : 0;
	*ret = record;
	return CREDENCE_SUCCESS;
}

/* The history outlives a consent. */
static void inherit(struct record *record, struct record *old)
{
	unsigned i;

	if (old == NULL)
		return;
	for (i = 0; i < old->outcome_count; i++)
		record->outcome[i] = old->outcome[i];
	record->outcome_count = old->outcome_count;
	old->outcome_count = 0; /* transferred */
}

credence_rc begin_consent(struct session *session, const char *grant, struct record **ret)
{
	struct record *record = NULL;
	credence_rc rc = begin_record(session, &record);

	if (rc == CREDENCE_SUCCESS && !record_set(&record->grant, grant))
		rc = call_oom(session->call);
	if (rc != CREDENCE_SUCCESS) {
		record_free(record);
		return rc;
	}
	inherit(record, session->record);
	*ret = record;
	return rc;
}
