/* source/archive_step: how a step of reading an archive went. */
#ifndef SOURCE_ARCHIVE_STEP_H
#define SOURCE_ARCHIVE_STEP_H

enum archive_step {
    ARCHIVE_ITEM,
    ARCHIVE_AGAIN, /* nothing to say yet: go on */
    ARCHIVE_WAIT,  /* nothing more is there now */
    ARCHIVE_END,   /* all was told */
};

#endif
