/* generator_fixture.c - see generator_fixture.h. */
#include "tests/unit/generator_fixture.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "common/problems.h"

#include <check.h>
#include <string.h>

#define TEXT_BYTES_MAX (64u << 20)

struct generator *generator_fixture_open(const char *settings, const char *base_dir)
{
	json_auto_t *json = json_loads(settings, JSON_ALLOW_NUL, NULL);
	AUTO_BUF struct buf text = BUF_INIT(4096);
	struct problems p = { 0 };
	struct error e = { 0 };
	struct generator *g;

	ck_assert_msg(json != NULL, "%s", settings);
	generator_check(json, base_dir, "generator", &p);
	problems_format(&p, NULL, &text);
	ck_assert_msg(p.errors == 0, "%s", buf_text(&text));
	problems_release(&p);
	ck_assert_msg(generator_open(json, base_dir, &g, &e) == 0, "%s", e.text);
	return g;
}

enum generator_state generator_fixture_fill(struct generator *g, uint32_t rows_max, size_t bytes,
					    struct buf *ret, struct error *e)
{
	AUTO_FREE char *memory = malloc(GENERATOR_ROW_BYTES_MAX + 1);
	enum generator_state state = GENERATOR_MORE;

	while (state == GENERATOR_MORE) {
		struct generator_room room = { .to = memory, .bytes = bytes, .rows_max = rows_max };
		size_t used, lines = 0;

		state = generator_fill(g, &room, e);
		if (state == GENERATOR_MORE && room.rows == 0) {
			ck_assert_uint_lt(bytes, GENERATOR_ROW_BYTES_MAX + 1);
			bytes = MIN(bytes * 2 + 1, GENERATOR_ROW_BYTES_MAX + 1);
		}
		used = (size_t)(room.to - memory);
		ck_assert_uint_eq(used + room.bytes, MAX(used, used + room.bytes));
		ck_assert_uint_le(room.rows, rows_max);
		for (size_t i = 0; i < used; i++)
			lines += memory[i] == '\n';
		ck_assert_uint_eq(lines, room.rows);
		buf_add(ret, memory, used);
	}
	return state;
}

void generator_fixture_expect(const char *settings, const char *base_dir, const char *want)
{
	static const struct {
		uint32_t rows;
		size_t bytes;
	} rooms[] = { { 1, GENERATOR_ROW_BYTES_MAX + 1 }, { 3, 100 }, { 1000, 1 } };

	for (size_t i = 0; i < ARRAY_SIZE(rooms); i++) {
		struct generator *g = generator_fixture_open(settings, base_dir);
		AUTO_BUF struct buf got = BUF_INIT(TEXT_BYTES_MAX);
		struct error e = { 0 };
		enum generator_state state;

		state = generator_fixture_fill(g, rooms[i].rows, rooms[i].bytes, &got, &e);
		ck_assert_msg(state == GENERATOR_END, "%s", e.text);
		ck_assert_str_eq(buf_text(&got), want);
		generator_close(g);
	}
}

void generator_fixture_expect_failure(const char *settings, const char *base_dir, const char *want,
				      const char *error)
{
	struct generator *g = generator_fixture_open(settings, base_dir);
	AUTO_BUF struct buf got = BUF_INIT(TEXT_BYTES_MAX);
	struct error e = { 0 };

	ck_assert_int_eq(generator_fixture_fill(g, 100, 4096, &got, &e), GENERATOR_FAILED);
	ck_assert_str_eq(buf_text(&got), want);
	ck_assert_msg(strstr(e.text, error) != NULL, "%s", e.text);
	ck_assert_int_ne(e.code, 0);
	generator_close(g);
}

void generator_fixture_expect_problem(const char *settings, const char *problem)
{
	json_auto_t *json = json_loads(settings, JSON_ALLOW_NUL, NULL);
	AUTO_BUF struct buf text = BUF_INIT(4096);
	struct problems p = { 0 };

	ck_assert_msg(json != NULL, "%s", settings);
	generator_check(json, "/", "generator", &p);
	problems_format(&p, NULL, &text);
	ck_assert_msg(p.errors == 1, "%s: %s", settings, buf_text(&text));
	ck_assert_msg(strstr(buf_text(&text), problem) != NULL, "%s", buf_text(&text));
	problems_release(&p);
}
