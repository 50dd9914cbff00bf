/* Knocks at closed doors: the program under test of the counting runs. Each mode prints what it saw. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* Refused in both profiles, whatever the arguments. */
static const long knocker_doors[] = {
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_unshare,
    SYS_setns,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_add_key,
    SYS_keyctl,
    SYS_request_key,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_open_by_handle_at,
    SYS_name_to_handle_at,
    SYS_vmsplice,
    SYS_swapon,
    SYS_swapoff,
    SYS_reboot,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_quotactl,
    SYS_acct,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_adjtimex,
    SYS_syslog,
    SYS_kexec_load,
    SYS_fanotify_init,
    SYS_fanotify_mark,
    SYS_move_pages,
    SYS_migrate_pages,
    SYS_kcmp,
    SYS_pidfd_getfd,
    SYS_open_tree,
    SYS_move_mount,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_mount_setattr,
    SYS_lookup_dcookie,
    SYS_seccomp,
    SYS_vhangup,
    SYS_io_setup,
    SYS_io_destroy,
    SYS_io_submit,
};
#define KNOCKER_DOORS (sizeof knocker_doors / sizeof knocker_doors[0])

static long knocker_ptrace(void)
{
    return syscall(SYS_ptrace, 0L, 0L, 0L, 0L);
}

static void knocker_repeat(long times)
{
    long wrong = 0;
    for (long i = 0; i < times; i++)
        wrong += knocker_ptrace() != -1 || errno != EPERM;
    printf("%s\n", wrong ? "another answer" : "ok");
}

/* What each door answers: must be the same whether it is counted or not. */
static void knocker_doors_all(void)
{
    for (size_t i = 0; i < KNOCKER_DOORS; i++) {
        long code = syscall(knocker_doors[i], 0L, 0L, 0L, 0L, 0L, 0L);
        printf("%ld %ld %s\n", knocker_doors[i], code, strerrorname_np(errno));
    }
    for (int family = 0; family < 46; family++)
        printf("family %d: %s\n", family, socket(family, SOCK_DGRAM, 0) < 0 ? strerrorname_np(errno) : "ok");
    printf("filter: %ld %s\n", syscall(SYS_prctl, 22L, 2L, 0L), strerrorname_np(errno));
}

static void *knocker_thread(void *data)
{
    for (int i = 0; i < 500; i++)
        (void)!socket(AF_INET, SOCK_STREAM, 0);
    return data;
}

static void knocker_threads(void)
{
    pthread_t threads[8];
    for (size_t i = 0; i < 8; i++)
        if (pthread_create(&threads[i], NULL, knocker_thread, NULL) != 0)
            exit(1);
    for (size_t i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    puts("ok");
}

static void knocker_forever(void)
{
    for (;;)
        knocker_ptrace();
}

/* Children that die in the middle of a call, again and again. */
static void knocker_dying(void)
{
    for (int i = 0; i < 100; i++) {
        pid_t pid = fork();
        if (pid == 0)
            knocker_forever();
        usleep((useconds_t)(i * 10));
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    puts("ok");
}

static void knocker_flood(void)
{
    for (int i = 0; i < 30; i++)
        if (fork() == 0)
            knocker_forever();
    knocker_forever();
}

static void knocker_on_signal(int number)
{
    (void)number;
}

/* Interrupted all the time. */
static void knocker_stormed(void)
{
    const struct sigaction action = {.sa_handler = knocker_on_signal, .sa_flags = SA_RESTART};
    const struct itimerval often = {{0, 50}, {0, 50}};
    const struct itimerval never = {{0, 0}, {0, 0}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    knocker_repeat(2000);
    setitimer(ITIMER_REAL, &never, NULL);
}

/* Calls that are allowed, and one that isn't. */
static void knocker_made(long times)
{
    for (long i = 0; i < times; i++)
        (void)syscall(SYS_getppid);
    puts(knocker_ptrace() == -1 && errno == EPERM ? "ok" : "another answer");
}

/* Allowed ones in processes of their own. */
static void knocker_family(void)
{
    for (int i = 0; i < 20; i++)
        if (fork() == 0) {
            for (int call = 0; call < 100; call++)
                (void)syscall(SYS_getppid);
            _exit(0);
        }
    while (wait(NULL) > 0 || errno == EINTR)
        continue;
    puts("ok");
}

/* Only what is allowed. */
static void knocker_quiet(void)
{
    int ends[2];
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    puts(fd >= 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && getppid() >= 0 ? "ok" : "refused");
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";
    if (strcmp(mode, "repeat") == 0)
        knocker_repeat(argc > 2 ? atol(argv[2]) : 1);
    else if (strcmp(mode, "doors") == 0)
        knocker_doors_all();
    else if (strcmp(mode, "threads") == 0)
        knocker_threads();
    else if (strcmp(mode, "dying") == 0)
        knocker_dying();
    else if (strcmp(mode, "flood") == 0)
        knocker_flood();
    else if (strcmp(mode, "stormed") == 0)
        knocker_stormed();
    else if (strcmp(mode, "made") == 0)
        knocker_made(argc > 2 ? atol(argv[2]) : 1);
    else if (strcmp(mode, "family") == 0)
        knocker_family();
    else if (strcmp(mode, "quiet") == 0)
        knocker_quiet();
    else
        return 2;
    return 0;
}
