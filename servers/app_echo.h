/* app_echo.h - the kind "echo": shows the request it got, whatever the method,
 * as JSON. A tool for those who test clients and proxies, and the app to copy
 * for whoever writes one. */
#ifndef SERVERS_APP_ECHO_H
#define SERVERS_APP_ECHO_H

#include "servers/app.h"

extern const struct app_kind echo_app_kind;

#endif
