/* gen_settings.h - what the settings of several kinds of generator share. */
#ifndef WORK_GEN_SETTINGS_H
#define WORK_GEN_SETTINGS_H

#include "common/fields.h"

#include <stdbool.h>

/* An object is itself; another value stands for {KEY: value}, so that
 * {"lines": "a.txt"} is {"lines": {"file": "a.txt"}}. New reference, never NULL
 * but for want of memory. */
json_t *gen_settings_object(const json_t *settings, const char *key);

/* FIELD_PARSE into a char *: a file's path, or "-". */
void gen_settings_file(const json_t *value, const char *path, void *ret, struct problems *p);

/* *file, relative, is made to start at base_dir; NULL: where the process is. */
void gen_settings_locate(char **file, const char *base_dir);

#endif
