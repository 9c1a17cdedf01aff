/* workers_fixture.c - see workers_fixture.h. */
#include "tests/unit/workers_fixture.h"

#include "common/cc.h"
#include "portmap/address.h"

#include <check.h>

static json_t *server(const struct server_fixture *s)
{
	char url[ADDRESS_TEXT_BYTES];
	struct address address;

	if (s->unix_path != NULL)
		ck_assert_int_eq(address_from_path(&address, s->unix_path, NULL), 0);
	else
		ck_assert_int_eq(address_from_ip(&address, s->ip, (unsigned)s->port, NULL), 0);
	address_url(&address, url, sizeof(url));
	return json_pack("{s:s, s:i, s:s, s:s, s:i, s:i}", "ip",
			 s->unix_path != NULL ? s->unix_path : s->ip, "port", s->port, "url", url,
			 "app", "hello", "requests", s->requests, "active", s->active);
}

json_t *workers_fixture(const struct worker_fixture *workers, size_t count)
{
	json_t *ret = json_array();

	for (size_t i = 0; i < count; i++) {
		json_t *servers = json_array();

		for (size_t k = 0; k < ARRAY_SIZE(workers[i].servers); k++)
			if (workers[i].servers[k].port != 0)
				json_array_append_new(servers, server(&workers[i].servers[k]));
		json_array_append_new(ret, json_pack("{s:i, s:s?, s:i, s:i, s:i, s:o}",
						     "START_SEQUENCE_NUM", (int)i, "group",
						     workers[i].group, "core", workers[i].core,
						     "pid", workers[i].pid, "restarts",
						     workers[i].restarts, "servers", servers));
	}
	return ret;
}
