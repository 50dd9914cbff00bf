#include "tests/workloads/real_sandbox.h"

#include "base/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void real_sandbox_give(const char *path)
{
    uid_t uid;
    gid_t gid;
    sandbox_layer_owner(&uid, &gid);
    if (geteuid() == 0 && chown(path, uid, gid) < 0)
        perror(path);
}

static void real_sandbox_folder(char path[static 80], const char *root, const char *name)
{
    snprintf(path, 80, "%s/%s", root, name);
    if (mkdir(path, 0755) < 0)
        perror(path);
    real_sandbox_give(path);
}

int real_sandbox_open(struct real_sandbox *real, const char *executable, const char *filters)
{
    struct err err = {0};
    char state[80];
    *real = (struct real_sandbox){
        .environment = {"PATH=/usr/bin:/bin", "HOME=/tmp", "TMPDIR=/tmp", "LANG=C.UTF-8", "TZ=UTC", NULL}};
    strcpy(real->root, "/tmp/cupel-real-XXXXXX");
    if (!mkdtemp(real->root) || chmod(real->root, 0755) < 0 || uv_loop_init(&real->loop) < 0)
        return 1;
    real_sandbox_folder(real->layer, real->root, "layer");
    real_sandbox_folder(real->samples, real->root, "samples");
    real_sandbox_folder(state, real->root, "state");
    struct sandbox_options options = {executable, filters, state};
    if (sandbox_open(&real->sandbox, &real->loop, &options, &err) < 0) {
        int code = err.code == ERR_UNAVAILABLE ? 77 : 1;
        printf("%s: %s\n", code == 77 ? "skipped" : "failed", err.message);
        real_sandbox_close(real);
        return code;
    }
    real->layers[0] = real->layer;
    real->context = (struct workload_context){
        .loop = &real->loop, .sandbox = real->sandbox, .environment = real->environment};
    real->base = (struct arm){.side = ARM_BASE, .slot = 0, .lanes = 2, .layers = real->layers};
    real->candidate = (struct arm){.side = ARM_CANDIDATE, .slot = 2, .lanes = 2, .layers = real->layers};
    return 0;
}

void real_sandbox_write(const struct real_sandbox *real, const char *path, const char *text, int mode)
{
    char whole[256];
    snprintf(whole, sizeof whole, "%s/%s", real->root, path);
    FILE *file = fopen(whole, "w");
    if (!file) {
        perror(whole);
        abort();
    }
    fputs(text, file);
    fclose(file);
    if (chmod(whole, (mode_t)mode) < 0)
        perror(whole);
    real_sandbox_give(whole);
}

void real_sandbox_close(struct real_sandbox *real)
{
    struct err err = {0};
    if (real->sandbox)
        sandbox_close(real->sandbox, NULL, NULL);
    uv_run(&real->loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&real->loop) != 0)
        printf("the loop still has handles\n");
    if (folder_remove(real->root, &err) < 0)
        printf("%s\n", err.message);
}
