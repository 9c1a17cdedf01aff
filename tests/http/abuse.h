/* abuse.h - what the tests of hostile clients share: others, memory, scale. */
#ifndef TESTS_HTTP_ABUSE_H
#define TESTS_HTTP_ABUSE_H

#include "tests/unit/loop_fixture.h"

#include <check.h>
#include <stddef.h>
#include <stdint.h>

#define ABUSE_GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

/* n, or a tenth of it where a sanitizer makes everything dear. */
size_t abuse_scale(size_t n);

/* A bound on memory, or what becomes of it with a sanitizer's own. */
uint64_t abuse_memory_scale(uint64_t bytes);

/* A client has its requests answered with 200. */
void abuse_client_is_served(struct http_client *c);

/* The same for another one, which connects. */
void abuse_others_are_served(const struct loop_fixture *f, size_t server);

/* Resident memory of this process, bytes. */
uint64_t abuse_memory(void);

/* Wait until a gauge or counter of a server's cell has at least, or at most,
 * this value; Check's limit ends it. */
void abuse_await_at_least(_Atomic uint64_t *counter, uint64_t value);
void abuse_await_at_most(_Atomic uint64_t *counter, uint64_t value);

/* Close with a reset (SO_LINGER, 0): what is unread or unsent is lost. */
void abuse_reset(struct http_client *c);

Suite *abuse_connections_suite(void);
Suite *abuse_files_suite(void);

#endif
