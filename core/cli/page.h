/* SPDX-License-Identifier: MIT */
/* A page that a person has to open: in the browser of this desktop, or on another device. */
#ifndef CREDENCE_CLI_PAGE_H
#define CREDENCE_CLI_PAGE_H

#include <stdbool.h>
#include <stddef.h>

/* Opens it with the desktop's own opener, and does not wait for it. false: there is no desktop, no
 * opener, the process is privileged, or it is no URL of the web. That it was opened does not mean
 * that anybody sees it, so the address is printed in any case. */
bool page_open(const char *url);

/* A QR code of the text for this terminal, or, in a line, the room that it would take, if there is
 * none; *length bytes, malloc'ed. NULL: there is no libqrencode, no terminal, or it does not speak
 * UTF-8. */
char *page_qr(const char *text, int fd, size_t *length);

#endif
