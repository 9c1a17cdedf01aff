/* fuzz_byterange.c - any bytes as a Range header: what is sent is what a plain reader
 * of RFC 9110 would send, and never more than the file.
 *
 * The reader below cuts the header at its commas, counts in 128 bits, and joins what
 * is near by looking at every pair until none is left.
 */
#include "common/cc.h"
#include "servers/byterange.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define GAP_BYTES 80
#define DIGITS "0123456789"

typedef unsigned __int128 wide;

struct piece {
	wide first, last;
	size_t asked; /* which of the header it was */
};

struct reading {
	enum byterange_result result;
	size_t count;
	struct piece piece[BYTERANGE_MAX];
};

static void must(bool fine)
{
	if (!fine)
		abort();
}

static wide number(const char *digits, size_t len)
{
	wide n = 0;

	for (size_t i = 0; i < len; i++)
		n = MIN(n * 10 + (wide)(digits[i] - '0'), (wide)UINT64_MAX);
	return n;
}

/* One element, blanks taken off. False: no range. size is wide, so that 0 is no trap. */
static bool read_element(const char *text, size_t len, wide size, struct reading *r, size_t asked)
{
	size_t a = strspn(text, DIGITS), b;
	struct piece p = { number(text, a), UINT64_MAX, asked };

	if (a >= len || text[a] != '-')
		return false;
	b = strspn(text + a + 1, DIGITS);
	if (a + 1 + b != len || a + b == 0)
		return false;
	if (b > 0)
		p.last = number(text + a + 1, b);
	if (a == 0) {
		if (p.last == 0)
			return true;
		p.first = p.last > size ? 0 : size - p.last;
		p.last = UINT64_MAX;
	} else if (p.first > p.last) {
		return false;
	}
	if (p.first >= size)
		return true;
	p.last = MIN(p.last, size - 1);
	r->piece[r->count++] = p;
	return true;
}

static bool join_one(struct reading *r)
{
	for (size_t i = 0; i < r->count; i++) {
		for (size_t j = i + 1; j < r->count; j++) {
			struct piece *a = &r->piece[i], *b = &r->piece[j];

			if (MAX(a->first, b->first) > MIN(a->last, b->last) + GAP_BYTES)
				continue;
			a->first = MIN(a->first, b->first);
			a->last = MAX(a->last, b->last);
			a->asked = MIN(a->asked, b->asked);
			*b = r->piece[--r->count];
			return true;
		}
	}
	return false;
}

static int by_asked(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return (x->asked > y->asked) - (x->asked < y->asked);
}

static void read_all(const char *header, uint64_t size, struct reading *r)
{
	size_t asked = 0;

	r->result = BYTERANGE_WHOLE;
	if (strncasecmp(header, "bytes=", 6) != 0)
		return;
	for (const char *p = header + 6;; p++) {
		size_t len = strcspn(p, ","), blanks = strspn(p, " \t");
		const char *next = p + len;

		p += MIN(blanks, len);
		len = (size_t)(next - p);
		while (len > 0 && strchr(" \t", p[len - 1]) != NULL)
			len--;
		if (len > 0 && (++asked > BYTERANGE_MAX || !read_element(p, len, size, r, asked)))
			return;
		p = next;
		if (*p == '\0')
			break;
	}
	if (asked == 0)
		return;
	r->result = r->count == 0 ? BYTERANGE_UNSATISFIABLE : BYTERANGE_PARTS;
	while (join_one(r))
		;
	qsort(r->piece, r->count, sizeof(r->piece[0]), by_asked);
}

/* Whatever the header was. */
static void check_set(const struct byterange_set *set, uint64_t size)
{
	uint64_t total = 0;

	must(set->count > 0 && set->count <= BYTERANGE_MAX);
	for (size_t i = 0; i < set->count; i++) {
		const struct byterange *a = &set->part[i];

		must(a->first <= a->last && a->last < size);
		must(!__builtin_add_overflow(total, a->last - a->first + 1, &total));
		for (size_t j = 0; j < i; j++) {
			const struct byterange *b = &set->part[j];

			must(a->first > b->last
				     ? a->first - b->last > GAP_BYTES
				     : b->first > a->last && b->first - a->last > GAP_BYTES);
		}
	}
	must(total <= size);
}

static void check(const char *header, uint64_t size)
{
	struct byterange_set set, untouched;
	struct reading want = { .count = 0 };
	enum byterange_result got;

	memset(&set, 0x5a, sizeof(set));
	untouched = set;
	got = byterange_parse(header, size, &set);
	read_all(header, size, &want);
	must(got == want.result);
	if (got != BYTERANGE_PARTS) {
		must(memcmp(&set, &untouched, sizeof(set)) == 0);
		return;
	}
	check_set(&set, size);
	must(set.count == want.count);
	for (size_t i = 0; i < set.count; i++)
		must(set.part[i].first == want.piece[i].first &&
		     set.part[i].last == want.piece[i].last);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const uint64_t sizes[] = {
		0, 1, 2, 81, 1000, INT64_MAX, UINT64_MAX - 1, UINT64_MAX
	};
	AUTO_FREE char *header = NULL, *ranges = NULL;
	uint64_t size;

	if (len < sizeof(size))
		return 0;
	memcpy(&size, bytes, sizeof(size));
	header = strndup((const char *)bytes + sizeof(size), len - sizeof(size));
	must(header != NULL && asprintf(&ranges, "Bytes=%s", header) > 0);
	check(header, size);
	check(ranges, size);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		check(ranges, sizes[i]);
	return 0;
}
