/* SPDX-License-Identifier: MIT */
/* The stage; see host_stage.h. */
#include "host_stage.h"

#define PROFILE                                                                                    \
	"provider = \"p\"; client = { id = \"cid\"; secret = \"plain:hidden\"; "                   \
	"redirect_uri = \"http://127.0.0.1:8765/cb\"; };\n"                                        \
	"scope = [ \"a\", \"b\" ]; grant = \"g\"; api = \"sheets\";\n"                             \
	"store = { use = \"stub\"; key = \"plain:hidden too\"; text = \"t\"; number = 5; "         \
	"words = [ \"x\", \"y\" ]; trusted = \"/etc/passwd\"; gone = \"/nonexistent\"; "           \
	"key_file = \"/etc/passwd\"; "                                                             \
	"servers = [ \"https://db.example:2379\", \"http://127.0.0.1:2379\" ]; };\n"               \
	"http = { ca_file = \"/the/provider's\"; client_cert = \"/the/client's\"; "                \
	"proxy = \"http://127.0.0.1:3128\"; };\n"
#define PROVIDER                                                                                   \
	"scope_separator = \",\"; accounts_server = \"https://accounts.example\"; "                \
	"token_endpoint = \"https://token.example/t\"; revocation_endpoint = \"/revoke\";\n"       \
	"apis = ( { name = \"sheets\"; url = \"https://sheets.example\"; } );\n"                   \
	"datacenters = ( { location = \"us\"; accounts_server = \"https://us.example\"; "          \
	"api_domain = \"https://api.us.example\"; "                                                \
	"api_domain_aliases = [ \"https://alias.us.example\" ]; "                                  \
	"apis = ( { name = \"sheets\"; url = \"https://sheets.us.example:8443/v1\"; } ); } );\n"

struct stage stage;

static struct credence_call *const call = &stage.world.call;

/* -- The module -- */

static credence_rc run_step(void)
{
	stage.stepped++;
	return stage.step != NULL ? stage.step() : CREDENCE_SUCCESS;
}

static credence_rc plain(struct credence_self *self, struct credence_call *calling)
{
	(void)self;
	ck_assert_ptr_eq(calling, call);
	return run_step();
}

static credence_rc with_text(struct credence_self *self, struct credence_call *calling,
			     const char *text)
{
	(void)text;
	return plain(self, calling);
}

static credence_rc with_item(struct credence_self *self, struct credence_call *calling,
			     const char *key, const struct credence_item *item)
{
	(void)key;
	(void)item;
	return plain(self, calling);
}

static credence_rc with_request(struct credence_self *self, struct credence_call *calling,
				const struct credence_request *request)
{
	(void)request;
	return plain(self, calling);
}

static struct credence_option options[] = {
    {"text", CREDENCE_STRING, 0, NULL, NULL},
    {"number", CREDENCE_NUMBER, 0, "7", NULL},
    {"words", CREDENCE_LIST, 0, NULL, NULL},
    {"key", CREDENCE_SECRET, 0, NULL, NULL},
    {"absent", CREDENCE_SECRET, 0, NULL, NULL},
    {"servers", CREDENCE_ORIGINS, 0, NULL, NULL},
    {"trusted", CREDENCE_FILE, 0, NULL, NULL},
    {"key_file", CREDENCE_KEY_FILE, 0, NULL, NULL},
    {"gone", CREDENCE_FILE, 0, NULL, NULL},
    {"no_file", CREDENCE_FILE, 0, NULL, NULL},
    {NULL, 0, 0, NULL, NULL},
};

void stage_become(uint32_t role)
{
	memset(&stage.module, 0, sizeof(stage.module));
	stage.module.role = role;
	stage.module.descriptor = (struct credence_module){.name = "stub", .options = options};
	if (role == CREDENCE_ROLE_GRANT)
		stage.module.ops.grant =
		    (struct credence_grant_ops){.acquire = plain, .renew = plain, .revoke = plain};
	else if (role == CREDENCE_ROLE_RESOLVER)
		stage.module.ops.resolver =
		    (struct credence_resolver_ops){.resolve = plain, .learn = plain};
	else if (role == CREDENCE_ROLE_STORE)
		stage.module.ops.store = (struct credence_store_ops){.load = with_text,
								     .save = with_item,
								     .erase = with_text,
								     .list = plain,
								     .lock = with_text,
								     .unlock = with_text};
	else if (role == CREDENCE_ROLE_TRANSPORT)
		stage.module.ops.transport =
		    (struct credence_transport_ops){.perform = with_request};
	else
		stage.module.ops.hook = (struct credence_hook_ops){.event = with_text};
	stage.entry =
	    (struct entry){.conf = stage.conf.entry, .role = role, .module = &stage.module};
}

/* -- The world -- */

static void take_log(void *data, int32_t level, const char *message)
{
	(void)data;
	(void)snprintf(stage.logged, sizeof(stage.logged), "%d %s", (int)level, message);
}

void stage_set(void)
{
	memset(&stage, 0, sizeof(stage));
	world_init(&stage.world);
	call->listener.log = take_log;
	call->work = &stage.work;
	world_file(&stage.world, "admin/profiles.d/crm.conf", PROFILE);
	world_file(&stage.world, "vendor/providers.d/p.conf", PROVIDER);
	stage.work.profile = world_profile(&stage.world, "crm");
	ck_assert_int_eq(stack_conf_load(call, stage.work.profile, "store", &stage.conf),
			 CREDENCE_SUCCESS);
	frame_init(&stage.frame);
	stage_become(CREDENCE_ROLE_GRANT);
}

void stage_clear(void)
{
	frame_done(&stage.frame);
	attributes_done(&stage.work.known);
	stack_conf_done(&stage.conf);
	profile_free(stage.work.profile);
	world_done(&stage.world);
}

void stage_expect(credence_rc rc, const char *part)
{
	ck_assert_int_eq(call->failure.rc, rc);
	ck_assert_ptr_nonnull(call->failure.message);
	ck_assert_msg(strstr(call->failure.message, part) != NULL, "no \"%s\" in \"%s\"", part,
		      call->failure.message);
}

/* -- Running methods -- */

const struct stage_method stage_methods[STAGE_METHODS] = {
    {CREDENCE_ROLE_GRANT, "acquire"},     {CREDENCE_ROLE_GRANT, "renew"},
    {CREDENCE_ROLE_GRANT, "revoke"},      {CREDENCE_ROLE_RESOLVER, "resolve"},
    {CREDENCE_ROLE_RESOLVER, "learn"},    {CREDENCE_ROLE_STORE, "load"},
    {CREDENCE_ROLE_STORE, "save"},        {CREDENCE_ROLE_STORE, "erase"},
    {CREDENCE_ROLE_STORE, "list"},        {CREDENCE_ROLE_STORE, "lock"},
    {CREDENCE_ROLE_STORE, "unlock"},      {CREDENCE_ROLE_HOOK, "event"},
    {CREDENCE_ROLE_TRANSPORT, "perform"},
};

credence_rc stage_put_token(void)
{
	const struct credence_token token = {.size = sizeof(token), .access_token = "at"};

	return HOST->put_token(call, &token);
}

credence_rc stage_run(const char *method)
{
	const struct credence_request request = {.size = sizeof(request)};
	const struct credence_item item = {.size = sizeof(item)};
	struct http_answer answer = {.body = BUF_SECRET, .max_body = 10};
	credence_rc rc;

	frame_done(&stage.frame);
	frame_init(&stage.frame);
	call_clear(call);
	if (strcmp(method, "acquire") == 0)
		return entry_acquire(call, &stage.entry, &stage.frame);
	if (strcmp(method, "renew") == 0)
		return entry_renew(call, &stage.entry, &stage.frame);
	if (strcmp(method, "revoke") == 0)
		return entry_revoke(call, &stage.entry, &stage.frame);
	if (strcmp(method, "resolve") == 0)
		return entry_resolve(call, &stage.entry, &stage.frame);
	if (strcmp(method, "learn") == 0)
		return entry_learn(call, &stage.entry, &stage.frame);
	if (strcmp(method, "load") == 0)
		return entry_store_load(call, &stage.entry, &stage.frame, "crm");
	if (strcmp(method, "save") == 0)
		return entry_store_save(call, &stage.entry, &stage.frame, "crm", &item);
	if (strcmp(method, "erase") == 0)
		return entry_store_erase(call, &stage.entry, &stage.frame, "crm");
	if (strcmp(method, "list") == 0)
		return entry_store_list(call, &stage.entry, &stage.frame);
	if (strcmp(method, "lock") == 0)
		return entry_store_lock(call, &stage.entry, &stage.frame, "crm");
	if (strcmp(method, "unlock") == 0)
		return entry_store_unlock(call, &stage.entry, &stage.frame, "crm");
	if (strcmp(method, "event") == 0)
		return entry_event(call, &stage.entry, &stage.frame, "renewed");
	ck_assert_str_eq(method, "perform");
	stage.frame.answer = &answer;
	rc = entry_perform(call, &stage.entry, &stage.frame, &request);
	http_answer_done(&answer);
	return rc;
}
