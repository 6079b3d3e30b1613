/* filter/name_oddity: what stands in a name by mistake, most of the time. */
#ifndef FILTER_NAME_ODDITY_H
#define FILTER_NAME_ODDITY_H

/* The first letter of a text that no name has without a backslash before it, or NULL: a blank or another
 * control character, what is beyond ASCII, and one of / , | : ^ * ? # ; " ( ) [ ] @ $. Host names and labels
 * of services have none of them; hosts files, URLs, CSV, and the patterns of advertisement blockers do. The
 * slash of RFC 2317 is none: 0/25.2.0.192.in-addr.arpa. */
const char *filter_name_oddity(const char *name);

#endif
