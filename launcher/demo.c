/* demo.c - the built-in demo, and how it is written down; see config.h.
 *
 * examples/demo.json holds the same text, and a test holds them together.
 */
#include "common/buf.h"
#include "launcher/config.h"

#define DEMO_TEXT_MAX 8192
#define DEMO_SERVERS 6 /* of each worker */

static const struct {
	const char *name;
	unsigned above; /* the demo's first port */
} demo_groups[] = {
	{ "blue", 0 },
	{ "yellow", 3000 },
	{ "green", 4000 },
};

static void demo_group(struct buf *b, size_t i, const char *quoted_ip, unsigned base_port)
{
	unsigned long long first = (unsigned long long)base_port + demo_groups[i].above;
	const char *comma = i + 1 < ARRAY_SIZE(demo_groups) ? "," : "";

	buf_addf(b,
		 "    \"%s\": {\n"
		 "      \"START_SEQUENCE_NUM\": %zu,\n"
		 "      \"ip\": %s,\n"
		 "      \"ports\": \"%llu-%llu\",\n"
		 "      \"app\": {\"kind\": \"hello\"}\n"
		 "    }%s\n",
		 demo_groups[i].name, i, quoted_ip, first, first + DEMO_SERVERS - 1, comma);
}

char *config_demo_text(const char *ip, unsigned base_port)
{
	AUTO_BUF struct buf b = BUF_INIT(DEMO_TEXT_MAX);
	json_t *json_ip = json_string(ip);
	char *quoted_ip = json_dumps(json_ip, JSON_ENCODE_ANY);

	json_decref(json_ip);
	if (quoted_ip == NULL)
		return NULL;
	buf_adds(&b, "{\n"
		     "  \"//\": \"Three workers, each with a port group of its own: six small "
		     "servers.\",\n"
		     "  \"PROCS_MAX\": 3,\n"
		     "\n"
		     "  \"port_groups\": {\n");
	for (size_t i = 0; i < ARRAY_SIZE(demo_groups); i++)
		demo_group(&b, i, quoted_ip, base_port);
	buf_addf(&b,
		 "  },\n"
		 "\n"
		 "  \"status\": {\"ip\": \"127.0.0.1\", \"port\": %u}\n"
		 "}\n",
		 CONFIG_STATUS_PORT);
	free(quoted_ip);
	return buf_take(&b);
}
