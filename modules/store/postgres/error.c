/* SPDX-License-Identifier: MIT */
/*
 * What went wrong, in words of our own. The server's are not shown: it may be the wrong one, and an
 * error can repeat what was sent. libpq's are, where it could not connect or did not like what it
 * met, with every secret of the connection taken out.
 */
#include "postgres.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

credence_rc pg_fail(struct credence_self *self, credence_rc rc, const char *code, const char *hint,
		    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(self->message, sizeof(self->message), format, args);
	va_end(args);
	(void)snprintf(self->code, sizeof(self->code), "%s", code != NULL ? code : "");
	self->hint = hint;
	return rc;
}

bool pg_has_code(const struct credence_self *self, const char *code)
{
	return self->message[0] != '\0' && strcmp(self->code, code) == 0;
}

credence_rc pg_end(struct credence_self *self, credence_rc rc)
{
	if (rc != CREDENCE_SUCCESS && self->message[0] != '\0')
		rc = self->host->fail(self->call, rc, self->code[0] != '\0' ? self->code : NULL,
				      self->message, self->hint);
	self->message[0] = '\0';
	return rc;
}

/* By SQLSTATE, or by its first two characters, which are the class; the first that fits. */
static const struct {
	const char *state;
	credence_rc rc;
	const char *message, *hint;
} states[] = {
    {"08", CREDENCE_UNAVAIL, "the connection to the database was lost", "try again"},
    {"25006", CREDENCE_UNAVAIL, "the database only reads: it is a standby, or set so",
     "name the primary in connection, or all hosts and target_session_attrs=read-write"},
    {"28", CREDENCE_DENIED, "the database refused the user or the password",
     "check user and password in connection, and pg_hba.conf at the server"},
    {"3D000", CREDENCE_CONFIG, "there is no such database", "check dbname in connection"},
    {"3F000", CREDENCE_CONFIG, "the tables of credence are not there",
     "have them made as credence-profile(5) shows under \"Records in PostgreSQL\""},
    {"40", CREDENCE_UNAVAIL, "the database ended one of two transactions that met", "try again"},
    {"42501", CREDENCE_DENIED, "the database user may not do that",
     "grant it what credence-profile(5) lists under \"Records in PostgreSQL\""},
    {"42P01", CREDENCE_CONFIG, "the tables of credence are not there",
     "have them made as credence-profile(5) shows under \"Records in PostgreSQL\""},
    {"42703", CREDENCE_CONFIG, "the tables are not those of credence",
     "give credence a schema of its own: schema = \"NAME\""},
    {"53100", CREDENCE_ERROR, "the disk of the database is full", "make room at the server"},
    {"53300", CREDENCE_UNAVAIL, "the database takes no more connections",
     "try again, or raise max_connections at the server"},
    {"53", CREDENCE_UNAVAIL, "the database is short of resources", "try again later"},
    {"55P03", CREDENCE_UNAVAIL, "another host holds the lock", "try again later"},
    {"57014", CREDENCE_UNAVAIL, "the database took too long", "try again later"},
    {"57", CREDENCE_UNAVAIL, "the database is starting or stopping", "try again later"},
    {"", CREDENCE_ERROR, "the database failed", "the log of the server says more"},
};

credence_rc pg_fail_state(struct credence_self *self, const char *state)
{
	size_t i = 0;

	while (strncmp(state, states[i].state, strlen(states[i].state)) != 0)
		i++;
	return pg_fail(self, states[i].rc, state, states[i].hint, "%s", states[i].message);
}

/* -- A connection that was not made -- */

/* "…: FATAL:  28P01": what is left of the server's error at the verbosity that is asked for. */
static bool ends_with_state(const char *text, char state[static STATE_MAX + 1])
{
	const char *found = strstr(text, "FATAL:  ");
	size_t length;

	if (found == NULL)
		return false;
	found += strlen("FATAL:  ");
	length = strspn(found, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	if (length != STATE_MAX || (found[length] != '\0' && found[length] != '\n'))
		return false;
	memcpy(state, found, STATE_MAX);
	state[STATE_MAX] = '\0';
	return true;
}

/* Every occurrence becomes stars. */
static void hide(char *text, const char *secret)
{
	size_t length = secret != NULL ? strlen(secret) : 0;
	char *found;

	if (length == 0)
		return;
	while ((found = strstr(text, secret)) != NULL) {
		memset(found, '*', length);
		text = found + length;
	}
}

/* libpq's first line, behind the server that it names. */
static void first_words(const char *text, const char *const *secrets, char *words, size_t size)
{
	const char *from = strstr(text, " failed: ");

	from = from != NULL ? from + strlen(" failed: ") : text;
	(void)snprintf(words, size, "%.*s", (int)strcspn(from, "\n"), from);
	for (; *secrets != NULL; secrets++)
		hide(words, *secrets);
}

/* Words of libpq: it has no codes for what fails on this side. */
static const struct {
	const char *word;
	credence_rc rc;
	const char *code, *hint;
} kinds[] = {
    {"read-only", CREDENCE_UNAVAIL, "25006",
     "name the primary in connection, or all hosts that may be it"},
    {"no password supplied", CREDENCE_DENIED, "28P01", "put the password into connection"},
    {"private key", CREDENCE_CONFIG, "tls", "check sslcert and sslkey in connection"},
    {"root certificate file", CREDENCE_CONFIG, "tls", "check sslrootcert in connection"},
    {"certificate", CREDENCE_UNSAFE, "tls",
     "check host and sslrootcert in connection, and the server's certificate"},
    {"does not support SSL", CREDENCE_UNSAFE, "tls", "turn TLS on at the server (ssl = on)"},
    {"peer", CREDENCE_UNSAFE, "peer", "check requirepeer in connection"},
    {"channel binding", CREDENCE_UNSAFE, "tls", "check channel_binding in connection"},
    {"", CREDENCE_UNAVAIL, "connect", "check that the server runs, and host and port"},
};

credence_rc pg_fail_connect(struct credence_self *self, const char *host, const char *text,
			    bool answered, const char *const *secrets)
{
	char state[STATE_MAX + 1], words[200];
	size_t i = 0;

	if (ends_with_state(text, state))
		return pg_fail_state(self, state);
	first_words(text, secrets, words, sizeof(words));
	while (strstr(words, kinds[i].word) == NULL)
		i++;
	if (answered && kinds[i].word[0] == '\0')
		(void)snprintf(words, sizeof(words), "it hung up, or is no PostgreSQL");
	return pg_fail(self, kinds[i].rc, kinds[i].code, kinds[i].hint,
		       "no connection to the database at %s: %s", host, words);
}
