/* SPDX-License-Identifier: MIT */
/* The end of a credential. */
#ifndef CREDENCE_RENEW_REVOKE_H
#define CREDENCE_RENEW_REVOKE_H

#include "core/session/session.h"

/* At the server, then here: kept here if the server did not confirm. */
credence_rc session_revoke(struct session *);
/* Here only; what counts against limits still counts, but with CALL_FORCE its refresh tokens no
 * longer count as alive, even if there is nothing here. MISS (LOGIN status) if there is nothing. */
credence_rc session_logout(struct session *);

#endif
