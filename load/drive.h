/* drive.h - a load from start to end, on threads of its own.
 *
 * The caller's loop goes on meanwhile: it polls the descriptor, shows how far
 * it is, looks at the servers, and may stop it.
 */
#ifndef LOAD_DRIVE_H
#define LOAD_DRIVE_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct load_drive;
struct load_job;
struct load_stats;

struct load_progress {
	uint64_t elapsed_ns; /* of the warm-up and the measured time */
	uint64_t total_ns;   /* of both */
	bool warming_up;
	uint64_t answered, errors, connections; /* so far; open now */
	uint64_t measured_from_ns;              /* CLOCK_MONOTONIC, as planned */
};

/* Start it: threads made, pinned, signals blocked in them. The job is borrowed
 * until load_drive_free(). */
int load_drive_start(struct load_drive **ret, const struct load_job *job, struct error *e);

/* Readable once all threads have ended. */
int load_drive_fd(const struct load_drive *drive);
void load_drive_progress(const struct load_drive *drive, struct load_progress *ret);

/* End the measured time now; what is under way is still waited for. */
void load_drive_stop(struct load_drive *drive);

/* Wait for the end (the descriptor tells when that takes no time), and all
 * threads' stats as one: release *ret. */
int load_drive_finish(struct load_drive *drive, struct load_stats *ret, struct error *e);
void load_drive_free(struct load_drive *drive);

#endif
