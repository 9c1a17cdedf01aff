/* cmd_version.c - eisen version: ours, and of the libraries in use. */
#include "common/buf.h"
#include "launcher/cli.h"

#include <curl/curl.h>
#include <ev.h>
#include <hwloc.h>
#include <libsmartcols.h>
#include <microhttpd.h>
#include <sqlite3.h>
#include <zlib.h>

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "Print JSON", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg ATTR_UNUSED, struct argp_state *state)
{
	if (key != 'j')
		return ARGP_ERR_UNKNOWN;
	*(bool *)state->input = true;
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Show the version of eisen and of the libraries that it runs with.",
};

/* What runs, not what was compiled against, where the library tells. */
static json_t *versions(void)
{
	const char *smartcols = NULL;
	char ev[16], hwloc[16];
	unsigned api = hwloc_get_api_version();

	snprintf(ev, sizeof(ev), "%d.%d", ev_version_major(), ev_version_minor());
	snprintf(hwloc, sizeof(hwloc), "%u.%u", api >> 16, (api >> 8) & 0xff);
	scols_get_library_version(&smartcols);
	return json_pack("{s:s, s:{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}}", "version",
			 PACKAGE_VERSION, "libraries", "libmicrohttpd", MHD_get_version(),
			 "jansson", jansson_version_str(), "libev", ev, "hwloc", hwloc, "libcurl",
			 curl_version_info(CURLVERSION_NOW)->version, "libsmartcols",
			 smartcols != NULL ? smartcols : "unknown", "sqlite", sqlite3_libversion(),
			 "zlib", zlibVersion());
}

int cmd_version(int argc, char **argv)
{
	AUTO_BUF struct buf text = BUF_INIT(4096);
	json_auto_t *doc = versions();
	bool json = false;
	const char *name;
	json_t *version;

	argp_parse(&argp, argc, argv, 0, NULL, &json);
	if (json || doc == NULL)
		return cli_print_json(doc);
	buf_addf(&text, "eisen %s\n", PACKAGE_VERSION);
	json_object_foreach(json_object_get(doc, "libraries"), name, version)
		buf_addf(&text, "  %-14s %s\n", name, json_string_value(version));
	return cli_print(&text);
}
