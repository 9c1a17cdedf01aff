/* group.h - port groups and servers entries, as the config has them.
 *
 * A group is a colour name, the START_SEQUENCE_NUMs it belongs to, an address
 * and a range of ports. A servers entry says which app stands behind all or
 * some of a group's ports. A group that carries its app itself is given an
 * entry of its own by the config, so that the plan sees entries only.
 */
#ifndef PORTMAP_GROUP_H
#define PORTMAP_GROUP_H

#include "common/fields.h"
#include "portmap/address.h"
#include "portmap/range.h"

#define GROUP_NAME_MAX 32 /* bytes; letters, digits, '_' and '-' */
#define GROUPS_MAX 200    /* each has a port queue, of 256 ids in all */
#define ENTRIES_MAX 1000
#define ENTRY_THREADS_MAX 64

struct group {
	char *name;             /* owned */
	bool all;               /* START_SEQUENCE_NUM: "all" */
	struct range seq_nums;  /* else these */
	char *ip;               /* owned; default "127.0.0.1"; NULL with unix_path */
	char *unix_path;        /* owned; absolute, "{port}" stands for the number; NULL: IP */
	int unix_mode;          /* permissions of the socket files, default 0660 */
	struct range ports;     /* with unix_path: the numbers for "{port}" */
	bool shared;            /* every worker of the group serves every port */
	int servers_per_worker; /* 0: all ports, shared out evenly */
	json_t *app;            /* owned reference; NULL: servers entries say */
	int threads;            /* for app: 0 is the worker's serve thread */
};

struct server_entry {
	char *group_name;   /* owned */
	struct range ports; /* empty: all of the group that no other entry names */
	json_t *app;        /* owned reference, {"kind": …} */
	int threads;        /* 0: the worker's serve thread; n: threads of its own */
};

/* base_dir (absolute) is where relative Unix paths start. All that is wrong
 * goes to p; what could be read is kept, so that later checks go on. *ret is
 * filled whatever happens: release it. */
void group_parse(const json_t *object, const char *name, const char *path, const char *base_dir,
		 struct group *ret, struct problems *p);
void group_release(struct group *g);

/* The same for an entry of servers. */
void server_entry_parse(const json_t *object, const char *path, struct server_entry *ret,
			struct problems *p);
void server_entry_release(struct server_entry *entry);

/* The address of one of the group's ports. 0 or -errno; never fails for a
 * port of a group that was parsed without a problem. */
int group_address(const struct group *g, unsigned port, struct address *ret, struct error *e);

/* "\x1b[34m" for blue and so on: the colour of the name where it is one the
 * terminal has, else one picked by the name's hash. Static. */
const char *group_colour(const char *name);

/* The field tables, for checks of the documentation. */
extern const struct field group_fields[];
extern const struct field server_entry_fields[];

#endif
