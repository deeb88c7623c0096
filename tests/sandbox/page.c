/* SPDX-License-Identifier: MIT */
/* Pages are put together from escaped text; style and form are plain HTML. */
#include "page.h"

#include "dc.h"

#include <stdlib.h>
#include <string.h>

static const char style[] =
    "<style>"
    ":root{color-scheme:light dark}"
    "body{font:16px/1.5 system-ui,sans-serif;background:Canvas;color:CanvasText;"
    "display:grid;place-items:center;min-height:100vh;margin:0}"
    "main{width:min(26rem,90vw);padding:2rem;border:1px solid GrayText;border-radius:.75rem}"
    "h1{font-size:1.25rem;margin:0 0 .75rem}p,ul{margin:.5rem 0}"
    "ul{padding-left:1.25rem}code{overflow-wrap:anywhere}"
    "label{display:block;margin:.75rem 0 .25rem}"
    "input,select,button{font:inherit;padding:.5rem .75rem;border-radius:.4rem;"
    "border:1px solid GrayText}"
    "input,select{box-sizing:border-box;width:100%}"
    "button{cursor:pointer;margin:1.25rem .5rem 0 0}"
    "button.allow{background:#0a6;color:#fff;border-color:#085}"
    "footer{margin-top:1.25rem;font-size:.85rem;color:GrayText}"
    "</style>";

static void page_start(struct text *page, const char *title)
{
	text_add(page, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		       "<meta name=\"viewport\" content=\"width=device-width\"><title>");
	text_add_html(page, title);
	text_add(page, "</title>");
	text_add(page, style);
	text_add(page, "</head><body><main><h1>");
	text_add_html(page, title);
	text_add(page, "</h1>\n");
}

static void page_end(struct text *page)
{
	text_add(page, "<footer>credence-sandbox: nothing here is real.</footer>"
		       "</main></body></html>\n");
}

static void add_hidden(struct text *page, const char *name, const char *value)
{
	text_add(page, "<input type=\"hidden\" name=\"");
	text_add_html(page, name);
	text_add(page, "\" value=\"");
	text_add_html(page, value);
	text_add(page, "\">\n");
}

static void add_scopes(struct text *page, const char *client_id, const char *scope)
{
	text_add(page, "<p>The application <code>");
	text_add_html(page, client_id);
	text_add(page, "</code> asks for</p><ul>");
	while (*scope != '\0') {
		size_t len = strcspn(scope, " ");
		char *entry = mem_strndup(scope, len);

		text_add(page, "<li><code>");
		text_add_html(page, entry);
		text_add(page, "</code></li>");
		free(entry);
		scope += len + (scope[len] != '\0');
	}
	text_add(page, "</ul>\n");
}

/* Who the person is and where their data lives, and the two buttons. */
static void add_decision(struct text *page, const struct request *rq)
{
	int dc;

	text_add(page, "<label for=\"user\">Signed in as</label>"
		       "<input id=\"user\" name=\"user\" maxlength=\"128\" value=\"");
	text_add_html(page, page_user(rq));
	text_add(page, "\">\n<label for=\"location\">Data centre of this user</label>"
		       "<select id=\"location\" name=\"location\">");
	for (dc = 0; dc < DC_COUNT; dc++)
		text_printf(page, "<option%s>%s</option>", dc == rq->dc ? " selected" : "",
			    dc_locations[dc]);
	text_add(page, "</select>\n"
		       "<button class=\"allow\" name=\"action\" value=\"allow\">Allow</button>"
		       "<button name=\"action\" value=\"refuse\">Refuse</button></form>\n");
}

void page_consent(struct request *rq, const char *client_id, const char *scope)
{
	static const char *const carried[] = {
	    "client_id", "response_type",  "redirect_uri",         "scope", "access_type", "prompt",
	    "state",     "code_challenge", "code_challenge_method"};
	struct text page = {0};
	size_t i;

	page_start(&page, "Allow access?");
	add_scopes(&page, client_id, scope);
	text_add(&page, "<form method=\"post\" action=\"/oauth/v2/approve\">\n");
	for (i = 0; i < sizeof(carried) / sizeof(carried[0]); i++) {
		const char *value = params_get(&rq->params, carried[i]);

		if (value != NULL)
			add_hidden(&page, carried[i], value);
	}
	add_decision(&page, rq);
	page_end(&page);
	answer_html(rq, 200, &page);
}

void page_device(struct request *rq, const char *user_code, const char *client_id,
		 const char *scope)
{
	struct text page = {0};

	page_start(&page, client_id != NULL ? "Allow this device?" : "Enter the code");
	if (client_id != NULL && scope != NULL) {
		add_scopes(&page, client_id, scope);
		text_add(&page, "<form method=\"post\" action=\"/oauth/v3/device\">\n");
		add_hidden(&page, "user_code", user_code);
		add_decision(&page, rq);
	} else {
		if (user_code != NULL)
			text_add(&page, "<p>This code is unknown.</p>");
		text_add(&page, "<form action=\"/oauth/v3/device\">"
				"<label for=\"user_code\">The code that the device shows</label>"
				"<input id=\"user_code\" name=\"user_code\" autofocus>"
				"<button class=\"allow\">Go on</button></form>\n");
	}
	page_end(&page);
	answer_html(rq, 200, &page);
}

void page_message(struct request *rq, int status, const char *title, const char *message)
{
	struct text page = {0};

	page_start(&page, title);
	text_add(&page, "<p>");
	text_add_html(&page, message);
	text_add(&page, "</p>\n");
	page_end(&page);
	answer_html(rq, status, &page);
}

const char *page_user(const struct request *rq)
{
	const char *user = params_get(&rq->params, "user");
	const char *p;

	if (user == NULL || strlen(user) > USER_MAX)
		return "user@sandbox.example";
	for (p = user; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return "user@sandbox.example";
	return user;
}
