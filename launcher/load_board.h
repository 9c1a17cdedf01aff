/* load_board.h - what the servers counted themselves, before and after a load.
 *
 * Counters live on the instance's board: they go on when a worker was killed
 * and another took its place. Read over the control socket.
 */
#ifndef LAUNCHER_LOAD_BOARD_H
#define LAUNCHER_LOAD_BOARD_H

#include <jansson.h>
#include <stdbool.h>

struct error;
struct load_layout;
struct rundir;

/* All workers with their servers and counters. *ret: a new reference. */
int load_board_read(const struct rundir *rd, json_t **ret, struct error *e);

/* Nothing is under way at the driven servers, and none has counted since. */
bool load_board_is_still(const struct load_layout *l, const json_t *earlier, const json_t *now);

/* Read until it is still: a reply is counted only after its last byte was sent.
 * For some seconds at most, since others may ask these servers too, and one
 * may hang; what was read last is it then. pid_fd: of the manager; when it
 * ends there is nothing more to wait for. */
int load_board_settle(const struct load_layout *l, const struct rundir *rd, int pid_fd,
		      json_t **ret, struct error *e);

/* server_requests of ports and workers, and the workers' restarts. */
void load_board_difference(struct load_layout *l, const json_t *before, const json_t *after);

#endif
