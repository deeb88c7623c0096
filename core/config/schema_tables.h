/* SPDX-License-Identifier: MIT */
/*
 * The tables of groups that more than one schema has; see schema_profile.c and schema_provider.c.
 * The settings themselves that several schemas share are in profile_settings.def and
 * provider_settings.def.
 */
#ifndef CREDENCE_CONFIG_SCHEMA_TABLES_H
#define CREDENCE_CONFIG_SCHEMA_TABLES_H

#include "core/config/schema.h"

/* Groups of a profile. */
extern const struct schema schema_client[];
extern const struct schema schema_extra[];
extern const struct schema schema_http[];
extern const struct schema schema_entry[];       /* of a stack */
extern const struct schema schema_store_entry[]; /* of a store stack */
extern const struct schema schema_seal_entry[];  /* of the seals of a store */
extern const struct schema schema_single[];      /* the one entry of transport and of signer */

/* Groups of provider data. */
extern const struct schema schema_api[];
extern const struct schema schema_datacenter[];
extern const struct schema schema_endpoints[]; /* of an authorization server */
extern const struct schema schema_parameter[]; /* name and value */
extern const struct schema schema_parameters[];
extern const struct schema schema_revocation[];
extern const struct schema schema_device[];
extern const struct schema schema_assertion[];
extern const struct schema schema_lifetimes[];
extern const struct schema schema_limits[];
extern const struct schema schema_expires_in[];
extern const char *const schema_authentication[];
extern const char *const schema_rotation[];

#endif
