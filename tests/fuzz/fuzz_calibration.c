/* The stored calibration: anybody who can write to the state's folder can change it. */
#include "orchestrator/calibrate/advice.h"
#include "orchestrator/calibrate/show.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct calibration calibration;
    struct text bytes = {0};
    struct text shown = {0};
    struct err err = {0};
    if (calibration_read(&calibration, "fuzz.json", (const char *)data, size, &err) < 0) {
        fuzz_require(err.code < 0 && err.message[0]);
        return 0;
    }
    fuzz_require(calibration.set_count > 0 && calibration.best < calibration.set_count);
    fuzz_require(calibration_write(&calibration, &bytes, &err) == 0 && bytes.length == size);
    show_text(&calibration, "/path", "/operator.json", &shown);
    fuzz_require(shown.length > 0);
    text_fini(&shown);
    text_fini(&bytes);
    calibration_fini(&calibration);
    return 0;
}
