/* scripted.h - servers that say what a script has, right or wrong. */
#ifndef TESTS_E2E_SCRIPTED_H
#define TESTS_E2E_SCRIPTED_H

enum scripted_then {
	SCRIPTED_GOES_ON, /* reads the next request */
	SCRIPTED_CLOSES,  /* in good order */
	SCRIPTED_RESETS,
	SCRIPTED_WAITS, /* for ever, with the connection open */
};

struct script {           /* once a request's head has been read */
	const char *says; /* NULL: nothing */
	enum scripted_then then;
};

struct scripted;

/* A process that ends with the test; kept. */
struct scripted *scripted_start(const struct script *script);
const char *scripted_url(const struct scripted *s);

/* Requests that it has read so far. */
unsigned scripted_requests(const struct scripted *s);

/* The URL of a port on which nobody listens, and nobody will: it is bound. */
const char *scripted_refusal(void);

#endif
