/* dir_fixture.h - a folder of a test's own, with files, gone afterwards. */
#ifndef TESTS_UNIT_DIR_FIXTURE_H
#define TESTS_UNIT_DIR_FIXTURE_H

struct dir_fixture {
	char path[64]; /* absolute, short enough for sockets */
};

void dir_fixture_init(struct dir_fixture *d);

/* A file with this text; folders on its way are made. */
void dir_fixture_write(const struct dir_fixture *d, const char *name, const char *text);

/* Remove it with all that is in it. */
void dir_fixture_release(struct dir_fixture *d);

#endif
