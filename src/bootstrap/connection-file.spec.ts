import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppConfig } from '../config/app-config.js';
import { clientVariables, withoutOwnVariables, writeConnectionFile } from './connection-file.js';

const TOKEN = 'nt_live_000000000000_fake';

describe('an environment into which the connection file was read', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bough-connection-'));
    const variables = clientVariables('http://127.0.0.1:8787', TOKEN);
    await writeConnectionFile(join(folder, 'connection.env'), { ...variables, NEON_AI_GATEWAY_TOKEN: TOKEN });
  });
  afterEach(() => rm(folder, { recursive: true }));

  const providersOf = (variables: Record<string, string>) => {
    const { providers } = AppConfig.fromEnvironment(withoutOwnVariables({ BOUGH_DATA_DIR: folder, ...variables }));
    return providers.map(({ name }) => name);
  };

  it('makes no provider of the gateway itself, on whichever port it was', () => {
    expect(providersOf(clientVariables('http://127.0.0.1:8787', TOKEN))).toEqual([]);
    expect(providersOf(clientVariables('http://127.0.0.1:9999', TOKEN))).toEqual([]);
  });

  it('keeps the accounts that somebody set, also beside an address of ours', () => {
    const { ANTHROPIC_BASE_URL = '' } = clientVariables('http://127.0.0.1:8787', TOKEN);
    expect(providersOf({ ANTHROPIC_API_KEY: 'sk-ant-fake', ANTHROPIC_BASE_URL })).toEqual(['anthropic']);
    expect(providersOf({ OPENAI_API_KEY: 'sk-fake', GEMINI_API_KEY: 'fake-key' })).toEqual(['openai', 'gemini']);
    const kept = withoutOwnVariables({ BOUGH_DATA_DIR: folder, ANTHROPIC_API_KEY: 'sk-ant-fake', ANTHROPIC_BASE_URL });
    expect(kept).toEqual({ BOUGH_DATA_DIR: folder, ANTHROPIC_API_KEY: 'sk-ant-fake' });
  });

  it('is left as it is where there is no such file', () => {
    const source = { BOUGH_DATA_DIR: join(folder, 'none'), OPENAI_API_KEY: TOKEN };
    expect(withoutOwnVariables(source)).toEqual(source);
  });
});
