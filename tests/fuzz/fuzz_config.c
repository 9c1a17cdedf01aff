/* fuzz_config.c - any bytes as a config: no crash, and words for each refusal. */
#include "common/buf.h"
#include "common/error.h"
#include "launcher/config.h"
#include "portmap/cpus.h"
#include "portmap/plan.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const struct cpus *four_cores(void)
{
	static struct cpus cpus;

	if (cpus.count == 0 && cpus_detect(&cpus, "core:4 pu:1", "/nonexistent", NULL) < 0)
		abort();
	return &cpus;
}

static struct plan *make_plan(const struct config *config, struct problems *p)
{
	struct plan_input input;

	if (config == NULL)
		return NULL;
	config_plan_input(config, &input);
	return plan_make(&input, four_cores(), p);
}

/* Every address of a plan can be made and shown. */
static void walk(const struct plan *plan)
{
	char text[ADDRESS_TEXT_BYTES];
	struct address address;

	for (size_t i = 0; i < plan->server_count; i++) {
		plan_address(plan, i, &address);
		address_url(&address, text, sizeof(text));
		if (plan_group_name(plan, &plan->servers[i])[0] == '\0')
			abort();
	}
}

/* What is said is one line for each problem, harmless on a terminal. */
static void check_words(const struct problems *p)
{
	AUTO_BUF struct buf said = BUF_INIT(4u << 20);
	size_t lines = 0;

	problems_format(p, NULL, &said);
	if (said.failed)
		abort();
	for (const char *c = buf_text(&said); *c != '\0'; c++) {
		lines += *c == '\n';
		if ((unsigned char)*c < 0x20 && *c != '\n')
			abort();
	}
	if (lines != p->kept + (p->kept < p->errors + p->warnings))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct problems p = { 0 };
	const struct config_origin origin = { "/base", -1 };
	struct config *config = config_from_text((const char *)bytes, len, &origin, &p);
	struct plan *plan = make_plan(config, &p);

	if ((plan == NULL) != (p.errors > 0))
		abort();
	if (plan != NULL)
		walk(plan);
	check_words(&p);
	problems_release(&p);
	plan_free(plan);
	config_free(config);
	return 0;
}
