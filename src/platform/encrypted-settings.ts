/** What start-up keeps encrypted among the settings: the setting, and the texts in it by what binds each to its place. */
export const MASTER_KEY_CHECK = 'master_key_check';
export const DEMO_SETTING = 'demo';
export const DEMO_CONTEXTS = { token: 'setting:demo:token', managementKey: 'setting:demo:management-key' } as const;
