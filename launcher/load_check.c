/* load_check.c - see load_check.h. */
#include "launcher/load_check.h"

#include "common/cc.h"
#include "common/problems.h"
#include "launcher/cli.h"
#include "launcher/config.h"
#include "launcher/folder.h"
#include "launcher/layout.h"
#include "launcher/load_args.h"
#include "launcher/load_setup.h"
#include "portmap/plan.h"

#include <string.h>

#define COMMON_MAX 2000 /* connections: more would be another load than was asked for */

/* Ports ---------------------------------------------------------------------- */

static bool is_wanted(const char *group, const char *const *groups, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(groups[i], group) == 0)
			return true;
	return count == 0;
}

/* Each worker of a shared group serves all its ports: those of the first count. */
static bool is_first_of_group(const struct plan *plan, size_t slot)
{
	for (size_t i = 0; i < slot; i++)
		if (plan->slots[i].group == plan->slots[slot].group)
			return false;
	return true;
}

size_t load_check_ports(const struct plan *plan, const char *const *groups, size_t group_count)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->slot_count; i++) {
		const struct plan_slot *slot = &plan->slots[i];
		const struct group *group;

		if (slot->group == PLAN_FREE)
			continue;
		group = &plan->input.groups[slot->group];
		if (is_wanted(group->name, groups, group_count) &&
		    (!group->shared || is_first_of_group(plan, i)))
			count += slot->count;
	}
	return count;
}

/* Alike ---------------------------------------------------------------------- */

static size_t greatest_common_divisor(size_t a, size_t b)
{
	while (b != 0) {
		size_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static size_t next_multiple(size_t of)
{
	return (LOAD_CONNECTIONS_DEFAULT + of - 1) / of * of;
}

unsigned load_check_connections(const size_t *ports, size_t count)
{
	size_t multiple = 1, largest = 1;

	for (size_t i = 0; i < count; i++) {
		size_t n = MAX(ports[i], (size_t)1);

		largest = MAX(largest, n);
		if (multiple <= COMMON_MAX)
			multiple *= n / greatest_common_divisor(multiple, n);
	}
	return (unsigned)next_multiple(multiple <= COMMON_MAX ? multiple : largest);
}

static void choose_alike(struct load_wish *wish, const size_t *ports, size_t count)
{
	size_t fewest = SIZE_MAX;

	for (size_t i = 0; i < count; i++)
		fewest = MIN(fewest, MAX(ports[i], (size_t)1));
	wish->threads_max = (unsigned)MIN(fewest, (size_t)LOAD_THREADS_MAX);
	if (wish->connections == 0)
		wish->connections = load_check_connections(ports, count);
}

/* Layouts -------------------------------------------------------------------- */

static void check_groups(const struct load_args *args, const struct config *config,
			 struct problems *p)
{
	for (size_t i = 0; i < args->groups.count; i++) {
		bool found = false;

		for (size_t k = 0; k < config->group_count; k++)
			found = found || strcmp(config->groups[k].name, args->groups.items[i]) == 0;
		if (!found)
			problems_error(p, "--groups", "there is no port group '%s'",
				       args->groups.items[i]);
	}
}

/* False when it was told what is wrong. */
static bool check_layout(const struct load_args *args, const char *file, size_t *ret_ports)
{
	struct layout_source source = LAYOUT_SOURCE_DEFAULT;
	struct problems problems = { 0 };
	struct layout layout;
	bool fine;

	source.file = file;
	source.folder = file != NULL && folder_is_one(file);
	if (layout_load(&source, &layout, &problems)) {
		check_groups(args, layout.config, &problems);
		*ret_ports = load_check_ports(layout.plan, args->groups.items, args->groups.count);
		layout_release(&layout);
	}
	fine = problems.errors == 0;
	if (!fine) /* warnings are told by the start */
		cli_print_problems(&problems, layout_source_name(&source));
	problems_release(&problems);
	return fine;
}

bool load_check(struct load_args *args)
{
	size_t ports[LOAD_COMPARE_MAX] = { 0 };
	bool fine = true;

	if (args->source.attach || args->urls.count > 0)
		return true;
	if (args->names.count == 0)
		return check_layout(args, NULL, ports);
	for (size_t i = 0; i < args->names.count; i++)
		if (strcmp(args->names.items[i], "-") != 0)
			fine = check_layout(args, args->names.items[i], &ports[i]) && fine;
	if (fine && args->compare)
		choose_alike(&args->wish, ports, args->names.count);
	return fine;
}
