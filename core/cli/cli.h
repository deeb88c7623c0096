/* SPDX-License-Identifier: MIT */
/*
 * The command, as its verbs see it: what was given on the command line, the call that is made, and
 * how answers and messages leave the process. A verb is a row of the table in verbs.c and a
 * function in a file of its family (verb_….c); everything that several of them need is declared
 * here.
 *
 * Descriptor 1 is standard error while a verb runs: what a library or a module prints can't spoil
 * an answer. Answers go to cli->out, which no child gets.
 */
#ifndef CREDENCE_CLI_CLI_H
#define CREDENCE_CLI_CLI_H

#include "core/call/call.h"
#include "core/session/session.h"

#include <stdbool.h>
#include <stdint.h>

struct cli_option {
	const char *name;  /* behind "--"; NULL ends a table */
	const char *value; /* what stands for its value in the usage; NULL: it has none */
	const char *help;
	char letter; /* behind "-"; 0: none */
};

struct cli;

struct verb {
	const char *name;                 /* "token", or two words: "dc list" */
	const char *operands;             /* as the usage shows them; NULL: none */
	const char *summary;              /* one line */
	const char *text;                 /* what else --help says, lines; NULL: nothing */
	const char *example;              /* lines for --help */
	const struct cli_option *options; /* beside the global ones; NULL: none */
	int least, most;                  /* operands */
	unsigned flags;                   /* VERB_… */
	/* Anything but SUCCESS: the call's error says what went wrong. cli->status is the exit
	 * status of a success. */
	credence_rc (*run)(struct cli *);
};
#define VERB_PERSON  0x1u  /* somebody may be asked */
#define VERB_COMMAND 0x2u  /* behind the first operand there is a command of somebody else's */
#define VERB_RAW     0x4u  /* everything behind the verb is somebody else's */
#define VERB_ALONE   0x8u  /* needs no configuration */
#define VERB_LENIENT 0x10u /* problems of the configuration are what it looks for */

extern const struct verb verbs[]; /* ends with a NULL name */

/* An option that was given. */
struct given {
	const struct cli_option *option;
	const char *value; /* NULL: it has none */
};

/* What is being waited for, on a terminal. */
struct progress {
	char *text;           /* NULL: nothing */
	int64_t since, shown; /* boot ms; shown 0: nothing is on the screen */
	int64_t until;        /* wall ms: a person has that long; 0: nobody is waited for */
};

struct cli {
	int out; /* where answers go */
	int status;
	struct credence_call call;
	struct credence *context;
	const struct verb *verb;
	const char *subject; /* for messages: the profile, as it was given; NULL: none */
	char **operand;      /* NULL-terminated */
	int operand_count;
	struct given *given;
	int given_count;
	struct progress progress;
	/* The global options. */
	const char *folder; /* -C; NULL: none */
	int verbose;
	bool quiet, json, wait, no_network, help, version;
	int64_t timeout; /* ms; -1: not given */
};

/* -- The command line (options.c, usage.c) -- */

/* Reads argv into cli: verb, options, operands. CONFIG (status USAGE) with a hint. */
credence_rc cli_parse(struct cli *, int argc, char **argv);
void cli_parse_done(struct cli *);

extern const struct cli_option global_options[];

/* An option of the verb's own: was it given; its value (the last one's), or NULL. */
bool cli_flag(const struct cli *, const char *name);
const char *cli_value(const struct cli *, const char *name);
/* The index-th value of an option that may be repeated, or NULL. */
const char *cli_value_at(const struct cli *, const char *name, int index);
/* A value that must be a duration; *ms is left if the option was not given. */
credence_rc cli_duration(struct cli *, const char *name, int64_t *ms);

/* A mistake on the command line: message and hint "credence VERB --help". */
credence_rc cli_usage_error(struct cli *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* What --help prints for the verb, or for the command if there is none. */
void usage_text(const struct verb *, struct buf *text);

/* -- Answers and messages (output.c) -- */

/* Writes an answer to standard output and frees it. */
credence_rc cli_put(struct cli *, struct buf *answer);
/* Bytes of somebody else's, as they are. */
credence_rc cli_write(struct cli *, const void *bytes, size_t length);
/* One line for people on standard error. */
void cli_tell(struct cli *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The profile that messages name; NULL: none. What can't be a name would only spoil a line. */
const char *cli_subject(const struct cli *);
/* Shows the call's error after an answer of rc; answers the exit status. */
int cli_report(struct cli *, credence_rc rc);
/* Of many, one that failed: a warning, and the error is forgotten, so that the others count. */
void cli_pass_over(struct cli *);
/* Providers' remedies speak of PROFILE: this one. profile NULL: it stays. */
void cli_name_profile(struct failure *, const char *profile);
/* Text for a terminal; whether it arrives is nobody's business. */
void terminal_write(int fd, const char *text, size_t length);
/* Is it a terminal, and wants colours? NO_COLOR says no. */
bool is_colourful(int fd);

/* Closes the list or object and writes it. */
credence_rc cli_put_json(struct cli *, struct buf *json);
/* "version":1 in an object that is opened. */
void json_begin(struct buf *);
void json_out_bool(struct buf *, const char *name, bool value);
/* A time as RFC 3339; 0 adds nothing. */
void json_out_time(struct buf *, const char *name, int64_t ms);

/* "52 min", "3 d": one unit, rounded down. */
void cli_span(struct buf *, int64_t ms);
/* "14:31:07" today, "24 Nov 14:31:07" else. */
void cli_clock(struct buf *, int64_t ms);

/* -- Whoever waits and listens (listener.c, person.c) -- */

extern const struct call_listener cli_listener; /* without data */
void progress_clear(struct cli *);

/* Asks for one line: on the terminal, or from standard input when that is none. secret: not shown
 * while it is typed. *answer is secret memory. LOGIN: nobody is there; CANCELLED. */
credence_rc person_ask(struct cli *, const char *prompt, bool secret, char **answer);
/* The listener's talk. */
credence_rc person_talk(void *data, struct credence_call *, const struct credence_message *,
			char **answer);

/* -- Files of the caller's (files.c) -- */

/* Reads a whole file, "-": standard input; at most BUF_MAX. */
credence_rc cli_read(struct cli *, const char *path, struct buf *content);
/* Replaces a file, durably; 0600 if it is private, else 0644. */
credence_rc cli_save(struct cli *, const char *path, const struct buf *content, bool private);

/* -- What verbs share -- */

/* Opens the profile that the first operand names. */
credence_rc cli_session(struct cli *, bool act, struct session *);

/* --min-valid and --newer-than. */
extern const struct cli_option ask_options[];
credence_rc cli_read_ask(struct cli *, struct token_ask *);

/* A role by its name. */
credence_rc cli_role(struct cli *, const char *name, uint32_t *role);
/* A module's name or the path of its file, as modules are asked for: a file may be given as the
 * shell completes it. */
credence_rc cli_module(struct cli *, const char *name, struct buf *use);
/* What a module declares, as words: "durable compare-and-swap". */
void module_flags(uint32_t role, uint32_t flags, struct buf *text);

/* "crm: WHAT, access token until 14:31:07 (in 60 min)", or the same as JSON without tokens. */
credence_rc cli_put_news(struct cli *, struct session *, const struct issued *, const char *what);

credence_rc verb_token(struct cli *);
credence_rc verb_header(struct cli *);
credence_rc verb_env(struct cli *);
credence_rc verb_url(struct cli *);
credence_rc verb_api(struct cli *);
credence_rc verb_run(struct cli *);
credence_rc verb_init(struct cli *);
credence_rc verb_login(struct cli *);
credence_rc verb_import(struct cli *);
credence_rc verb_refresh(struct cli *);
credence_rc verb_revoke(struct cli *);
credence_rc verb_logout(struct cli *);
credence_rc verb_status(struct cli *);
credence_rc verb_list(struct cli *);
credence_rc verb_trace(struct cli *);
credence_rc verb_check(struct cli *);
credence_rc verb_config_show(struct cli *);
credence_rc verb_explain(struct cli *);
credence_rc verb_dc_list(struct cli *);
credence_rc verb_dc_resolve(struct cli *);
credence_rc verb_module_list(struct cli *);
credence_rc verb_module_info(struct cli *);
credence_rc verb_module_test(struct cli *);
credence_rc verb_export(struct cli *);
credence_rc verb_reseal(struct cli *);
credence_rc verb_move(struct cli *);
credence_rc verb_backup(struct cli *);
credence_rc verb_restore(struct cli *);
credence_rc verb_sandbox(struct cli *);
credence_rc verb_version(struct cli *);

#endif
