/* SPDX-License-Identifier: MIT */
/* The text of a new profile, with comments for whoever edits it next. */
#include "core/cli/init.h"
#include "core/cli/option_text.h"

#include <string.h>

static void add_setting(struct buf *text, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(text, "%s = ", name);
	option_quote(text, value);
	buf_str(text, ";\n");
}

static void add_value(struct buf *text, const struct init_value *value)
{
	buf_printf(text, "%s = ", value->name);
	if (value->raw)
		buf_str(text, value->value);
	else
		option_quote(text, value->value);
	buf_char(text, ';');
}

static void add_variables(const struct init *init, struct buf *text)
{
	unsigned i;

	if (init->variables.count == 0)
		return;
	buf_str(text, "# What the URLs of the provider leave open.\nvariables = {");
	for (i = 0; i < init->variables.count; i++) {
		buf_str(text, "\n\t");
		add_value(text, &init->variables.item[i]);
	}
	buf_str(text, "\n};\n");
}

/* A module of the kind of client, with its options. */
static void add_module(const struct init *init, const char *role, const struct init_values *options,
		       struct buf *text)
{
	const char *name = setting_string(setting_member(init->kind, role));
	unsigned i;

	if (options->count == 0) {
		add_setting(text, role, name);
		return;
	}
	buf_printf(text, "%s = {\n\tuse = \"%s\";", role, name);
	for (i = 0; i < options->count; i++) {
		buf_str(text, "\n\t");
		add_value(text, &options->item[i]);
	}
	buf_str(text, "\n};\n");
}

static void add_parameters(const struct init *init, struct buf *text)
{
	bool any = false;
	unsigned i;

	for (i = 0; i < init->parameters.count; i++) {
		const struct init_value *item = &init->parameters.item[i];

		if (item->value[0] == '\0')
			continue;
		buf_str(text,
			any ? ",\n\t\t  "
			    : "\n# What else a request for a token says.\nextra = {\n\ttoken = ( ");
		buf_printf(text, "{ name = \"%s\"; value = ", item->name);
		option_quote(text, item->value);
		buf_str(text, "; }");
		any = true;
	}
	if (any)
		buf_str(text, " );\n};\n");
}

static void add_client(const struct init *init, struct buf *text)
{
	if (init->client_id == NULL)
		return;
	buf_str(text, "client = {\n\tid = ");
	option_quote(text, init->client_id);
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
		option_quote(text, init->redirect_uri);
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
		option_quote(text, buf_text(&word));
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
	add_variables(init, text);
	add_client(init, text);
	if (init->scope != NULL)
		add_scopes(init->scope, text);
	if (init->location != NULL)
		buf_str(text,
			"\n# The data centre to start at; what the server says later wins.\n");
	add_setting(text, "location", init->location);
	buf_str(text, "\n# How the first token is obtained, and who knows the servers.\n");
	add_module(init, "grant", &init->options, text);
	add_module(init, "signer", &init->signer, text);
	add_setting(text, "resolver", setting_string(setting_member(init->kind, "resolver")));
	add_parameters(init, text);
	buf_str(text,
		"\n# How long before its expiry a token is renewed; else the smaller of 5 minutes "
		"and a tenth\n# of its life.\n#refresh_before = \"10m\";\n");
}
