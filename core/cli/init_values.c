/* SPDX-License-Identifier: MIT */
/*
 * The questions of init that differ by provider and by kind of client: the placeholders of the
 * provider's URLs, the options that the grant and the signer can't do without, and what else the
 * provider's data say is needed. On the command line all of them are --set NAME=VALUE.
 */
#include "core/cli/init.h"
#include "core/cli/option_text.h"

#include "core/config/template.h"
#include "core/config/variables.h"
#include "core/module/role.h"
#include "core/os/secret.h"
#include "core/os/text.h"

#include <string.h>

static const char *member(struct setting group, const char *name)
{
	return setting_string(setting_member(group, name));
}

/* What --set NAME=VALUE gave; NULL: nothing. */
static const char *given(const struct init *init, const char *name)
{
	size_t length = strlen(name);
	const char *text;
	int i;

	for (i = 0; (text = cli_value_at(init->cli, "set", i)) != NULL; i++)
		if (strncmp(text, name, length) == 0 && text[length] == '=')
			return text + length + 1;
	return NULL;
}

static const struct init_value *find(const struct init_values *values, const char *name)
{
	unsigned i;

	for (i = 0; i < values->count; i++)
		if (strcmp(values->item[i].name, name) == 0)
			return &values->item[i];
	return NULL;
}

void init_values_done(struct init_values *values)
{
	unsigned i;

	for (i = 0; i < values->count; i++)
		secret_free(values->item[i].value);
	values->count = 0;
}

/* What is asked: prompt and fallback are the question's, name is --set's; wrong() tells what is not
 * good about a value. */
struct question {
	const char *name, *prompt, *fallback;
	bool raw;
	const char *(*wrong)(const void *data, const char *value);
	const void *data;
};

/* Until there is nothing wrong with the answer. */
static credence_rc ask(struct init *init, struct init_values *values,
		       const struct question *question)
{
	struct init_value *item = &values->item[values->count];
	const char *set = given(init, question->name), *mistake;
	struct buf option = BUF_INIT, what = BUF_INIT;
	credence_rc rc;

	if (values->count == INIT_VALUES_MAX)
		return call_fail(&init->cli->call, CREDENCE_CONFIG, "at most %d values are asked",
				 INIT_VALUES_MAX);
	*item = (struct init_value){.name = question->name, .raw = question->raw};
	values->count++;
	buf_printf(&option, "set %s", question->name);
	do {
		rc = init_question(init, buf_text(&option), set, question->prompt,
				   question->fallback, &item->value);
		mistake =
		    rc == CREDENCE_SUCCESS ? question->wrong(question->data, item->value) : NULL;
		if (mistake == NULL)
			break;
		buf_reset(&what);
		buf_printf(&what, "\"%s\" is not taken: %s", item->value, mistake);
		rc = init_not_good(init, buf_text(&option), set, buf_text(&what));
	} while (rc == CREDENCE_SUCCESS);
	buf_done(&option);
	buf_done(&what);
	return rc;
}

/* -- Variables -- */

static const char *wrong_variable(const void *data, const char *value)
{
	return variable_wrong(*(const struct setting *)data, value);
}

static credence_rc ask_variable(struct init *init, struct setting placeholder)
{
	const char *name = member(placeholder, "name"), *example = member(placeholder, "example");
	const char *fallback = member(placeholder, "default");
	struct buf prompt = BUF_INIT;
	credence_rc rc;

	if (!setting_bool(setting_member(placeholder, "ask"), true) && given(init, name) == NULL)
		return CREDENCE_SUCCESS;
	buf_str(&prompt, member(placeholder, "help"));
	if (example != NULL)
		buf_printf(&prompt, ", e.g. %s", example);
	if (fallback != NULL)
		buf_printf(&prompt, " [%s]", fallback);
	rc = ask(init, &init->variables,
		 &(struct question){.name = name,
				    .prompt = buf_text(&prompt),
				    .fallback = fallback,
				    .wrong = wrong_variable,
				    .data = &placeholder});
	buf_done(&prompt);
	return rc;
}

credence_rc init_ask_variables(struct init *init)
{
	struct setting list = provider_find(init->provider, "placeholders");
	credence_rc rc = CREDENCE_SUCCESS;
	unsigned i;

	for (i = 0; rc == CREDENCE_SUCCESS && i < setting_count(list); i++)
		rc = ask_variable(init, setting_element(list, i));
	return rc;
}

static const char *value_of(void *data, const char *name)
{
	const struct init *init = data;
	const struct init_value *value = find(&init->variables, name);
	struct setting list = provider_find(init->provider, "placeholders");
	unsigned i;

	for (i = 0; value == NULL && i < setting_count(list); i++)
		if (strcmp(member(setting_element(list, i), "name"), name) == 0)
			return member(setting_element(list, i), "default");
	return value != NULL ? value->value : NULL;
}

void init_expand(const struct init *init, const char *url, struct buf *text)
{
	template_expand(url, value_of, (void *)init, text);
}

/* -- Options of grant and signer, parameters of the token request -- */

/* What the kind of client says of something to ask for. */
static struct setting asked_for(const struct init *init, const char *name)
{
	struct setting list = setting_member(init->kind, "ask"), none = {.value = NULL};
	unsigned i;

	for (i = 0; i < setting_count(list); i++)
		if (strcmp(member(setting_element(list, i), "name"), name) == 0)
			return setting_element(list, i);
	return none;
}

static bool is_parameter(struct setting asked)
{
	return asked.value != NULL && setting_bool(setting_member(asked, "parameter"), false);
}

/* In the words of the provider's data, where they have some. */
static void put_prompt(struct buf *prompt, struct setting asked, const char *name, const char *help)
{
	if (asked.value == NULL) {
		buf_printf(prompt, "%s: %s", name, help);
		return;
	}
	buf_str(prompt, member(asked, "help"));
	if (member(asked, "example") != NULL)
		buf_printf(prompt, ", e.g. %s", member(asked, "example"));
}

static const char *wrong_option(const void *data, const char *value)
{
	if (option_bares_secret(data, value))
		return "it would stand in the profile; put it into a file of mode 0600 and write "
		       "file:/PATH";
	return option_wrong(data, value);
}

static credence_rc ask_option(struct init *init, const struct credence_option *option,
			      struct init_values *values)
{
	struct buf prompt = BUF_INIT;
	credence_rc rc;

	put_prompt(&prompt, asked_for(init, option->name), option->name, option->help);
	if (option->type == CREDENCE_SECRET)
		buf_str(&prompt, " (a reference, e.g. file:/path)");
	rc = ask(init, values,
		 &(struct question){.name = option->name,
				    .prompt = buf_text(&prompt),
				    .raw = option_is_raw(option),
				    .wrong = wrong_option,
				    .data = option});
	buf_done(&prompt);
	return rc;
}

/* The options of a module of the kind of client; NULL: it has none of that role. */
static credence_rc options_of(struct init *init, uint32_t role,
			      const struct credence_option **options)
{
	const char *name = member(init->kind, role_name(role));
	const struct module *module = NULL;
	credence_rc rc = CREDENCE_SUCCESS;

	*options = NULL;
	if (name != NULL)
		rc = module_load(&init->cli->call, &init->cli->context->modules, role, name,
				 &module);
	if (rc == CREDENCE_SUCCESS && module != NULL)
		*options = module->descriptor.options;
	return rc;
}

static credence_rc ask_module(struct init *init, uint32_t role, struct init_values *values)
{
	const struct credence_option *option;
	credence_rc rc = options_of(init, role, &option);

	for (; rc == CREDENCE_SUCCESS && option != NULL && option->name != NULL; option++)
		if ((option->flags & CREDENCE_REQUIRED) != 0 || given(init, option->name) != NULL ||
		    asked_for(init, option->name).value != NULL)
			rc = ask_option(init, option, values);
	return rc;
}

credence_rc init_ask_options(struct init *init)
{
	credence_rc rc = ask_module(init, CREDENCE_ROLE_GRANT, &init->options);

	return rc == CREDENCE_SUCCESS ? ask_module(init, CREDENCE_ROLE_SIGNER, &init->signer) : rc;
}

static const char *wrong_parameter(const void *data, const char *value)
{
	const struct setting *asked = data;

	if (value[0] == '\0')
		return setting_bool(setting_member(*asked, "optional"), false) ? NULL
									       : "it is empty";
	return text_is_vschar(value) ? NULL : "it has characters that no parameter has";
}

credence_rc init_ask_parameters(struct init *init)
{
	struct setting list = setting_member(init->kind, "ask");
	credence_rc rc = CREDENCE_SUCCESS;
	unsigned i;

	for (i = 0; rc == CREDENCE_SUCCESS && i < setting_count(list); i++) {
		struct setting asked = setting_element(list, i);
		struct buf prompt = BUF_INIT;

		if (!is_parameter(asked))
			continue;
		put_prompt(&prompt, asked, NULL, NULL);
		rc = ask(init, &init->parameters,
			 &(struct question){
			     .name = member(asked, "name"),
			     .prompt = buf_text(&prompt),
			     .fallback =
				 setting_bool(setting_member(asked, "optional"), false) ? "" : NULL,
			     .wrong = wrong_parameter,
			     .data = &asked});
		buf_done(&prompt);
	}
	return rc;
}

/* -- What --set is for -- */

static bool is_variable(const struct init *init, const char *name)
{
	struct setting list = provider_find(init->provider, "placeholders");
	unsigned i;

	for (i = 0; i < setting_count(list); i++)
		if (strcmp(member(setting_element(list, i), "name"), name) == 0)
			return true;
	return false;
}

static bool is_option(const struct credence_option *option, const char *name)
{
	for (; option != NULL && option->name != NULL; option++)
		if (strcmp(option->name, name) == 0)
			return true;
	return false;
}

credence_rc init_check_set(struct init *init)
{
	const struct credence_option *grant, *signer = NULL;
	credence_rc rc = options_of(init, CREDENCE_ROLE_GRANT, &grant);
	const char *text;
	int i;

	if (rc == CREDENCE_SUCCESS)
		rc = options_of(init, CREDENCE_ROLE_SIGNER, &signer);
	for (i = 0; rc == CREDENCE_SUCCESS && (text = cli_value_at(init->cli, "set", i)) != NULL;
	     i++) {
		struct buf name = BUF_INIT;

		buf_add(&name, text, strcspn(text, "="));
		if (strchr(text, '=') == NULL)
			rc = cli_usage_error(init->cli, "--set %s lacks its value: NAME=VALUE",
					     text);
		else if (!is_variable(init, buf_text(&name)) &&
			 !is_option(grant, buf_text(&name)) &&
			 !is_option(signer, buf_text(&name)) &&
			 !is_parameter(asked_for(init, buf_text(&name))))
			rc = cli_usage_error(
			    init->cli, "--set %s: neither provider %s nor grant %s has that",
			    buf_text(&name), init->provider->name, member(init->kind, "grant"));
		buf_done(&name);
	}
	return rc;
}
