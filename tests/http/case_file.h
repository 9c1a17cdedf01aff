/* case_file.h - requests as raw bytes and what must come back, from a text file.
 *
 *   # a comment
 *   apps hello echo            of all cases, or behind == of one; else all apps
 *   == RFC 9112 5.1: a space before the colon is refused
 *   > GET / HTTP/1.1\r\nHost: a\r\n
 *   > X : y\r\n\r\n
 *   < 400 close
 *
 * What is sent: ">" lines in a row are one text. \r \n \t \0 \\ \xHH are as in
 * C, \{ and \} are braces. {40*ab} is "ab" forty times, {reply ETag} the value
 * of a header of the last reply. A line ends at its last visible character:
 * write \x20 there.
 *
 *   >.      the client ends its side (shutdown(2), SHUT_WR)
 *   >100    wait for a 100 Continue before sending on
 *
 * What must come back, in this order, and nothing else:
 *
 *   < 200              a reply; several for a pipeline
 *   < 200/HEAD         a reply to HEAD: the body is not sent
 *   < echo=200         from this app only; hello=405 echo=200 is one reply each
 *   < close            the server ends the connection, and had said so
 *   < keep             the connection goes on: one more GET / is answered with 200
 *   < no-reply         is for the reader: none comes
 *
 * Of the last reply before them, from the app named in front or from all:
 *
 *   < header Allow: GET, HEAD, OPTIONS
 *   < header-has Vary: Accept
 *   < no-header ETag
 *   < body TEXT          all of it, written as what is sent
 *   < body-has TEXT      < body-lacks TEXT      < body-bytes 1024
 *   < echo body-has "body":"abc"
 *
 * A case must end with close or keep. A 100 Continue may come before any reply
 * and is passed over.
 */
#ifndef TESTS_HTTP_CASE_FILE_H
#define TESTS_HTTP_CASE_FILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct answer;
struct buf;

enum step_kind {
	STEP_SEND, /* text */
	STEP_END,
	STEP_CONTINUE,
	STEP_REPLY, /* number: the status */
	STEP_CLOSE,
	STEP_KEEP,
	STEP_HEADER, /* text: "Name: value"; so in the next two */
	STEP_HEADER_HAS,
	STEP_NO_HEADER,
	STEP_BODY, /* text; so in the next two */
	STEP_BODY_HAS,
	STEP_BODY_LACKS,
	STEP_BODY_BYTES, /* number */
};

struct step {
	enum step_kind kind;
	unsigned line;
	uint32_t apps; /* a bit for each that it is for */
	unsigned number;
	bool to_head; /* the reply is to HEAD */
	char *text;   /* owned; as written; NULL: none */
};

struct http_case {
	char *name;
	unsigned line;
	uint32_t apps;
	struct step *steps;
	size_t count;
};

struct case_file {
	const char *path; /* borrowed */
	struct http_case *cases;
	size_t count;
};

/* apps: the object whose keys are the apps' names, in the order of the bits.
 * What is wrong with the file is printed; then false. */
bool case_file_read(struct case_file *file, const char *path, const json_t *apps);
void case_file_release(struct case_file *file);

/* Append text with its escapes undone. False: it has one that is none, or asks
 * for a reply's header that is not there (reply NULL: there is no reply). */
bool case_text(struct buf *out, const char *text, const struct answer *reply);

#endif
