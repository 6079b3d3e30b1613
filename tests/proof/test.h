/* Proof: cmocka with the headers it wants, in the order it wants them. */
#ifndef PROOF_TEST_H
#define PROOF_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
