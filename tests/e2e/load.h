/* load.h - a steady load that forgets nothing: every reply is counted whole.
 *
 * Some clients per address, each with one connection: half of them keep it
 * alive, half close it after each reply. A client asks again a few
 * milliseconds after a reply, so that the load is constant, not the most
 * there can be. Turned by the test itself: no thread, nothing to lock.
 */
#ifndef TESTS_E2E_LOAD_H
#define TESTS_E2E_LOAD_H

#include <stddef.h>
#include <stdint.h>

struct load_counts {
	uint64_t sent;     /* requests written whole */
	uint64_t answered; /* replies read whole */
	uint64_t refused;  /* connects refused */
	uint64_t reset;    /* connections reset by the peer */
	uint64_t cut;      /* ended with a request sent and a reply not whole */
	uint64_t raced;    /* the same, but on a kept-alive connection before any byte of the
			    * reply: its end may have crossed the request */
	uint64_t closed;   /* closed in good order: after a reply, or before any request */
	uint64_t wrong;    /* replies other than 200, or without a Content-Length */
	uint64_t open;     /* connections that are open now */
};

struct load;

/* urls: count of "http://127.0.0.1:80/" (IPv4) or "unix:/run/a.sock"; clients
 * of each. */
struct load *load_new(const char *const *urls, size_t count, unsigned clients);

/* Drive it for so long. */
void load_turn(struct load *load, unsigned ms);

/* The servers are being stopped: from now on a client that is refused is done.
 * Until then it connects anew and asks: whoever is let in must be answered. */
void load_let_end(struct load *load);

/* Clients that are not done, after load_let_end(). */
size_t load_left(const struct load *load);

/* Ask no more; wait for the replies that are under way. */
void load_finish(struct load *load);

struct load_counts load_counts(const struct load *load);

/* The longest that clients had to wait for us to turn, in ms: how much the
 * test itself may be to blame for what raced. */
unsigned load_stalled_ms(const struct load *load);
void load_free(struct load *load);

#endif
