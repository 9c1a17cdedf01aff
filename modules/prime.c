/* prime.c - which numbers of a range are prime.
 *
 * The strong probable prime test (Miller, 1976; Rabin, 1980) to the first
 * twelve primes as bases is exact below 3.3 * 10^24 (Sorenson and Webster,
 * "Strong pseudoprimes to twelve prime bases", 2015), and so for 64 bits.
 * The result of a chunk is the list of its primes.
 */
#include <eisen.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

EISEN_MODULE("finds the prime numbers among its rows");

#define NUMBER_BYTES 21 /* of the longest, with a comma */

__extension__ typedef unsigned __int128 wide;

bool worker_entrance(eisen_toolbox *tb);

static uint64_t multiply(uint64_t a, uint64_t b, uint64_t modulus)
{
	return (uint64_t)((wide)a * b % modulus);
}

static uint64_t power(uint64_t base, uint64_t exponent, uint64_t modulus)
{
	uint64_t result = 1;

	for (base %= modulus; exponent > 0; exponent >>= 1) {
		if ((exponent & 1) != 0)
			result = multiply(result, base, modulus);
		base = multiply(base, base, modulus);
	}
	return result;
}

/* n - 1 = odd * 2^twos. */
static bool passes(uint64_t n, uint64_t base, uint64_t odd, unsigned twos)
{
	uint64_t x = power(base, odd, n);

	if (x == 1 || x == n - 1)
		return true;
	for (unsigned i = 1; i < twos; i++) {
		x = multiply(x, x, n);
		if (x == n - 1)
			return true;
	}
	return false;
}

static bool is_prime(uint64_t n)
{
	static const uint64_t bases[] = { 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37 };
	const size_t count = sizeof(bases) / sizeof(bases[0]);
	unsigned twos;

	if (n < 2)
		return false;
	for (size_t i = 0; i < count; i++)
		if (n % bases[i] == 0)
			return n == bases[i];
	twos = (unsigned)__builtin_ctzll(n - 1);
	for (size_t i = 0; i < count; i++)
		if (!passes(n, bases[i], (n - 1) >> twos, twos))
			return false;
	return true;
}

/* "[p, q, ...]" of the chunk's rows; NULL: a row is no number, or no memory. */
static char *primes_of(eisen_chunk *chunk, size_t *ret_len)
{
	size_t rows = eisen_chunk_rows(chunk), seen = 0, len = 0;
	char *text = malloc(rows * NUMBER_BYTES + 3);
	int64_t number;

	if (text == NULL)
		return NULL;
	text[len++] = '[';
	for (; eisen_row_int(chunk, &number); seen++)
		if (number > 1 && is_prime((uint64_t)number))
			len += (size_t)snprintf(text + len, NUMBER_BYTES + 1, "%s%" PRId64,
						len > 1 ? "," : "", number);
	text[len++] = ']';
	*ret_len = len;
	if (seen == rows)
		return text;
	free(text);
	return NULL;
}

bool worker_entrance(eisen_toolbox *tb)
{
	eisen_queue *input = eisen_queue_find(tb, "mp_input_q");
	eisen_chunk *chunk;
	size_t len;
	char *text;

	if (eisen_take(tb, input, -1, &chunk) != EISEN_CHUNK)
		return false;
	text = primes_of(chunk, &len);
	if (text != NULL)
		eisen_result_text(tb, chunk, text, len);
	else
		eisen_fail(tb, chunk, "a row is no whole number, or memory ran out");
	free(text);
	return true;
}
