/* announce.h - what eisen run says once all have got where they can: the URLs. */
#ifndef LAUNCHER_ANNOUNCE_H
#define LAUNCHER_ANNOUNCE_H

struct manager_options;
struct printer;
struct resources;

/* To out, or as a log line with LOG_FORMAT_JSON. */
void announce(const struct manager_options *o, const struct resources *res, struct printer *out);

#endif
