/* static_folder.h - a folder without an index, as a page or as JSON. */
#ifndef SERVERS_STATIC_FOLDER_H
#define SERVERS_STATIC_FOLDER_H

struct reply;
struct static_resource;
struct static_site;

/* resource is a STATIC_FOLDER. ?sort=name|size|modified&order=asc|desc. */
void static_folder_send(const struct static_site *site, const struct static_resource *resource,
			struct reply *reply);

#endif
