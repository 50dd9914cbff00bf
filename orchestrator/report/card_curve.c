/* How the cost grows with n, on the text card: its sentences, and a row a size. */
#include "orchestrator/report/card.h"
#include "orchestrator/report/curves.h"
#include "orchestrator/report/member.h"
#include "policies/figure.h"

#include <math.h>

#define CURVE_NAME     4 /* columns, from the left: size, change, before and after */
#define CURVE_CHANGE   17
#define CURVE_WIDTH    12
#define CURVE_VALUES   31
#define CURVE_SENTENCE 1000 /* bytes shown of one */

static void card_curve_row(struct layout *layout, const cJSON *curve, const cJSON *value)
{
    struct text words cleanup_text = {0};
    double saved = curves_saved(value);
    text_append_string(&words, "n = ");
    figure_append_count(&words, member_number(value, "n"));
    layout_go(layout, CURVE_NAME);
    layout_put(layout, STYLE_DIM, text_string(&words));
    text_clear(&words);
    figure_append_percent(&words, fabs(saved));
    text_append_string(&words, saved >= 0 ? " less" : " more");
    layout_go(layout, CURVE_CHANGE);
    layout_put_right(layout, STYLE_PLAIN, text_string(&words), CURVE_WIDTH);
    text_clear(&words);
    curves_append_cost(&words, curve, value, "base");
    text_append_string(&words, " → ");
    curves_append_cost(&words, curve, value, "candidate");
    layout_go(layout, CURVE_VALUES);
    layout_put(layout, STYLE_PLAIN, text_string(&words));
    layout_end_line(layout);
}

void card_curve(struct layout *layout, const cJSON *row)
{
    const cJSON *curve = member_get(row, "curve");
    const cJSON *sentence = member_first(curve, "sentences");
    for (; sentence; sentence = sentence->next) {
        layout_go(layout, CURVE_NAME);
        layout->hang = CURVE_NAME + 2;
        card_foreign(layout, STYLE_PLAIN, cJSON_IsString(sentence) ? sentence->valuestring : "",
                     CURVE_SENTENCE);
        layout_end_line(layout);
    }
    for (const cJSON *value = curves_first(curve); value; value = curves_next(value))
        card_curve_row(layout, curve, value);
}
