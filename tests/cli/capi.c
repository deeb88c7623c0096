/* SPDX-License-Identifier: MIT */
/*
 * What a program does with libcredence, for capi.bats, which compiles it against the public header
 * and nothing else: capi FOLDER VERB [ARGUMENT…]. What it finds goes to descriptor 9, so that the
 * library can be seen to say nothing on the others.
 */
#include <credence/credence.h>

#include <dirent.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 32

static void tell(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vdprintf(9, format, list);
	va_end(list);
}

static struct credence *context_of(const char *folder)
{
	struct credence *context = NULL;
	int status = credence_open(folder, &context);

	if (status != CREDENCE_OK) {
		tell("open=%d context=%s\n", status, context == NULL ? "none" : "some");
		exit(status);
	}
	return context;
}

static void tell_answer(const struct credence_answer *answer)
{
	static const char *const texts[] = {
	    "profile",  "credential",      "access_token", "token_type", "scope", "api_domain",
	    "location", "accounts_server", "header",       "error",      "code",  "hint"};
	static const char *const numbers[] = {"generation", "issued_at", "expires_at",
					      "retry_after"};

	tell("status=%d\n", credence_answer_status(answer));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (credence_answer_text(answer, texts[i]) != NULL)
			tell("%s=%s\n", texts[i], credence_answer_text(answer, texts[i]));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (credence_answer_number(answer, numbers[i]) != -1)
			tell("%s=%lld\n", numbers[i],
			     (long long)credence_answer_number(answer, numbers[i]));
}

/* get PROFILE [flags] [timeout] [min_valid] [newer_than]: what is there is told. */
static int get(const char *folder, char **argv)
{
	struct credence_ask ask = {.size = sizeof(ask)};
	struct credence *context = context_of(folder);
	struct credence_answer *answer;
	int status;

	if (argv[1] != NULL) {
		ask.flags = (uint32_t)strtoul(argv[1], NULL, 0);
		ask.timeout = argv[2] != NULL ? strtoll(argv[2], NULL, 0) : 0;
		ask.min_valid = argv[2] != NULL && argv[3] != NULL ? strtoll(argv[3], NULL, 0) : 0;
		ask.newer_than = argv[2] != NULL && argv[3] != NULL && argv[4] != NULL
				     ? strtoull(argv[4], NULL, 0)
				     : 0;
	}
	status = credence_get(context, argv[0], argv[1] != NULL ? &ask : NULL, &answer);
	/* The answer stands on its own. */
	credence_close(context);
	if (status != credence_answer_status(answer))
		tell("returned=%d\n", status);
	tell_answer(answer);
	credence_answer_free(answer);
	return status;
}

/* -- Many threads -- */

struct job {
	struct credence *context;
	const char *profile;
	struct credence_answer *answer;
};

static void *ask_for_job(void *data)
{
	struct job *job = data;

	credence_get(job->context, job->profile, NULL, &job->answer);
	return NULL;
}

/* threads PROFILE: one line for each. */
static int threads(const char *folder, char **argv)
{
	struct job job[THREADS];
	pthread_t thread[THREADS];
	struct credence *context = context_of(folder);

	for (int i = 0; i < THREADS; i++) {
		job[i] = (struct job){.context = context, .profile = argv[0]};
		if (pthread_create(&thread[i], NULL, ask_for_job, &job[i]) != 0)
			return 1;
	}
	for (int i = 0; i < THREADS; i++) {
		const char *token;

		pthread_join(thread[i], NULL);
		token = credence_answer_text(job[i].answer, "access_token");
		tell("%d %s\n", credence_answer_status(job[i].answer), token != NULL ? token : "-");
		credence_answer_free(job[i].answer);
	}
	credence_close(context);
	return 0;
}

/* -- A child opens a context of its own -- */

/* fork PROFILE: the child's answer, then the parent's. */
static int forked(const char *folder, char **argv)
{
	struct credence *context = context_of(folder);
	struct credence_answer *answer = NULL;
	int status = credence_get(context, argv[0], NULL, &answer), child = -1;
	pid_t pid;

	credence_answer_free(answer);
	pid = fork();
	if (pid == 0) {
		struct credence *own = context_of(folder);

		child = credence_get(own, argv[0], NULL, &answer);
		tell("child %s\n", credence_answer_text(answer, "access_token"));
		credence_answer_free(answer);
		credence_close(own);
		_exit(child);
	}
	waitpid(pid, &child, 0);
	status |= credence_get(context, argv[0], NULL, &answer);
	tell("parent %s\n", credence_answer_text(answer, "access_token"));
	credence_answer_free(answer);
	credence_close(context);
	return status | child;
}

/* -- What a program must be able to rely on -- */

static int open_files(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	if (folder == NULL)
		return -1;
	while (readdir(folder) != NULL)
		count++;
	closedir(folder);
	return count;
}

static int handlers(void)
{
	int count = 0;

	for (int i = 1; i < 32; i++) {
		struct sigaction action;

		if (sigaction(i, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
			count++;
	}
	return count;
}

/* repeat COUNT PROFILE: descriptors, handlers, umask, locale and folder are as they were. */
static int repeat(const char *folder, char **argv)
{
	int files = open_files(), signals = handlers(), status = 0;
	char before[4096] = "", after[4096] = "";

	umask(027);
	if (getcwd(before, sizeof(before)) == NULL)
		return 1;
	for (long i = strtol(argv[0], NULL, 10); i > 0; i--) {
		struct credence *context = context_of(folder);
		struct credence_answer *answer = NULL;

		status |= credence_get(context, argv[1], NULL, &answer);
		credence_answer_free(answer);
		credence_get(context, "nobody", NULL, &answer);
		credence_answer_free(answer);
		credence_close(context);
	}
	if (getcwd(after, sizeof(after)) == NULL)
		return 1;
	tell("files=%d\n", open_files() - files);
	tell("handlers=%d\n", handlers() - signals);
	tell("umask=%03o\n", (unsigned)umask(027));
	tell("locale=%s\n", setlocale(LC_ALL, NULL));
	tell("folder=%s\n", strcmp(before, after) == 0 ? "same" : after);
	return status;
}

/* memory PROFILE: asked twice, by two contexts, and by a child. */
static int memory(const char *folder, char **argv)
{
	struct credence *first = context_of(folder), *second = context_of(folder);
	struct credence_answer *answer = NULL;
	int status = credence_get(first, argv[0], NULL, &answer), child = -1;
	pid_t pid;

	tell("first %s\n", credence_answer_text(answer, "access_token"));
	credence_answer_free(answer);
	status |= credence_get(second, argv[0], NULL, &answer);
	tell("second %s\n", credence_answer_text(answer, "access_token"));
	credence_answer_free(answer);
	credence_close(first);
	credence_close(second);
	pid = fork();
	if (pid == 0) {
		struct credence *own = context_of(folder);

		child = credence_get(own, argv[0], NULL, &answer);
		tell("child %s\n", credence_answer_text(answer, "access_token"));
		credence_answer_free(answer);
		credence_close(own);
		_exit(child);
	}
	waitpid(pid, &child, 0);
	return status | child;
}

/* nothing: every argument that can be missing is. */
static int nothing(const char *folder, char **argv)
{
	struct credence *context = context_of(folder);
	struct credence_answer *answer = NULL;

	(void)argv;
	tell("open=%d\n", credence_open(folder, NULL));
	tell("no profile=%d", credence_get(context, NULL, NULL, &answer));
	tell(" %s\n", credence_answer_text(answer, "error"));
	tell("no name=%s %lld\n", credence_answer_text(answer, NULL) == NULL ? "none" : "some",
	     (long long)credence_answer_number(answer, NULL));
	tell("other name=%s %lld\n", credence_answer_text(answer, "x") == NULL ? "none" : "some",
	     (long long)credence_answer_number(answer, "x"));
	credence_answer_free(answer);
	tell("no context=%d\n", credence_get(NULL, "crm", NULL, &answer));
	credence_answer_free(answer);
	tell("no answer=%d\n", credence_get(context, "crm", NULL, NULL));
	tell("of no answer=%d %s %lld\n", credence_answer_status(NULL),
	     credence_answer_text(NULL, "error") == NULL ? "none" : "some",
	     (long long)credence_answer_number(NULL, "generation"));
	credence_answer_free(NULL);
	credence_close(NULL);
	credence_close(context);
	tell("version=%s\n", credence_version());
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(const char *folder, char **argv);
	} verbs[] = {{"get", get},       {"threads", threads}, {"fork", forked},
		     {"memory", memory}, {"repeat", repeat},   {"nothing", nothing}};

	for (size_t i = 0; argc > 2 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(argv[2], verbs[i].name) == 0)
			return verbs[i].run(argv[1], argv + 3);
	return 99;
}
