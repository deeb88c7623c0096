/* SPDX-License-Identifier: MIT */
/* The cases of the suite of stores, by subject; each table is in the file of its name. */
#ifndef CREDENCE_CONFORMANCE_STORE_GROUPS_H
#define CREDENCE_CONFORMANCE_STORE_GROUPS_H

#include "core/conformance/suite.h"

extern const struct test_case cases_values[];
extern const struct test_case cases_names[];
extern const struct test_case cases_revisions[];
extern const struct test_case cases_lists[];
extern const struct test_case cases_selves[];
extern const struct test_case cases_deadlines[];
extern const struct test_case cases_expiry[];
extern const struct test_case cases_locks[];
extern const struct test_case cases_concurrency[];
extern const struct test_case cases_crash[];
extern const struct test_case cases_hygiene[];

#endif
