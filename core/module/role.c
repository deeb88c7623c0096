/* SPDX-License-Identifier: MIT */
/* The roles; see role.h. */
#include "core/module/role.h"

#include <string.h>

/* Frozen: the end of the last member that 1.0 had. */
#define END(type, member) (offsetof(struct type, member) + sizeof(((struct type *)NULL)->member))

const uint32_t descriptor_size_1 = END(credence_module, ops);
const uint32_t option_size_1 = END(credence_option, help);

static const char *grant_missing(const struct module *module)
{
	return module->ops.grant.acquire == NULL ? "acquire" : NULL;
}

static const char *resolver_missing(const struct module *module)
{
	return module->ops.resolver.resolve == NULL ? "resolve" : NULL;
}

static const char *store_missing(const struct module *module)
{
	const struct credence_store_ops *ops = &module->ops.store;

	if (ops->load == NULL)
		return "load";
	if (ops->save == NULL)
		return "save";
	if (ops->erase == NULL)
		return "erase";
	if (ops->list == NULL)
		return "list";
	if ((ops->flags & CREDENCE_STORE_LOCK) != 0 && ops->lock == NULL)
		return "lock";
	if ((ops->flags & CREDENCE_STORE_LOCK) != 0 && ops->unlock == NULL)
		return "unlock";
	return NULL;
}

static const char *seal_missing(const struct module *module)
{
	if (module->ops.seal.seal == NULL)
		return "seal";
	return module->ops.seal.unseal == NULL ? "unseal" : NULL;
}

static const char *transport_missing(const struct module *module)
{
	return module->ops.transport.perform == NULL ? "perform" : NULL;
}

static const char *hook_missing(const struct module *module)
{
	return module->ops.hook.event == NULL ? "event" : NULL;
}

static const char *signer_missing(const struct module *module)
{
	if (module->ops.signer.identify == NULL)
		return "identify";
	return module->ops.signer.sign == NULL ? "sign" : NULL;
}

const struct role roles[ROLE_COUNT] = {
    [CREDENCE_ROLE_GRANT] = {"grant", sizeof(struct credence_grant_ops),
			     END(credence_grant_ops, revoke), grant_missing},
    [CREDENCE_ROLE_RESOLVER] = {"resolver", sizeof(struct credence_resolver_ops),
				END(credence_resolver_ops, learn), resolver_missing},
    [CREDENCE_ROLE_STORE] = {"store", sizeof(struct credence_store_ops),
			     END(credence_store_ops, unlock), store_missing},
    [CREDENCE_ROLE_SEAL] = {"seal", sizeof(struct credence_seal_ops),
			    END(credence_seal_ops, unseal), seal_missing},
    [CREDENCE_ROLE_TRANSPORT] = {"transport", sizeof(struct credence_transport_ops),
				 END(credence_transport_ops, perform), transport_missing},
    [CREDENCE_ROLE_HOOK] = {"hook", sizeof(struct credence_hook_ops), END(credence_hook_ops, event),
			    hook_missing},
    [CREDENCE_ROLE_SIGNER] = {"signer", sizeof(struct credence_signer_ops),
			      END(credence_signer_ops, sign), signer_missing},
};

const char *role_name(uint32_t role)
{
	return role > 0 && role < ROLE_COUNT ? roles[role].name : "?";
}

uint32_t role_of_name(const char *name)
{
	uint32_t role;

	for (role = 1; role < ROLE_COUNT; role++)
		if (strcmp(roles[role].name, name) == 0)
			return role;
	return 0;
}
