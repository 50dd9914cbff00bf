#include "workloads/contract/contract.h"

#include <string.h>

static const char *const finding_class_names[CLASS_COUNT] = {
    [CLASS_EMPTIED] = "emptied",
    [CLASS_MISSING] = "missing",
    [CLASS_TYPE] = "type",
    [CLASS_STATUS] = "status",
    [CLASS_BODY] = "body",
    [CLASS_BECAME_UNPARSABLE] = "became-unparsable",
    [CLASS_DUPLICATE_KEY] = "duplicate-key",
    [CLASS_DUPLICATE_ID] = "duplicate-id",
    [CLASS_REFERENCE_BROKEN] = "reference-broken",
    [CLASS_LENGTH] = "length",
    [CLASS_MULTIPLICITY] = "multiplicity",
    [CLASS_VALUE] = "value",
    [CLASS_FORMAT] = "format",
    [CLASS_ORDER] = "order",
    [CLASS_ADDED] = "added",
    [CLASS_BOM] = "bom",
    [CLASS_TRAILING_DATA] = "trailing-data",
    [CLASS_UNICODE_NORMALISATION] = "unicode-normalisation",
    [CLASS_DEPTH] = "depth",
    [CLASS_PARSE] = "parse",
    [CLASS_NUMBER_SPELLING] = "number-spelling",
    [CLASS_ESCAPE] = "escape",
    [CLASS_KEY_ORDER] = "key-order",
    [CLASS_KEY_MISSING_WARN] = "key-missing-warn",
    [CLASS_WHITESPACE] = "whitespace",
};

const char *const contract_missed_names[MISSED_COUNT + 1] = {
    [MISSED_CRASHED] = "crashed",
    [MISSED_CUT] = "cut",
    [MISSED_UNREADABLE] = "unreadable",
    [MISSED_EMPTY] = "empty",
};

const char *finding_class_name(enum finding_class class)
{
    return finding_class_names[class];
}

int finding_class_by_name(const char *name)
{
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (!strcmp(finding_class_names[class], name))
            return class;
    }
    return -1;
}
