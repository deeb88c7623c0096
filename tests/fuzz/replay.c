/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target over its corpus without a fuzzer, for "make check": each file as it is, cut
 * short at every length, and with each of its bits flipped once. The corpus is a folder below
 * $top_srcdir (FUZZ_CORPUS), or the files of the command line. Reports as TAP; a target that finds
 * something aborts.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_LIMIT ((size_t)64 << 10) /* a corpus file is small */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void fail(const char *path)
{
	perror(path);
	exit(EXIT_FAILURE);
}

/* From a block of exactly that size, so that a read behind its end is seen by a sanitizer. */
static void run(const uint8_t *bytes, size_t length)
{
	uint8_t *copy = malloc(length > 0 ? length : 1);

	if (copy == NULL)
		fail("memory");
	memcpy(copy, bytes, length);
	LLVMFuzzerTestOneInput(copy, length);
	free(copy);
}

static void run_variants(uint8_t *bytes, size_t length)
{
	size_t i;

	for (i = 0; i <= length; i++)
		run(bytes, i);
	for (i = 0; i < length * 8; i++) {
		bytes[i / 8] ^= (uint8_t)(1u << i % 8);
		run(bytes, length);
		bytes[i / 8] ^= (uint8_t)(1u << i % 8);
	}
}

static void replay(const char *path)
{
	static unsigned number;
	static uint8_t bytes[SIZE_LIMIT];
	FILE *file = fopen(path, "rb");
	size_t length;

	if (file == NULL)
		fail(path);
	length = fread(bytes, 1, sizeof(bytes), file);
	if (ferror(file) != 0 || length == sizeof(bytes))
		fail(path);
	fclose(file);
	run_variants(bytes, length);
	printf("ok %u - %s\n", ++number, path);
}

static unsigned replay_folder(const char *folder)
{
	DIR *stream = opendir(folder);
	struct dirent *entry;
	unsigned count = 0;

	if (stream == NULL)
		fail(folder);
	while ((entry = readdir(stream)) != NULL) {
		char path[4096];

		if (entry->d_name[0] == '.')
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) >=
		    (int)sizeof(path))
			fail(folder);
		replay(path);
		count++;
	}
	closedir(stream);
	return count;
}

static unsigned replay_corpus(void)
{
	const char *top = getenv("top_srcdir");
	char folder[4096];

	snprintf(folder, sizeof(folder), "%s/" FUZZ_CORPUS, top != NULL ? top : ".");
	return replay_folder(folder);
}

int main(int argc, char **argv)
{
	unsigned count = 0;
	int i;

	for (i = 1; i < argc; i++, count++)
		replay(argv[i]);
	if (argc == 1)
		count = replay_corpus();
	printf("1..%u\n", count);
	return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
