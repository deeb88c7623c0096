/* SPDX-License-Identifier: MIT */
/*
 * A host for the tests of modules: what a module may ask is scripted, what it does is written down,
 * and nothing leaves the process. A test loads the built module as the real host does, by dlopen
 * from the folder in CREDENCE_TEST_MODULES, opens a self on a fake call and drives its methods.
 *
 * The fake is strict where a module might get away with something: reading an option that the
 * module does not declare, and putting twice what may be put once, end the test.
 */
#ifndef CREDENCE_TESTS_FAKE_HOST_H
#define CREDENCE_TESTS_FAKE_HOST_H

#include <check.h>
#include <credence/module.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define FAKE_MAX 128

/* Names and values, in the order in which they came; a value may hold NULs. */
struct fake_list {
	struct fake_pair {
		char *name;
		char *value; /* NULL: a removed attribute */
		size_t length;
	} item[FAKE_MAX];
	size_t count;
};

struct credence_call {
	const struct credence_module *module;

	/* What is known: filled by the test. */
	struct fake_list options; /* of a list: one pair an item */
	struct fake_list settings;
	struct fake_list attributes;
	struct fake_list tokens;
	struct fake_list files;   /* path and content; file_* work on them */
	struct fake_list answers; /* what the person will say */
	struct fake_list pages;   /* of http: URL and body; what is not there is 404 */
	struct fake_list replies; /* of http, instead: one after the other; see fake_reply */
	const char *page_type;    /* their Content-Type; NULL: application/json */
	const char *page_cache;   /* their Cache-Control; NULL: none */
	int32_t page_status;      /* 0: 200 */
	credence_rc http_rc;      /* unless SUCCESS, http answers so; without pages UNAVAIL */
	credence_rc talk_rc;      /* unless SUCCESS, talk answers so */
	credence_rc token_rc;     /* of token_request */
	struct fake_list turns;   /* before that it answers MISS, with these attributes code */
	credence_rc endpoint_rc;  /* of endpoint_request */
	bool quick;               /* wait moves now and returns */
	credence_rc assertion_rc; /* of assertion */
	credence_rc file_rc;      /* unless SUCCESS, file_* answer so */
	credence_rc render_rc;
	credence_rc put_rc;     /* unless SUCCESS, put_bytes and put_name answer so */
	credence_rc refused_rc; /* of refused */
	const void *random;     /* what random gives, 32 bytes; NULL: one letter */
	size_t max_body;        /* put_body answers UNAVAIL beyond it; 0: no bound */
	int64_t now;            /* ms since 1970 */
	int64_t deadline;       /* boot time in ms; 0: none */
	atomic_bool cancelled;

	/* What the module did. */
	struct fake_list put;     /* attributes */
	struct fake_list names;   /* of list */
	int64_t put_time;         /* 0: was not called */
	struct fake_list bytes;   /* put_bytes: at most one */
	struct fake_list said;    /* messages to the person; name is the style's number */
	struct fake_list params;  /* of token_request */
	struct fake_list posted;  /* of endpoint_request, after the endpoint's name */
	struct fake_list waits;   /* ms, while quick */
	size_t turn;              /* how many of turns were taken */
	struct fake_list claims;  /* of assertion: the last ones */
	struct fake_list headers; /* of the answer */
	struct fake_list body;    /* of the answer: at most one, grown */
	struct fake_list log;
	struct fake_list asked;    /* URLs of http, the value is the method */
	struct fake_list bodies;   /* what was sent there, the name is Authorization or "" */
	struct fake_list timeouts; /* and how long it might take */
	size_t replied;            /* how many of replies were given */
	struct credence_response response;
	struct credence_param response_headers[2];
	int token_requests;
	int sent;           /* how often sent was called */
	int32_t status;     /* of the answer; 0: none was put */
	size_t answered;    /* how many of answers were used */
	credence_rc failed; /* of fail, with its texts; SUCCESS: it was not called */
	char *code, *message, *hint;
};

extern const struct credence_host fake_host;

/* Loads ROLE_NAME.so and checks its descriptor as the real host does. */
const struct credence_module *fake_module(const char *role, const char *name);

/* In place. fake_done frees everything. */
void fake_init(struct credence_call *, const struct credence_module *);
void fake_done(struct credence_call *);

/* Forgets what the module did, as between two methods. */
void fake_forget(struct credence_call *);

/* A self, by the module's open, which must succeed. */
struct credence_self *fake_open(struct credence_call *);

void fake_set(struct fake_list *, const char *name, const char *value); /* replaces; NULL removes */
void fake_add(struct fake_list *, const char *name, const void *value, size_t length);
/* The value, or NULL. */
const char *fake_get(const struct fake_list *, const char *name);

/* The next answer of http: an HTTP status and a body; or, below 0, an answer of the ABI's with its
 * sign turned. What is asked beyond the last is UNAVAIL. */
void fake_reply(struct credence_call *, int status, const char *body);

/* ms since boot. */
int64_t fake_clock(void);

#endif
