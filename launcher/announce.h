/* announce.h - what eisen run says once all have got where they can: the URLs. */
#ifndef LAUNCHER_ANNOUNCE_H
#define LAUNCHER_ANNOUNCE_H

struct manager_options;
struct plan;
struct printer;
struct resources;

/* To out, or as a log line with LOG_FORMAT_JSON. */
void announce(const struct manager_options *o, const struct resources *res, struct printer *out);

/* What this machine may have against the plan: not an error, once all is
 * bound. Lines of the log. */
void announce_warnings(const struct plan *plan);

#endif
