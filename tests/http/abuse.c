/* abuse.c - see abuse.h: hostile clients, and what they must not cost others.
 *
 * Whatever a client does, it gets the right status or a clean close, another
 * client's requests go on meanwhile, memory stays bounded, and no connection
 * or request is left over (loop_fixture_drain() looks at the gauges).
 */
#include "tests/http/abuse.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>

#define TIMEOUT_S "120" /* only against a hang */
#define OTHERS_REQUESTS 20

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

size_t abuse_scale(size_t n)
{
	return SANITIZED ? n / 10 : n;
}

uint64_t abuse_memory_scale(uint64_t bytes)
{
	return SANITIZED ? bytes * 10 + (16u << 20) : bytes;
}

void abuse_client_is_served(struct http_client *c)
{
	struct http_reply reply;

	for (int i = 0; i < OTHERS_REQUESTS; i++) {
		http_client_expect(c, "/", "", 200, &reply);
		http_reply_release(&reply);
	}
}

void abuse_others_are_served(const struct loop_fixture *f, size_t server)
{
	struct http_client c;

	loop_fixture_connect(f, server, &c);
	abuse_client_is_served(&c);
	http_client_close(&c);
}

uint64_t abuse_memory(void)
{
	AUTO_FCLOSE FILE *f = fopen("/proc/self/statm", "re");
	unsigned long all, resident;

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%lu %lu", &all, &resident), 2);
	return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

void abuse_await_at_least(_Atomic uint64_t *counter, uint64_t value)
{
	while (board_get(counter) < value)
		sched_yield();
}

void abuse_await_at_most(_Atomic uint64_t *counter, uint64_t value)
{
	while (board_get(counter) > value)
		sched_yield();
}

void abuse_reset(struct http_client *c)
{
	const struct linger now = { .l_onoff = 1 };

	ck_assert_int_eq(setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
	http_client_close(c);
}

int main(void)
{
	SRunner *runner;
	int failed;

	setenv("CK_DEFAULT_TIMEOUT", TIMEOUT_S, 0);
	runner = srunner_create(abuse_connections_suite());
	srunner_add_suite(runner, abuse_files_suite());
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
