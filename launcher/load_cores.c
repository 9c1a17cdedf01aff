/* load_cores.c - see load_cores.h. */
#include "launcher/load_cores.h"

#include "common/cc.h"
#include "common/error.h"
#include "load/job.h"
#include "portmap/cpus.h"

static bool is_occupied(const struct load_cores_wish *wish, int core)
{
	for (size_t i = 0; i < wish->occupied_count; i++)
		if (wish->occupied[i] == core)
			return true;
	return false;
}

/* Indexes of cores that no worker has. */
static size_t find_free(const struct cpus *cpus, const struct load_cores_wish *wish, size_t *ret)
{
	size_t count = 0;

	for (size_t i = 0; i < cpus->count; i++)
		if (!is_occupied(wish, cpus->cores[i].number))
			ret[count++] = i;
	return count;
}

static unsigned choose_threads(const struct load_cores_wish *wish, size_t free_count, size_t usable)
{
	size_t threads = wish->threads > 0 ? wish->threads : MIN(free_count, usable);

	threads = MIN(threads, MIN(wish->targets, (size_t)LOAD_THREADS_MAX));
	return (unsigned)MAX(threads, (size_t)1);
}

static int pin(struct load_cores *c, const struct cpus *cpus, const size_t *free_cores,
	       size_t free_count, struct error *e)
{
	c->count = MIN(free_count, (size_t)c->threads);
	c->pin = calloc(c->threads, sizeof(*c->pin));
	c->numbers = calloc(c->count, sizeof(*c->numbers));
	if (c->pin == NULL || c->numbers == NULL)
		return error_set(e, ENOMEM, "out of memory");
	for (size_t i = 0; i < c->threads; i++)
		c->pin[i] = cpus->cores[free_cores[i % c->count]].set;
	for (size_t i = 0; i < c->count; i++)
		c->numbers[i] = cpus->cores[free_cores[i]].number;
	return 0;
}

int load_cores_choose(struct load_cores *ret, const struct cpus *cpus,
		      const struct load_cores_wish *wish, struct error *e)
{
	AUTO_FREE size_t *free_cores = calloc(cpus->count, sizeof(*free_cores));
	struct load_cores c = { 0 };
	size_t free_count;
	int r = 0;

	if (free_cores == NULL)
		return error_set(e, ENOMEM, "out of memory");
	free_count = find_free(cpus, wish, free_cores);
	c.threads = choose_threads(wish, free_count, cpus->usable);
	if (wish->occupied != NULL) {
		/* Processor time that the cgroup grants is shared, too. */
		c.shared = free_count == 0 ||
			   cpus->count - free_count + MIN(c.threads, free_count) > cpus->usable;
		if (free_count > 0)
			r = pin(&c, cpus, free_cores, free_count, e);
	}
	if (r < 0) {
		load_cores_release(&c);
		return r;
	}
	*ret = c;
	return 0;
}

void load_cores_release(struct load_cores *c)
{
	free(c->pin);
	free(c->numbers);
	*c = (struct load_cores) { 0 };
}
