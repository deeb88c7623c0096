/* SPDX-License-Identifier: MIT */
/* What the browser shows; see pages.h. */
#include "pages.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char style[] =
    ":root{color-scheme:light dark;--paper:#f4f5f7;--card:#fff;--ink:#1c2430;--soft:#5b6675;"
    "--line:#dfe3e8;--good:#15803d;--bad:#b42318;--odd:#9a6700}"
    "@media(prefers-color-scheme:dark){:root{--paper:#12161c;--card:#1b212a;--ink:#e8ecf1;"
    "--soft:#9aa6b5;--line:#2c3541;--good:#4ade80;--bad:#f87171;--odd:#e3b341}}"
    "*{box-sizing:border-box}"
    "body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;"
    "background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,sans-serif}"
    "main{width:100%;max-width:30rem;padding:2.25rem 2.5rem 1.75rem;background:var(--card);"
    "border:1px solid var(--line);border-radius:.9rem;box-shadow:0 1px 2px #0001,0 12px 32px #0001}"
    "svg{display:block;width:3rem;height:3rem;margin-bottom:1.25rem;fill:none;stroke-width:2;"
    "stroke-linecap:round;stroke-linejoin:round;stroke:currentColor}"
    ".good svg{color:var(--good)}.bad svg{color:var(--bad)}.odd svg{color:var(--odd)}"
    "h1{margin:0 0 .6rem;font-size:1.4rem;line-height:1.25;letter-spacing:-.01em}"
    "p{margin:.5rem 0}"
    "code{padding:.12em .4em;border:1px solid var(--line);border-radius:.35em;"
    "background:var(--paper);font:.9em ui-monospace,monospace;overflow-wrap:anywhere}"
    "footer{margin-top:1.75rem;padding-top:1rem;border-top:1px solid var(--line);"
    "color:var(--soft);font-size:.85rem}";

#define CIRCLE "<circle cx=\"12\" cy=\"12\" r=\"10\"/>"
#define CHECK  CIRCLE "<path d=\"m8 12.5 2.7 2.7L16 9.8\"/>"
#define CROSS  CIRCLE "<path d=\"m9 9 6 6m0-6-6 6\"/>"
#define MARK   CIRCLE "<path d=\"M12 7.5v5.2m0 3.4v.1\"/>"

/* In the texts, "%s" is the profile. */
static const struct words {
	unsigned status;
	const char *look, *drawing, *title, *text;
} words[] = {
    [PAGE_DONE] = {200, "good", CHECK, "You are signed in",
		   "<p>credence has its tokens for <code>%s</code>.</p>"
		   "<p>You can close this window and go back to the terminal.</p>"},
    [PAGE_REFUSED] =
	{200, "bad", CROSS, "Access was refused",
	 "<p>Nothing was given to <code>%s</code>, and what it had before is as it was."
	 "</p><p>You can close this window. To be asked again, run "
	 "<code>credence login %s</code>.</p>"},
    [PAGE_FAILED] =
	{400, "bad", CROSS, "Signing in did not succeed",
	 "<p>The terminal where <code>credence login %s</code> ran says why, and what to "
	 "do about it.</p>"},
    [PAGE_STRANGE] = {400, "odd", MARK, "This is no answer to the login that waits here",
		      "<p>It belongs to another login, has been used before, or is not "
		      "whole.</p><p>credence still waits: open the page that "
		      "<code>credence login %s</code> shows.</p>"},
    [PAGE_NOTHING] = {404, "odd", MARK, "There is nothing here",
		      "<p>credence waits here for one thing only: the answer to "
		      "<code>credence login %s</code>.</p>"},
    [PAGE_METHOD] = {405, "odd", MARK, "That is not done here",
		     "<p>The answer to <code>credence login %s</code> comes as a plain request for "
		     "a page (GET).</p>"},
    [PAGE_HOST] = {421, "odd", MARK, "This is not the address",
		   "<p>What waits here for <code>credence login %s</code> goes by another "
		   "name.</p>"},
};

/* A profile's name has no such characters; a page is no place to rely on that. */
static void put_escaped(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (strchr("<>&\"'", *text) != NULL)
			(void)fprintf(out, "&#%d;", *text);
		else
			(void)fputc(*text, out);
	}
}

static void put_text(FILE *out, const char *text, const char *profile)
{
	const char *at;

	while ((at = strstr(text, "%s")) != NULL) {
		(void)fwrite(text, 1, (size_t)(at - text), out);
		put_escaped(out, profile);
		text = at + 2;
	}
	(void)fputs(text, out);
}

/* malloc'ed; NULL: out of memory. */
static char *page_text(const struct words *page, const char *profile, size_t *length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, length);

	if (out == NULL)
		return NULL;
	(void)fprintf(out,
		      "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">"
		      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
		      "<link rel=\"icon\" href=\"data:,\">\n<title>%s – credence</title>\n"
		      "<style>%s</style></head>\n<body><main class=\"%s\">"
		      "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\">%s</svg>\n<h1>%s</h1>\n",
		      page->title, style, page->look, page->drawing, page->title);
	put_text(out, page->text, profile);
	(void)fputs("\n<footer>credence, on this computer</footer></main></body>\n</html>\n", out);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* Our own style and nothing else: by its hash. Without one there is no style, which is no harm. */
static void add_policy(struct MHD_Response *response)
{
	unsigned char hash[32];
	const gnutls_datum_t raw = {hash, sizeof(hash)};
	gnutls_datum_t base64 = {NULL, 0};
	char policy[256];

	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, style, sizeof(style) - 1, hash) == 0)
		(void)gnutls_base64_encode2(&raw, &base64);
	(void)snprintf(policy, sizeof(policy),
		       "default-src 'none'; style-src 'sha256-%.*s'; img-src data:; base-uri "
		       "'none'; form-action 'none'; frame-ancestors 'none'",
		       (int)base64.size, base64.data != NULL ? (const char *)base64.data : "");
	gnutls_free(base64.data);
	(void)MHD_add_response_header(response, "Content-Security-Policy", policy);
}

enum MHD_Result page_queue(struct MHD_Connection *connection, enum page page, const char *profile)
{
	static const char *const headers[][2] = {
	    {"Content-Type", "text/html; charset=utf-8"},
	    {"Cache-Control", "no-store"},
	    {"Referrer-Policy", "no-referrer"},
	    {"X-Content-Type-Options", "nosniff"},
	    {"X-Frame-Options", "DENY"},
	    {"Connection", "close"},
	};
	struct MHD_Response *response = NULL;
	enum MHD_Result result;
	size_t length = 0;
	char *text = page_text(&words[page], profile, &length);

	if (text == NULL)
		return MHD_NO;
	response = MHD_create_response_from_buffer(length, text, MHD_RESPMEM_MUST_FREE);
	if (response == NULL) {
		free(text);
		return MHD_NO;
	}
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		(void)MHD_add_response_header(response, headers[i][0], headers[i][1]);
	if (page == PAGE_METHOD)
		(void)MHD_add_response_header(response, "Allow", "GET");
	add_policy(response);
	result = MHD_queue_response(connection, words[page].status, response);
	MHD_destroy_response(response);
	return result;
}
