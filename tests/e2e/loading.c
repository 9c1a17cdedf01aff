/* loading.c - see loading.h. */
#include "tests/e2e/loading.h"

#include "tests/e2e/await.h"
#include "tests/e2e/files.h"
#include "tests/e2e/http.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/spawn.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

static unsigned loads; /* numbers their files */

static int open_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* load ARGS --json FILE */
static const char *const *arguments(const struct loading *l, const char *const *args)
{
	const char **all = keep(calloc(HARNESS_ARGS_MAX + 4, sizeof(*all)));
	size_t n = 0;

	all[n++] = "load";
	for (size_t i = 0; args[i] != NULL; i++) {
		ck_assert_uint_lt(i, HARNESS_ARGS_MAX);
		all[n++] = args[i];
	}
	all[n++] = "--json";
	all[n++] = l->json;
	return all;
}

/* As a shell has it: Ctrl-C is for all of the group. */
static void lead_a_group(void)
{
	setpgid(0, 0);
}

void loading_start(struct loading *l, const char *const *args)
{
	AUTO_CLOSE int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	loading_start_from(l, args, null);
}

void loading_start_from(struct loading *l, const char *const *args, int in_fd)
{
	const char *base = harness_path(keep_printf("load-%u", ++loads));
	const char *env[SPAWN_ENV_MAX + 1] = { keep_printf("TMPDIR=%s", harness_path("")),
					       harness_runtime_dir() };
	AUTO_CLOSE int out = -1, err = -1;
	struct spawn spawn = { .env = env, .in_fd = in_fd, .prepare = lead_a_group };

	*l = (struct loading) {
		.out = keep_printf("%s.out", base),
		.err = keep_printf("%s.err", base),
		.json = keep_printf("%s.json", base),
	};
	snprintf(l->layout.mark, sizeof(l->layout.mark), "%d-load-%u", (int)getpid(), loads);
	spawn.args = arguments(l, args);
	spawn.mark = l->layout.mark;
	spawn.out_fd = out = open_file(l->out);
	spawn.err_fd = err = open_file(l->err);
	l->pid = spawn_program(&spawn, &l->pid_fd);
}

void loading_signal(const struct loading *l, int signal)
{
	ck_assert_int_eq(kill(-l->pid, signal), 0);
}

/* Its 'eisen run --quiet --run-dir DIR …', by the kernel's word. */
static const char *find_run_dir(const struct loading *l)
{
	static const char option[] = " --run-dir ";
	struct kernel_pids children;
	const char *at = NULL;

	kernel_children(l->pid, &children);
	for (size_t i = 0; at == NULL && i < children.count; i++) {
		const char *line = kernel_command_line(children.list[i]);

		at = line != NULL ? strstr(line, option) : NULL;
	}
	if (at == NULL)
		return NULL;
	at += strlen(option);
	return keep_printf("%.*s", (int)strcspn(at, " "), at);
}

static bool has_ended(const struct loading *l)
{
	return await_readable(&l->pid_fd, 1, await_deadline(0)) == 0;
}

/* Each server. The control socket is there before it listens. */
static bool have_answered(const struct instance *layout)
{
	const struct http_call call = {
		.url = "http://localhost/api/servers",
		.unix_path = instance_control(layout),
	};
	const json_t *servers, *server;
	struct http_reply reply;
	size_t i;

	http_do(&call, &reply);
	if (reply.result != CURLE_OK)
		return false;
	servers = keep_json(json_loads(reply.body, 0, NULL));
	json_array_foreach(servers, i, server)
	{
		if (json_integer_value(json_object_get(server, "requests")) == 0)
			return false;
	}
	return i > 0;
}

void loading_await_start(struct loading *l)
{
	await((l->layout.run_dir = find_run_dir(l)) != NULL || has_ended(l));
	ck_assert_msg(l->layout.run_dir != NULL, "it has ended:\n%s", files_text(l->err));
}

struct instance *loading_await_layout(struct loading *l)
{
	loading_await_start(l);
	await(have_answered(&l->layout) || has_ended(l));
	ck_assert_msg(!has_ended(l), "it has ended:\n%s", files_text(l->err));
	return &l->layout;
}

/* Without processes of its own it has no sockets either. */
static bool is_gone(const struct loading *l)
{
	struct kernel_pids pids;

	kernel_marked(l->layout.mark, &pids);
	return pids.count == 0;
}

/* Folders of loads in this test's. */
static size_t count_folders(void)
{
	DIR *dir = opendir(harness_path(""));
	const struct dirent *entry;
	size_t count = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL)
		count += strncmp(entry->d_name, "eisen-load-", 11) == 0;
	closedir(dir);
	return count;
}

static void expect_status(struct loading *l, int status)
{
	int got = spawn_wait(l->pid, l->pid_fd);

	ck_assert_msg(got == status, "exit status %d instead of %d; it says:\n%s", got, status,
		      files_text(l->err));
	ck_assert_uint_eq(count_folders(), 0);
}

void loading_expect_end(struct loading *l, int status)
{
	expect_status(l, status);
	ck_assert_msg(is_gone(l), "it did not wait for its layout's end");
}

void loading_expect_failure(struct loading *l)
{
	expect_status(l, 1);
	await(is_gone(l));
}

void loading_kill(struct loading *l)
{
	kill(l->pid, SIGKILL);
	ck_assert_int_eq(spawn_wait(l->pid, l->pid_fd), 128 + SIGKILL);
	await(is_gone(l) && count_folders() == 0);
}

const json_t *loading_report(const struct loading *l)
{
	const json_t *report = keep_json(json_load_file(l->json, 0, NULL));

	ck_assert_msg(report != NULL, "no report; it says:\n%s", files_text(l->err));
	return report;
}

const json_t *loading_run(const char *const *args, int status)
{
	struct loading l;

	loading_start(&l, args);
	loading_expect_end(&l, status);
	return loading_report(&l);
}

const char *loading_err(const struct loading *l)
{
	return files_text(l->err);
}

long loading_count(const json_t *report, const char *part, const char *key)
{
	return (long)json_integer_value(json_object_get(json_object_get(report, part), key));
}

long loading_errors(const json_t *report, const char *kind)
{
	return loading_count(json_object_get(report, "total"), "errors", kind);
}

const char *loading_layout(const char *text)
{
	const char *path = harness_path("layout.json");

	files_write(path, text);
	return path;
}
