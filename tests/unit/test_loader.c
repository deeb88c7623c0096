/* SPDX-License-Identifier: MIT */
/*
 * Finding and loading modules: good ones, and each way in which a file, a folder or a descriptor
 * can be bad. The shared objects are those of tests/modules, in the folder CREDENCE_TEST_STUBS.
 */
#include "core/module/context.h"
#include "core/module/descriptor.h"
#include "core/module/role.h"
#include "core/os/file.h"

#include "config_world.h"
#include "suite.h"

#include <pthread.h>

#define NOBODY 65534

static struct world world;
static struct credence context;
static const char *stubs;

/* -- The world: modules.path is a folder of ours, then the built stubs -- */

static void start(const char *more)
{
	char *conf = NULL;

	ck_assert_int_gt(asprintf(&conf, "modules = { path = [ \"%s/modules\", \"%s\" ]; %s };\n",
				  world.root, stubs, more),
			 0);
	world_file(&world, "admin/credence.conf", conf);
	free(conf);
	world_load_main(&world);
	ck_assert_int_eq(modules_init(&world.call, &context.modules, &world.main),
			 CREDENCE_SUCCESS);
}

static void setup(void)
{
	stubs = getenv("CREDENCE_TEST_STUBS");
	ck_assert_msg(stubs != NULL, "CREDENCE_TEST_STUBS names the folder of the stub modules");
	world_init(&world);
	memset(&context, 0, sizeof(context));
	world.call.context = &context;
	world_file(&world, "modules/README", "");
}

static void teardown(void)
{
	modules_done(&context.modules);
	world_done(&world);
}

/* Copies a stub to a path of the world. */
static char *copy_stub(const char *stub, const char *name)
{
	char *from = NULL, *to = world_path(&world, name), chunk[4096];
	size_t length;
	FILE *in, *out;

	world_file(&world, name, "");
	ck_assert_int_gt(asprintf(&from, "%s/%s", stubs, stub), 0);
	in = fopen(from, "rb");
	out = fopen(to, "wb");
	ck_assert_ptr_nonnull(in);
	ck_assert_ptr_nonnull(out);
	while ((length = fread(chunk, 1, sizeof(chunk), in)) > 0)
		ck_assert_uint_eq(fwrite(chunk, 1, length, out), length);
	ck_assert_int_eq(ferror(in), 0);
	ck_assert_int_eq(fclose(in), 0);
	ck_assert_int_eq(fclose(out), 0);
	free(from);
	return to;
}

static const struct module *load(uint32_t role, const char *use)
{
	const struct module *module = NULL;
	credence_rc rc;

	call_clear(&world.call);
	rc = module_load(&world.call, &context.modules, role, use, &module);
	ck_assert_msg(rc == CREDENCE_SUCCESS, "%s: %s", use, world.call.failure.message);
	return module;
}

static void refuse(uint32_t role, const char *use, credence_rc expected, int status,
		   const char *part)
{
	const struct module *module = NULL;
	credence_rc rc;

	call_clear(&world.call);
	rc = module_load(&world.call, &context.modules, role, use, &module);
	ck_assert_msg(rc == expected, "%s: answered %s, %s", use, rc_name(rc),
		      world.call.failure.message);
	ck_assert_int_eq(world.call.failure.rc, expected);
	ck_assert_int_eq(call_status(&world.call, role), status);
	ck_assert_msg(strstr(world.call.failure.message, part) != NULL, "%s: no \"%s\" in \"%s\"",
		      use, part, world.call.failure.message);
	ck_assert_ptr_null(module);
}

static void refuse_unsafe(const char *use, const char *part)
{
	refuse(CREDENCE_ROLE_HOOK, use, CREDENCE_UNSAFE, STATUS_UNSAFE, part);
}

static void expect_hint(const char *part)
{
	ck_assert_ptr_nonnull(world.call.failure.hint);
	ck_assert_msg(strstr(world.call.failure.hint, part) != NULL, "no \"%s\" in \"%s\"", part,
		      world.call.failure.hint);
}

/* -- Good ones -- */

START_TEST(by_name)
{
	const struct module *module;

	start("");
	module = load(CREDENCE_ROLE_HOOK, "options");
	ck_assert_uint_eq(module->role, CREDENCE_ROLE_HOOK);
	ck_assert_str_eq(module->name, "options");
	ck_assert_str_eq(module->descriptor.name, "options");
	ck_assert_str_eq(module->descriptor.version, "1.0");
	ck_assert_str_eq(module->descriptor.options[0].name, "text");
	ck_assert_str_eq(module->descriptor.options[5].name, "key");
	ck_assert_ptr_null(module->descriptor.options[6].name);
	ck_assert_ptr_eq(module->descriptor.ops.any, &module->ops);
	ck_assert_int_eq(module->ops.hook.event(NULL, NULL, ""), CREDENCE_SUCCESS);
	ck_assert_str_eq(strrchr(module->path, '/'), "/hook_options.so");
}
END_TEST

START_TEST(once)
{
	const struct module *module;

	start("");
	module = load(CREDENCE_ROLE_HOOK, "options");
	ck_assert_ptr_ne(module, load(CREDENCE_ROLE_HOOK, "answers"));
	ck_assert_ptr_ne(load(CREDENCE_ROLE_STORE, "answers"), load(CREDENCE_ROLE_HOOK, "answers"));
	ck_assert_ptr_eq(module, load(CREDENCE_ROLE_HOOK, "options"));
}
END_TEST

START_TEST(by_path)
{
	char *path = copy_stub("hook_options.so", "elsewhere/hook_options.so");
	const struct module *module;

	start("");
	module = load(CREDENCE_ROLE_HOOK, path);
	ck_assert_str_eq(module->name, path);
	ck_assert_str_eq(module->path, path);
	ck_assert_str_eq(module->descriptor.name, "options");
	free(path);
}
END_TEST

START_TEST(first_folder_wins)
{
	char *path = copy_stub("hook_options.so", "modules/hook_options.so");

	start("");
	ck_assert_str_eq(load(CREDENCE_ROLE_HOOK, "options")->path, path);
	free(path);
}
END_TEST

START_TEST(built_in_folder_is_last)
{
	char **folder;

	start("");
	for (folder = context.modules.folders; folder[1] != NULL; folder++)
		ck_assert_str_ne(*folder, CREDENCE_MODULEDIR);
	ck_assert_str_eq(*folder, CREDENCE_MODULEDIR);
}
END_TEST

START_TEST(of_a_later_header)
{
	const struct module *module;

	start("");
	module = load(CREDENCE_ROLE_HOOK, "newer");
	ck_assert_str_eq(module->descriptor.version, "2.0");
	ck_assert_uint_eq(module->descriptor.abi_minor, CREDENCE_ABI_MINOR + 1);
	ck_assert_str_eq(module->descriptor.options[0].name, "first");
	ck_assert_str_eq(module->descriptor.options[1].name, "second");
	ck_assert_str_eq(module->descriptor.options[1].fallback, "two");
	ck_assert_ptr_null(module->descriptor.options[2].name);
	ck_assert_uint_eq(module->descriptor.option_size, sizeof(struct credence_option));
	ck_assert_int_eq(module->ops.hook.event(NULL, NULL, ""), CREDENCE_SUCCESS);
}
END_TEST

static void *load_in_thread(void *data)
{
	struct credence_call call;
	const struct module **module = data;

	call_init(&call, &context, NULL, 0, -1);
	if (module_load(&call, &context.modules, CREDENCE_ROLE_HOOK, "options", module) !=
	    CREDENCE_SUCCESS)
		*module = NULL;
	call_done(&call);
	return NULL;
}

START_TEST(by_many_threads)
{
	const struct module *module[8] = {NULL};
	pthread_t thread[8];
	int i;

	start("");
	for (i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, load_in_thread, &module[i]), 0);
	for (i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_join(thread[i], NULL), 0);
	for (i = 0; i < 8; i++)
		ck_assert_ptr_eq(module[i], module[0]);
	ck_assert_ptr_nonnull(module[0]);
	ck_assert_ptr_null(context.modules.first->next);
}
END_TEST

/* -- Bad ones -- */

static const struct bad {
	uint32_t role;
	const char *use, *part;
} bad[] = {
    {CREDENCE_ROLE_HOOK, "other_abi",
     "hook_other_abi.so was built for module ABI 2, this credence has 1"},
    {CREDENCE_ROLE_HOOK, "no_symbol", "hook_no_symbol.so does not export credence1_hook_no_symbol"},
    {CREDENCE_ROLE_HOOK, "hidden", "its entry point is not exported"},
    {CREDENCE_ROLE_HOOK, "unresolved", "undefined symbol: credence_stub_of_nobody"},
    {CREDENCE_ROLE_HOOK, "no_descriptor", "it has no descriptor"},
    {CREDENCE_ROLE_HOOK, "short", "its descriptor is too small for ABI 1.0"},
    {CREDENCE_ROLE_HOOK, "short_ops", "its table of methods is too small for ABI 1.0"},
    {CREDENCE_ROLE_HOOK, "wrong_role", "another role than its file's name"},
    {CREDENCE_ROLE_HOOK, "wrong_name", "another name than its file's"},
    {CREDENCE_ROLE_STORE, "no_erase", "it lacks the mandatory method erase"},
};

START_TEST(bad_module)
{
	const struct bad *b = &bad[_i];

	start("");
	refuse(b->role, b->use, CREDENCE_ERROR, STATUS_MODULE, b->part);
	ck_assert_ptr_null(context.modules.first);
}
END_TEST

/* What is no module of ours must not even run its constructors. */
START_TEST(not_run_before_it_is_known)
{
	start("");
	ck_assert_int_eq(unsetenv("CREDENCE_STUB_RAN"), 0);
	refuse(CREDENCE_ROLE_HOOK, "no_symbol", CREDENCE_ERROR, STATUS_MODULE, "does not export");
	ck_assert_ptr_null(getenv("CREDENCE_STUB_RAN"));
}
END_TEST

START_TEST(no_shared_object)
{
	start("");
	world_file(&world, "modules/hook_empty.so", "");
	refuse(CREDENCE_ROLE_HOOK, "empty", CREDENCE_ERROR, STATUS_MODULE, "it is empty");
	world_file(&world, "modules/hook_text.so", "credence1_hook_text\n");
	refuse(CREDENCE_ROLE_HOOK, "text", CREDENCE_ERROR, STATUS_MODULE, "does not export");
}
END_TEST

START_TEST(missing)
{
	start("");
	refuse(CREDENCE_ROLE_HOOK, "optios", CREDENCE_ERROR, STATUS_MODULE,
	       "no module hook_optios in ");
	ck_assert_ptr_nonnull(strstr(world.call.failure.message, stubs));
	ck_assert_ptr_nonnull(strstr(world.call.failure.message, CREDENCE_MODULEDIR));
	expect_hint("did you mean \"options\"?");
	refuse(CREDENCE_ROLE_TRANSPORT, "options", CREDENCE_ERROR, STATUS_MODULE,
	       "no module transport_options in ");
	expect_hint("credence module list");
	refuse(CREDENCE_ROLE_HOOK, "/nowhere/hook_x.so", CREDENCE_ERROR, STATUS_MODULE,
	       "/nowhere/hook_x.so is not there");
}
END_TEST

START_TEST(no_name)
{
	static const char *const uses[] = {
	    "",        "../hook_options", "Options",         "options.so",
	    "a/b",     "1options",        "/tmp/options.so", "/hook_.so",
	    "/a/hook", "/tmp/hook_A.so",  "/tmp/store_x.so", "/"};
	size_t i;

	start("");
	for (i = 0; i < sizeof(uses) / sizeof(uses[0]); i++)
		refuse(CREDENCE_ROLE_HOOK, uses[i], CREDENCE_CONFIG, STATUS_CONFIG, uses[i]);
}
END_TEST

/* -- Unsafe ones -- */

START_TEST(link_is_unsafe)
{
	char *path = copy_stub("hook_options.so", "elsewhere/hook_options.so");
	char *link = world_path(&world, "modules/hook_options.so");

	start("");
	ck_assert_int_eq(symlink(path, link), 0);
	refuse_unsafe("options", "modules/hook_options.so is a link");
	free(path);
	free(link);
}
END_TEST

/* A folder on the way may be a link that nobody else could have made. */
START_TEST(link_to_a_folder_is_safe)
{
	char *path = copy_stub("hook_options.so", "elsewhere/hook_options.so");
	char *folder = world_path(&world, "elsewhere"), *link = world_path(&world, "link");
	char *use = world_path(&world, "link/hook_options.so");

	start("");
	ck_assert_int_eq(symlink(folder, link), 0);
	ck_assert_int_eq(chmod(folder, 0777), 0);
	refuse_unsafe(use, "others can write to it");
	ck_assert_int_eq(chmod(folder, 0755), 0);
	load(CREDENCE_ROLE_HOOK, use);
	free(path);
	free(folder);
	free(link);
	free(use);
}
END_TEST

START_TEST(pipe_is_unsafe)
{
	char *path = world_path(&world, "modules/hook_options.so");

	start("");
	ck_assert_int_eq(mkfifo(path, 0644), 0);
	refuse_unsafe("options", "is no regular file");
	free(path);
}
END_TEST

START_TEST(file_of_others_is_unsafe)
{
	char *path = copy_stub("hook_options.so", "modules/hook_options.so");

	start("");
	ck_assert_int_eq(chmod(path, 0775), 0);
	refuse_unsafe("options", "others can write to it");
	ck_assert_int_eq(chmod(path, 0757), 0);
	refuse_unsafe("options", "others can write to it");
	ck_assert_int_eq(chmod(path, 0755), 0);
	load(CREDENCE_ROLE_HOOK, "options");
	free(path);
}
END_TEST

START_TEST(folder_of_others_is_unsafe)
{
	char *path = copy_stub("hook_options.so", "outer/modules/hook_options.so");
	char *folder = world_path(&world, "outer/modules"), *outer = world_path(&world, "outer");

	start("");
	ck_assert_int_eq(chmod(folder, 0775), 0);
	refuse_unsafe(path, "outer/modules: others can write to it");
	/* Nor is a sticky folder one for modules: anybody could have put a file there first. */
	ck_assert_int_eq(chmod(folder, 01777), 0);
	refuse_unsafe(path, "outer/modules: others can write to it");
	ck_assert_int_eq(chmod(folder, 0755), 0);
	ck_assert_int_eq(chmod(outer, 0777), 0);
	refuse_unsafe(path, "outer: others can write to it");
	ck_assert_int_eq(chmod(outer, 0755), 0);
	load(CREDENCE_ROLE_HOOK, path);
	free(path);
	free(folder);
	free(outer);
}
END_TEST

START_TEST(owner_must_be_root_or_me)
{
	char *path = copy_stub("hook_options.so", "modules/hook_options.so");
	char *folder = world_path(&world, "modules");

	start("");
	ck_assert_int_eq(chown(path, NOBODY, NOBODY), 0);
	refuse_unsafe("options", "belongs to user 65534");
	ck_assert_int_eq(chown(path, 0, 0), 0);
	ck_assert_int_eq(chown(folder, NOBODY, NOBODY), 0);
	refuse_unsafe("options", "modules belongs to user 65534");
	free(path);
	free(folder);
}
END_TEST

/* -- What credence.conf says -- */

START_TEST(allowed)
{
	char *path = copy_stub("hook_options.so", "elsewhere/hook_options.so");

	start("allow = [ \"hook_options\", \"store_answers\" ];");
	load(CREDENCE_ROLE_HOOK, "options");
	load(CREDENCE_ROLE_STORE, "answers");
	refuse_unsafe("answers", "hook answers is not in modules.allow");
	expect_hint("add \"hook_answers\" there");
	refuse_unsafe(path, "elsewhere/hook_options.so is not in modules.allow");
	free(path);
	ck_assert_ptr_null(context.modules.first->next->next);
}
END_TEST

START_TEST(allowed_path)
{
	char *path = copy_stub("hook_options.so", "elsewhere/hook_options.so"), *allow = NULL;

	ck_assert_int_gt(asprintf(&allow, "allow = [ \"%s\" ];", path), 0);
	start(allow);
	load(CREDENCE_ROLE_HOOK, path);
	refuse_unsafe("options", "hook options is not in modules.allow");
	free(path);
	free(allow);
}
END_TEST

/* Of a list that allows nothing, nothing is allowed. */
START_TEST(nothing_allowed)
{
	start("allow = [ ];");
	refuse_unsafe("options", "hook options is not in modules.allow");
}
END_TEST

START_TEST(relative_folder)
{
	world_file(&world, "admin/credence.conf", "modules = { path = [ \"modules\" ]; };\n");
	world_load_main(&world);
	ck_assert_int_eq(modules_init(&world.call, &context.modules, &world.main), CREDENCE_CONFIG);
	ck_assert_str_eq(world_error(&world),
			 "admin/credence.conf:1: \"modules\" in modules.path is "
			 "no absolute folder");
}
END_TEST

START_TEST(names)
{
	char *path = copy_stub("hook_options.so", "modules/hook_options.so");
	char **list = NULL;
	unsigned i;

	start("");
	world_file(&world, "modules/hook_aaa.so", "");
	world_file(&world, "modules/hook_Bad.so", "");
	world_file(&world, "modules/hook_.so", "");
	world_file(&world, "modules/hook_x.txt", "");
	ck_assert_int_eq(module_names(&world.call, &context.modules, CREDENCE_ROLE_HOOK, &list),
			 CREDENCE_SUCCESS);
	ck_assert_str_eq(list[0], "aaa");
	ck_assert_str_eq(list[1], "answers");
	for (i = 1; list[i] != NULL; i++)
		ck_assert_int_lt(strcmp(list[i - 1], list[i]), 0);
	file_names_free(list);
	ck_assert_int_eq(module_names(&world.call, &context.modules, CREDENCE_ROLE_STORE, &list),
			 CREDENCE_SUCCESS);
	ck_assert_str_eq(list[0], "answers");
	ck_assert_str_eq(list[1], "faulty");
	ck_assert_str_eq(list[2], "no_erase");
	ck_assert_str_eq(list[3], "shared");
	ck_assert_ptr_null(list[4]);
	file_names_free(list);
	free(path);
}
END_TEST

START_TEST(role_names)
{
	static const char *const all[] = {"grant",     "resolver", "store", "seal",
					  "transport", "hook",     "signer"};
	uint32_t role;

	for (role = 1; role < ROLE_COUNT; role++) {
		ck_assert_str_eq(role_name(role), all[role - 1]);
		ck_assert_uint_eq(role_of_name(all[role - 1]), role);
	}
	ck_assert_str_eq(role_name(0), "?");
	ck_assert_str_eq(role_name(ROLE_COUNT), "?");
	ck_assert_uint_eq(role_of_name("stores"), 0);
}
END_TEST

/* -- Descriptors, without a file -- */

static credence_rc any_method(struct credence_self *self, struct credence_call *call)
{
	(void)self;
	(void)call;
	return CREDENCE_SUCCESS;
}

static credence_rc any_key(struct credence_self *self, struct credence_call *call, const char *key)
{
	(void)key;
	return any_method(self, call);
}

static credence_rc any_save(struct credence_self *self, struct credence_call *call, const char *key,
			    const struct credence_item *item)
{
	(void)item;
	return any_key(self, call, key);
}

static struct credence_store_ops store_ops;
static struct credence_option table[3];
static struct credence_module given;

/* A descriptor that is good, until a test spoils it. */
static void make_descriptor(void)
{
	store_ops = (struct credence_store_ops){
	    .size = sizeof(store_ops),
	    .flags = CREDENCE_STORE_LOCK,
	    .load = any_key,
	    .save = any_save,
	    .erase = any_key,
	    .list = any_method,
	    .lock = any_key,
	    .unlock = any_key,
	};
	memset(table, 0, sizeof(table));
	table[0] = (struct credence_option){"first", CREDENCE_NUMBER, 0, "1", "help"};
	table[1] = (struct credence_option){"second", CREDENCE_DURATION, 0, NULL, NULL};
	given = (struct credence_module){
	    .size = sizeof(given),
	    .role = CREDENCE_ROLE_STORE,
	    .name = "made",
	    .version = "1",
	    .summary = "made up",
	    .options = table,
	    .option_size = sizeof(table[0]),
	    .ops.store = &store_ops,
	};
}

static credence_rc copy(struct module *module)
{
	memset(module, 0, sizeof(*module));
	call_clear(&world.call);
	return descriptor_copy(&world.call, "FILE", CREDENCE_ROLE_STORE, "made", &given, module);
}

static void spoilt_hint(const char *message, const char *hint)
{
	struct module module;

	ck_assert_int_eq(copy(&module), CREDENCE_ERROR);
	ck_assert_int_eq(call_status(&world.call, CREDENCE_ROLE_STORE), STATUS_MODULE);
	ck_assert_str_eq(world.call.failure.message, message);
	ck_assert_ptr_nonnull(strstr(world.call.failure.hint, hint));
	free(module.options);
	make_descriptor();
}

/* What no other header would mend. */
static void spoilt(const char *message)
{
	spoilt_hint(message, "see credence-module(7)");
}

START_TEST(descriptor_taken_over)
{
	struct module module;

	make_descriptor();
	ck_assert_int_eq(copy(&module), CREDENCE_SUCCESS);
	ck_assert_uint_eq(module.role, CREDENCE_ROLE_STORE);
	ck_assert_ptr_eq(module.ops.store.unlock, any_key);
	ck_assert_ptr_eq(module.descriptor.options, module.options);
	free(module.options);
	given.options = NULL;
	given.option_size = 0;
	ck_assert_int_eq(copy(&module), CREDENCE_SUCCESS);
	ck_assert_ptr_null(module.options);
}
END_TEST

START_TEST(descriptor_spoilt)
{
	make_descriptor();
	given.size = descriptor_size_1 - 1;
	spoilt_hint("FILE: its descriptor is too small for ABI 1.0", "rebuild it");
	given.name = NULL;
	spoilt("FILE: it says that it has another name than its file's");
	given.role = CREDENCE_ROLE_SEAL;
	spoilt("FILE: it says that it has another role than its file's name");
	given.version = "";
	spoilt("FILE: it has no version or no summary of one line");
	given.summary = "two\nlines";
	spoilt("FILE: it has no version or no summary of one line");
	given.summary = NULL;
	spoilt("FILE: it has no version or no summary of one line");
	given.ops.any = NULL;
	spoilt("FILE: it has no methods");
	store_ops.size = roles[CREDENCE_ROLE_STORE].ops_size_1 - 1;
	spoilt_hint("FILE: its table of methods is too small for ABI 1.0", "rebuild it");
	store_ops.size = 0;
	spoilt("FILE: its table of methods does not say its size");
}
END_TEST

START_TEST(methods_missing)
{
	make_descriptor();
	store_ops.load = NULL;
	spoilt("FILE: it lacks the mandatory method load");
	store_ops.save = NULL;
	spoilt("FILE: it lacks the mandatory method save");
	store_ops.erase = NULL;
	spoilt("FILE: it lacks the mandatory method erase");
	store_ops.list = NULL;
	spoilt("FILE: it lacks the mandatory method list");
	store_ops.lock = NULL;
	spoilt("FILE: it lacks the mandatory method lock");
	store_ops.unlock = NULL;
	spoilt("FILE: it lacks the mandatory method unlock");
}
END_TEST

/* Each role knows which of its methods must be there. */
START_TEST(methods_missing_by_role)
{
	static const char *const first[] = {
	    [CREDENCE_ROLE_GRANT] = "acquire",     [CREDENCE_ROLE_RESOLVER] = "resolve",
	    [CREDENCE_ROLE_STORE] = "load",        [CREDENCE_ROLE_SEAL] = "seal",
	    [CREDENCE_ROLE_TRANSPORT] = "perform", [CREDENCE_ROLE_HOOK] = "event",
	    [CREDENCE_ROLE_SIGNER] = "identify",
	};
	struct module module = {0};
	uint32_t role;

	for (role = 1; role < ROLE_COUNT; role++)
		ck_assert_str_eq(roles[role].missing(&module), first[role]);
	/* Without the flag a store needs no lock. */
	make_descriptor();
	store_ops.flags = 0;
	store_ops.lock = store_ops.unlock = NULL;
	ck_assert_int_eq(copy(&module), CREDENCE_SUCCESS);
	free(module.options);
}
END_TEST

START_TEST(options_spoilt)
{
	make_descriptor();
	table[1].name = "Second";
	spoilt("FILE: an option has a name that is none: Second");
	table[1].name = "control";
	spoilt("FILE: an option has a name that is credence's own: control");
	table[1].name = "cache_max_age";
	spoilt("FILE: an option has a name that is credence's own: cache_max_age");
	table[1].name = "seal";
	spoilt("FILE: an option has a name that is credence's own: seal");
	table[1].name = "first";
	spoilt("FILE: it declares an option twice: first");
	table[1].type = 0;
	spoilt_hint("FILE: this credence does not know the type of option second", "rebuild it");
	table[1].type = CREDENCE_KEY_FILE + 1;
	spoilt_hint("FILE: this credence does not know the type of option second", "rebuild it");
	given.option_size = option_size_1 - 8;
	spoilt_hint("FILE: its option table is too small for ABI 1.0", "rebuild it");
	given.option_size = option_size_1 + 1;
	spoilt_hint("FILE: its option table is too small for ABI 1.0", "rebuild it");
}
END_TEST

START_TEST(fallbacks)
{
	static const struct {
		uint32_t type;
		const char *fallback;
		bool good;
	} cases[] = {
	    {CREDENCE_NUMBER, "12", true},          {CREDENCE_NUMBER, "twelve", false},
	    {CREDENCE_BOOL, "false", true},         {CREDENCE_BOOL, "no", false},
	    {CREDENCE_DURATION, "10m", true},       {CREDENCE_DURATION, "10", false},
	    {CREDENCE_STRING, "x", true},           {CREDENCE_LIST, "x", true},
	    {CREDENCE_SECRET, "env:X", false},      {CREDENCE_SECRET, NULL, true},
	    {CREDENCE_KEY, "pkcs11:x", false},      {CREDENCE_KEY, NULL, true},
	    {CREDENCE_ORIGINS, "https://x", false}, {CREDENCE_ORIGINS, NULL, true},
	    {CREDENCE_FILE, "/x", false},           {CREDENCE_KEY_FILE, "/x", false},
	};
	struct module module;
	size_t i;

	make_descriptor();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		table[1].type = cases[i].type;
		table[1].fallback = cases[i].fallback;
		if (cases[i].good) {
			ck_assert_int_eq(copy(&module), CREDENCE_SUCCESS);
			free(module.options);
		} else {
			spoilt("FILE: the fallback is not of the option's type: second");
		}
	}
}
END_TEST

static void add_good(TCase *tests)
{
	tcase_add_test(tests, by_name);
	tcase_add_test(tests, once);
	tcase_add_test(tests, by_path);
	tcase_add_test(tests, first_folder_wins);
	tcase_add_test(tests, built_in_folder_is_last);
	tcase_add_test(tests, of_a_later_header);
	tcase_add_test(tests, by_many_threads);
	tcase_add_test(tests, allowed);
	tcase_add_test(tests, allowed_path);
	tcase_add_test(tests, nothing_allowed);
	tcase_add_test(tests, relative_folder);
	tcase_add_test(tests, names);
	tcase_add_test(tests, role_names);
}

static void add_bad(TCase *tests)
{
	tcase_add_loop_test(tests, bad_module, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tests, not_run_before_it_is_known);
	tcase_add_test(tests, no_shared_object);
	tcase_add_test(tests, missing);
	tcase_add_test(tests, no_name);
	tcase_add_test(tests, link_is_unsafe);
	tcase_add_test(tests, link_to_a_folder_is_safe);
	tcase_add_test(tests, pipe_is_unsafe);
	tcase_add_test(tests, file_of_others_is_unsafe);
	tcase_add_test(tests, folder_of_others_is_unsafe);
	if (geteuid() == 0) /* nobody else can give files away */
		tcase_add_test(tests, owner_must_be_root_or_me);
}

int main(void)
{
	Suite *suite = suite_create("loader");
	TCase *good = tcase_create("good"), *others = tcase_create("bad");
	TCase *descriptors = tcase_create("descriptors");

	tcase_add_checked_fixture(good, setup, teardown);
	add_good(good);
	suite_add_tcase(suite, good);
	tcase_add_checked_fixture(others, setup, teardown);
	add_bad(others);
	suite_add_tcase(suite, others);
	tcase_add_test(descriptors, descriptor_taken_over);
	tcase_add_test(descriptors, descriptor_spoilt);
	tcase_add_test(descriptors, methods_missing);
	tcase_add_test(descriptors, methods_missing_by_role);
	tcase_add_test(descriptors, options_spoilt);
	tcase_add_test(descriptors, fallbacks);
	suite_add_tcase(suite, descriptors);
	return suite_run(suite);
}
