/* SPDX-License-Identifier: MIT */
/*
 * Secret memory: an arena of locked pages with a bump pointer. A token is small and a process
 * short, so memory is wiped when it is freed and a page is given back when nothing on it is alive
 * any more.
 */
#include "core/os/secret.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define CHUNK_SIZE ((size_t)64 << 10)
#define ALIGN      ((size_t)16)
#define LARGE      (CHUNK_SIZE / 4) /* from here on a block has pages of its own */

/* At the start of each mapping; blocks follow. */
struct chunk {
	_Alignas(ALIGN) size_t size;
	size_t used, alive;
};

/* Before each block. */
struct block {
	_Alignas(ALIGN) size_t size;
	struct chunk *chunk;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct chunk *current;

static struct chunk *chunk_map(size_t size)
{
	struct chunk *chunk =
	    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (chunk == MAP_FAILED)
		return NULL;
	/* None of these may be had everywhere (limits, old kernels); a token is still better than
	 * none. */
	(void)mlock2(chunk, size, MLOCK_ONFAULT);
	(void)madvise(chunk, size, MADV_DONTDUMP);
	(void)madvise(chunk, size, MADV_WIPEONFORK);
	chunk->size = size;
	chunk->used = sizeof(*chunk);
	chunk->alive = 0;
	return chunk;
}

static void *chunk_take(struct chunk *chunk, size_t size)
{
	struct block *block = (struct block *)((char *)chunk + chunk->used);

	chunk->used += sizeof(*block) + size;
	chunk->alive++;
	block->size = size;
	block->chunk = chunk;
	return block + 1;
}

/* Blocks were wiped when they were freed; what is left are their headers. */
static void chunk_reset(struct chunk *chunk)
{
	memset(chunk + 1, 0, chunk->used - sizeof(*chunk));
	chunk->used = sizeof(*chunk);
}

/* In a forked child the kernel has zeroed the chunk: it has no room, and a new one is mapped. */
static bool chunk_has_room(const struct chunk *chunk, size_t size)
{
	return chunk != NULL && chunk->size - chunk->used >= sizeof(struct block) + size;
}

void *secret_alloc(size_t size)
{
	struct chunk *chunk;
	void *p;

	if (size > SIZE_MAX / 2)
		return NULL;
	if (size == 0)
		size = 1;
	size = (size + ALIGN - 1) & ~(ALIGN - 1);
	pthread_mutex_lock(&mutex);
	if (size >= LARGE) {
		chunk = chunk_map(sizeof(struct chunk) + sizeof(struct block) + size);
	} else {
		if (!chunk_has_room(current, size))
			current = chunk_map(CHUNK_SIZE);
		chunk = current;
	}
	p = chunk != NULL ? chunk_take(chunk, size) : NULL;
	pthread_mutex_unlock(&mutex);
	return p;
}

void secret_free(void *p)
{
	struct block *block;
	struct chunk *chunk;

	if (p == NULL)
		return;
	block = (struct block *)p - 1;
	chunk = block->chunk;
	if (chunk == NULL)
		return; /* a forked child: the kernel wiped it */
	explicit_bzero(p, block->size);
	pthread_mutex_lock(&mutex);
	chunk->alive--;
	if (chunk->alive == 0 && chunk != current)
		munmap(chunk, chunk->size);
	else if (chunk->alive == 0)
		chunk_reset(chunk);
	pthread_mutex_unlock(&mutex);
}

char *secret_copy(const void *bytes, size_t length)
{
	char *copy;

	if (bytes == NULL || length == SIZE_MAX)
		return NULL;
	copy = secret_alloc(length + 1);
	if (copy == NULL)
		return NULL;
	memcpy(copy, bytes, length);
	copy[length] = '\0';
	return copy;
}

char *secret_strdup(const char *text)
{
	return text != NULL ? secret_copy(text, strlen(text)) : NULL;
}

void secret_wipe(void *p, size_t length)
{
	if (p != NULL)
		explicit_bzero(p, length);
}
