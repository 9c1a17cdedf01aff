/* histogram.c - see histogram.h. */
#include "common/histogram.h"

#include "common/cc.h"

static size_t bucket_of(uint64_t value)
{
	unsigned shift;

	if (value < HISTOGRAM_EXACT)
		return (size_t)value;
	shift = 53 - (unsigned)__builtin_clzll(value); /* so that 1024 <= value >> shift < 2048 */
	return HISTOGRAM_EXACT / 2 + (size_t)shift * (HISTOGRAM_EXACT / 2) +
	       ((size_t)(value >> shift) - HISTOGRAM_EXACT / 2);
}

static uint64_t *find_bucket(struct histogram *h, size_t bucket)
{
	size_t page = bucket / HISTOGRAM_PAGE_BUCKETS;

	if (h->pages == NULL)
		h->pages = calloc(HISTOGRAM_PAGES, sizeof(*h->pages));
	if (h->pages == NULL)
		return NULL;
	if (h->pages[page] == NULL)
		h->pages[page] = calloc(HISTOGRAM_PAGE_BUCKETS, sizeof(**h->pages));
	return h->pages[page] != NULL ? &h->pages[page][bucket % HISTOGRAM_PAGE_BUCKETS] : NULL;
}

void histogram_add_many(struct histogram *h, uint64_t value, uint64_t times)
{
	uint64_t clipped = MIN(value, HISTOGRAM_VALUE_MAX);
	uint64_t *bucket = find_bucket(h, bucket_of(clipped));

	if (times == 0)
		return;
	h->min = h->count == 0 ? value : MIN(h->min, value);
	h->max = MAX(h->max, value);
	h->count += times;
	h->sum += (double)value * (double)times;
	if (bucket != NULL)
		*bucket += times;
	else
		h->lost += times;
}

void histogram_add(struct histogram *h, uint64_t value)
{
	histogram_add_many(h, value, 1);
}

void histogram_merge(struct histogram *h, const struct histogram *from)
{
	if (from->count == 0)
		return;
	h->min = h->count == 0 ? from->min : MIN(h->min, from->min);
	h->max = MAX(h->max, from->max);
	h->count += from->count;
	h->sum += from->sum;
	h->lost += from->lost;
	for (size_t i = 0; from->pages != NULL && i < HISTOGRAM_BUCKETS; i++) {
		const uint64_t *page = from->pages[i / HISTOGRAM_PAGE_BUCKETS];
		uint64_t n = page != NULL ? page[i % HISTOGRAM_PAGE_BUCKETS] : 0;
		uint64_t *bucket = n > 0 ? find_bucket(h, i) : NULL;

		if (bucket != NULL)
			*bucket += n;
		else
			h->lost += n;
	}
}

void histogram_release(struct histogram *h)
{
	for (size_t i = 0; h->pages != NULL && i < HISTOGRAM_PAGES; i++)
		free(h->pages[i]);
	free(h->pages);
	*h = (struct histogram) { 0 };
}
