/* loop_fixture.c - see loop_fixture.h. */
#include "tests/unit/loop_fixture.h"

#include "common/fd.h"
#include "servers/app_hello.h"

#include <arpa/inet.h>
#include <check.h>
#include <string.h>

#define DRAIN_MS 50000 /* below Check's limit: an idle loop needs none of it */

void loop_fixture_init(struct loop_fixture *f, size_t count, const struct loop_options *options)
{
	const struct loop_options roomy = { .connections_max = 10000, .wire = true };

	*f = (struct loop_fixture) { .ip = net_ip(0) };
	ck_assert_msg(loop_new(options != NULL ? options : &roomy, &f->loop, &f->error) == 0, "%s",
		      f->error.text);
	/* Servers keep pointers to their site and cell: no growing later. */
	f->servers = calloc(count + 8, sizeof(*f->servers));
	f->cells = aligned_alloc(CACHE_LINE_BYTES, (count + 8) * sizeof(*f->cells));
	ck_assert_ptr_nonnull(f->servers);
	ck_assert_ptr_nonnull(f->cells);
	memset(f->cells, 0, (count + 8) * sizeof(*f->cells));
	for (size_t i = 0; i < count; i++)
		loop_fixture_add_kind(f, &hello_app_kind, NULL);
}

void loop_fixture_add_kind(struct loop_fixture *f, const struct app_kind *kind, const void *context)
{
	struct address address;

	ck_assert_int_eq(address_from_ip(&address, f->ip.text, 0, NULL), 0);
	loop_fixture_add(f, &address, kind, context);
}

static int port_of(const struct address *a)
{
	const struct sockaddr_in *in = (const void *)&a->any;

	return a->any.sa_family == AF_UNIX ? 0 : ntohs(in->sin_port);
}

static void add(struct loop_fixture *f, const struct address *address,
		struct server_options options)
{
	struct loop_server *s = &f->servers[f->count];

	s->fd = net_listen(address, false);
	ck_assert_int_ge(s->fd, 0);
	ck_assert_int_eq(listen(s->fd, 4096), 0);
	ck_assert_int_eq(fd_set_nonblock(s->fd, true), 0);
	s->address = *address;
	if (address->any.sa_family != AF_UNIX)
		ck_assert_int_eq(getsockname(s->fd, &s->address.any, &s->address.len), 0);
	s->site = (struct site) { .group = "blue",
				  .ip = f->ip.text,
				  .port = port_of(&s->address),
				  .start_sequence_num = 7,
				  .core = 3,
				  .base_dir = f->base_dir };
	options.site = &s->site;
	options.listen_fd = s->fd;
	options.cell = &f->cells[f->count];
	ck_assert_msg(loop_add(f->loop, &options, &f->error) == 0, "%s", f->error.text);
	f->count++;
}

void loop_fixture_add(struct loop_fixture *f, const struct address *address,
		      const struct app_kind *kind, const void *context)
{
	add(f, address, (struct server_options) { .kind = kind, .context = context });
}

void loop_fixture_add_app(struct loop_fixture *f, const struct address *address,
			  const struct app_kind *kind, const json_t *settings)
{
	add(f, address, (struct server_options) { .kind = kind, .settings = settings });
}

static void *run(void *arg)
{
	struct loop_fixture *f = arg;

	f->result = loop_run(f->loop, &f->error);
	return NULL;
}

void loop_fixture_start(struct loop_fixture *f)
{
	ck_assert_int_eq(pthread_create(&f->thread, NULL, run, f), 0);
}

void loop_fixture_join(struct loop_fixture *f)
{
	ck_assert_int_eq(pthread_join(f->thread, NULL), 0);
	ck_assert_msg(f->result == 0, "%s", f->error.text);
	loop_free(take_ptr(f->loop));
	for (size_t i = 0; i < f->count; i++) {
		ck_assert_uint_eq(board_get(&f->cells[i].active), 0);
		ck_assert_uint_eq(board_get(&f->cells[i].connections), 0);
	}
}

void loop_fixture_drain(struct loop_fixture *f, unsigned drain_ms)
{
	loop_drain(f->loop, drain_ms != 0 ? drain_ms : DRAIN_MS);
	loop_fixture_join(f);
}

void loop_fixture_release(struct loop_fixture *f)
{
	loop_free(f->loop);
	for (size_t i = 0; i < f->count; i++)
		close(f->servers[i].fd);
	free(f->servers);
	free(f->cells);
}

void loop_fixture_connect(const struct loop_fixture *f, size_t i, struct http_client *ret)
{
	http_client_connect(ret, &f->servers[i].address);
}
