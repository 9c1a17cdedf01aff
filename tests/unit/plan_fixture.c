/* plan_fixture.c - see plan_fixture.h. */
#include "tests/unit/plan_fixture.h"

#include "common/buf.h"

#include <check.h>
#include <string.h>

static json_t *load(const char *config)
{
	AUTO_FREE char *text = strdup(config);
	json_error_t e;
	json_t *root;

	for (char *quote = text; (quote = strchr(quote, '\'')) != NULL; quote++)
		*quote = '"';
	root = json_loads(text, JSON_REJECT_DUPLICATES, &e);
	ck_assert_msg(root != NULL, "%s: %s", e.text, text);
	return root;
}

static void parse_groups(struct plan_fixture *f, json_t *object)
{
	size_t room = json_object_size(object) + 1;
	struct group *groups = calloc(room, sizeof(*groups));
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		char path[FIELDS_PATH_BYTES];

		fields_path_key(path, sizeof(path), "port_groups", name);
		group_parse(value, name, path, "/base", &groups[f->input.group_count++],
			    &f->problems);
	}
	f->input.groups = groups;
}

static void parse_entries(struct plan_fixture *f, json_t *array)
{
	size_t room = json_array_size(array) + f->input.group_count + 1;
	struct server_entry *entries = calloc(room, sizeof(*entries));
	size_t count = 0, index;
	json_t *value;

	json_array_foreach(array, index, value)
	{
		char path[FIELDS_PATH_BYTES];

		fields_path_index(path, sizeof(path), "servers", index);
		server_entry_parse(value, path, &entries[count++], &f->problems);
	}
	for (size_t g = 0; g < f->input.group_count; g++) {
		const struct group *group = &f->input.groups[g];

		if (group->app == NULL)
			continue;
		entries[count++] = (struct server_entry) {
			.group_name = strdup(group->name),
			.app = json_incref(group->app),
			.threads = group->threads,
		};
	}
	f->input.entries = entries;
	f->input.entry_count = count;
}

void plan_fixture_init(struct plan_fixture *f, const char *config, size_t cores)
{
	json_t *root = load(config);

	*f = (struct plan_fixture) { 0 };
	f->cpus = (struct cpus) {
		.cores = calloc(cores, sizeof(*f->cpus.cores)),
		.count = cores,
		.usable = cores,
	};
	for (size_t i = 0; i < cores; i++)
		f->cpus.cores[i].number = 2 * (int)i;
	f->input.procs_max = (int)json_integer_value(json_object_get(root, "PROCS_MAX"));
	parse_groups(f, json_object_get(root, "port_groups"));
	parse_entries(f, json_object_get(root, "servers"));
	json_decref(root);
	f->plan = plan_make(&f->input, &f->cpus, &f->problems);
}

void plan_fixture_make(struct plan_fixture *f, const char *config, size_t cores)
{
	AUTO_FREE char *text = NULL;

	plan_fixture_init(f, config, cores);
	text = plan_fixture_problems(f);
	ck_assert_str_eq(text, "");
	ck_assert_ptr_nonnull(f->plan);
}

char *plan_fixture_problems(const struct plan_fixture *f)
{
	AUTO_BUF struct buf b = BUF_INIT(1 << 20);

	problems_format(&f->problems, NULL, &b);
	return buf_take(&b);
}

void plan_fixture_release(struct plan_fixture *f)
{
	plan_free(f->plan);
	for (size_t i = 0; i < f->input.group_count; i++)
		group_release((struct group *)&f->input.groups[i]);
	for (size_t i = 0; i < f->input.entry_count; i++)
		server_entry_release((struct server_entry *)&f->input.entries[i]);
	free((void *)f->input.groups);
	free((void *)f->input.entries);
	cpus_release(&f->cpus);
	problems_release(&f->problems);
}

char *plan_fixture_map(const struct plan *plan)
{
	AUTO_BUF struct buf b = BUF_INIT(1 << 20);

	for (size_t i = 0; i < plan->slot_count; i++) {
		const struct plan_slot *slot = &plan->slots[i];

		buf_addf(&b, "%s%zu: %s@%d", i > 0 ? " | " : "", i,
			 slot->group == PLAN_FREE ? "-" : plan->input.groups[slot->group].name,
			 (int)slot->core);
		for (size_t s = slot->first; s < slot->first + slot->count; s++)
			buf_addf(&b, " %u", (unsigned)plan->servers[s].port);
	}
	for (size_t i = plan->served_count; i < plan->server_count; i++)
		buf_addf(&b, " | free %s %u", plan_group_name(plan, &plan->servers[i]),
			 (unsigned)plan->servers[i].port);
	return buf_take(&b);
}
