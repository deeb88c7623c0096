/* SPDX-License-Identifier: MIT */
/* A test program of one suite. */
#ifndef CREDENCE_TESTS_SUITE_H
#define CREDENCE_TESTS_SUITE_H

#include <check.h>

/* Runs it, as the environment says; the exit status of the program. Frees it. */
int suite_run(Suite *suite);

#endif
