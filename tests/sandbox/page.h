/* SPDX-License-Identifier: MIT */
/* The HTML that a person sees: consent, device, message. No script, nothing from elsewhere. */
#ifndef SANDBOX_PAGE_H
#define SANDBOX_PAGE_H

#include "request.h"

enum { USER_MAX = 128 };

/* Asks for consent to `scope` (space-separated); the form carries all parameters of the request on.
 */
void page_consent(struct request *rq, const char *client_id, const char *scope);
/* Asks for a user code, or for consent if the code is known (client_id not NULL). */
void page_device(struct request *rq, const char *user_code, const char *client_id,
		 const char *scope);
void page_message(struct request *rq, int status, const char *title, const char *message);

/* The user who sits before the page: the parameter `user` if it can be a name, else the default. */
const char *page_user(const struct request *rq);

#endif
