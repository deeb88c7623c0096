/* SPDX-License-Identifier: MIT */
/*
 * The credence module ABI, version 1: everything that somebody needs who writes a module, in
 * one file. What programs need that only want a token is in credence.h; modules do not include
 * it, and link nothing of credence.
 *
 * A module is a shared object ROLE_NAME.so in the module directory (pkg-config
 * --variable=moduledir credence). It exports one function, credence1_ROLE_NAME, which the macro
 * of its role at the end of this file defines. That function returns a constant descriptor; it
 * runs nothing and allocates nothing.
 *
 *	#include <credence/module.h>
 *
 *	static credence_rc motto_event(struct credence_self *self, struct credence_call *call,
 *				       const char *event);
 *	static const struct credence_hook_ops ops = { sizeof(ops), .event = motto_event };
 *	CREDENCE_HOOK(motto, &ops, .version = "1.0", .summary = "logs a motto for every event");
 *
 * How it may grow. Structures that start with their size grow only at their end; the host
 * copies what both sides know into a zeroed structure of its own, so an older module runs with
 * a newer host and the other way round. The 1 in the symbol's name rises only when an existing
 * member changes its meaning. No enumeration, bool, off_t, maximum length or type of another
 * library crosses the boundary.
 *
 * Who owns memory. Nothing crosses the heap. Whatever the host hands to a method (strings,
 * bytes, answers) is the host's, lives until that method returns and must not be kept, changed
 * or freed. Whatever a method hands to a host function is copied before that function returns.
 * The host alone wipes secrets.
 *
 * Threads. A self lives for one walk of one credential. Its methods run on one thread, one at a
 * time; different selves of one module may run at once on different threads, so a module keeps
 * no mutable global state. Host functions are called on the thread on which the method runs. A
 * program may fork: its child opens selves of its own, and its parent goes on with those it has.
 *
 * What a module must not do: print (standard output carries the token), change the locale, the
 * umask, signal handlers, the environment or the working directory, fork without exec, call exit,
 * sleep (use wait()), open descriptors without close-on-exec.
 *
 * "credence module test store NAME" looks whether a store does what stands here.
 */
#ifndef CREDENCE_MODULE_H
#define CREDENCE_MODULE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CREDENCE_ABI       1u /* major: part of the exported symbol's name */
#define CREDENCE_ABI_MINOR 0u /* rises with every member that is added */

/* ---------------------------------------------------------------------------------------------- */
/* Answers. Every method answers with one of these; anything else is logged and counts as ERROR.
 * What an answer does to a stack is decided by the entry's control word (credence-profile(5)). */

typedef int32_t credence_rc;

#define CREDENCE_SUCCESS   0  /* done */
#define CREDENCE_MISS      1  /* nothing here; not mine: the walk asks the next entry */
#define CREDENCE_LOGIN     2  /* only with a person: "credence login" is needed */
#define CREDENCE_DENIED    3  /* no, with authority: the server or a policy refused */
#define CREDENCE_LIMITED   4  /* would break, or has met, a limit: try later */
#define CREDENCE_UNAVAIL   5  /* not reachable now: may be tried later */
#define CREDENCE_CONFLICT  6  /* somebody wrote first (stores) */
#define CREDENCE_CANCELLED 7  /* the person or a signal ended it */
#define CREDENCE_CONFIG    8  /* the configuration is wrong */
#define CREDENCE_UNSAFE    9  /* refused for safety: permissions, a host that is not allowed, … */
#define CREDENCE_ERROR     10 /* a fault of the module or of what it uses */
#define CREDENCE_RC_COUNT  11 /* how many answers there are in ABI 1 */

struct credence_call; /* the host's: one call, with its error, deadline, person and results */
struct credence_self; /* the module's: one configured use of it; each module defines its own */
struct credence_host;

/* ---------------------------------------------------------------------------------------------- */
/* Options: what may stand in the module's entry of a profile. The host parses, checks and lists
 * them, so an unknown, missing or ill-typed option is an error with file and line before open()
 * runs. */

#define CREDENCE_STRING   1u /* text */
#define CREDENCE_NUMBER   2u /* a whole number that fits 64 bits */
#define CREDENCE_BOOL     3u /* true or false */
#define CREDENCE_DURATION 4u /* text with a unit ("90s", "10m", "1h"); read in milliseconds */
#define CREDENCE_LIST     5u /* a list of strings */
#define CREDENCE_SECRET   6u /* a reference such as "file:/path"; read with option_secret() only */
#define CREDENCE_KEY      7u /* the same, or a URI "pkcs11:…" (RFC 7512), which is read as it is */
/* A list of servers, "https://host:port", or http on a literal loopback address. */
#define CREDENCE_ORIGINS 8u
/* The absolute path of a file that nobody else may write: certificates; and of one that nobody else
 * may read, either: with a private key. */
#define CREDENCE_FILE     9u
#define CREDENCE_KEY_FILE 10u

#define CREDENCE_REQUIRED 0x1u /* flag: the entry must have it */

struct credence_option {
	const char *name;     /* [a-z][a-z0-9_]*; use, control, isolate and seal are taken, and
			       * cache_max_age of a store, id of a seal */
	uint32_t type;        /* one of the types above */
	uint32_t flags;       /* CREDENCE_REQUIRED or 0 */
	const char *fallback; /* the value when absent, as it would be written; NULL: none */
	const char *help;     /* one line for "credence module info" */
};

/* ---------------------------------------------------------------------------------------------- */
/* What crosses the boundary. Set size to sizeof, leave what you do not know zero. */

/* One parameter of a form or a query (application/x-www-form-urlencoded, RFC 6749 appendix B), or
 * one header. The host encodes. A parameter whose value is NULL or empty is left out; a header has
 * a value. */
struct credence_param {
	const char *name;
	const char *value;
};

/* What a token endpoint issued (RFC 6749 section 5.1), for put_token(). token_request() makes the
 * call itself; only grants that get their tokens some other way fill one of these. */
struct credence_token {
	uint32_t size;
	uint32_t reserved;
	const char *access_token;  /* mandatory; VSCHAR only (RFC 6749 appendix A.12) */
	const char *token_type;    /* NULL: Bearer */
	const char *scope;         /* space separated; NULL: what was asked for */
	const char *refresh_token; /* NULL: the old one stays */
	const char *id_token;      /* NULL: none */
	int64_t expires_in; /* ms from the start of token_request's request, else from put_token;
			     * 0: the provider's lifetime */
			    /* 1.0 ends here. */
};

/* What a store keeps: opaque bytes with a revision. */
struct credence_item {
	uint32_t size;
	uint32_t reserved;
	const void *bytes;
	size_t length;
	uint64_t expected;  /* the revision that must be there now; 0: nothing may be there */
	uint64_t revision;  /* the revision of these bytes; larger than expected */
	int64_t expires_at; /* ms since 1970 after which the bytes are of no use; 0: they stay */
			    /* 1.0 ends here. */
};

/* Bytes to seal or to unseal. */
struct credence_sealing {
	uint32_t size;
	uint32_t reserved;
	const void *bytes;
	size_t length;
	const void *associated; /* additional data: authenticated, not stored */
	size_t associated_length;
	/* 1.0 ends here. */
};

/* One HTTP request. The body is sent as it is. */
struct credence_request {
	uint32_t size;
	int32_t connect_timeout; /* ms; 0: the transport's own */
	const char *method;      /* upper case */
	const char *url; /* checked by the host: https, or http on a literal loopback address */
	const struct credence_param *headers;
	uint32_t header_count;
	uint32_t reserved;
	const void *body; /* NULL: none */
	size_t body_length;
	const char *host; /* host and port as the host of this ABI parsed them from url: a */
	int32_t port;     /* transport whose own parser disagrees answers UNSAFE */
	int32_t reserved2;
	const char *proxy;       /* NULL: none, whatever the environment says */
	const char *ca_file;     /* PEM; NULL: the system's */
	const char *client_cert; /* PEM with key, for mutual TLS; NULL: none */
	size_t max_body;         /* the answer is refused once it is longer */
	/* For http() alone; a transport does not see them. Who has servers of its own, such as a
	 * store with its database, names its options, so that nothing is sent but to where the
	 * configuration says, and nothing shown but what it says. */
	const char *servers;     /* CREDENCE_ORIGINS: one of these; NULL: the provider's */
	const char *server_ca;   /* CREDENCE_FILE: who vouches for them (PEM); NULL, or an option
				  * that is absent: the system's */
	const char *server_cert; /* CREDENCE_KEY_FILE: what is shown to them (PEM with key); NULL
				  * or absent: nothing */
	int32_t timeout;         /* ms for all of it; 0: what the call has left */
	int32_t reserved3;
	/* 1.0 ends here. */
};

/* One HTTP answer, for those who called http(). */
struct credence_response {
	uint32_t size;
	int32_t status;                       /* HTTP status code */
	const struct credence_param *headers; /* names in lower case */
	uint32_t header_count;
	uint32_t reserved;
	const char *body; /* NUL-terminated; may hold NULs of its own */
	size_t body_length;
	/* 1.0 ends here. */
};

/* A program to run. Both name options of the module, so that nothing runs but what stands in the
 * configuration. */
struct credence_program {
	uint32_t size;
	uint32_t reserved;
	const char *command;     /* a CREDENCE_LIST: the program's absolute path, its arguments */
	const char *environment; /* a CREDENCE_LIST: names of variables that it gets as credence
				  * was given them, beside the usual; NULL: none */
				 /* 1.0 ends here. */
};

/* One message to the person. */
#define CREDENCE_INFORM     1u /* text; returns at once */
#define CREDENCE_SHOW_URL   2u /* a page to open; returns at once */
#define CREDENCE_SHOW_CODE  3u /* a page and a code to type there; at once */
#define CREDENCE_ASK        4u /* one line */
#define CREDENCE_ASK_SECRET 5u /* one line, not shown while it is typed */

struct credence_message {
	uint32_t size;
	uint32_t style;
	const char *text;
	const char *url;    /* SHOW_URL, SHOW_CODE */
	const char *code;   /* SHOW_CODE */
	int64_t expires_at; /* ms since 1970; 0: does not matter. Until then the person has time
			     * that is not the call's: its deadline moves. SHOW_URL, SHOW_CODE */
	const char *url_complete; /* SHOW_CODE: the page with the code in it; NULL: none */
				  /* 1.0 ends here. */
};

/* Levels of log(). */
#define CREDENCE_LOG_WARNING 1
#define CREDENCE_LOG_INFO    2
#define CREDENCE_LOG_DEBUG   3

/* ---------------------------------------------------------------------------------------------- */
/* Host services. open() is given the table; a module may keep the pointer for as long as it runs.
 * Every function may be called from every method unless it says otherwise. A member behind the end
 * of the table (CREDENCE_HAS) or NULL is not offered by this host. */

struct credence_host {
	uint32_t size;
	uint32_t abi_minor; /* CREDENCE_ABI_MINOR of the host */

	/* -- What is known. Returned strings live until the method returns. -- */

	/* The option's text, its fallback, or NULL. Not for CREDENCE_SECRET. */
	const char *(*option)(struct credence_call *, const char *name);
	/* The index-th string of a CREDENCE_LIST or CREDENCE_ORIGINS, or NULL past its end. */
	const char *(*option_item)(struct credence_call *, const char *name, uint32_t index);
	/* A CREDENCE_NUMBER, a CREDENCE_BOOL (0, 1) or a CREDENCE_DURATION (ms); 0 if absent. */
	int64_t (*option_number)(struct credence_call *, const char *name);
	/* Reads what a CREDENCE_SECRET or CREDENCE_KEY refers to. SUCCESS; MISS: the option is
	 * absent; CONFIG, UNSAFE, ERROR: it could not be read, and the message is set. */
	credence_rc (*option_secret)(struct credence_call *, const char *name, const char **value);

	/* What the core knows of this call by name, or NULL:
	 *  profile credential provider client_id redirect_uri owner resource audience
	 *  client_authentication     body, basic, none, private_key_jwt or tls_client_auth
	 *  scope                     what the profile asks for, space separated
	 *  request_scope             the same, joined with the provider's separator
	 *  location accounts_server api_domain    where the credential is at home, as far as known
	 *  authorization_endpoint token_endpoint revocation_endpoint introspection_endpoint
	 *  device_authorization_endpoint device_token_endpoint
	 *  pushed_authorization_request_endpoint issuer
	 *                            what the resolver put
	 *  token_endpoint_auth_methods_supported  what the server says that it supports (RFC 8414),
	 *  code_challenge_methods_supported       lists space separated, if the resolver asked it;
	 *  authorization_response_iss_parameter_supported    "true" or "false" (RFC 9207)
	 *  network                   "off" if nothing may be sent: --no-network, or only a trace
	 *  state_dir                 the folder for this profile's state, absolute
	 *  answer.NAME               member or parameter NAME of the last answer of the server
	 *  code message              why token_request answered MISS
	 *  login.paste               set if the person brings the answer to an authorization
	 *                            request themselves (credence login --paste); in acquire
	 *  grant generation issued_at expires_at token_type    of the current access token
	 *  status code message       of what happened, for hooks: exit status, error code, one line
	 */
	const char *(*attribute)(struct credence_call *, const char *name);
	/* A setting of the profile, else of the configuration's defaults, else of the provider's
	 * data, by its path in libconfig's notation: "datacenters.[2].location". Numbers and
	 * booleans as text. NULL: not set. Secrets are not given out. */
	const char *(*setting)(struct credence_call *, const char *path);
	/* refresh_token or access_token of the record, from renew, revoke and event, and from
	 * acquire where it takes the place of a renewal; from event the id_token, too. NULL: none.
	 */
	const char *(*token)(struct credence_call *, const char *kind);

	/* -- Results. They count only if the method then answers SUCCESS. -- */

	/* Makes NAME known: what a resolver found (see attribute), or what a grant learned
	 * (answer.NAME). NULL takes it away. From resolve, learn, acquire and renew; from identify
	 * what is said there (signer.NAME). SUCCESS; ERROR: the name is not one of a server, a
	 * place, an answer or a signer. */
	credence_rc (*put_attribute)(struct credence_call *, const char *name, const char *value);
	/* From acquire and renew, once. SUCCESS; ERROR: it is not a valid token, message set. */
	credence_rc (*put_token)(struct credence_call *, const struct credence_token *);
	/* From load, seal, unseal and sign, once. SUCCESS; ERROR: out of memory or far too long. */
	credence_rc (*put_bytes)(struct credence_call *, const void *bytes, size_t length);
	/* From list: one key. SUCCESS; ERROR: not a valid key, or out of memory. */
	credence_rc (*put_name)(struct credence_call *, const char *key);

	/* -- Messages -- */

	/* Sets the call's error and returns rc, so that a method can end with it: what went wrong
	 * (code: the protocol's or system's name for it, or NULL; message: one line, no secret) and
	 * what to do about it (hint, or NULL). Control characters are removed. */
	credence_rc (*fail)(struct credence_call *, credence_rc rc, const char *code,
			    const char *message, const char *hint);
	/* The same for an error that the server answered (RFC 6749 sections 4.1.2.1 and 5.2): the
	 * provider's catalogue, else the RFC, says what it means at that step ("authorize"), what
	 * caused it and what to do. description: the server's own words, or NULL. Answers what it
	 * comes to: LOGIN, DENIED, LIMITED or UNAVAIL. From acquire and renew. */
	credence_rc (*refused)(struct credence_call *, const char *at, const char *error,
			       const char *description);
	/* One line for the log; no secret. */
	void (*log)(struct credence_call *, int32_t level, const char *message);

	/* -- The network. It is refused (UNAVAIL) when the user said --no-network. -- */

	/* One HTTP request over the profile's transport. host, port, proxy, ca_file and client_cert
	 * are filled in by the host, and max_body if it is 0. The origin must be one that the
	 * profile or the provider's data name; or, with servers, one of those, and then nothing of
	 * the profile's http settings counts and --no-network leaves a literal loopback address
	 * alone. Not from open, identify, traits, unattended and perform; from resolve and learn
	 * with a third of the time that is left, and no more than 10 s. SUCCESS whatever the
	 * status; UNAVAIL, UNSAFE, CANCELLED, CONFIG, ERROR. */
	credence_rc (*http)(struct credence_call *, const struct credence_request *,
			    const struct credence_response **);
	/* The whole of a token request (RFC 6749 section 3.2): the endpoint resolved and checked,
	 * the client authenticated, the provider's limits counted, sent once, the answer parsed,
	 * the server's error mapped through the provider's catalogue, the token put. params are
	 * what the grant adds (grant_type first). SUCCESS; LOGIN: the grant is dead or the code not
	 * good; DENIED; LIMITED; UNAVAIL; UNSAFE; CANCELLED; CONFIG; ERROR. Message set. From
	 * acquire and renew, once.
	 *   One kind of request may be made again, and is counted once all the same: that of a
	 * device, in acquire (the grant_type of RFC 8628, or what the provider's data call it).
	 * MISS then means that there is no token yet, and the attribute code says why:
	 *  authorization_pending     the person is not done: ask again after the interval
	 *  slow_down                 asked too often: ask again, from now on less often
	 *  other_dc                  the person's account is at another data centre: put
	 *                            answer.location, and the next request goes there
	 *  unavailable               no answer came, or none of use (the attribute message says
	 *                            what did): ask again, from now on less often */
	credence_rc (*token_request)(struct credence_call *, const struct credence_param *params,
				     uint32_t count);
	/* A form to an endpoint that the resolver put ("device_authorization_endpoint"), for what
	 * comes before or beside a token request: checked, authenticated and mapped through the
	 * provider's catalogue like that, with the provider's parameters for it, but not counted.
	 * SUCCESS: the members of the answer, a JSON object, are the attributes answer.NAME; else
	 * as token_request. CONFIG also if no such endpoint is known. From acquire, renew and
	 * revoke. */
	credence_rc (*endpoint_request)(struct credence_call *, const char *endpoint,
					const struct credence_param *params, uint32_t count);

	/* For transports only: the first byte of the request is about to leave. Call it before it
	 * does. */
	void (*sent)(struct credence_call *);
	/* For transports only: the answer, as it arrives. Anything but SUCCESS: stop reading, and
	 * answer with what was returned (UNAVAIL: the answer is too long). */
	credence_rc (*put_status)(struct credence_call *, int32_t status);
	credence_rc (*put_header)(struct credence_call *, const char *name, const char *value);
	credence_rc (*put_body)(struct credence_call *, const void *bytes, size_t length);

	/* -- The person -- */

	/* Tells or asks. *answer (ASK, ASK_SECRET; may be NULL else) lives until the method
	 * returns. SUCCESS; LOGIN: nobody is there, at once; CANCELLED: the person left. From
	 * acquire only. */
	credence_rc (*talk)(struct credence_call *, const struct credence_message *,
			    const char **answer);

	/* -- Time and chance -- */

	/* Instead of sleep. SUCCESS after that many ms; CANCELLED; UNAVAIL: the deadline came
	 * first. */
	credence_rc (*wait)(struct credence_call *, int64_t milliseconds);
	/* ms since 1970. */
	int64_t (*now)(struct credence_call *);
	/* ms until the call's deadline, counted through a suspend; 0: it has passed. */
	int64_t (*time_left)(struct credence_call *);
	/* Random bytes of the kernel's generator. SUCCESS; ERROR. */
	credence_rc (*random)(struct credence_call *, void *bytes, size_t length);

	/* -- Private files: regular, one link, mode 0600, in folders that nobody else may write. A
	 * path is absolute; its last part is never followed if it is a link. -- */

	/* The whole file. SUCCESS; MISS: not there; DENIED: not for this user; UNSAFE: somebody
	 * else may read or write it; CONFIG: no absolute path of a file; ERROR. */
	credence_rc (*file_read)(struct credence_call *, const char *path, const void **bytes,
				 size_t *length);
	/* Replaces it, atomically and durable: on anything but SUCCESS the old content stays. Makes
	 * the folder, and those above it, if they are missing (0700). SUCCESS, DENIED, UNSAFE,
	 * CONFIG, ERROR. */
	credence_rc (*file_replace)(struct credence_call *, const char *path, const void *bytes,
				    size_t length);
	/* Removes it. SUCCESS, MISS, DENIED, UNSAFE, CONFIG, ERROR. */
	credence_rc (*file_remove)(struct credence_call *, const char *path);
	/* The names of the files in a folder, by put_name; what is no valid key is passed over.
	 * SUCCESS (also for a folder that is not there), DENIED, ERROR. From list only. */
	credence_rc (*file_names)(struct credence_call *, const char *path);

	/* The revision of bytes that load or save saw; 0 if they are not credence's. */
	uint64_t (*revision)(struct credence_call *, const void *bytes, size_t length);
	/* The credential in an export format (credence export --format), with the refresh token and
	 * the client secret only if with_secrets is not 0. From event only. SUCCESS; CONFIG: no
	 * such format; ERROR. */
	credence_rc (*render)(struct credence_call *, const char *format, int32_t with_secrets,
			      const char **text, size_t *length);

	/* -- Programs, one at a time; none from open, identify, traits and unattended. A program
	 * gets descriptors 0 to 2 and no other, a process group of its own and little of the
	 * environment (credence-exec(7)). What it says on standard error goes to the log. It ends
	 * with the method at the latest, and with it whatever it left in its group. Where an answer
	 * is UNAVAIL, the call's deadline came first; the message is set, and names the program, on
	 * anything but SUCCESS and MISS. -- */

	/* Starts it, without a shell. The file is checked as a module's is. UNAVAIL also in
	 * acquire, renew and revoke when the user said --no-network. SUCCESS, CONFIG, UNSAFE,
	 * UNAVAIL, ERROR. */
	credence_rc (*program_start)(struct credence_call *, const struct credence_program *);
	/* Writes all of it to the program's standard input. SUCCESS; MISS: it has closed that;
	 * CANCELLED, UNAVAIL, ERROR. */
	credence_rc (*program_write)(struct credence_call *, const void *bytes, size_t length);
	/* The next line of its standard output, without the newline, until the next call. SUCCESS;
	 * MISS: there are no more; CANCELLED, UNAVAIL; ERROR: it is longer than 1 MiB. */
	credence_rc (*program_read)(struct credence_call *, const char **line, size_t *length);
	/* Closes its standard input, gives it a moment to end, and ends it. *status: its exit
	 * status, 128 + a signal's number, or -1 if it did not end by itself. *word (may be NULL):
	 * the last line that it wrote to standard error, or NULL; until the method returns.
	 * SUCCESS, ERROR. */
	credence_rc (*program_end)(struct credence_call *, int32_t *status, const char **word);

	/* The host's own revocation (RFC 7009, with what the provider's data say of it), for a
	 * grant whose method has nothing to add. From revoke. Answers as revoke. */
	credence_rc (*revoke_request)(struct credence_call *);
	/* A JWT, signed by the profile's signer, for a grant that sends one (RFC 7523 section 2.1).
	 * claims: a JSON object. What it lacks of iss (the signer's issuer, else the client id),
	 * sub (the same; not where the provider's data say so), aud, iat, exp and jti is added.
	 * *jwt is the compact form and lives until the method returns. From acquire and renew.
	 * SUCCESS; CONFIG: no signer is configured, or it is not to be used so; UNAVAIL; DENIED;
	 * UNSAFE; ERROR. Message set. */
	credence_rc (*assertion)(struct credence_call *, const char *claims, const char **jwt);
	/* What a CREDENCE_SECRET or CREDENCE_KEY refers to as it is, for keys: no newline is cut,
	 * and NULs may be among the bytes. Answers as option_secret. */
	credence_rc (*option_bytes)(struct credence_call *, const char *name, const void **bytes,
				    size_t *length);
	/* What the clock of a store that several hosts share says, in ms since 1970, to half a
	 * second. The hosts' own clocks may differ; where this is known, what a record says of time
	 * is kept by the store's clock, and each host reckons with the difference to its own. From
	 * load, whether there is something or not; it counts also if that answers MISS. */
	void (*put_time)(struct credence_call *, int64_t now);
	/* For a file that something else than the host will read (a library, a program): may nobody
	 * else put another in its place? Each folder from / to it, each link and what they come to
	 * must belong to root or this user, and not be writable by others. The path is absolute.
	 * SUCCESS, MISS, DENIED, UNSAFE, CONFIG, ERROR. Message set, with the place. */
	credence_rc (*file_check)(struct credence_call *, const char *path);
	/* 1.0 ends here. */
};

/* ---------------------------------------------------------------------------------------------- */
/* Roles: one fixed vtable each. Mandatory members are checked when the module is loaded. */

#define CREDENCE_ROLE_GRANT     1u
#define CREDENCE_ROLE_RESOLVER  2u
#define CREDENCE_ROLE_STORE     3u
#define CREDENCE_ROLE_SEAL      4u
#define CREDENCE_ROLE_TRANSPORT 5u
#define CREDENCE_ROLE_HOOK      6u
#define CREDENCE_ROLE_SIGNER    7u

/* How tokens are obtained. */
struct credence_grant_ops {
	uint32_t size;
	uint32_t flags; /* CREDENCE_GRANT_… */
	/* Mandatory. A first token, put by token_request or put_token. May ask the person with
	 * talk(); when nobody is there it answers LOGIN at once. Called by "credence login", and on
	 * a miss too if the flag UNATTENDED is set. SUCCESS: a token was put; the walk ends. MISS:
	 * not for this grant; the next entry is asked. LOGIN, DENIED, LIMITED, UNAVAIL, CANCELLED,
	 * CONFIG, UNSAFE, ERROR: as the control word says, but once the request was sent the walk
	 * ends with that answer whatever it says. */
	credence_rc (*acquire)(struct credence_self *, struct credence_call *);
	/* Optional. A new access token without a person, from token("refresh_token"). NULL: the
	 * host sends an ordinary refresh_token request (RFC 6749 section 6). Answers as acquire;
	 * LOGIN: the grant is dead, the record is marked so and not sent again. */
	credence_rc (*renew)(struct credence_self *, struct credence_call *);
	/* Optional. Revokes what the record has at the server. NULL: the host uses the provider's
	 * revocation endpoint (RFC 7009). SUCCESS: gone; MISS: the server did not know it, which is
	 * as good; anything else: the record is kept. */
	credence_rc (*revoke)(struct credence_self *, struct credence_call *);
	/* Optional. Whether acquire needs no person, where that depends on the options. Looks at
	 * nothing else. SUCCESS: as if the flag UNATTENDED were set; MISS: it may need one. NULL:
	 * the flag says it. */
	credence_rc (*unattended)(struct credence_self *, struct credence_call *);
	/* 1.0 ends here. */
};
/* Acquire needs no person (RFC 6749 section 4.4, RFC 7523). */
#define CREDENCE_GRANT_UNATTENDED 0x1u
/* Its requests name a client: a profile without client.id is refused, CONFIG. */
#define CREDENCE_GRANT_CLIENT 0x2u
/* It calls assertion(): the profile must have a signer. */
#define CREDENCE_GRANT_SIGNS 0x4u
/* A person comes back by a redirect: the profile must have client.redirect_uri. */
#define CREDENCE_GRANT_REDIRECT 0x8u

/* Which servers a credential belongs to. Never sends anything that is secret. */
struct credence_resolver_ops {
	uint32_t size;
	uint32_t flags; /* 0 */
	/* Mandatory. From what is known to endpoints: reads attributes (location, accounts_server,
	 * api_domain) and settings, puts token_endpoint and what else it knows. SUCCESS: taken, the
	 * walk ends. MISS: nothing known here. UNSAFE: what is known is not in the provider's
	 * table. CONFIG, UNAVAIL, ERROR. */
	credence_rc (*resolve)(struct credence_self *, struct credence_call *);
	/* Optional. From what the server said (attributes answer.*) to what is known: puts
	 * location, accounts_server, api_domain. Runs after each authorization and token answer,
	 * before anything is saved or sent on. SUCCESS: learned; MISS: nothing new; UNSAFE: the
	 * server named a place that is not in the table, and nothing is sent there; CONFIG, ERROR.
	 */
	credence_rc (*learn)(struct credence_self *, struct credence_call *);
	/* 1.0 ends here. */
};

#define CREDENCE_STORE_DURABLE 0x01u /* survives power loss once save answered SUCCESS */
#define CREDENCE_STORE_SHARED  0x02u /* seen by several hosts */
#define CREDENCE_STORE_CAS     0x04u /* save compares expected itself, atomically */
#define CREDENCE_STORE_LOCK    0x08u /* has lock and unlock */
#define CREDENCE_STORE_EXPIRY  0x10u /* forgets at expires_at by itself */

/* Where records are kept: opaque bytes under a key ([A-Za-z0-9+][A-Za-z0-9._@-]{0,63}). The core
 * holds the host's lock for the key over every save and erase. */
struct credence_store_ops {
	uint32_t size;
	uint32_t flags; /* CREDENCE_STORE_…; see traits */
	/* Mandatory. SUCCESS: put_bytes was called; MISS: there is none; DENIED: not for this user;
	 * UNAVAIL: locked or not reachable; UNSAFE, CONFIG, ERROR. With the flag SHARED it should
	 * call put_time. */
	credence_rc (*load)(struct credence_self *, struct credence_call *, const char *key);
	/* Mandatory. All of it or nothing. SUCCESS: durable if the flag says so; CONFLICT: what is
	 * there has another revision than expected, and was left; DENIED, UNAVAIL, UNSAFE, CONFIG,
	 * ERROR: the old bytes are still there. */
	credence_rc (*save)(struct credence_self *, struct credence_call *, const char *key,
			    const struct credence_item *);
	/* Mandatory. SUCCESS: it is gone; MISS: there was none; DENIED, UNAVAIL, UNSAFE, ERROR: it
	 * may still be there. */
	credence_rc (*erase)(struct credence_self *, struct credence_call *, const char *key);
	/* Mandatory. Every key, by put_name, in any order. SUCCESS, DENIED, UNAVAIL, UNSAFE, ERROR.
	 */
	credence_rc (*list)(struct credence_self *, struct credence_call *);
	/* Mandatory with the flag LOCK. A lock that spans what shares the store, until unlock or
	 * close; load and save follow on the same self. SUCCESS; UNAVAIL: the deadline came first;
	 * ERROR. */
	credence_rc (*lock)(struct credence_self *, struct credence_call *, const char *key);
	/* Mandatory with the flag LOCK. SUCCESS; ERROR: it may have been lost meanwhile. */
	credence_rc (*unlock)(struct credence_self *, struct credence_call *, const char *key);
	/* Optional. The flags, where they depend on the options: *flags is what counts instead of
	 * those of the table. Looks at nothing else. SUCCESS; CONFIG: the options don't agree;
	 * ERROR. NULL: the table's. */
	credence_rc (*traits)(struct credence_self *, struct credence_call *, uint32_t *flags);
	/* 1.0 ends here. */
};

/* How a store's bytes are encrypted. */
struct credence_seal_ops {
	uint32_t size;
	uint32_t flags; /* 0 */
	/* Mandatory. Clear bytes to sealed bytes, by put_bytes. SUCCESS, UNAVAIL (key locked),
	 * CONFIG, UNSAFE, ERROR. */
	credence_rc (*seal)(struct credence_self *, struct credence_call *,
			    const struct credence_sealing *);
	/* Mandatory. The way back. SUCCESS; DENIED: not authentic, or another key's; else as seal.
	 */
	credence_rc (*unseal)(struct credence_self *, struct credence_call *,
			      const struct credence_sealing *);
	/* 1.0 ends here. */
};

/* How requests travel. */
struct credence_transport_ops {
	uint32_t size;
	uint32_t flags; /* 0 */
	/* Mandatory. One request, one answer, by sent, put_status, put_header and put_body. Follows
	 * no redirect, keeps no cookie, reads no netrc, obeys no proxy but the given one, verifies
	 * the server's certificate and name, ends at time_left(). SUCCESS: a whole answer arrived,
	 * whatever its status; UNAVAIL: it did not (code and message set); UNSAFE: TLS or the URL
	 * is not to be trusted, or the answer is too long; CANCELLED; CONFIG; ERROR. */
	credence_rc (*perform)(struct credence_self *, struct credence_call *,
			       const struct credence_request *);
	/* 1.0 ends here. */
};

/* Who is told. */
struct credence_hook_ops {
	uint32_t size;
	uint32_t flags; /* 0 */
	/* Mandatory. event is one of logged_in renewed revoked erased dead limited failed; others
	 * may be added, so pass over what you do not know. Details are attributes. Runs when
	 * everything is saved and unlocked, at most once, with 5 s of time. SUCCESS: told; MISS: of
	 * no interest; anything else: as the control word says. */
	credence_rc (*event)(struct credence_self *, struct credence_call *, const char *event);
	/* 1.0 ends here. */
};

/* Who signs for the client: with a key in a file, in a token, at a key management service. The host
 * builds the JWT (RFC 7519); a signer knows its key and nothing of OAuth. */
struct credence_signer_ops {
	uint32_t size;
	uint32_t flags; /* 0 */
	/* Mandatory. Says, by put_attribute, what it signs with. Sends and signs nothing.
	 *  signer.algorithm          mandatory: a digital signature of RFC 7518 section 3.1 or
	 *                            RFC 8037 ("RS256", "ES256", "EdDSA"); never "none" or an HMAC
	 *  signer.key_id             the header's kid, if servers tell keys apart by it
	 *  signer.certificate_digest the header's x5t#S256, if they do by that: base64url of the
	 *                            certificate's SHA-256
	 *  signer.issuer             who signs, where that comes with the key: the claim iss
	 *  signer.audience           for whom, likewise: the claim aud
	 *  signer.fingerprint        any text that changes when the key does
	 * SUCCESS; CONFIG: no such key, or not one for that algorithm; DENIED: the PIN was refused;
	 * UNAVAIL: the token is not there now; UNSAFE; ERROR. */
	credence_rc (*identify)(struct credence_self *, struct credence_call *);
	/* Mandatory. The signature of these bytes, by put_bytes, as RFC 7515 has it: raw, for ES256
	 * the 64 bytes of r and s. After identify, on the same self. Answers as identify. */
	credence_rc (*sign)(struct credence_self *, struct credence_call *, const void *bytes,
			    size_t length);
	/* 1.0 ends here. */
};

/* ---------------------------------------------------------------------------------------------- */
/* The descriptor */

struct credence_module {
	uint32_t size;
	uint32_t role;
	const char *name;                      /* as in the file's name: [a-z][a-z0-9_]* */
	const char *version;                   /* of the module */
	const char *summary;                   /* one line */
	const struct credence_option *options; /* ends with a NULL name; NULL: none */
	uint32_t option_size;                  /* sizeof(struct credence_option) */
	uint32_t abi_minor;                    /* CREDENCE_ABI_MINOR it was built with */
	/* Optional. Makes a self for one walk; may read options, settings and attributes, no
	 * network. On anything but SUCCESS the entry answers so, and close is not called. NULL:
	 * self is NULL. */
	credence_rc (*open)(const struct credence_host *, struct credence_call *,
			    struct credence_self **);
	/* Optional. Accepts NULL. */
	void (*close)(struct credence_self *);
	union {
		const void *any;
		const struct credence_grant_ops *grant;
		const struct credence_resolver_ops *resolver;
		const struct credence_store_ops *store;
		const struct credence_seal_ops *seal;
		const struct credence_transport_ops *transport;
		const struct credence_hook_ops *hook;
		const struct credence_signer_ops *signer;
	} ops;
	/* 1.0 ends here. */
};

/* Does *p, which says its own size, have the member m, and is it set? */
#define CREDENCE_HAS(p, m)                                                                         \
	((p)->size >= offsetof(__typeof__(*(p)), m) + sizeof((p)->m) && (p)->m != NULL)

#if defined(__GNUC__)
#define CREDENCE_EXPORT __attribute__((visibility("default")))
#else
#define CREDENCE_EXPORT
#endif

#define CREDENCE_MODULE_(ROLE, role_, name_, ops_, ...)                                            \
	CREDENCE_EXPORT const struct credence_module *credence1_##role_##_##name_(void);           \
	const struct credence_module *credence1_##role_##_##name_(void)                            \
	{                                                                                          \
		static const struct credence_module module = {.size = sizeof(module),              \
							      .role = CREDENCE_ROLE_##ROLE,        \
							      .name = #name_,                      \
							      .option_size =                       \
								  sizeof(struct credence_option),  \
							      .abi_minor = CREDENCE_ABI_MINOR,     \
							      .ops.role_ = (ops_),                 \
							      __VA_ARGS__};                        \
		return &module;                                                                    \
	}                                                                                          \
	struct credence_module_##role_##_##name_ /* takes the semicolon */

/* One of these ends a module's source: its name, its vtable, and any other member of the
 * descriptor. A vtable of another role does not compile. They are C: a module in C++ has the
 * function that they define written out, extern "C" and with CREDENCE_EXPORT. */
#define CREDENCE_GRANT(name, ops, ...) CREDENCE_MODULE_(GRANT, grant, name, ops, __VA_ARGS__)
#define CREDENCE_RESOLVER(name, ops, ...)                                                          \
	CREDENCE_MODULE_(RESOLVER, resolver, name, ops, __VA_ARGS__)
#define CREDENCE_STORE(name, ops, ...) CREDENCE_MODULE_(STORE, store, name, ops, __VA_ARGS__)
#define CREDENCE_SEAL(name, ops, ...)  CREDENCE_MODULE_(SEAL, seal, name, ops, __VA_ARGS__)
#define CREDENCE_TRANSPORT(name, ops, ...)                                                         \
	CREDENCE_MODULE_(TRANSPORT, transport, name, ops, __VA_ARGS__)
#define CREDENCE_HOOK(name, ops, ...)   CREDENCE_MODULE_(HOOK, hook, name, ops, __VA_ARGS__)
#define CREDENCE_SIGNER(name, ops, ...) CREDENCE_MODULE_(SIGNER, signer, name, ops, __VA_ARGS__)

#ifdef __cplusplus
}
#endif

#endif
