/* notify.h - tell a service manager how we are (sd_notify(3)).
 *
 * Writes to the datagram socket named by $NOTIFY_SOCKET; without it, nothing.
 */
#ifndef LAUNCHER_NOTIFY_H
#define LAUNCHER_NOTIFY_H

/* state: "READY=1", "STOPPING=1". 0 or -errno; never blocks. */
int notify_send(const char *state);

#endif
