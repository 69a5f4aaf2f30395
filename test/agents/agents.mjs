// The coding agents that test/agents/run.mjs runs, with the settings that docs/agents.md names.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const GPT = 'gpt-5-4';
const CLAUDE = 'claude-sonnet-4-6';
const GEMINI = 'gemini-3-1-pro';

async function write(path, content) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
}

/**
 * Of each: its package and what it is started with.
 * `models`: its own maker's first, then foreign ones.
 * `settings(place)`: writes its files; `place` has `home`, `project`, `baseUrl`.
 * `environment(place)`: its variables, `place` has `token` too.
 * `command(model)`: its arguments for one prompt, which follows as the last one or, where `stdin` is true, on its standard input.
 * `reading(file)`: what asks the sandbox for a call of the tool with which it reads a file or runs a command.
 */
export const AGENTS = [
  {
    name: 'Claude Code',
    package: '@anthropic-ai/claude-code',
    version: '2.1.332',
    program: 'claude',
    models: [CLAUDE, GPT, GEMINI],
    environment: ({ baseUrl, token }) => ({
      ANTHROPIC_BASE_URL: `${baseUrl}/ai-gateway/anthropic`,
      ANTHROPIC_AUTH_TOKEN: token,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    }),
    command: model => ['--model', model, '--allowedTools', 'Read', '--print'],
    reading: file => `call Read ${JSON.stringify({ file_path: file })}`,
  },
  {
    name: 'Codex',
    package: '@openai/codex',
    version: '0.171.0',
    program: 'codex',
    models: [GPT, CLAUDE, GEMINI],
    settings: ({ home, baseUrl }) =>
      write(
        join(home, '.codex', 'config.toml'),
        `model_provider = "bough"

[model_providers.bough]
name = "Bough"
base_url = "${baseUrl}/ai-gateway/openai/v1"
wire_api = "responses"
env_key = "NEON_AI_GATEWAY_TOKEN"
`,
      ),
    environment: ({ token }) => ({ NEON_AI_GATEWAY_TOKEN: token }),
    // Its own sandbox needs rights that a container may not give.
    command: model => ['exec', '--model', model, '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox'],
    reading: file => `call exec_command ${JSON.stringify({ cmd: `cat ${file}` })}`,
  },
  {
    name: 'Gemini CLI',
    package: '@google/gemini-cli',
    version: '0.61.0',
    program: 'gemini',
    models: [GEMINI, CLAUDE, GPT],
    settings: ({ home }) =>
      write(join(home, '.gemini', 'settings.json'), { security: { auth: { selectedType: 'gemini-api-key' } } }),
    environment: ({ baseUrl, token }) => ({
      GOOGLE_GEMINI_BASE_URL: `${baseUrl}/ai-gateway/gemini`,
      GEMINI_API_KEY: token,
      GEMINI_CLI_TRUST_WORKSPACE: 'true',
    }),
    command: model => ['--model', model, '--approval-mode', 'yolo', '--prompt'],
    reading: file => `call read_file ${JSON.stringify({ file_path: file })}`,
  },
  {
    name: 'Qwen Code',
    package: '@qwen-code/qwen-code',
    version: '0.24.4',
    program: 'qwen',
    models: [CLAUDE, GPT, GEMINI],
    environment: ({ baseUrl, token }) => ({
      OPENAI_BASE_URL: `${baseUrl}/ai-gateway/mlflow/v1`,
      OPENAI_API_KEY: token,
    }),
    command: model => ['--auth-type', 'openai', '--model', model, '--approval-mode', 'yolo', '--prompt'],
    reading: file => `call read_file ${JSON.stringify({ file_path: file })}`,
  },
  {
    name: 'opencode',
    package: 'opencode-ai',
    version: '1.18.33',
    program: 'opencode',
    models: [GPT, CLAUDE, GEMINI],
    settings: ({ project, baseUrl }) =>
      write(join(project, 'opencode.json'), {
        provider: {
          bough: {
            npm: '@ai-sdk/openai-compatible',
            name: 'Bough',
            options: { baseURL: `${baseUrl}/ai-gateway/mlflow/v1`, apiKey: '{env:NEON_AI_GATEWAY_TOKEN}' },
            models: { [GPT]: {}, [CLAUDE]: {}, [GEMINI]: {} },
          },
        },
      }),
    environment: ({ token }) => ({ NEON_AI_GATEWAY_TOKEN: token, OPENCODE_DISABLE_AUTOUPDATE: '1' }),
    command: model => ['run', '--model', `bough/${model}`],
    // It puts quotes around a prompt among its arguments.
    stdin: true,
    reading: file => `call read ${JSON.stringify({ filePath: file })}`,
  },
];
