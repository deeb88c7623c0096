/* SPDX-License-Identifier: MIT */
/*
 * A profile and where its settings come from: its own file, then credence.conf's defaults for its
 * provider, then the defaults for all, then the provider's data. The first three are read for every
 * call; provider data only when something asks for it, so that a token that is still valid costs no
 * more than three small files.
 */
#ifndef CREDENCE_CONFIG_PROFILE_H
#define CREDENCE_CONFIG_PROFILE_H

#include "core/config/conf.h"
#include "core/config/control.h"
#include "core/config/places.h"

#define MAIN_CONF_MAX PLACE_COUNT

/* credence.conf of each place, in the order in which they bind: admin, user, vendor; merged leaf by
 * leaf. */
struct main_conf {
	struct conf *conf[MAIN_CONF_MAX]; /* NULL: that place has none */
};
/* With a report the answer is CONFIG if there was a problem, and what could be parsed is there. */
credence_rc main_conf_load(struct credence_call *, const struct places *,
			   const struct conf_report *, bool walk, struct main_conf *);
void main_conf_done(struct main_conf *);
struct setting main_conf_find(const struct main_conf *, const char *path);

/* A provider's data, and that of the provider which it extends, and so on (at most 8). */
struct provider {
	char *name;
	struct conf *conf;
	struct provider *extends; /* NULL: none */
};
/* Looks from place downwards (a profile never looks up). CONFIG: there is none; the message lists
 * those that there are. */
credence_rc provider_load(struct credence_call *, const struct places *, int place,
			  const char *name, const struct conf_report *, struct provider **);
void provider_free(struct provider *);
struct setting provider_find(const struct provider *, const char *path);
/* All providers that can be seen, sorted; free with file_names_free. */
credence_rc provider_names(struct credence_call *, const struct places *, char ***names);

struct profile {
	char *name;
	struct conf *conf;
	const struct places *places;
	const struct main_conf *main;
	/* The common members, checked; strings live as long as the profile. */
	const char *provider_name;
	const char *credential;    /* the profile's name unless set */
	const char *client_id;     /* "" if the profile has none */
	const char *owner;         /* the client id unless set */
	const char *resource;      /* "" if none */
	const char *audience;      /* "" if none */
	char *scope;               /* space separated, in the profile's order; "" if none */
	const char *state_dir;     /* absolute */
	struct provider *provider; /* NULL until profile_provider */
};

/* NO_PROFILE (status 11) with the nearest name if there is none; NOT_ALLOWED (12) if this user may
 * not read it. The name is checked first (USAGE). walk: check the whole path, before acting. */
credence_rc profile_load(struct credence_call *, const struct places *, const struct main_conf *,
			 const char *name, const struct conf_report *, bool walk,
			 struct profile **);
void profile_free(struct profile *);
/* A profile that no file has, as text, for the place where this user's own would be. Its provider
 * has no data. */
credence_rc profile_parse(struct credence_call *, const struct places *, const struct main_conf *,
			  const char *name, const char *text, size_t length, struct profile **);
/* The same profile, as conf says how it is kept: its stores and seals are those of conf, else of
 * the defaults; all else stays. Takes conf over; the other profile must outlive it. CONFIG: conf
 * names another credential. */
credence_rc profile_with(struct credence_call *, const struct profile *, struct conf *,
			 struct profile **);

/* All profiles that can be seen, sorted, each once; free with file_names_free. */
credence_rc profile_names(struct credence_call *, const struct places *, char ***names);

/* Loads the provider's data if that has not happened. */
credence_rc profile_provider(struct credence_call *, struct profile *);

/* From the profile and the defaults only; never reads provider data. */
struct setting profile_own(const struct profile *, const char *path);
/* From there, else from the provider's data; profile_provider must have succeeded. A list is taken
 * whole from the first that has it; only the error catalogue goes on behind the profile's own,
 * which is for those who read it to do (profile_own, then provider, then provider->extends). */
struct setting profile_find(const struct profile *, const char *path);

/* -- Stacks -- */

struct stack_conf {
	unsigned count;
	struct entry_conf {
		char *use; /* the module's name, or an absolute path */
		struct control control;
		struct setting options; /* the group; value NULL for the string forms */
		struct setting origin;  /* for messages: where the entry stands; value NULL: a
					   built-in default */
		/* A secret option that somebody typed instead of a reference; NULL: none. */
		const char *typed_name, *typed;
	} * entry;
};
/* The stack of a role: "grant", "resolver", "store", "hook", "transport" or "signer" (one entry),
 * with what is the default when it is absent (store file, resolver static, transport curl, hook and
 * signer none; grant: CONFIG). CONFIG also for two stores of one place. Never reads provider data.
 */
credence_rc stack_conf_load(struct credence_call *, const struct profile *, const char *role,
			    struct stack_conf *);
/* Do two entries of store stacks keep it in the same place: the same module with the same options,
 * whatever their control words and seals? */
bool entry_conf_same(const struct entry_conf *, const struct entry_conf *);
/* The seals of a store's entry, newest first: its own, else the profile's, else none. */
credence_rc seal_conf_load(struct credence_call *, const struct profile *,
			   const struct entry_conf *store, struct stack_conf *);
/* What a seal's entry is called in what it sealed. */
const char *seal_conf_id(const struct entry_conf *);
/* The module that seals back-ups; and its one entry: with the options of a setting (value NULL:
 * none), and the passphrase that somebody typed (NULL: nobody did), which must outlive it. */
const char *seal_conf_default(void);
credence_rc seal_conf_single(struct credence_call *, struct setting, const char *passphrase,
			     struct stack_conf *);
/* Not sealed: "-" as an id, "none" in place of a module. */
#define SEAL_NONE_ID  "-"
#define SEAL_NONE_USE "none"
#define SEAL_ID_MAX   63 /* bytes */
void stack_conf_done(struct stack_conf *);

/* How the client authenticates itself: "body", "basic", "none", "private_key_jwt" or
 * "tls_client_auth"; profile_provider must have succeeded. otherwise: what it is if no setting says
 * so. A client without a secret does not show one. */
const char *profile_authentication(const struct profile *, const char *otherwise);
/* The setting that says so; value NULL: none does. */
struct setting profile_authentication_setting(const struct profile *);

/* Adds scopes (space separated) as a request has them: with the provider's separator between them.
 * profile_provider must have succeeded. */
void profile_join_scope(const struct profile *, const char *scope, struct buf *joined);

/* -- Secrets -- */

/* Reads what a reference means: file:PATH env:NAME exec:/ABSOLUTE words keyring:DESCRIPTION
 * credential:NAME plain:VALUE; one trailing newline is cut. *value is secret memory, the caller's.
 * A file that others may read is UNSAFE. Messages never hold the value. */
credence_rc secret_read(struct credence_call *, struct setting, char **value);
/* The same for a value of any bytes: nothing is cut, and NULs may be among them. */
credence_rc secret_read_bytes(struct credence_call *, struct setting, char **value, size_t *length);
/* The client's secret, for a location if the profile has a group of them. MISS: the profile has
 * none. */
credence_rc profile_client_secret(struct credence_call *, const struct profile *,
				  const char *location, char **value);

#endif
