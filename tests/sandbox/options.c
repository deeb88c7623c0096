/* SPDX-License-Identifier: MIT */
/* The settings are options too, by the same names with '-': the table in settings.c is the one
 * list. */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum {
	OPT_PORT = 256,
	OPT_HTTPS,
	OPT_CERTIFICATE,
	OPT_DIR,
	OPT_CLIENT,
	OPT_SECRET,
	OPT_BACKGROUND,
	OPT_WITH_STDIN,
	OPT_HELP,
	OPT_VERSION,
	OPT_SETTING, /* and above: settings, by index */
};

enum { NAME_MAX_LEN = 32, OPTIONS_MAX = 64 };

static const struct option fixed[] = {
    {"port", required_argument, NULL, OPT_PORT},
    {"https", no_argument, NULL, OPT_HTTPS},
    {"certificate", required_argument, NULL, OPT_CERTIFICATE},
    {"dir", required_argument, NULL, OPT_DIR},
    {"client", required_argument, NULL, OPT_CLIENT},
    {"secret", required_argument, NULL, OPT_SECRET},
    {"background", no_argument, NULL, OPT_BACKGROUND},
    {"with-stdin", no_argument, NULL, OPT_WITH_STDIN},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
};

enum { FIXED = sizeof(fixed) / sizeof(fixed[0]) };

struct option_list {
	struct option options[OPTIONS_MAX];
	char names[OPTIONS_MAX][NAME_MAX_LEN];
};

/* All options: the fixed ones, then one for each setting. */
static void list_fill(struct option_list *list)
{
	size_t i, n = FIXED;

	memset(list, 0, sizeof(*list));
	memcpy(list->options, fixed, sizeof(fixed));
	for (i = 0; settings_name(i) != NULL && n + 1 < OPTIONS_MAX; i++, n++) {
		char *p = list->names[i];

		snprintf(p, NAME_MAX_LEN, "%s", settings_name(i));
		for (; *p != '\0'; p++)
			if (*p == '_')
				*p = '-';
		list->options[n] = (struct option){
		    .name = list->names[i],
		    .has_arg = settings_is_flag(i) ? optional_argument : required_argument,
		    .val = OPT_SETTING + (int)i,
		};
	}
}

static int wrong(const char *option, const char *value)
{
	fprintf(stderr,
		"credence-sandbox: --%s %s: not a value for this option\n"
		"hint: credence-sandbox --help\n",
		option, value);
	return OPTIONS_WRONG;
}

static int help(const struct option_list *list)
{
	const struct option *option;

	puts("Usage: credence-sandbox [OPTION]...\n"
	     "A local accounts server and API with the rules of Zoho's, for tests and for trying "
	     "out.\n");
	for (option = list->options; option->name != NULL; option++)
		printf("  --%s%s\n", option->name,
		       option->has_arg == required_argument   ? "=VALUE"
		       : option->has_arg == optional_argument ? "[=0|1]"
							      : "");
	puts("\nSee credence-sandbox(1).");
	return OPTIONS_DONE;
}

static bool set_certificate(enum certificate *out, const char *value)
{
	static const char *const kinds[] = {"good", "expired", "wrong-host", "untrusted"};
	int i;

	for (i = 0; i < (int)(sizeof(kinds) / sizeof(kinds[0])); i++) {
		if (strcmp(kinds[i], value) == 0) {
			*out = (enum certificate)i;
			return true;
		}
	}
	return false;
}

/* "VALUE" for all data centres, "eu=VALUE" for one. */
static void set_secret(struct ready_client *ready, const char *value)
{
	const char *equals = strchr(value, '=');
	int dc;

	for (dc = 0; dc < DC_COUNT; dc++) {
		size_t len = strlen(dc_locations[dc]);

		if (equals == value + len && strncmp(value, dc_locations[dc], len) == 0) {
			ready->secrets[dc] = equals + 1;
			return;
		}
	}
	for (dc = 0; dc < DC_COUNT; dc++)
		ready->secrets[dc] = value;
}

static bool set_port(unsigned *out, const char *value)
{
	int64_t port;

	/* The last of the consecutive ports must exist too. */
	if (!number_parse(value, 65535 - 2 * DC_COUNT, &port))
		return false;
	*out = (unsigned)port;
	return true;
}

static bool apply(struct options *options, struct sandbox *sb, int option, const char *value)
{
	switch (option) {
	case OPT_PORT:
		return set_port(&options->port, value);
	case OPT_HTTPS:
		options->https = true;
		return true;
	case OPT_CERTIFICATE:
		options->https = true;
		return set_certificate(&options->certificate, value);
	case OPT_DIR:
		options->dir = value;
		return true;
	case OPT_CLIENT:
		sb->ready.id = value;
		return *value != '\0';
	case OPT_SECRET:
		set_secret(&sb->ready, value);
		return true;
	case OPT_BACKGROUND:
		options->background = true;
		return true;
	case OPT_WITH_STDIN:
		options->with_stdin = true;
		return true;
	default:
		return settings_set(&sb->initial, settings_name((size_t)(option - OPT_SETTING)),
				    value != NULL ? value : "1");
	}
}

int options_parse(struct options *options, struct sandbox *sb, int argc, char **argv)
{
	struct option_list list;
	int option, index = 0;

	*options = (struct options){0};
	sb->ready.id = "1000.SANDBOX";
	set_secret(&sb->ready, "CANARY-sandbox-secret");
	settings_init(&sb->initial);
	list_fill(&list);
	while ((option = getopt_long(argc, argv, "", list.options, &index)) != -1) {
		if (option == '?')
			return OPTIONS_WRONG;
		if (option == OPT_HELP)
			return help(&list);
		if (option == OPT_VERSION) {
			puts("credence-sandbox " PACKAGE_VERSION);
			return OPTIONS_DONE;
		}
		if (!apply(options, sb, option, optarg))
			return wrong(list.options[index].name, optarg != NULL ? optarg : "");
	}
	if (optind < argc)
		return wrong("", argv[optind]);
	sb->set = sb->initial;
	return OPTIONS_OK;
}
