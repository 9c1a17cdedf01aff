/* module_symbols.c - see module_symbols.h. elf(5), dlinfo(3), dladdr(3).
 *
 * The table of symbols has no length of its own: DT_HASH has a count, and
 * DT_GNU_HASH chains, of which the last ends behind the last symbol.
 */
#include "work/module_symbols.h"

#include "common/cc.h"
#include "common/fields.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <string.h>

#define SYMBOLS_MAX 4096 /* that are looked at */

struct table {
	const ElfW(Sym) * symbols;
	const char *names;
	size_t names_bytes, count;
};

static const struct link_map *map_of(const struct module *m)
{
	struct link_map *map = NULL;

	return dlinfo(m->handle, RTLD_DI_LINKMAP, &map) == 0 ? map : NULL;
}

bool module_symbol_is_own(const struct module *m, const void *address)
{
	const struct link_map *map = map_of(m);
	struct link_map *owner = NULL;
	Dl_info info;

	return map != NULL && dladdr1(address, &info, (void **)&owner, RTLD_DL_LINKMAP) != 0 &&
	       owner == map;
}

static const ElfW(Sym) * symbol_at(const void *address)
{
	ElfW(Sym) *symbol = NULL;
	Dl_info info;

	if (dladdr1(address, &info, (void **)&symbol, RTLD_DL_SYMENT) == 0)
		return NULL;
	return symbol;
}

bool module_symbol_is_function(const void *address)
{
	const ElfW(Sym) *symbol = symbol_at(address);

	return symbol != NULL && (ELF64_ST_TYPE(symbol->st_info) == STT_FUNC ||
				  ELF64_ST_TYPE(symbol->st_info) == STT_GNU_IFUNC);
}

size_t module_symbol_bytes(const void *address)
{
	const ElfW(Sym) *symbol = symbol_at(address);

	return symbol == NULL ? 0 : symbol->st_size;
}

/* DT_GNU_HASH: buckets, first hashed symbol, bloom words, then per bucket the
 * first symbol of its chain; a chain's last entry has bit 0 set. */
static size_t count_gnu(const uint32_t *hash)
{
	uint32_t buckets = hash[0], first = hash[1], bloom_words = hash[2], last = 0;
	const uint32_t *bucket =
		(const uint32_t *)((const ElfW(Addr) *)(const void *)(hash + 4) + bloom_words);
	const uint32_t *chain = bucket + buckets;

	for (uint32_t i = 0; i < buckets; i++)
		last = MAX(last, bucket[i]);
	if (last < first)
		return first;
	while ((chain[last - first] & 1) == 0)
		last++;
	return (size_t)last + 1;
}

static struct table table_of(const struct module *m)
{
	const struct link_map *map = map_of(m);
	struct table t = { 0 };

	for (const ElfW(Dyn) *d = map == NULL ? NULL : map->l_ld; d != NULL && d->d_tag != DT_NULL;
	     d++) {
		const void *at;

		memcpy(&at, &d->d_un.d_ptr, sizeof(at));

		if (d->d_tag == DT_SYMTAB)
			t.symbols = at;
		else if (d->d_tag == DT_STRTAB)
			t.names = at;
		else if (d->d_tag == DT_STRSZ)
			t.names_bytes = d->d_un.d_val;
		else if (d->d_tag == DT_GNU_HASH)
			t.count = count_gnu(at);
		else if (d->d_tag == DT_HASH && t.count == 0)
			t.count = ((const uint32_t *)at)[1];
	}
	if (t.symbols == NULL || t.names == NULL)
		t.count = 0;
	t.count = MIN(t.count, SYMBOLS_MAX);
	return t;
}

/* NULL: nothing that a config could name. */
static const char *exported_name(const struct table *t, size_t i)
{
	const ElfW(Sym) *s = &t->symbols[i];
	unsigned type = ELF64_ST_TYPE(s->st_info);
	const char *name = t->names + s->st_name;

	if (s->st_shndx == SHN_UNDEF || s->st_name >= t->names_bytes ||
	    (type != STT_FUNC && type != STT_OBJECT && type != STT_GNU_IFUNC))
		return NULL;
	/* Those with a _ are the linker's and the sanitizers'. */
	return name[0] == '_' || strcmp(name, "eisen_module") == 0 ? NULL : name;
}

bool module_symbol_nearest(const struct module *m, const char *name, char *ret, size_t size)
{
	struct table t = table_of(m);
	AUTO_FREE const char **names = calloc(t.count + 1, sizeof(*names));
	const char *near;
	size_t n = 0;

	for (size_t i = 1; names != NULL && i < t.count; i++) {
		names[n] = exported_name(&t, i);
		n += names[n] != NULL;
	}
	near = names == NULL ? NULL : fields_nearest(name, names);
	if (near == NULL)
		return false;
	snprintf(ret, size, "%s", near);
	return true;
}

void module_symbol_list(const struct module *m, char *ret, size_t size)
{
	struct table t = table_of(m);
	size_t used = 0;

	ret[0] = '\0';
	for (size_t i = 1; i < t.count; i++) {
		const char *name = exported_name(&t, i);

		if (name == NULL)
			continue;
		if (used + strlen(name) + 8 > size) {
			snprintf(ret + used, size - used, ", …");
			return;
		}
		used += (size_t)snprintf(ret + used, size - used, "%s%s", used == 0 ? "" : ", ",
					 name);
	}
}
