/**
 * The whole environment of PostgreSQL's programs, and nothing of ours: they run as another user, who must not find the
 * master key and the providers' secrets in it, and no PGOPTIONS, PGDATA or LC_MESSAGES may change what they do or say.
 * The path is for initdb, which asks `locale`; what Windows needs besides, Node adds by itself.
 */
export const CHILD_ENVIRONMENT: NodeJS.ProcessEnv = { LC_ALL: 'C', PATH: '/usr/local/bin:/usr/bin:/bin' };
