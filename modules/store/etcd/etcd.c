/* SPDX-License-Identifier: MIT */
/*
 * Store "etcd": what several hosts share. A record is one key, PREFIX/record/KEY, whose value is
 * what the core hands over; its revision is in there. A save is one transaction that compares
 * etcd's own count of modifications with the one that was read along with the expected revision.
 * Every question may be asked twice, of another member: what is there then decides. Nothing is ever
 * read but with the consent of the cluster's majority.
 */
#include "etcd.h"

#include "core/os/base64.h"
#include "core/os/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_MAX ((size_t)512 << 10) /* in base64 and with what is around it less than 1 MiB */
#define PAGE       500                 /* keys of one answer */
#define TRIES      3                   /* of a save whose record others write again unchanged */

/* -- Life -- */

static bool is_prefix(const char *text)
{
	size_t length = strlen(text);

	return text[0] == '/' && length > 1 && length <= PREFIX_MAX && text[length - 1] != '/' &&
	       text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				 "0123456789/._-")] == '\0';
}

static credence_rc etcd_open(const struct credence_host *host, struct credence_call *call,
			     struct credence_self **ret)
{
	const char *prefix = host->option(call, "prefix");
	struct credence_self *self;

	if (!is_prefix(prefix))
		return host->fail(call, CREDENCE_CONFIG, NULL,
				  "prefix of store etcd is none: it begins with / and goes on with "
				  "letters, digits, / . _ and -",
				  "write it like prefix = \"/credence\"");
	self = calloc(1, sizeof(*self));
	if (self == NULL)
		return host->fail(call, CREDENCE_ERROR, "ENOMEM", "out of memory", NULL);
	self->host = host;
	self->token = BUF_SECRET;
	(void)snprintf(self->prefix, sizeof(self->prefix), "%s", prefix);
	*ret = self;
	return CREDENCE_SUCCESS;
}

static void etcd_close(struct credence_self *self)
{
	if (self == NULL)
		return;
	while (self->held != NULL) {
		struct held *held = self->held;

		self->held = held->next;
		held_free(held);
	}
	buf_done(&self->token);
	free(self);
}

/* -- Questions -- */

void etcd_add_key(struct credence_self *self, struct buf *question, const char *kind,
		  const char *key)
{
	struct buf path = BUF_INIT;

	buf_printf(&path, "%s%s%s", self->prefix, kind, key);
	buf_char(question, '"');
	base64_add(question, buf_text(&path), path.length);
	buf_char(question, '"');
	question->failed = question->failed || path.failed;
	buf_done(&path);
}

credence_rc etcd_no_sense(struct credence_self *self)
{
	return etcd_fail(self, CREDENCE_UNAVAIL, "bad_answer", "check endpoints",
			 "an answer of etcd makes no sense");
}

/* -- What was seen -- */

static void remember(struct credence_self *self, const char *key, uint64_t revision, int64_t mod)
{
	struct seen *seen = NULL;

	for (unsigned i = 0; i < SEEN && seen == NULL; i++)
		if (strcmp(self->seen[i].key, key) == 0)
			seen = &self->seen[i];
	if (seen == NULL)
		seen = &self->seen[self->next_seen++ % SEEN];
	(void)snprintf(seen->key, sizeof(seen->key), "%s", key);
	seen->revision = revision;
	seen->mod = mod;
}

/* The modification that made the revision; 0: it is not known. */
static int64_t recall(const struct credence_self *self, const char *key, uint64_t revision)
{
	for (unsigned i = 0; i < SEEN; i++)
		if (strcmp(self->seen[i].key, key) == 0 && self->seen[i].revision == revision)
			return self->seen[i].mod;
	return 0;
}

/* -- Reading -- */

/* SUCCESS: *stored is the caller's to stored_done, there or not. */
static credence_rc read_record(struct credence_self *self, const char *key, struct stored *stored)
{
	struct buf question = BUF_INIT;
	struct json_object *answer = NULL;
	credence_rc rc;

	buf_str(&question, "{\"key\":");
	etcd_add_key(self, &question, RECORD, key);
	buf_char(&question, '}');
	rc = etcd_ask(self, "/v3/kv/range", &question, &answer, NULL);
	if (rc == CREDENCE_SUCCESS && !answer_stored(answer, stored)) {
		stored_done(stored);
		rc = etcd_no_sense(self);
	}
	json_wipe(answer);
	buf_done(&question);
	return rc;
}

static uint64_t revision_of(struct credence_self *self, const struct stored *stored)
{
	return stored->there ? self->host->revision(self->call, buf_text(&stored->value),
						    stored->value.length)
			     : 0;
}

static credence_rc etcd_load(struct credence_self *self, struct credence_call *call,
			     const char *key)
{
	struct stored stored;
	credence_rc rc;

	self->call = call;
	etcd_keep(self);
	self->date = 0;
	rc = read_record(self, key, &stored);
	if (rc != CREDENCE_SUCCESS)
		return etcd_end(self, rc);
	if (self->date != 0)
		self->host->put_time(call, self->date);
	if (stored.there) {
		remember(self, key, revision_of(self, &stored), stored.mod);
		rc = self->host->put_bytes(call, buf_text(&stored.value), stored.value.length);
	} else {
		rc = CREDENCE_MISS;
	}
	stored_done(&stored);
	return rc;
}

/* -- Saving -- */

struct save {
	const char *key;
	const struct credence_item *item;
	int64_t mod; /* the modification that is to be replaced; 0: there is nothing */
	bool again;  /* it may have been done before */
};

static void add_save(struct credence_self *self, struct buf *question, const struct save *save)
{
	buf_str(question, "{\"compare\":[{\"target\":\"MOD\",\"result\":\"EQUAL\",\"key\":");
	etcd_add_key(self, question, RECORD, save->key);
	buf_printf(question, ",\"mod_revision\":\"%lld\"}],\"success\":[{\"request_put\":{\"key\":",
		   (long long)save->mod);
	etcd_add_key(self, question, RECORD, save->key);
	buf_str(question, ",\"value\":\"");
	base64_add(question, save->item->bytes, save->item->length);
	buf_str(question, "\"}}],\"failure\":[{\"request_range\":{\"key\":");
	etcd_add_key(self, question, RECORD, save->key);
	buf_str(question, "}}]}");
}

static credence_rc conflict(struct credence_self *self, const struct save *save)
{
	if (save->item->expected == 0)
		return etcd_fail(self, CREDENCE_CONFLICT, NULL, NULL,
				 "there is a record already: it was made meanwhile");
	return etcd_fail(self, CREDENCE_CONFLICT, NULL, NULL,
			 "the record no longer has revision %llu: it was changed meanwhile",
			 (unsigned long long)save->item->expected);
}

/* What is there instead. SUCCESS: it is ours, that came first; MISS: it has the expected revision,
 * by another modification, which is known now; CONFLICT. */
static credence_rc judge(struct credence_self *self, struct save *save, const struct stored *other)
{
	const struct credence_item *item = save->item;

	if (save->again && other->there && other->value.length == item->length &&
	    memcmp(buf_text(&other->value), item->bytes, item->length) == 0) {
		remember(self, save->key, item->revision, other->mod);
		return CREDENCE_SUCCESS;
	}
	if (!other->there || item->expected == 0 || revision_of(self, other) != item->expected)
		return conflict(self, save);
	save->mod = other->mod;
	return CREDENCE_MISS;
}

static credence_rc save_once(struct credence_self *self, struct save *save)
{
	struct stored other = {.value = BUF_SECRET};
	struct json_object *answer = NULL;
	struct buf question = BUF_SECRET;
	bool succeeded = false;
	int64_t mod;
	credence_rc rc;

	add_save(self, &question, save);
	rc = etcd_ask(self, "/v3/kv/txn", &question, &answer, &save->again);
	if (rc == CREDENCE_SUCCESS && !answer_txn(answer, &succeeded, &other))
		rc = etcd_no_sense(self);
	else if (rc == CREDENCE_SUCCESS && !succeeded)
		rc = judge(self, save, &other);
	else if (rc == CREDENCE_SUCCESS && answer_revision(answer, &mod))
		remember(self, save->key, save->item->revision, mod);
	stored_done(&other);
	json_wipe(answer);
	buf_done(&question);
	return rc;
}

/* MISS: save->mod is the modification that has the expected revision, to be replaced. */
static credence_rc find_expected(struct credence_self *self, struct save *save)
{
	struct stored stored;
	credence_rc rc;

	save->mod = save->item->expected != 0 ? recall(self, save->key, save->item->expected) : 0;
	if (save->item->expected == 0 || save->mod != 0)
		return CREDENCE_MISS;
	rc = read_record(self, save->key, &stored);
	if (rc != CREDENCE_SUCCESS)
		return rc;
	rc = judge(self, save, &stored);
	stored_done(&stored);
	return rc;
}

static credence_rc etcd_save(struct credence_self *self, struct credence_call *call,
			     const char *key, const struct credence_item *item)
{
	struct save save = {.key = key, .item = item};
	credence_rc rc;

	self->call = call;
	if (item->length > RECORD_MAX)
		return etcd_end(self, etcd_fail(self, CREDENCE_ERROR, "too_large", NULL,
						"the record is larger than 512 KiB"));
	etcd_keep(self);
	rc = find_expected(self, &save);
	for (int try = 0; try < TRIES && rc == CREDENCE_MISS; try++)
		rc = save_once(self, &save);
	return etcd_end(self, rc == CREDENCE_MISS ? conflict(self, &save) : rc);
}

/* -- Erasing and listing -- */

/* That there was something is found out first: of a question that was asked twice the second answer
 * does not say it. */
static credence_rc etcd_erase(struct credence_self *self, struct credence_call *call,
			      const char *key)
{
	struct buf question = BUF_INIT;
	struct json_object *answer = NULL;
	struct stored stored;
	bool there;
	credence_rc rc;

	self->call = call;
	etcd_keep(self);
	rc = read_record(self, key, &stored);
	if (rc != CREDENCE_SUCCESS)
		return etcd_end(self, rc);
	there = stored.there;
	stored_done(&stored);
	buf_str(&question, "{\"key\":");
	etcd_add_key(self, &question, RECORD, key);
	buf_char(&question, '}');
	if (there)
		rc = etcd_ask(self, "/v3/kv/deleterange", &question, &answer, NULL);
	json_wipe(answer);
	buf_done(&question);
	return etcd_end(self, rc == CREDENCE_SUCCESS && !there ? CREDENCE_MISS : rc);
}

/* A key that is nobody's is passed over. */
static credence_rc put_key(struct credence_self *self, const struct buf *path)
{
	size_t prefix = strlen(self->prefix), skip = prefix + strlen(RECORD);
	const char *text = buf_text(path);

	if (strlen(text) != path->length || path->length <= skip ||
	    strncmp(text, self->prefix, prefix) != 0 ||
	    strncmp(text + prefix, RECORD, skip - prefix) != 0 || !text_is_key(text + skip))
		return CREDENCE_SUCCESS;
	return self->host->put_name(self->call, text + skip);
}

/* Does it stand behind what was listed last? Else the list might never end. */
static bool is_behind(const struct buf *path, const struct buf *after)
{
	size_t common = path->length < after->length ? path->length : after->length;
	int order = memcmp(path->data, after->data, common);

	return order > 0 || (order == 0 && path->length >= after->length);
}

/* Keys from "after" on, which becomes what the next one is behind. *more: there are some. */
static credence_rc list_page(struct credence_self *self, struct buf *after, bool *more)
{
	struct buf question = BUF_INIT, path = BUF_INIT;
	struct json_object *answer = NULL;
	credence_rc rc;
	size_t i;

	buf_str(&question, "{\"key\":\"");
	base64_add(&question, buf_text(after), after->length);
	buf_str(&question, "\",\"range_end\":");
	etcd_add_key(self, &question, "/record0", ""); /* 0 comes behind / */
	buf_printf(&question, ",\"keys_only\":true,\"limit\":\"%d\"}", PAGE);
	rc = etcd_ask(self, "/v3/kv/range", &question, &answer, NULL);
	for (i = 0; rc == CREDENCE_SUCCESS && answer_key(answer, i, &path); i++) {
		rc = is_behind(&path, after) ? put_key(self, &path) : etcd_no_sense(self);
		buf_reset(after);
		buf_add(after, path.data, path.length + 1);
		buf_reset(&path);
	}
	*more = rc == CREDENCE_SUCCESS && i > 0 && answer_has_more(answer);
	json_wipe(answer);
	buf_done(&question);
	buf_done(&path);
	return rc;
}

static credence_rc etcd_list(struct credence_self *self, struct credence_call *call)
{
	struct buf after = BUF_INIT;
	bool more = true;
	credence_rc rc = CREDENCE_SUCCESS;

	self->call = call;
	buf_printf(&after, "%s/record/", self->prefix);
	while (rc == CREDENCE_SUCCESS && more)
		rc = list_page(self, &after, &more);
	buf_done(&after);
	return etcd_end(self, rc);
}

static const struct credence_option options[] = {
    {"endpoints", CREDENCE_ORIGINS, CREDENCE_REQUIRED, NULL,
     "the cluster's servers, https://host:2379"},
    {"ca_file", CREDENCE_FILE, 0, NULL, "the only CA certificates to trust there (PEM)"},
    {"client_cert", CREDENCE_KEY_FILE, 0, NULL, "certificate and key to show there (PEM)"},
    {"user", CREDENCE_STRING, 0, NULL, "etcd's user, if it knows any"},
    {"password", CREDENCE_SECRET, 0, NULL, "the user's password"},
    {"prefix", CREDENCE_STRING, 0, "/credence", "what all keys begin with"},
    {"timeout", CREDENCE_DURATION, 0, "5s", "how long one server may take to answer"},
    {"connect_timeout", CREDENCE_DURATION, 0, "2s", "how long a connection may take"},
    {NULL, 0, 0, NULL, NULL},
};

static const struct credence_store_ops ops = {
    .size = sizeof(ops),
    .flags =
	CREDENCE_STORE_DURABLE | CREDENCE_STORE_SHARED | CREDENCE_STORE_CAS | CREDENCE_STORE_LOCK,
    .load = etcd_load,
    .save = etcd_save,
    .erase = etcd_erase,
    .list = etcd_list,
    .lock = etcd_lock,
    .unlock = etcd_unlock,
};

CREDENCE_STORE(etcd, &ops, .version = "1.0", .summary = "records in an etcd cluster",
	       .options = options, .open = etcd_open, .close = etcd_close);
