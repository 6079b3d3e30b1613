/* Tables of the alias method. Each column holds the same share of all weight: its own number's, and what it
 * lacks from one number that has too much. Invariant: weights are whole numbers below 2^32 and columns below
 * 2^24, so nothing here exceeds 64 bits. */
#include "generate/chance.h"

#include <math.h>
#include <stdlib.h>

/* Numbers that have less than a column's share are stacked from the front, the others from the back. */
struct stacks {
    uint32_t *numbers;
    uint32_t poor, rich; /* how many from the front; the first from the back */
};

static void stack(struct stacks *stacks, uint32_t number, bool is_poor)
{
    if (is_poor)
        stacks->numbers[stacks->poor++] = number;
    else
        stacks->numbers[--stacks->rich] = number;
}

/* `has[i]` is the weight of number i times `count`; a column's share is `share`. */
static void fill(struct chance *chance, uint64_t *has, uint64_t share, uint32_t *numbers)
{
    struct stacks stacks = {numbers, 0, chance->count};

    for (uint32_t i = 0; i < chance->count; i++)
        stack(&stacks, i, has[i] < share);
    while (stacks.poor && stacks.rich < chance->count) {
        uint32_t poor = numbers[--stacks.poor], rich = numbers[stacks.rich++];
        chance->columns[poor].threshold = (uint32_t)(((__uint128_t)has[poor] << 32) / share);
        chance->columns[poor].other = rich;
        has[rich] -= share - has[poor];
        stack(&stacks, rich, has[rich] < share);
    }
}

bool chance_init(struct chance *chance, const uint32_t *weights, uint32_t count)
{
    uint64_t sum = 0;
    uint64_t *has = malloc(count * sizeof(*has));
    uint32_t *numbers = malloc(count * sizeof(*numbers));
    struct chance_column *columns = malloc(count * sizeof(*columns));
    bool is_done = has && numbers && columns;

    *chance = (struct chance){count, columns};
    if (is_done) {
        for (uint32_t i = 0; i < count; i++) {
            sum += weights[i];
            has[i] = (uint64_t)weights[i] * count;
            columns[i] = (struct chance_column){UINT32_MAX, i};
        }
        fill(chance, has, sum, numbers);
    } else {
        chance_done(chance);
    }
    free(has);
    free(numbers);
    return is_done;
}

void chance_done(struct chance *chance)
{
    free(chance->columns);
    *chance = (struct chance){0};
}

bool chance_init_zipf(struct chance *chance, uint32_t count, double exponent)
{
    uint32_t *weights = malloc(count * sizeof(*weights));

    *chance = (struct chance){0};
    if (!weights)
        return false;
    for (uint32_t i = 0; i < count; i++)
        weights[i] = (uint32_t)(pow((double)i + 1, -exponent) * UINT32_MAX);
    bool is_done = chance_init(chance, weights, count);
    free(weights);
    return is_done;
}
