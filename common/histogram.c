/* histogram.c - see histogram.h. */
#include "common/histogram.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "common/number.h"

#include <float.h>
#include <stdbool.h>

#define HALF (HISTOGRAM_EXACT / 2) /* buckets of a doubling */
#define LOW_BITS 16
#define BUCKETS_TEXT_MAX (HISTOGRAM_BUCKETS * 27) /* "33791:18446744073709551615 " */

struct histogram_page {                       /* a bucket's count is low + (high << LOW_BITS) */
	uint16_t low[HISTOGRAM_PAGE_BUCKETS]; /* 128 bytes: two lines of the cache */
	uint64_t *high; /* owned; HISTOGRAM_PAGE_BUCKETS, NULL until a count passes low */
};

static size_t bucket_of(uint64_t value)
{
	unsigned shift;

	if (value < HISTOGRAM_EXACT)
		return (size_t)value;
	shift = 53 - (unsigned)__builtin_clzll(value); /* so that 1024 <= value >> shift < 2048 */
	return (size_t)shift * HALF + (size_t)(value >> shift);
}

static size_t bucket_of_any(uint64_t value)
{
	return bucket_of(MIN(value, HISTOGRAM_VALUE_MAX));
}

static unsigned shift_of(size_t bucket)
{
	return bucket < HISTOGRAM_EXACT ? 0 : (unsigned)(bucket / HALF) - 1;
}

static uint64_t lowest_of(size_t bucket)
{
	unsigned shift = shift_of(bucket);

	return ((uint64_t)bucket - (uint64_t)shift * HALF) << shift;
}

static uint64_t highest_of(size_t bucket)
{
	return lowest_of(bucket) + (UINT64_C(1) << shift_of(bucket)) - 1;
}

/* Seldom, as carry() is: kept out of the way of what is done for each value. */
static __attribute__((noinline, cold)) struct histogram_page *make_page(struct histogram *h,
									size_t page)
{
	if (h->pages == NULL)
		h->pages = calloc(HISTOGRAM_PAGES, sizeof(struct histogram_page *));
	if (h->pages == NULL)
		return NULL;
	if (h->pages[page] == NULL)
		h->pages[page] = calloc(1, sizeof(struct histogram_page));
	return h->pages[page];
}

static __attribute__((noinline, cold)) void carry(struct histogram *h, struct histogram_page *page,
						  size_t i, uint64_t high)
{
	if (page->high == NULL)
		page->high = calloc(HISTOGRAM_PAGE_BUCKETS, sizeof(*page->high));
	if (page->high != NULL)
		page->high[i] += high;
	else
		h->lost += high << LOW_BITS;
}

static inline struct histogram_page *find_page(struct histogram *h, size_t page)
{
	if (h->pages != NULL && h->pages[page] != NULL)
		return h->pages[page];
	return make_page(h, page);
}

static inline uint64_t count_at(const struct histogram_page *page, size_t i)
{
	return page->low[i] + (page->high != NULL ? page->high[i] << LOW_BITS : 0);
}

/* page: NULL for want of memory. */
static inline void add_at(struct histogram *h, struct histogram_page *page, size_t i,
			  uint64_t times)
{
	uint64_t sum;

	if (page == NULL) {
		h->lost += times;
		return;
	}
	sum = page->low[i] + times;
	page->low[i] = (uint16_t)sum;
	if (sum > UINT16_MAX)
		carry(h, page, i, sum >> LOW_BITS);
}

static inline void add_to_bucket(struct histogram *h, size_t bucket, uint64_t times)
{
	add_at(h, find_page(h, bucket / HISTOGRAM_PAGE_BUCKETS), bucket % HISTOGRAM_PAGE_BUCKETS,
	       times);
}

static inline void widen(struct histogram *h, uint64_t min, uint64_t max)
{
	h->min = h->count == 0 ? min : MIN(h->min, min);
	h->max = MAX(h->max, max);
}

void histogram_add_many(struct histogram *h, uint64_t value, uint64_t times)
{
	if (times == 0)
		return;
	widen(h, value, value);
	h->count += times;
	h->sum += (double)value * (double)times;
	add_to_bucket(h, bucket_of_any(value), times);
}

void histogram_add(struct histogram *h, uint64_t value)
{
	widen(h, value, value);
	h->count++;
	h->sum += (double)value;
	add_to_bucket(h, bucket_of_any(value), 1);
}

static void merge_page(struct histogram *h, size_t page, const struct histogram_page *from)
{
	struct histogram_page *to = find_page(h, page);

	for (size_t i = 0; i < HISTOGRAM_PAGE_BUCKETS; i++)
		add_at(h, to, i, count_at(from, i));
}

void histogram_merge(struct histogram *h, const struct histogram *from)
{
	if (from->count == 0)
		return;
	widen(h, from->min, from->max);
	h->count += from->count;
	h->sum += from->sum;
	h->lost += from->lost;
	for (size_t page = 0; from->pages != NULL && page < HISTOGRAM_PAGES; page++) {
		if (from->pages[page] != NULL)
			merge_page(h, page, from->pages[page]);
	}
}

/* The rank of a percentile, from 1. A percentage such as 99.9 is no binary
 * fraction: a hair above an integer is that integer. */
static uint64_t rank_of(const struct histogram *h, double percent)
{
	double exact = percent * (double)h->count / 100 * (1 - 4 * DBL_EPSILON);
	uint64_t rank;

	if (!(exact > 1)) /* NAN too */
		return 1;
	if (exact >= (double)h->count)
		return h->count;
	rank = (uint64_t)exact;
	return (double)rank < exact ? rank + 1 : rank;
}

/* The bucket of the rank'th value; HISTOGRAM_BUCKETS: none, it is lost. */
static size_t bucket_at_rank(const struct histogram *h, uint64_t rank)
{
	for (size_t n = 0; h->pages != NULL && n < HISTOGRAM_PAGES; n++) {
		const struct histogram_page *page = h->pages[n];

		for (size_t i = 0; page != NULL && i < HISTOGRAM_PAGE_BUCKETS; i++) {
			uint64_t count = count_at(page, i);

			if (count >= rank)
				return n * HISTOGRAM_PAGE_BUCKETS + i;
			rank -= count;
		}
	}
	return HISTOGRAM_BUCKETS;
}

uint64_t histogram_percentile(const struct histogram *h, double percent)
{
	size_t bucket;

	if (h->count == 0)
		return 0;
	bucket = bucket_at_rank(h, rank_of(h, percent));
	if (bucket >= HISTOGRAM_BUCKETS - 1) /* what is above the range is in the last one */
		return h->max;
	return MIN(highest_of(bucket), h->max);
}

double histogram_mean(const struct histogram *h)
{
	return h->count > 0 ? h->sum / (double)h->count : 0;
}

static size_t page_memory(const struct histogram_page *page)
{
	if (page == NULL)
		return 0;
	return sizeof(*page) +
	       (page->high != NULL ? HISTOGRAM_PAGE_BUCKETS * sizeof(*page->high) : 0);
}

size_t histogram_memory(const struct histogram *h)
{
	size_t bytes = h->pages != NULL ? HISTOGRAM_PAGES * sizeof(struct histogram_page *) : 0;

	for (size_t n = 0; h->pages != NULL && n < HISTOGRAM_PAGES; n++)
		bytes += page_memory(h->pages[n]);
	return bytes;
}

void histogram_each(const struct histogram *h, histogram_visit_fn *visit, void *arg)
{
	for (size_t n = 0; h->pages != NULL && n < HISTOGRAM_PAGES; n++) {
		const struct histogram_page *page = h->pages[n];

		for (size_t i = 0; page != NULL && i < HISTOGRAM_PAGE_BUCKETS; i++) {
			size_t bucket = n * HISTOGRAM_PAGE_BUCKETS + i;
			uint64_t count = count_at(page, i);

			if (count > 0)
				visit(lowest_of(bucket), highest_of(bucket), count, arg);
		}
	}
}

struct bucket_list {
	struct buf text;
	size_t next; /* bucket behind the last one named */
};

static void append_bucket(uint64_t low, uint64_t high ATTR_UNUSED, uint64_t count, void *arg)
{
	struct bucket_list *list = arg;
	size_t bucket = bucket_of(low);

	buf_addf(&list->text, "%s%zu:%llu", list->text.len > 0 ? " " : "", bucket - list->next,
		 (unsigned long long)count);
	list->next = bucket + 1;
}

static json_int_t json_int_of(uint64_t value)
{
	return (json_int_t)MIN(value, INT64_MAX);
}

/* One text and not an array: an integer of jansson takes twenty times the memory. */
json_t *histogram_json(const struct histogram *h)
{
	struct bucket_list list = { .text = BUF_INIT(BUCKETS_TEXT_MAX) };
	json_t *ret = NULL;

	histogram_each(h, append_bucket, &list);
	if (!list.text.failed)
		ret = json_pack("{s:I, s:I, s:f, s:s}", "min", json_int_of(h->min), "max",
				json_int_of(h->max), "sum", h->sum, "buckets",
				buf_text(&list.text));
	buf_release(&list.text);
	if (ret != NULL && h->lost > 0 &&
	    json_object_set_new(ret, "lost", json_integer(json_int_of(h->lost))) < 0) {
		json_decref(ret);
		return NULL;
	}
	return ret;
}

/* A member that is an integer of 0 or more; missing is 0. */
static int read_count(const json_t *value, const char *name, uint64_t max, uint64_t *ret,
		      struct error *e)
{
	const json_t *member = json_object_get(value, name);

	if (member != NULL && (!json_is_integer(member) || json_integer_value(member) < 0 ||
			       (uint64_t)json_integer_value(member) > max))
		return error_set(e, EINVAL, "\"%s\" wants an integer from 0 to %llu", name,
				 (unsigned long long)max);
	*ret = (uint64_t)json_integer_value(member);
	return 0;
}

/* "gap:count" off the front of *text. *next: the bucket behind the last one named. */
static int read_bucket(struct histogram *h, const char **text, size_t *next, struct error *e)
{
	uint64_t gap, count;

	if (!number_take(text, &gap) || gap >= HISTOGRAM_BUCKETS - *next || **text != ':')
		return error_set(e, EINVAL,
				 "a gap in \"buckets\" wants an integer from 0 that stays within "
				 "the %d buckets, and a ':' behind it",
				 HISTOGRAM_BUCKETS);
	(*text)++;
	if (!number_take(text, &count) || count < 1 || count > HISTOGRAM_COUNT_MAX - h->count)
		return error_set(e, EINVAL,
				 "a count in \"buckets\" wants an integer from 1, all of them "
				 "together at most %llu",
				 (unsigned long long)HISTOGRAM_COUNT_MAX);
	*next += (size_t)gap + 1;
	h->count += count;
	add_to_bucket(h, *next - 1, count);
	return 0;
}

/* *ret_first, *ret_last: buckets; of none at all HISTOGRAM_BUCKETS and 0. */
static int read_buckets(struct histogram *h, const char *text, size_t *ret_first, size_t *ret_last,
			struct error *e)
{
	size_t next = 0;

	*ret_first = HISTOGRAM_BUCKETS;
	*ret_last = 0;
	while (text != NULL && *text != '\0') {
		int r = read_bucket(h, &text, &next, e);

		if (r < 0)
			return r;
		if (*ret_first == HISTOGRAM_BUCKETS)
			*ret_first = next - 1;
		*ret_last = next - 1;
		if (*text == '\0')
			return 0;
		if (*text++ != ' ' || *text == '\0')
			text = NULL;
	}
	return text != NULL
		       ? 0
		       : error_set(e, EINVAL, "\"buckets\" wants a text \"gap:count gap:count\"");
}

/* "sum" may be off by what was rounded while it was added up. */
static bool is_sum_of(double sum, const struct histogram *h)
{
	double slack = 0.001, count = (double)h->count;

	return sum >= (double)h->min * count * (1 - slack) &&
	       sum <= (double)h->max * count * (1 + slack);
}

static int check_whole(const struct histogram *h, size_t first, size_t last, bool lost,
		       struct error *e)
{
	size_t min = bucket_of_any(h->min), max = bucket_of_any(h->max);

	if (h->count == 0)
		return h->min == 0 && h->max == 0 && h->sum == 0
			       ? 0
			       : error_set(e, EINVAL,
					   "\"min\", \"max\" and \"sum\" want to be 0 "
					   "when there is no value");
	if (h->min > h->max || min > first || max < last ||
	    (!lost && (min != first || max != last)))
		return error_set(e, EINVAL,
				 "\"min\" and \"max\" want to be in the first and the last of "
				 "\"buckets\"");
	if (!is_sum_of(h->sum, h))
		return error_set(e, EINVAL,
				 "\"sum\" wants to be between \"min\" and \"max\" for each value");
	return 0;
}

static int read_whole(struct histogram *h, const json_t *value, struct error *e)
{
	const json_t *sum = json_object_get(value, "sum");
	uint64_t lost = 0;
	size_t first, last;
	int r;

	if (!json_is_object(value))
		return error_set(e, EINVAL, "a histogram wants to be an object");
	if (!json_is_number(sum))
		return error_set(e, EINVAL, "\"sum\" wants a number");
	h->sum = json_number_value(sum);
	r = read_buckets(h, json_string_value(json_object_get(value, "buckets")), &first, &last, e);
	if (r == 0 && h->lost > 0)
		r = error_set(e, ENOMEM, "no memory for a histogram");
	if (r == 0)
		r = read_count(value, "lost", HISTOGRAM_COUNT_MAX - h->count, &lost, e);
	if (r == 0)
		r = read_count(value, "min", INT64_MAX, &h->min, e);
	if (r == 0)
		r = read_count(value, "max", INT64_MAX, &h->max, e);
	if (r < 0)
		return r;
	h->lost = lost;
	h->count += lost;
	return check_whole(h, first, last, lost > 0, e);
}

int histogram_from_json(struct histogram *h, const json_t *value, struct error *e)
{
	int r = read_whole(h, value, e);

	if (r < 0)
		histogram_release(h);
	return r;
}

void histogram_release(struct histogram *h)
{
	for (size_t n = 0; h->pages != NULL && n < HISTOGRAM_PAGES; n++) {
		if (h->pages[n] != NULL)
			free(h->pages[n]->high);
		free(h->pages[n]);
	}
	free(h->pages);
	*h = (struct histogram) { 0 };
}
