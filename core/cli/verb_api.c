/* SPDX-License-Identifier: MIT */
/* api: one request to a resource server, and what it answers. */
#include "core/cli/cli.h"

#include "core/os/ascii.h"
#include "core/os/text.h"
#include "core/token/token.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HEADERS_MAX      62
#define HEADER_SHOWN_MAX 16384 /* bytes of a name or a value */

struct api {
	char method[16];
	struct credence_param header[HEADERS_MAX + 1];
	uint32_t header_count;
	struct buf body;
	bool has_body;
};

static credence_rc read_method(struct cli *cli, struct api *api)
{
	const char *given = cli->operand_count > 2 ? cli->operand[1] : NULL;
	size_t i;

	if (given == NULL)
		given = cli_flag(cli, "data") ? "POST" : "GET";
	for (i = 0; ascii_is_upper(given[i]) || ascii_is_lower(given[i]); i++)
		if (i + 1 < sizeof(api->method))
			api->method[i] =
			    ascii_is_lower(given[i]) ? (char)(given[i] - 'a' + 'A') : given[i];
	if (i == 0 || given[i] != '\0' || i >= sizeof(api->method))
		return cli_usage_error(cli, "\"%s\" is no HTTP method", given);
	return CREDENCE_SUCCESS;
}

/* A token of RFC 9110 section 5.6.2. */
static size_t name_length(const char *text)
{
	size_t length = 0;

	while (ascii_is_alnum(text[length]) ||
	       (text[length] != '\0' && strchr("!#$%&'*+-.^_`|~", text[length]) != NULL))
		length++;
	return length;
}

static bool is_value(const char *text)
{
	for (; *text != '\0'; text++)
		if (((unsigned char)*text < 0x20 && *text != '\t') || *text == 0x7f)
			return false;
	return true;
}

/* A host of another name may be another's, behind the same address: the token is not for it. */
static const char *const own_headers[] = {"Authorization", "Host", NULL};

static credence_rc add_header(struct cli *cli, struct api *api, const char *given)
{
	size_t length = name_length(given);
	const char *value = given + length + 1;
	struct credence_param *header = &api->header[api->header_count];
	size_t i;

	if (length == 0 || given[length] != ':' || !is_value(value))
		return cli_usage_error(cli, "\"%s\" is no header: NAME: VALUE", given);
	for (i = 0; own_headers[i] != NULL; i++)
		if (strlen(own_headers[i]) == length &&
		    strncasecmp(given, own_headers[i], length) == 0)
			return cli_usage_error(cli, "the %s header is credence's to set",
					       own_headers[i]);
	if (api->header_count == HEADERS_MAX)
		return cli_usage_error(cli, "at most %d headers", HEADERS_MAX);
	value += strspn(value, " \t");
	header->name = strndup(given, length);
	header->value = value;
	if (header->name == NULL)
		return call_oom(&cli->call);
	api->header_count++;
	return CREDENCE_SUCCESS;
}

static bool has_header(const struct api *api, const char *name)
{
	uint32_t i;

	for (i = 0; i < api->header_count; i++)
		if (strcasecmp(api->header[i].name, name) == 0)
			return true;
	return false;
}

static credence_rc read_headers(struct cli *cli, struct api *api)
{
	const char *given;
	credence_rc rc = CREDENCE_SUCCESS;
	int i;

	for (i = 0; rc == CREDENCE_SUCCESS && (given = cli_value_at(cli, "header", i)) != NULL; i++)
		rc = add_header(cli, api, given);
	if (rc == CREDENCE_SUCCESS && api->has_body && !has_header(api, "Content-Type"))
		rc = add_header(cli, api, "Content-Type: application/json");
	return rc;
}

static credence_rc read_body(struct cli *cli, struct api *api)
{
	const char *data = cli_value(cli, "data");

	if (data == NULL)
		return CREDENCE_SUCCESS;
	api->has_body = true;
	if (strcmp(data, "-") == 0)
		return cli_read(cli, "-", &api->body);
	if (data[0] == '@')
		return cli_read(cli, data + 1, &api->body);
	buf_str(&api->body, data);
	return CREDENCE_SUCCESS;
}

static void api_done(struct api *api)
{
	while (api->header_count > 0)
		free((char *)api->header[--api->header_count].name);
	buf_done(&api->body);
}

static int exit_status(int http_status)
{
	if (http_status >= 200 && http_status < 300)
		return STATUS_OK;
	if (http_status == 408 || http_status == 429 || http_status >= 500)
		return STATUS_UNAVAIL;
	return STATUS_REFUSED;
}

/* The server's words, on a terminal. */
static void tell_header(struct cli *cli, const char *name, const char *value)
{
	struct buf shown = BUF_SECRET;

	text_printable(&shown, name, HEADER_SHOWN_MAX);
	buf_str(&shown, ": ");
	text_printable(&shown, value, HEADER_SHOWN_MAX);
	cli_tell(cli, "%s", buf_text(&shown));
	buf_done(&shown);
}

static credence_rc put_answer(struct cli *cli, const struct http_answer *answer)
{
	size_t i;

	cli->status = exit_status(answer->status);
	if (cli->verbose > 0) {
		cli_tell(cli, "HTTP %d", answer->status);
		for (i = 0; i < answer->header.count; i++)
			tell_header(cli, answer->header.item[i].name, answer->header.item[i].value);
	} else if (cli->status != STATUS_OK && !cli->quiet) {
		cli_tell(cli, "credence: %s: the API answered HTTP %d", cli->subject,
			 answer->status);
	}
	progress_clear(cli);
	return cli_write(cli, buf_text(&answer->body), answer->body.length);
}

credence_rc verb_api(struct cli *cli)
{
	struct api api = {.body = BUF_SECRET};
	struct http_answer answer = {0};
	struct session session = {0};
	credence_rc rc = read_method(cli, &api);

	if (rc == CREDENCE_SUCCESS)
		rc = read_body(cli, &api);
	if (rc == CREDENCE_SUCCESS)
		rc = read_headers(cli, &api);
	if (rc == CREDENCE_SUCCESS)
		rc = cli_session(cli, false, &session);
	if (rc == CREDENCE_SUCCESS)
		rc = session_api(&session, api.method, cli->operand[cli->operand_count - 1],
				 api.header, api.header_count,
				 api.has_body ? buf_text(&api.body) : NULL, api.body.length,
				 &answer);
	if (rc == CREDENCE_SUCCESS)
		rc = put_answer(cli, &answer);
	http_answer_done(&answer);
	api_done(&api);
	session_done(&session);
	return rc;
}
