/* SPDX-License-Identifier: MIT */
/* Opening and closing a context. */
#include "core/module/context.h"

#include <stdlib.h>

credence_rc context_open(struct credence_call *call, const char *chosen,
			 const struct conf_report *report, struct credence **ret)
{
	struct credence *context = calloc(1, sizeof(*context));
	credence_rc rc;

	if (context == NULL)
		return call_oom(call);
	call->context = context;
	rc = places_init(call, &context->places, chosen);
	if (rc == CREDENCE_SUCCESS) {
		rc = main_conf_load(call, &context->places, report, false, &context->main);
		/* Whoever wants every problem has been told of these, and goes on. */
		if (report != NULL && rc == CREDENCE_CONFIG)
			rc = CREDENCE_SUCCESS;
	}
	if (rc == CREDENCE_SUCCESS)
		rc = modules_init(call, &context->modules, &context->main);
	if (rc != CREDENCE_SUCCESS) {
		context_close(context);
		call->context = NULL;
		return rc;
	}
	*ret = context;
	return CREDENCE_SUCCESS;
}

int64_t context_timeout(const struct credence *context)
{
	int64_t ms = setting_duration(main_conf_find(&context->main, "deadline"), 0);

	return ms > 0 ? ms : CONTEXT_TIMEOUT;
}

void context_close(struct credence *context)
{
	if (context == NULL)
		return;
	modules_done(&context->modules);
	main_conf_done(&context->main);
	places_done(&context->places);
	free(context);
}
