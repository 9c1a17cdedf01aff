/* app_static.h - the app kind "static": a folder of files; see docs/static.md. */
#ifndef SERVERS_APP_STATIC_H
#define SERVERS_APP_STATIC_H

#include "servers/app.h"

extern const struct app_kind static_app_kind;

#endif
