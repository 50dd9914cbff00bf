/* Three samples to start from, in the fields that the program is likely to read. */
#include "orchestrator/init/plan.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* Does the source of what is run read its standard input? A guess by words: a wrong one costs a deletion. */
static bool starter_reads_stdin(const struct init_input *input, const struct init_plan *plan)
{
    static const char *const suffixes[] = {"", ".c", ".cc", ".cpp"};
    static const char *const words[] = {"stdin", "getchar", "std::cin", "input()"};
    for (size_t i = 0; plan->run_name && i < sizeof suffixes / sizeof *suffixes; i++) {
        cleanup_free char *path = memory_format("%s%s", plan->run_name, suffixes[i]);
        cleanup_free char *text = init_has_file(input, path) ? init_read_text(input, path) : NULL;
        for (size_t word = 0; text && word < sizeof words / sizeof *words; word++)
            if (strstr(text, words[word]))
                return true;
    }
    return false;
}

char *init_write_samples(const struct init_input *input, const struct init_plan *plan)
{
    bool from_stdin = !plan->worker && starter_reads_stdin(input, plan);
    const char *asked = plan->worker ? "\"request\": {}" : from_stdin ? "\"stdin\": \"{}\"" : "\"args\": []";
    const char *edge = plan->worker ? "\"request\": {\"n\": 0}"
                       : from_stdin ? "\"stdin\": \"{\\\"n\\\": 0}\""
                                    : "\"args\": [\"0\"]";
    return memory_format("{\"id\": \"typical\", %s, \"stratum\": \"small\", \"weight\": 0.9}\n"
                         "{\"id\": \"large\", %s, \"stratum\": \"large\", \"weight\": 0.1}\n"
                         "{\"id\": \"checked-not-timed\", %s, \"stratum\": \"edge\", \"weight\": 0}\n",
                         asked, asked, edge);
}
