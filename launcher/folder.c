/* folder.c - see folder.h. */
#include "launcher/folder.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/problems.h"
#include "launcher/config.h"
#include "launcher/document.h"
#include "launcher/layout.h"
#include "portmap/address.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/stat.h>

#define FOLDER_TEXT_MAX 4096 /* bytes */
#define PORTS_TRIED 100

bool folder_is_one(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* As far as a look can tell; the listening socket itself is made later. */
static bool port_is_free(const char *ip, unsigned port)
{
	struct address address;
	const int on = 1;
	AUTO_CLOSE int fd = -1;

	if (address_from_ip(&address, ip, port, NULL) < 0)
		return false;
	fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)); /* TIME_WAIT is free */
	if (address.any.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	return bind(fd, &address.any, address.len) == 0;
}

/* The first free port from first on; first itself when there is none near, so
 * that the start says who has it. */
static unsigned find_port(const char *ip, unsigned first, unsigned except)
{
	for (unsigned port = first; port < first + PORTS_TRIED; port++)
		if (port != except && port_is_free(ip, port))
			return port;
	return first;
}

/* The root is where relative paths start: its name needs no quoting. */
static bool write_text(struct buf *ret, const char *ip, unsigned port, unsigned status_port)
{
	json_t *json_ip = json_string(ip);
	AUTO_FREE char *quoted_ip = json_dumps(json_ip, JSON_ENCODE_ANY);

	json_decref(json_ip);
	if (quoted_ip == NULL)
		return false;
	buf_addf(ret,
		 "{\n"
		 "  \"//\": \"A folder as a site, on every core.\",\n"
		 "\n"
		 "  \"port_groups\": {\n"
		 "    \"blue\": {\n"
		 "      \"START_SEQUENCE_NUM\": \"all\",\n"
		 "      \"ip\": %s,\n"
		 "      \"ports\": %u,\n"
		 "      \"shared\": true,\n"
		 "      \"app\": {\"kind\": \"static\", \"root\": \".\", \"listing\": true}\n"
		 "    }\n"
		 "  },\n"
		 "\n"
		 "  \"status\": {\"ip\": \"127.0.0.1\", \"port\": %u}\n"
		 "}\n",
		 quoted_ip, port, status_port);
	return !ret->failed;
}

static char *absolute_dir(const char *dir, struct problems *p)
{
	AUTO_BUF struct buf within = BUF_INIT(FOLDER_TEXT_MAX);

	if (euidaccess(dir, R_OK | X_OK) < 0) {
		problems_error(p, "", "cannot be read: %s", strerror(errno));
		return NULL;
	}
	buf_addf(&within, "%s/", dir);
	if (within.failed) {
		problems_error(p, "", "its name is too long");
		return NULL;
	}
	return document_dir(buf_text(&within), p);
}

struct config *folder_config(const struct layout_source *source, struct problems *p)
{
	const char *ip = source->ip != NULL ? source->ip : "127.0.0.1";
	AUTO_BUF struct buf text = BUF_INIT(FOLDER_TEXT_MAX);
	AUTO_FREE char *dir = absolute_dir(source->file, p);
	struct config_origin origin = { dir, source->status_port };
	unsigned port = (unsigned)source->base_port;

	if (dir == NULL)
		return NULL;
	if (port == 0)
		port = find_port(ip, FOLDER_PORT, (unsigned)source->status_port);
	if (origin.status_port < 0)
		origin.status_port = (int)find_port("127.0.0.1", CONFIG_STATUS_PORT, port);
	if (!write_text(&text, ip, port, (unsigned)origin.status_port)) {
		problems_error(p, "", "out of memory");
		return NULL;
	}
	return config_from_text(buf_text(&text), text.len, &origin, p);
}
