/* SPDX-License-Identifier: MIT */
/* The table of verbs: what each takes, and what --help says. */
#include "core/cli/cli.h"

static const struct cli_option login_options[] = {
    {.name = "find-dc", .help = "try the code at every data centre until one knows it"},
    {.name = "no-browser",
     .help = "only show the page's address, as a QR code too; open it yourself"},
    {.name = "paste", .help = "bring the answer yourself: the address the browser ends at"},
    {.name = NULL},
};

static const struct cli_option refresh_options[] = {
    {.name = "due", .help = "all profiles whose token is due, and no other"},
    {.name = "force", .help = "also send a refresh token that was refused before"},
    {.name = NULL},
};

static const struct cli_option logout_options[] = {
    {.name = "force", .help = "it was revoked elsewhere: no longer count it as alive"},
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

static const struct cli_option status_options[] = {
    {.name = "remote", .help = "ask the server, too, if the token is active (RFC 7662)"},
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
    {.name = "client",
     .value = "KIND",
     .help = "the kind of client, as the provider names it: self, server, …"},
    {.name = "client-id", .value = "ID", .help = "the client ID"},
    {.name = "scope", .value = "A,B", .help = "what the token is for"},
    {.name = "location", .value = "DC", .help = "the data centre to start at"},
    {.name = "redirect-uri", .value = "URI", .help = "as it is registered, to the letter"},
    {.name = "set",
     .value = "NAME=VALUE",
     .help = "a variable of the provider, or an option of the grant; may be repeated"},
    {.name = "force", .help = "replace the files that are there"},
    {.name = NULL},
};

static const struct cli_option module_test_options[] = {
    {.name = "set",
     .value = "NAME=VALUE",
     .help = "an option of the module; may be repeated, once for each word of a list"},
    {.name = "profile",
     .value = "PROFILE",
     .help = "test it as it stands in this profile, options, state folder and all"},
    {.name = "only", .value = "TEXT", .help = "only the cases that have TEXT in their name"},
    {.name = NULL},
};

static const struct cli_option import_options[] = {
    {.name = "refresh-token", .help = "standard input is a refresh token and nothing else"},
    {.name = NULL},
};

static const struct cli_option reseal_options[] = {
    {.name = "all", .help = "of all profiles"},
    {.name = NULL},
};

static const struct cli_option move_options[] = {
    {.name = "from", .value = "FILE", .help = "the profile as it was, or only its store setting"},
    {.name = "force", .help = "replace a record that the new store has of its own"},
    {.name = NULL},
};

static const struct cli_option backup_options[] = {
    {.name = "key",
     .value = "REFERENCE",
     .help = "a key instead of a passphrase: file:/PATH, keyring:… or credential:…"},
    {.name = NULL},
};

static const struct cli_option restore_options[] = {
    {.name = "key", .value = "REFERENCE", .help = "the key that it was made with"},
    {.name = "force", .help = "also replace what is newer than the back-up"},
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
	.text =
	    "Where people sign in with a browser, the page is opened, and its answer comes to a "
	    "port of this\n"
	    "computer that is open as long as login waits. With --paste it is asked for instead: "
	    "for a browser\n"
	    "on another machine, or a redirect URI that leads elsewhere.\n"
	    "What is asked for on the terminal is not shown; without one it is a line of "
	    "standard input.\n"
	    "The old tokens stay until the new ones are saved.",
	.example = "credence login crm\n"
		   "credence login crm --no-browser\n"
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
	.text =
	    "CREDENCE_PROFILE, CREDENCE_ACCESS_TOKEN, CREDENCE_TOKEN_TYPE (the word before the "
	    "token in the\n"
	    "header), CREDENCE_API_DOMAIN and CREDENCE_EXPIRES_AT. What the credential does not "
	    "have is unset, so\n"
	    "that no other's is taken for it.",
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
	    "The tokens stay valid at the server, and still count against the provider's limits. "
	    "After a\n"
	    "revocation on the provider's page, --force ends their part in how many may be alive, "
	    "also for\n"
	    "a credential that was erased here before.",
	.example = "credence logout crm",
	.options = logout_options,
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
		"all that is known. With --remote the server is asked about the token, where the "
		"provider offers that,\n"
		"and a token that is not active there exits with 5.",
	.example = "credence status\n"
		   "credence status -v crm\n"
		   "credence status --remote crm",
	.options = status_options,
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
	.summary = "tell cause and remedy of an error code",
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
	.name = "module test",
	.operands = "ROLE NAME",
	.summary = "test whether a module does what its role promises",
	.text =
	    "For stores, so far: saves, loads, lists, locks and erases, kills processes that do, "
	    "and more. All\n"
	    "under keys of its own (conformance-…), which are erased again, also after Ctrl-C; "
	    "no other record is\n"
	    "touched. Prints TAP, or a list with --json; exits with 9 if a case failed. NAME may "
	    "be a file.\n"
	    "Without --profile the state folder is one of its own, and removed again.",
	.example = "credence module test store vault --set address=https://vault.example.org\n"
		   "credence module test store ./store_own.so --only lock\n"
		   "credence module test store file --profile crm --json | jq '.[] | "
		   "select(.result == \"failed\")'",
	.options = module_test_options,
	.least = 2,
	.most = 2,
	.run = verb_module_test,
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
	.summary = "take tokens that were obtained elsewhere, from standard input",
	.text = "A Postman environment, or with --refresh-token a refresh token as the only line. "
		"The profile must be\n"
		"there already, with the client that the tokens are of. What is taken counts "
		"against the provider's\n"
		"limits as if it had been made here. An access token alone leaves the refresh "
		"token that is there.",
	.example = "credence import crm < crm.postman_environment.json\n"
		   "credence import crm --refresh-token < token",
	.options = import_options,
	.least = 1,
	.most = 1,
	.run = verb_import,
    },
    {
	.name = "reseal",
	.operands = "[PROFILE…]",
	.summary = "write what is kept under the seal that the profile names now",
	.text = "For a new key: put it before the old one in seal, reseal, then take the old one "
		"out. Also seals what\n"
		"was not sealed. What is sealed so already is left alone, so it can be run again "
		"whatever ended it.",
	.example = "credence reseal crm\n"
		   "credence reseal --all",
	.options = reseal_options,
	.most = -1,
	.run = verb_reseal,
    },
    {
	.name = "move",
	.operands = "PROFILE",
	.summary = "move what is kept to the store that the profile names now",
	.text =
	    "Copy the profile, change its store setting, then move from what the copy says. The "
	    "old copy is\n"
	    "erased when the new one was read back; it can be run again whatever ended it.",
	.example = "cp profiles.d/crm.conf /root/crm.old\n"
		   "vi profiles.d/crm.conf\n"
		   "credence move crm --from /root/crm.old",
	.options = move_options,
	.least = 1,
	.most = 1,
	.run = verb_move,
    },
    {
	.name = "backup",
	.operands = "[FILE [PROFILE…]]",
	.summary = "write all that is kept into one sealed file",
	.text =
	    "Records and ledgers of all profiles, or of those that are named; to standard output "
	    "if FILE is\n"
	    "- or not given. The passphrase is asked for, or is a line of standard input.",
	.example = "credence backup /backup/credence\n"
		   "credence backup --key file:/etc/credence/secrets/backup | ssh vault 'cat "
		   ">credence'",
	.options = backup_options,
	.most = -1,
	.run = verb_backup,
    },
    {
	.name = "restore",
	.operands = "FILE [PROFILE…]",
	.summary = "put a back-up's records where the profiles keep them now",
	.text = "What is newer here than in the back-up is kept, unless --force is given.",
	.example = "credence restore /backup/credence",
	.options = restore_options,
	.least = 1,
	.most = -1,
	.run = verb_restore,
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
