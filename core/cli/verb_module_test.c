/* SPDX-License-Identifier: MIT */
/* module test: runs the conformance suite of a role over a module, and tells what comes of it as
 * TAP or JSON. What is tested, and how, is in core/conformance. */
#include "core/cli/cli.h"
#include "core/cli/option_text.h"

#include "core/conformance/conformance.h"
#include "core/module/options.h"
#include "core/os/text.h"
#include "core/record/json_out.h"
#include "core/token/token.h"

#include <string.h>

struct module_test {
	struct cli *cli;
	struct conformance_subject subject;
	const struct module *module;
	struct buf use;  /* name, or absolute path */
	struct buf text; /* the profile that --set makes */
	struct buf json;
};

/* -- The options of --set -- */

static const struct credence_option *option_of(const struct module *module, const char *set,
					       size_t length)
{
	struct buf name = BUF_INIT;
	const struct credence_option *option;

	buf_add(&name, set, length);
	option = options_declared(module, buf_text(&name));
	buf_done(&name);
	return option;
}

static const char *nearest_option(const struct module *module, const char *set)
{
	const struct credence_option *option = module->descriptor.options;
	const char *words[64], *nearest;
	struct buf name = BUF_INIT;
	size_t count = 0;

	for (; option != NULL && option->name != NULL && count < 63; option++)
		words[count++] = option->name;
	words[count] = NULL;
	buf_add(&name, set, strcspn(set, "="));
	nearest = text_nearest(buf_text(&name), words);
	buf_done(&name);
	return nearest;
}

static credence_rc unknown(struct module_test *test, const char *set)
{
	const char *nearest = nearest_option(test->module, set);

	cli_usage_error(test->cli, "--set %.*s: %s %s has no such option", (int)strcspn(set, "="),
			set, role_name(test->subject.role), test->subject.use);
	if (nearest != NULL)
		call_hint(&test->cli->call, "did you mean %s?", nearest);
	else
		call_hint(&test->cli->call, "credence module info %s %s shows its options",
			  role_name(test->subject.role), test->subject.use);
	return CREDENCE_CONFIG;
}

/* One --set: known, of its type, and no secret. */
static credence_rc check_set(struct module_test *test, const char *set)
{
	size_t length = strcspn(set, "=");
	const struct credence_option *option = option_of(test->module, set, length);
	const char *value = set + length + 1, *wrong;

	if (set[length] == '\0')
		return cli_usage_error(test->cli, "--set %s lacks its value: NAME=VALUE", set);
	if (option == NULL)
		return unknown(test, set);
	if (option_bares_secret(option, value)) {
		cli_usage_error(test->cli,
				"--set %s: a secret on the command line can be seen by everybody",
				option->name);
		call_hint(&test->cli->call,
			  "put it into a file of mode 0600, and --set %s=file:/PATH", option->name);
		return CREDENCE_CONFIG;
	}
	wrong = option_wrong(option, value);
	if (wrong != NULL)
		return cli_usage_error(test->cli, "--set %s is not taken: %s", set, wrong);
	return CREDENCE_SUCCESS;
}

/* All values that --set gives an option, as a configuration file has them. */
static bool add_values(const struct cli *cli, const struct credence_option *option,
		       struct buf *text)
{
	size_t length = strlen(option->name);
	const char *set, *last = NULL;
	unsigned count = 0;

	for (int i = 0; (set = cli_value_at(cli, "set", i)) != NULL; i++) {
		if (strncmp(set, option->name, length) != 0 || set[length] != '=')
			continue;
		last = set + length + 1;
		if (!option_is_list(option))
			continue;
		buf_str(text, count++ > 0 ? ", " : "");
		option_quote(text, last);
	}
	if (last != NULL && option_is_raw(option))
		buf_str(text, last);
	else if (last != NULL && !option_is_list(option))
		option_quote(text, last);
	return last != NULL;
}

static credence_rc add_option(struct module_test *test, const struct credence_option *option)
{
	struct buf value = BUF_INIT;
	bool list = option_is_list(option);
	credence_rc rc = CREDENCE_SUCCESS;

	if (add_values(test->cli, option, &value)) {
		buf_printf(&test->text, " %s = %s%s%s;", option->name, list ? "[ " : "",
			   buf_text(&value), list ? " ]" : "");
	} else if ((option->flags & CREDENCE_REQUIRED) != 0) {
		rc = cli_usage_error(test->cli, "%s %s needs option %s (%s)",
				     role_name(test->subject.role), test->subject.use, option->name,
				     option->help != NULL ? option->help : "");
		call_hint(&test->cli->call, "add --set %s=%s, or --profile PROFILE", option->name,
			  option->type == CREDENCE_SECRET ? "file:/PATH" : "VALUE");
	}
	buf_done(&value);
	return rc;
}

/* A profile with this one entry. */
static credence_rc make_text(struct module_test *test)
{
	const struct credence_option *option = test->module->descriptor.options;
	credence_rc rc = CREDENCE_SUCCESS;
	const char *set;

	for (int i = 0; rc == CREDENCE_SUCCESS && (set = cli_value_at(test->cli, "set", i)) != NULL;
	     i++)
		rc = check_set(test, set);
	buf_printf(&test->text,
		   "provider = \"none\";\n%s = ( { use = ", role_name(test->subject.role));
	option_quote(&test->text, test->subject.use);
	buf_char(&test->text, ';');
	for (; rc == CREDENCE_SUCCESS && option != NULL && option->name != NULL; option++)
		rc = add_option(test, option);
	buf_str(&test->text, " } );\n");
	if (rc == CREDENCE_SUCCESS && !buf_ok(&test->text))
		rc = call_oom(&test->cli->call);
	test->subject.text = buf_text(&test->text);
	return rc;
}

/* -- What is tested -- */

static credence_rc check_profile(struct module_test *test)
{
	struct cli *cli = test->cli;
	struct session session = {.call = NULL};
	struct stack *stack = NULL;
	bool found = false;
	credence_rc rc;

	if (cli_value(cli, "set") != NULL)
		return cli_usage_error(cli, "--set and --profile: the options are the profile's");
	rc = session_open(&cli->call, test->subject.profile, true, &session);
	if (rc == CREDENCE_SUCCESS)
		rc = session_stack(&session, test->subject.role, &stack);
	for (unsigned i = 0; rc == CREDENCE_SUCCESS && i < stack->count; i++)
		found = found || strcmp(stack->entry[i].conf->use, test->subject.use) == 0;
	if (rc == CREDENCE_SUCCESS && !found) {
		rc = cli_usage_error(cli, "profile %s has no %s %s", test->subject.profile,
				     role_name(test->subject.role), test->subject.use);
		call_hint(&cli->call, "credence config show %s shows what it has",
			  test->subject.profile);
	}
	session_done(&session);
	return rc;
}

static credence_rc find_subject(struct module_test *test)
{
	struct cli *cli = test->cli;
	credence_rc rc = cli_role(cli, cli->operand[0], &test->subject.role);

	if (rc != CREDENCE_SUCCESS)
		return rc;
	if (!conformance_has(test->subject.role)) {
		cli_usage_error(cli, "module test knows the role store, not %s", cli->operand[0]);
		return CREDENCE_CONFIG;
	}
	test->subject.only = cli_value(cli, "only");
	test->subject.profile = cli_value(cli, "profile");
	rc = cli_module(cli, cli->operand[1], &test->use);
	test->subject.use = buf_text(&test->use);
	if (rc == CREDENCE_SUCCESS)
		rc = module_load(&cli->call, &cli->context->modules, test->subject.role,
				 test->subject.use, &test->module);
	if (rc == CREDENCE_SUCCESS)
		rc = test->subject.profile != NULL ? check_profile(test) : make_text(test);
	return rc;
}

/* -- What comes of it -- */

static credence_rc put_plan(void *data, const struct module *module, uint32_t declared,
			    unsigned cases, const char *prefix)
{
	struct module_test *test = data;
	struct buf text = BUF_INIT, flags = BUF_INIT;

	if (cases == 0)
		return cli_usage_error(test->cli, "no case has \"%s\" in its name",
				       test->subject.only);
	if (test->cli->json) {
		buf_char(&test->json, '[');
		return CREDENCE_SUCCESS;
	}
	module_flags(module->role, declared, &flags);
	buf_printf(&text, "# %s %s %s: %s\n# %s\n", role_name(module->role),
		   module->descriptor.name, module->descriptor.version, module->descriptor.summary,
		   module->path);
	buf_printf(&text, "# declares: %s\n", flags.length > 0 ? buf_text(&flags) : "nothing");
	buf_printf(&text, "# keys: %s…; nothing else is touched\n1..%u\n", prefix, cases);
	buf_done(&flags);
	return cli_put(test->cli, &text);
}

static void result_json(const struct conformance_result *result, struct buf *json)
{
	static const char *const verdicts[] = {[CONFORMANCE_PASSED] = "passed",
					       [CONFORMANCE_FAILED] = "failed",
					       [CONFORMANCE_SKIPPED] = "skipped"};

	json_out_item(json);
	json_out_number(json, "number", result->number);
	json_out_text(json, "name", result->name);
	json_out_text(json, "result", verdicts[result->verdict]);
	json_out_text(json, "reason", result->reason);
	json_out_text(json, "expected", result->expected);
	json_out_text(json, "found", result->found);
	json_out_number(json, "ms", result->ms);
	json_out_close(json, '}');
}

static credence_rc put_result(void *data, const struct conformance_result *result)
{
	struct module_test *test = data;
	struct buf text = BUF_INIT;

	if (test->cli->json) {
		result_json(result, &test->json);
		return CREDENCE_SUCCESS;
	}
	buf_printf(&text, "%s %u - %s", result->verdict == CONFORMANCE_FAILED ? "not ok" : "ok",
		   result->number, result->name);
	if (result->reason != NULL)
		buf_printf(&text, " # SKIP %s", result->reason);
	buf_char(&text, '\n');
	if (result->expected != NULL)
		buf_printf(&text, "# expected: %s\n# found: %s\n", result->expected, result->found);
	return cli_put(test->cli, &text);
}

static credence_rc put_end(struct module_test *test, const struct conformance_count *count)
{
	struct cli *cli = test->cli;
	struct buf text = BUF_INIT;

	if (cli->json) {
		buf_str(&test->json, "]\n");
		return cli_put(cli, &test->json);
	}
	buf_printf(&text, "# %u passed, %u failed, %u skipped\n", count->passed, count->failed,
		   count->skipped);
	return cli_put(cli, &text);
}

/* A case that failed is no error of the command's: what is said of it is said. */
static void judge(struct module_test *test, const struct conformance_count *count)
{
	struct cli *cli = test->cli;

	if (count->failed == 0)
		return;
	cli->status = STATUS_MODULE;
	if (!cli->quiet)
		cli_tell(cli, "credence: %s %s failed %u of %u cases",
			 role_name(test->subject.role), test->subject.use, count->failed,
			 count->failed + count->passed);
}

credence_rc verb_module_test(struct cli *cli)
{
	struct module_test test = {.cli = cli, .use = BUF_INIT, .text = BUF_INIT, .json = BUF_INIT};
	const struct conformance_report report = {put_plan, put_result, &test};
	struct conformance_count count = {.passed = 0};
	unsigned left = 0;
	credence_rc rc = find_subject(&test);

	/* Each method has a deadline of its own; all of it only one that somebody gave. */
	if (cli->timeout < 0)
		cli->call.deadline = 0;
	if (rc == CREDENCE_SUCCESS)
		rc = conformance_run(&cli->call, &test.subject, &report, &count, &left);
	if (rc == CREDENCE_SUCCESS)
		rc = put_end(&test, &count);
	if (rc == CREDENCE_SUCCESS)
		judge(&test, &count);
	if (left > 0)
		call_log(&cli->call, CREDENCE_LOG_WARNING,
			 "%u keys of the test could not be erased; they begin with conformance-",
			 left);
	buf_done(&test.use);
	buf_done(&test.text);
	buf_done(&test.json);
	return rc;
}
