/* The candidate's side of the attempts, by name; see main.c. */
#ifndef CUPEL_SANDBOX_CORPUS_ATTACKER_H
#define CUPEL_SANDBOX_CORPUS_ATTACKER_H

struct attack {
    const char *name;  /* argument */
    long (*act)(void); /* -1 and errno, or success */
};

/* Each ends with a row without a name. */
extern const struct attack attacks_on_calls[];
extern const struct attack attacks_on_files[];
extern const struct attack attacks_on_disk[];
extern const struct attack attacks_on_others[];
extern const struct attack attacks_on_locks[];
extern const struct attack attacks_on_services[];
extern const struct attack attacks_on_resources[];
extern const struct attack attacks_on_figures[];
extern const struct attack attacks_on_pipes[];

/* Makes whatever another sandbox could find by name; it lasts as long as this process. */
long attacker_publish(void);
/* Locks files that other sandboxes see too, until this process ends; and opens one of them. */
void attacker_lock(void);
void attacker_touch(void);
/* The attempt beside a service of the same sandbox, a child of ours: what it must be able to find. */
long attacker_with_own_service(const struct attack *attack);
/* Spends CPU time of this process until it has used so much. */
void attacker_burn(double seconds);

#endif
