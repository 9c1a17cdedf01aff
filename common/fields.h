/* fields.h - settings as tables: one JSON object, one struct, one table.
 *
 * A table lists every key with its type and range; fields_parse() fills the
 * struct and reports all that does not fit, with path, wanted, got and, for
 * an unknown key, the nearest known one. Keys that begin with "//" are
 * comments. The tables are also what documentation is checked against.
 */
#ifndef COMMON_FIELDS_H
#define COMMON_FIELDS_H

#include "common/problems.h"

#include <jansson.h>
#include <stdint.h>

enum field_type {
	FIELD_END,    /* closes a table */
	FIELD_BOOL,   /* bool */
	FIELD_INT,    /* int, within min..max */
	FIELD_STRING, /* char *, owned by the struct; the old value is freed */
	FIELD_CHOICE, /* int, index into choices */
	FIELD_PARSE,  /* whatever parse() stores */
};

/* value is never NULL. Report through p; store nothing on failure. */
typedef void field_parse_fn(const json_t *value, const char *path, void *ret, struct problems *p);

struct field {
	const char *key;
	enum field_type type;
	size_t offset;              /* of the member in the struct */
	int min, max;               /* FIELD_INT */
	const char *const *choices; /* FIELD_CHOICE; NULL-terminated */
	field_parse_fn *parse;      /* FIELD_PARSE */
	bool required;
};

#define FIELDS_PATH_BYTES 256

/* Values not in object keep what dst has: set the defaults first. A value
 * that has a problem already (an undefined ${NAME}) is not looked at again. */
void fields_parse(const json_t *object, const char *path, const struct field *table, void *dst,
		  struct problems *p);

/* The keys of object that are no comments, for maps whose keys are names
 * (port_groups): iterate with jansson, skip these. */
bool fields_is_comment(const char *key);

/* path.key and path[index], cut at size; path "" gives key alone. */
void fields_path_key(char *ret, size_t size, const char *path, const char *key);
void fields_path_index(char *ret, size_t size, const char *path, size_t index);

/* Report "want WANT, got VALUE" at path; VALUE is compact JSON, cut at 60. */
void fields_want(struct problems *p, const char *path, const json_t *value, const char *want);

/* The choice nearest to text (Damerau-Levenshtein, at most a third of its
 * length off, case ignored), NULL when none is near. */
const char *fields_nearest(const char *text, const char *const *choices);

#endif
