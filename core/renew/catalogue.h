/* SPDX-License-Identifier: MIT */
/*
 * The provider's catalogue of errors: from what a server answered to what it means. Codes that no
 * catalogue has fall back to the RFCs' own (RFC 6749 section 5.2, RFC 6750 section 3.1, RFC 7009
 * section 2.2.1, RFC 8628 section 3.5).
 */
#ifndef CREDENCE_RENEW_CATALOGUE_H
#define CREDENCE_RENEW_CATALOGUE_H

#include "core/session/session.h"

#define CLASS_NONE        0
#define CLASS_LOGIN       1 /* the grant is dead, or the code is not good */
#define CLASS_CLIENT      2 /* the client is wrong: the admin's to mend */
#define CLASS_DENIED      3 /* refused */
#define CLASS_SCOPE       4 /* not with these scopes */
#define CLASS_CONFIG      5 /* a parameter is wrong */
#define CLASS_LIMITED     6 /* throttled */
#define CLASS_UNAVAILABLE 7 /* not now */
#define CLASS_RENEW       8 /* API: the access token is no longer good */
#define CLASS_PENDING     9 /* device: the person is not done */
#define CLASS_SLOW_DOWN   10
#define CLASS_OTHER_DC    11

struct verdict {
	int class_; /* CLASS_… */
	char *code;
	char *cause, *remedy; /* NULL: not known */
	int64_t retry_after;  /* ms; 0: not given */
};
void verdict_done(struct verdict *);

/* What an error code means there. description: the server's own words, used when the catalogue has
 * none; may be NULL. */
void verdict_of_code(const struct provider *, const char *code, const char *description,
		     const char *at, struct verdict *);
/* The same from a whole answer: its members are known as answer.NAME; code is the one that was
 * found in it, or NULL. false: the catalogue has no rule for it, and there is no code. */
bool verdict_of_answer(const struct provider *, const struct attributes *known, const char *code,
		       const char *description, const char *at, struct verdict *);

/* The class as an answer of a method. */
credence_rc class_rc(int class_);
/* Sets the call's error from the verdict; answers class_rc. */
credence_rc verdict_fail(struct credence_call *, const struct verdict *);

/* One entry of a provider's list. */
struct catalogue_entry {
	const char *code, *at, *error_class, *cause, *remedy; /* NULL: not given */
	int64_t retry_after;                                  /* ms; 0: none */
};
void catalogue_read(struct setting group, struct catalogue_entry *);

#endif
