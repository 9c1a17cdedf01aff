/* static_folder.h - a folder without an index, as a page or as JSON. */
#ifndef SERVERS_STATIC_FOLDER_H
#define SERVERS_STATIC_FOLDER_H

struct reply;
struct static_resource;
struct static_site;

/* resource is a STATIC_FOLDER. ?sort=name|size|modified&order=asc|desc. */
void static_folder_send(struct static_site *site, struct static_resource *resource,
			struct reply *reply);

#endif
