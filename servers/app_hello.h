/* app_hello.h - the kind "hello": says which server answered, and with "work"
 * the row that it keeps. */
#ifndef SERVERS_APP_HELLO_H
#define SERVERS_APP_HELLO_H

#include "servers/app.h"

extern const struct app_kind hello_app_kind;

#endif
