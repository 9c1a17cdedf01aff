/* report_json.h - the pieces of a report's document: numbers, texts, counts.
 *
 * What returns a json_t returns a new reference, or NULL for want of memory;
 * NULL is taken as well, and passed on, so that one check at the end is enough.
 */
#ifndef LOAD_REPORT_JSON_H
#define LOAD_REPORT_JSON_H

#include <jansson.h>
#include <stdint.h>

struct error;
struct histogram;
struct load_target_stats;

json_t *report_count(uint64_t n); /* at most REPORT_COUNT_MAX */
json_t *report_number(double x);  /* at most REPORT_NUMBER_MAX; null: none, something / 0 */

/* Any bytes: a text that is no UTF-8 is escaped, one that is too long as well, and cut. */
json_t *report_text(const char *text);

/* Takes both over. */
json_t *report_append(json_t *array, json_t *value);

/* {"min", "mean", "p50" … "max"}, in ns; all 0 when nothing was counted. */
json_t *report_latency(const struct histogram *h);

/* {"latency_ns", "histogram"} */
json_t *report_service(const struct histogram *h);

/* Put "requests", "answered" … "histogram" into object, which is taken over; of
 * NULL: each of them null. */
json_t *report_add_counts(json_t *object, const struct load_target_stats *of, double measured_s);

/* Back again: what such an object says, added to ret. The object passed
 * report_check(): what fails is memory. */
int report_read_counts(struct load_target_stats *ret, const json_t *object, struct error *e);

/* {name of a group: its place in groups} of a report that passed report_check(). */
json_t *report_group_places(const json_t *report);

/* A number of an object that passed report_check(). */
uint64_t report_get_count(const json_t *object, const char *key);
double report_get_number(const json_t *object, const char *key);
const char *report_get_text(const json_t *object, const char *key);

#endif
