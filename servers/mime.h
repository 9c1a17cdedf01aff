/* mime.h - a file's media type, by the end of its name.
 *
 * Three tables, the first that knows the extension decides: the config's, our
 * own of the web's types, the system's (/etc/mime.types). Ours comes before the
 * system's, which calls scripts application/javascript and knows no wasm.
 */
#ifndef SERVERS_MIME_H
#define SERVERS_MIME_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct mime_table;

#define MIME_DEFAULT "application/octet-stream"
#define MIME_TYPE_MAX 127 /* bytes, RFC 6838, 4.2 */

/* The type of a file name or path, without parameters; NULL: not known. The
 * text lives as long as the process. Any thread; the system's table is read at
 * the first call. */
const char *mime_find(const char *path);

/* The extension of a path, without its dot; "" when there is none. A name that
 * begins with its only dot has none. */
const char *mime_extension(const char *path);

/* Text, of which a browser wants to know the encoding: text/, XML, scripts under
 * their old name. JSON is UTF-8 and has no such parameter (RFC 8259, 11). */
bool mime_is_text(const char *type);

/* Whether text is a media type that can be sent as a Content-Type: type "/" subtype,
 * then parameters, ";name=value" (RFC 9110, 8.3.1), at most MIME_TYPE_MAX bytes, no
 * control characters. */
bool mime_valid(const char *text);

/* A table of one's own in the format of /etc/mime.types, for tests and fuzzing: a
 * type and its extensions on a line, '#' begins a comment. Lines that are none are
 * passed over; the first that names an extension has it, in whatever case.
 * NULL: no memory. */
struct mime_table *mime_table_parse(const char *text, size_t len);
const char *mime_table_find(const struct mime_table *table, const char *extension);
void mime_table_free(struct mime_table *table);

#endif
