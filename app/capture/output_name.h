/* capture/output_name: what output files are called. */
#ifndef CAPTURE_OUTPUT_NAME_H
#define CAPTURE_OUTPUT_NAME_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define OUTPUT_PART ".part" /* suffix of a file that is being written */

/* The pattern at a time, into a buffer of PATH_MAX. 0, or -1 with ENAMETOOLONG. */
int output_name_of(const char *pattern, time_t now, bool utc, char *ret_path);

/* If `path` or its .part exists, appends ".000001", ".000002", … from `*number` + 1 on, so that names sort in
 * the order of the files. 0, or -1 with errno. */
int output_name_make_free(char *path, uint32_t *number);

/* Makes the folders that `path` lies in. 0, or -1 with errno. */
int output_name_make_folders(const char *path);

/* fsync of the folder that `path` lies in, so that a rename in it lasts. */
void output_name_sync_folder(const char *path);

/* The end of the period of `seconds` that `now` lies in, counted from midnight of 1970-01-01 UTC or local; 0
 * if `seconds` is 0. */
time_t output_name_period_end(uint64_t seconds, time_t now, bool utc);

#endif
