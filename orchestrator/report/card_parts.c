#include "orchestrator/report/card.h"
#include "orchestrator/report/member.h"
#include "orchestrator/report/parts_words.h"
#include "orchestrator/report/report.h"

#include <string.h>

#define CARD_CLASS_WIDTH 19 /* columns of the longest class and a gap */
#define CARD_PATH_MAX    4096

static void card_part(struct layout *layout, const cJSON *part)
{
    struct text words cleanup_text = {0};
    enum layout_style style = parts_is_carrying(part) ? STYLE_GOOD
                              : parts_is_bad(part)    ? STYLE_BAD
                                                      : STYLE_FAIR;
    layout_end_line(layout);
    layout_go(layout, LAYOUT_LABEL);
    text_printf(&words, "%.0f", member_number(part, "id"));
    layout_put(layout, STYLE_BOLD, text_string(&words));
    layout_go(layout, LAYOUT_LABEL + 3);
    layout_put(layout, style, parts_class_words(part));
    layout->hang = LAYOUT_LABEL + 3 + CARD_CLASS_WIDTH;
    layout_go(layout, layout->hang);
    text_clear(&words);
    parts_append_sentence(&words, part, report_escape_terminal);
    layout_wrap(layout, STYLE_PLAIN, text_string(&words));
}

void card_parts(struct layout *layout, const cJSON *candidate)
{
    struct text words cleanup_text = {0};
    const cJSON *attribution = member_get(candidate, "attribution");
    if (!member_first(attribution, "parts"))
        return;
    layout_label(layout, "Parts");
    parts_append_headline(&words, attribution);
    layout_wrap(layout, STYLE_PLAIN, text_string(&words));
    if (*member_string(attribution, "remark")) {
        layout_put(layout, STYLE_PLAIN, "; ");
        card_foreign(layout, STYLE_PLAIN, member_string(attribution, "remark"), CARD_VALUE_MAX);
    }
    for (const cJSON *part = member_first(attribution, "parts"); part; part = part->next)
        card_part(layout, part);
    layout_label(layout, "Offered");
    text_clear(&words);
    parts_append_offer(&words, attribution, report_escape_terminal);
    layout_wrap(layout, STYLE_PLAIN, text_string(&words));
    const char *file = member_string(member_get(attribution, "offered"), "file");
    if (!*file)
        return;
    layout_end_line(layout);
    layout_go(layout, LAYOUT_LABEL);
    /* In one piece, however long, so that it can be copied. */
    text_clear(&words);
    text_append_string(&words, "cupel run --patch ");
    report_escape_terminal(&words, file, CARD_PATH_MAX);
    layout_put(layout, STYLE_BOLD, text_string(&words));
}
