/* test_plan_property.c - portmap/plan.h and portmap/ports.h: what holds for
 * any config, on random ones.
 */
#include "common/cc.h"
#include "common/error.h"
#include "portmap/plan.h"
#include "portmap/ports.h"
#include "queues/region.h"
#include "tests/unit/plan_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>

#define CHUNKS 4  /* a failure names its chunk, */
#define ROUNDS 75 /* each of so many configs */
#define GROUPS 6
#define SLOTS 12
#define PORTS 40

struct random { /* xorshift: the same numbers for the same round */
	uint64_t state;
};

static unsigned below(struct random *r, unsigned limit)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return (unsigned)(r->state % limit);
}

static void range_push(struct range *r, unsigned number)
{
	r->numbers = realloc(r->numbers, (r->count + 1) * sizeof(*r->numbers));
	r->numbers[r->count++] = number;
}

/* Any order. */
static void shuffle(struct random *r, struct range *range)
{
	for (size_t i = range->count; i > 1; i--) {
		size_t j = below(r, (unsigned)i);
		unsigned number = range->numbers[i - 1];

		range->numbers[i - 1] = range->numbers[j];
		range->numbers[j] = number;
	}
}

static void random_group(struct random *r, struct group *g, size_t index)
{
	char name[GROUP_NAME_MAX];
	unsigned first = 1000 * (unsigned)index + 1, count = 1 + below(r, PORTS);

	snprintf(name, sizeof(name), "g%zu", index);
	g->name = strdup(name);
	g->ip = strdup("127.0.0.1");
	g->shared = below(r, 3) == 0;
	for (unsigned i = 0; i < count; i++)
		range_push(&g->ports, first + i);
	if (below(r, 2) == 0)
		shuffle(r, &g->ports);
}

/* Each worker in one of the groups, or in none. */
static void random_slots(struct random *r, struct group *groups)
{
	for (unsigned slot = 0; slot < SLOTS; slot++) {
		unsigned g = below(r, GROUPS + 1);

		if (g < GROUPS)
			range_push(&groups[g].seq_nums, slot);
	}
	for (size_t g = 0; g < GROUPS; g++)
		shuffle(r, &groups[g].seq_nums);
}

/* Two entries that name ports, or none, and perhaps one for the rest. */
static void random_entries(struct random *r, const struct group *g, struct server_entry *entries,
			   size_t *count)
{
	struct server_entry *first = &entries[*count], *second = first + 1;
	bool named = below(r, 2) == 0;

	for (size_t i = 0; i < g->ports.count && named; i++) {
		unsigned to = below(r, 3);

		if (to < 2)
			range_push(&(to == 0 ? first : second)->ports, g->ports.numbers[i]);
	}
	for (struct server_entry *e = first; e <= second; e++) {
		if (e->ports.count == 0)
			continue;
		e->group_name = strdup(g->name);
		e->threads = (int)below(r, 3);
		(*count)++;
		if (e == second && first->ports.count == 0) {
			*first = *second;
			*second = (struct server_entry) { 0 };
		}
	}
	if (!named || below(r, 2) == 0)
		entries[(*count)++].group_name = strdup(g->name);
}

/* As many servers for each worker as there can be, or fewer. */
static void random_share(struct random *r, struct group *g, size_t covered)
{
	if (!g->shared && g->seq_nums.count > 0 && covered >= g->seq_nums.count && below(r, 2) == 0)
		g->servers_per_worker = 1 + (int)below(r, (unsigned)(covered / g->seq_nums.count));
}

static size_t covered_ports(const struct group *g, const struct server_entry *entries, size_t count)
{
	size_t covered = 0;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(entries[i].group_name, g->name) != 0)
			continue;
		if (entries[i].ports.count == 0)
			return g->ports.count;
		covered += entries[i].ports.count;
	}
	return covered;
}

static void random_plan(struct plan_fixture *f, int round)
{
	struct random r = { .state = 0x9e3779b97f4a7c15u + (uint64_t)round * 0x123456789u };
	struct group *groups = calloc(GROUPS, sizeof(*groups));
	struct server_entry *entries = calloc(GROUPS * 3, sizeof(*entries));
	AUTO_FREE char *text = NULL;

	plan_fixture_make(f, "{}", 1 + below(&r, 5));
	plan_free(take_ptr(f->plan));
	free((void *)f->input.groups);
	free((void *)f->input.entries);
	f->input = (struct plan_input) {
		.procs_max = SLOTS,
		.groups = groups,
		.group_count = GROUPS,
		.entries = entries,
	};
	for (size_t g = 0; g < GROUPS; g++) {
		random_group(&r, &groups[g], g);
		random_entries(&r, &groups[g], entries, &f->input.entry_count);
	}
	random_slots(&r, groups);
	for (size_t g = 0; g < GROUPS; g++)
		random_share(&r, &groups[g],
			     covered_ports(&groups[g], entries, f->input.entry_count));
	f->plan = plan_make(&f->input, &f->cpus, &f->problems);
	text = plan_fixture_problems(f);
	ck_assert_msg(f->plan != NULL, "%s", text);
}

static void each_random_plan(int chunk, void (*check)(const struct plan_fixture *f))
{
	for (int i = 0; i < ROUNDS; i++) {
		struct plan_fixture f;

		random_plan(&f, chunk * ROUNDS + i);
		check(&f);
		plan_fixture_release(&f);
	}
}

static void check_runs(const struct plan_fixture *f)
{
	size_t next = 0, cells = 0;

	for (size_t i = 0; i < f->plan->slot_count; i++) {
		const struct plan_slot *slot = &f->plan->slots[i];

		ck_assert_uint_eq(slot->first, next);
		next += slot->count;
		for (size_t s = slot->first; s < next; s++) {
			ck_assert_int_eq(f->plan->servers[s].slot, (int)i);
			ck_assert_int_eq(f->plan->servers[s].group, slot->group);
			ck_assert_int_ne(f->plan->servers[s].entry, PLAN_FREE);
		}
	}
	ck_assert_uint_eq(f->plan->served_count, next);
	for (size_t i = 0; i < f->plan->server_count; i++) {
		const struct plan_server *server = &f->plan->servers[i];

		ck_assert_uint_eq(server->cell, cells);
		cells += MAX(server->threads, 1);
		ck_assert(i < next || (server->slot == PLAN_FREE && server->entry == PLAN_FREE));
	}
	ck_assert_uint_eq(f->plan->cell_count, cells);
}

START_TEST(runs_are_contiguous_in_order_of_workers)
{
	each_random_plan(_i, check_runs);
}
END_TEST

/* How many servers the port has; *ret_slots gets a bit per worker. */
static size_t holders(const struct plan *plan, size_t g, unsigned port, unsigned *ret_slots)
{
	size_t count = 0;

	*ret_slots = 0;
	for (size_t i = 0; i < plan->server_count; i++) {
		const struct plan_server *server = &plan->servers[i];

		if (server->group != g || server->port != port)
			continue;
		count++;
		if (server->slot != PLAN_FREE)
			*ret_slots |= 1u << server->slot;
	}
	return count;
}

static void check_holders(const struct plan_fixture *f)
{
	size_t seen = 0;

	for (size_t g = 0; g < GROUPS; g++) {
		const struct group *group = &f->input.groups[g];
		unsigned workers = 0, slots;

		for (size_t i = 0; i < group->seq_nums.count; i++)
			workers |= 1u << group->seq_nums.numbers[i];
		for (size_t i = 0; i < group->ports.count; i++) {
			size_t n = holders(f->plan, g, group->ports.numbers[i], &slots);

			seen += n;
			ck_assert_uint_eq(slots & ~workers, 0);
			if (group->shared && slots != 0) {
				ck_assert_uint_eq(slots, workers);
				ck_assert_uint_eq(n, group->seq_nums.count);
			} else {
				ck_assert_uint_eq(n, 1);
			}
		}
	}
	ck_assert_uint_eq(seen, f->plan->server_count);
}

START_TEST(each_port_has_one_holder_or_all_of_its_group)
{
	each_random_plan(_i, check_holders);
}
END_TEST

static void check_shares(const struct plan_fixture *f)
{
	for (size_t g = 0; g < GROUPS; g++) {
		const struct group *group = &f->input.groups[g];
		size_t before = SIZE_MAX, most = 0, least = SIZE_MAX, all = 0;
		size_t covered = covered_ports(group, f->input.entries, f->input.entry_count);

		for (size_t i = 0; i < f->plan->slot_count; i++) {
			size_t count = f->plan->slots[i].count;

			if (f->plan->slots[i].group != (int32_t)g)
				continue;
			ck_assert_uint_le(count, before);
			before = count;
			most = MAX(most, count);
			least = MIN(least, count);
			all += count;
		}
		if (group->seq_nums.count == 0)
			continue;
		ck_assert_uint_le(most - least, 1);
		if (group->servers_per_worker > 0)
			ck_assert_uint_eq(most, (size_t)group->servers_per_worker);
		else
			ck_assert_uint_eq(all,
					  covered * (group->shared ? group->seq_nums.count : 1));
	}
}

START_TEST(ports_are_shared_out_evenly_the_first_workers_one_more)
{
	each_random_plan(_i, check_shares);
}
END_TEST

static void make_ports(struct region *region, struct ports **ret, const struct plan *plan)
{
	struct error e = { 0 };

	ck_assert_msg(region_create(region, ports_region_bytes(plan), &e) == 0, "%s", e.text);
	*ret = ports_create(region, plan);
	ck_assert_ptr_nonnull(*ret);
}

static void check_popping(const struct plan_fixture *f)
{
	struct region region;
	struct ports *ports;
	size_t server;

	make_ports(&region, &ports, f->plan);
	for (size_t i = 0; i < f->plan->slot_count; i++) {
		const struct plan_slot *slot = &f->plan->slots[i];

		for (size_t n = 0; n < slot->count; n++) {
			ck_assert_int_eq(ports_take(ports, (unsigned)slot->group, (int)i, &server),
					 PORTS_TAKEN);
			ck_assert_uint_eq(server, slot->first + n);
			ck_assert_int_eq(ports_holder(ports, server), (int)i);
		}
	}
	for (size_t i = f->plan->served_count; i < f->plan->server_count; i++) {
		ck_assert_int_eq(ports_take(ports, f->plan->servers[i].group, 0, &server),
				 PORTS_TAKEN);
		ck_assert_uint_eq(server, i);
	}
	for (unsigned g = 0; g < GROUPS; g++) {
		ck_assert_uint_eq(ports_free_count(ports, g), 0);
		ck_assert_int_eq(ports_take(ports, g, 0, &server), PORTS_EMPTY);
	}
	region_detach(&region);
}

START_TEST(popping_in_order_of_workers_gives_the_plan)
{
	each_random_plan(_i, check_popping);
}
END_TEST

Suite *plan_property_suite(void)
{
	Suite *suite = suite_create("plan_property");
	TCase *tc = tcase_create("plan_property");

	tcase_add_loop_test(tc, runs_are_contiguous_in_order_of_workers, 0, CHUNKS);
	tcase_add_loop_test(tc, each_port_has_one_holder_or_all_of_its_group, 0, CHUNKS);
	tcase_add_loop_test(tc, ports_are_shared_out_evenly_the_first_workers_one_more, 0, CHUNKS);
	tcase_add_loop_test(tc, popping_in_order_of_workers_gives_the_plan, 0, CHUNKS);
	suite_add_tcase(suite, tc);
	return suite;
}
