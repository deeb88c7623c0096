/* SPDX-License-Identifier: MIT */
/* The table of verbs: what each takes, and what --help says. */
#include "core/cli/cli.h"

static const struct cli_option login_options[] = {
    {.name = "find-dc", .help = "try the code at every data centre until one knows it"},
    {.name = NULL},
};

static const struct cli_option refresh_options[] = {
    {.name = "due", .help = "all profiles whose token is due, and no other"},
    {.name = "force", .help = "also send a refresh token that was refused before"},
    {.name = NULL},
};

static const struct cli_option api_options[] = {
    {.letter = 'd',
     .name = "data",
     .value = "DATA",
     .help = "the body: text, @FILE, or - for standard input"},
    {.letter = 'H',
     .name = "header",
     .value = "HEADER",
     .help = "a header, \"NAME: VALUE\"; may be repeated"},
    {.name = NULL},
};

static const struct cli_option trace_options[] = {
    {.name = "live", .help = "do what token would do, requests and all"},
    {.name = NULL},
};

static const struct cli_option explain_options[] = {
    {.name = "provider", .value = "PROVIDER", .help = "only what this provider means by it"},
    {.name = NULL},
};

static const struct cli_option export_options[] = {
    {.name = "format", .value = "FORMAT", .help = "postman, json or env"},
    {.name = "with-secrets", .help = "with refresh token and client secret; needs -o"},
    {.letter = 'o', .name = "output", .value = "FILE", .help = "into this file, mode 0600"},
    {.name = NULL},
};

static const struct cli_option init_options[] = {
    {.name = "client", .value = "KIND", .help = "the kind of client, as the provider names it"},
    {.name = "client-id", .value = "ID", .help = "the client ID"},
    {.name = "scope", .value = "A,B", .help = "what the token is for"},
    {.name = "location", .value = "DC", .help = "the data centre to start at"},
    {.name = "redirect-uri", .value = "URI", .help = "as it is registered, to the letter"},
    {.name = "force", .help = "replace the files that are there"},
    {.name = NULL},
};

const struct verb verbs[] = {
    {
	.name = "init",
	.operands = "PROVIDER PROFILE",
	.summary = "write a profile, asking for what it needs",
	.text = "Tells what to click in the provider's console, asks on the terminal for what no "
		"option gave, and\n"
		"writes profiles.d/PROFILE.conf and secrets/PROFILE (0600): below the system's "
		"configuration as\n"
		"root, below your own else, below DIR with -C. Without a terminal everything comes "
		"from options,\n"
		"and the client secret is one line of standard input.",
	.example = "credence init acme crm\n"
		   "credence init acme crm --client self --client-id 1000.ABC --scope "
		   "leads.read \\\n"
		   "    --location eu < secret",
	.options = init_options,
	.least = 2,
	.most = 2,
	.flags = VERB_PERSON,
	.run = verb_init,
    },
    {
	.name = "login",
	.operands = "PROFILE",
	.summary = "authorize for the first time, or anew",
	.text = "The code is asked for on the terminal and not shown; without one it is a line of "
		"standard input.\n"
		"The old tokens stay until the new ones are saved.",
	.example = "credence login crm\n"
		   "echo \"$CODE\" | credence login crm",
	.options = login_options,
	.least = 1,
	.most = 1,
	.flags = VERB_PERSON,
	.run = verb_login,
    },
    {
	.name = "token",
	.operands = "PROFILE",
	.summary = "print an access token that is valid now",
	.text = "Renewed if it is due. With --json also when it expires, its scope, its server and "
		"its header.",
	.example = "token=$(credence token crm) || exit\n"
		   "credence token crm --min-valid 10m --json | jq -r .expires_at",
	.options = ask_options,
	.least = 1,
	.most = 1,
	.run = verb_token,
    },
    {
	.name = "header",
	.operands = "PROFILE",
	.summary = "print the Authorization header",
	.example = "curl -H \"$(credence header crm)\" \"$(credence url crm /crm/v8/Leads)\"",
	.options = ask_options,
	.least = 1,
	.most = 1,
	.run = verb_header,
    },
    {
	.name = "env",
	.operands = "PROFILE",
	.summary = "print shell exports of the token",
	.text = "CREDENCE_PROFILE, CREDENCE_ACCESS_TOKEN, CREDENCE_TOKEN_TYPE (the word before the "
		"token in the\n"
		"header), CREDENCE_API_DOMAIN and CREDENCE_EXPIRES_AT.",
	.example = "eval \"$(credence env crm)\"",
	.options = ask_options,
	.least = 1,
	.most = 1,
	.run = verb_env,
    },
    {
	.name = "url",
	.operands = "PROFILE PATH",
	.summary = "print the URL of a path at the right API domain",
	.example = "credence url crm /crm/v8/Leads",
	.least = 2,
	.most = 2,
	.run = verb_url,
    },
    {
	.name = "api",
	.operands = "PROFILE [METHOD] PATH",
	.summary = "call the API and print what it answers",
	.text = "METHOD is GET, or POST with --data, unless it is given. A body is sent as "
		"application/json unless\n"
		"a header says otherwise. PATH may be a whole URL on a host of the provider's. "
		"Exits with 0 for\n"
		"2xx, 5 for 4xx, 6 for 408, 429 and 5xx.",
	.example = "credence api crm /crm/v8/Leads | jq '.data[].Last_Name'\n"
		   "credence api crm POST /crm/v8/Leads -d @leads.json",
	.options = api_options,
	.least = 2,
	.most = 3,
	.run = verb_api,
    },
    {
	.name = "run",
	.operands = "PROFILE -- COMMAND [ARGUMENT…]",
	.summary = "run a command with the token in its environment",
	.text = "The variables are those of env. Exits as env(1) does: 125 if there is no token, "
		"126 if the command\n"
		"can't be run, 127 if it is not there, else with the command's status.",
	.example = "credence run crm -- ./sync-leads",
	.options = ask_options,
	.least = 2,
	.most = -1,
	.flags = VERB_COMMAND,
	.run = verb_run,
    },
    {
	.name = "refresh",
	.operands = "[PROFILE]",
	.summary = "renew one token now, or all that are due",
	.text = "With --due every profile that somebody has logged in to; one that fails keeps no "
		"other from it,\n"
		"and the exit status is the first failure's.",
	.example = "credence refresh crm\n"
		   "credence refresh --due --quiet",
	.options = refresh_options,
	.most = 1,
	.run = verb_refresh,
    },
    {
	.name = "revoke",
	.operands = "PROFILE",
	.summary = "revoke at the server, then erase here",
	.text = "If the server does not confirm, everything stays as it is.",
	.example = "credence revoke crm",
	.least = 1,
	.most = 1,
	.run = verb_revoke,
    },
    {
	.name = "logout",
	.operands = "PROFILE",
	.summary = "erase here only",
	.text =
	    "The tokens stay valid at the server, and still count against the provider's limits.",
	.example = "credence logout crm",
	.least = 1,
	.most = 1,
	.run = verb_logout,
    },
    {
	.name = "status",
	.operands = "[PROFILE]",
	.summary = "show expiry, data centre, limits and outcomes",
	.text = "Without network and without changing anything. With a profile it exits as token "
		"would now; -v shows\n"
		"all that is known.",
	.example = "credence status\n"
		   "credence status -v crm",
	.most = 1,
	.run = verb_status,
    },
    {
	.name = "list",
	.summary = "show the profiles and where they come from",
	.example = "credence list --json | jq -r '.[].profile'",
	.run = verb_list,
    },
    {
	.name = "trace",
	.operands = "PROFILE",
	.summary = "show which modules are asked and what they answer",
	.text = "Sends nothing and changes nothing, unless --live is given.",
	.example = "credence trace crm",
	.options = trace_options,
	.least = 1,
	.most = 1,
	.run = verb_trace,
    },
    {
	.name = "check",
	.summary = "check all configuration files at once, offline",
	.text = "Every problem with its file and line, and the permissions of secrets. Exits with "
		"3 if there are any.",
	.example = "credence check && systemctl reload sync",
	.flags = VERB_LENIENT,
	.run = verb_check,
    },
    {
	.name = "config show",
	.operands = "[PROFILE]",
	.summary = "show every value and the file and line it is from",
	.text = "Without a profile: the folders and what credence.conf says. Secrets are not "
		"shown. Lists of groups\n"
		"are shown in full with -v.",
	.example = "credence config show crm",
	.most = 1,
	.run = verb_config_show,
    },
    {
	.name = "explain",
	.operands = "CODE",
	.summary = "tell cause and remedy of a server's error code",
	.example = "credence explain invalid_client",
	.options = explain_options,
	.least = 1,
	.most = 1,
	.run = verb_explain,
    },
    {
	.name = "dc list",
	.operands = "[PROVIDER]",
	.summary = "show the data centres",
	.example = "credence dc list acme",
	.most = 1,
	.run = verb_dc_list,
    },
    {
	.name = "dc resolve",
	.operands = "PROFILE",
	.summary = "show which data centre a profile uses, and why",
	.example = "credence dc resolve crm",
	.least = 1,
	.most = 1,
	.run = verb_dc_resolve,
    },
    {
	.name = "module list",
	.summary = "show the modules that are installed",
	.example = "credence module list",
	.run = verb_module_list,
    },
    {
	.name = "module info",
	.operands = "ROLE NAME",
	.summary = "show a module's options",
	.example = "credence module info store vault",
	.least = 2,
	.most = 2,
	.run = verb_module_info,
    },
    {
	.name = "export",
	.operands = "PROFILE",
	.summary = "print the credential in another program's format",
	.text =
	    "The formats are postman (an environment to import), json (as token --json) and env.",
	.example = "credence export crm --format postman -o crm.postman_environment.json",
	.options = export_options,
	.least = 1,
	.most = 1,
	.run = verb_export,
    },
    {
	.name = "import",
	.operands = "PROFILE",
	.summary = "take tokens from a Postman environment on standard input",
	.text = "The profile must be there already, with the client that the tokens are of.",
	.example = "credence import crm < crm.postman_environment.json",
	.least = 1,
	.most = 1,
	.run = verb_import,
    },
    {
	.name = "sandbox",
	.operands = "[ARGUMENT…]",
	.summary = "start a local accounts server and API to try things on",
	.text = "Runs credence-sandbox with these arguments; see credence-sandbox --help.",
	.example = "credence sandbox --dir /tmp/sandbox",
	.most = -1,
	.flags = VERB_RAW | VERB_ALONE,
	.run = verb_sandbox,
    },
    {
	.name = "version",
	.summary = "print the version",
	.example = "credence version",
	.flags = VERB_ALONE,
	.run = verb_version,
    },
    {.name = NULL},
};
