/* SPDX-License-Identifier: MIT */
/*
 * What the browser shows: small pages that need nothing from elsewhere, run no script, are kept by
 * no cache and tell no other page where they came from.
 */
#ifndef CREDENCE_SERVER_BASED_PAGES_H
#define CREDENCE_SERVER_BASED_PAGES_H

#include <microhttpd.h>

enum page {
	PAGE_DONE,    /* the tokens are here */
	PAGE_REFUSED, /* the person said no */
	PAGE_FAILED,  /* the terminal says why */
	PAGE_STRANGE, /* an answer, but not to this login */
	PAGE_NOTHING, /* no such path */
	PAGE_METHOD,  /* only GET */
	PAGE_HOST,    /* asked for by another name */
};

/* Queues a page on a connection. profile: the name that the person knows the login by. */
enum MHD_Result page_queue(struct MHD_Connection *, enum page, const char *profile);

#endif
