/* SPDX-License-Identifier: MIT */
/* The text of a new profile, with comments for whoever edits it next. */
#include "core/cli/init.h"

#include <string.h>

/* A string of libconfig. */
static void add_quoted(struct buf *text, const char *value)
{
	buf_char(text, '"');
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			buf_char(text, '\\');
		buf_char(text, *value);
	}
	buf_char(text, '"');
}

static void add_setting(struct buf *text, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(text, "%s = ", name);
	add_quoted(text, value);
	buf_str(text, ";\n");
}

static void add_client(const struct init *init, struct buf *text)
{
	buf_str(text, "client = {\n\tid = ");
	add_quoted(text, init->client_id);
	buf_str(text, ";\n");
	if (init->secret[0] != '\0') {
		buf_printf(
		    text,
		    "\t# A file that only its owner may read. Also: env:NAME, exec:/command, "
		    "credential:NAME.\n\tsecret = \"file:%s\";\n",
		    buf_text(&init->secret_file));
	}
	if (init->redirect_uri != NULL) {
		buf_str(text, "\t# As it is registered, to the letter.\n\tredirect_uri = ");
		add_quoted(text, init->redirect_uri);
		buf_str(text, ";\n");
	}
	buf_str(text, "};\n");
}

static void add_scopes(const char *scope, struct buf *text)
{
	bool first = true;

	buf_str(text, "scope = [ ");
	while (*(scope += strspn(scope, " ,")) != '\0') {
		size_t length = strcspn(scope, " ,");
		struct buf word = BUF_INIT;

		buf_add(&word, scope, length);
		buf_str(text, first ? "" : ", ");
		add_quoted(text, buf_text(&word));
		buf_done(&word);
		scope += length;
		first = false;
	}
	buf_str(text, " ];\n");
}

void profile_text(const struct init *init, struct buf *text)
{
	buf_printf(
	    text,
	    "# Profile %s. What each setting means is in credence-profile(5); credence check "
	    "looks for\n"
	    "# mistakes, credence config show %s tells every value and where it is from.\n\n",
	    init->name, init->name);
	add_setting(text, "provider", init->provider->name);
	add_client(init, text);
	add_scopes(init->scope, text);
	if (init->location != NULL)
		buf_str(text,
			"\n# The data centre to start at; what the server says later wins.\n");
	add_setting(text, "location", init->location);
	buf_str(text, "\n# How the first token is obtained, and who knows the servers.\n");
	add_setting(text, "grant", setting_string(setting_member(init->kind, "grant")));
	add_setting(text, "resolver", setting_string(setting_member(init->kind, "resolver")));
	buf_str(text,
		"\n# How long before its expiry a token is renewed; else the smaller of 5 minutes "
		"and a tenth\n# of its life.\n#refresh_before = \"10m\";\n");
}
