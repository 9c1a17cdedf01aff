/* files.h - small files and folders, with the test's failure as error. */
#ifndef TESTS_E2E_FILES_H
#define TESTS_E2E_FILES_H

#include <stddef.h>

/* Everything there is, NUL-terminated, kept until the test's end. NULL when
 * the file cannot be read, as of a process that is gone. */
char *files_read(const char *path, size_t *ret_len);

/* The same for a file that must be there. */
char *files_text(const char *path);

void files_write(const char *path, const char *text);
void files_make_dir(const char *path);

/* The folder and all in it. */
void files_remove_tree(const char *path);

/* Lines of text that contain needle. */
size_t files_count_lines(const char *text, const char *needle);

#endif
