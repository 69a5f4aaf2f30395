// The coding agents of docs/agents.md: each has a section there, whose commands run as they stand.

const GPT = 'gpt-5-4';
const CLAUDE = 'claude-sonnet-4-6';
const GEMINI = 'gemini-3-1-pro';

/**
 * `name` is the heading of its section, `program` how the runner is told to try it alone.
 * `models`: that of the section's first line, which is its maker's where it has one, then foreign ones.
 * `promptOnly`: those where the sandbox cannot be asked for a call, because the agent puts instructions behind the prompt and
 * they become words of the user.
 * `reading(file)` asks the sandbox for a call of the tool with which the agent reads a file.
 */
export const AGENTS = [
  {
    name: 'Claude Code',
    package: '@anthropic-ai/claude-code',
    version: '2.1.332',
    program: 'claude',
    models: [CLAUDE, GPT, GEMINI],
    promptOnly: [GEMINI],
    reading: file => `call Read ${JSON.stringify({ file_path: file })}`,
  },
  {
    name: 'Codex',
    package: '@openai/codex',
    version: '0.171.0',
    program: 'codex',
    models: [GPT, CLAUDE, GEMINI],
    reading: file => `call exec_command ${JSON.stringify({ cmd: `cat ${file}` })}`,
  },
  {
    name: 'Gemini CLI',
    package: '@google/gemini-cli',
    version: '0.61.0',
    program: 'gemini',
    models: [GEMINI, CLAUDE, GPT],
    reading: file => `call read_file ${JSON.stringify({ file_path: file })}`,
  },
  {
    name: 'Qwen Code',
    package: '@qwen-code/qwen-code',
    version: '0.24.4',
    program: 'qwen',
    models: ['qwen35-122b-a10b', CLAUDE, GPT, GEMINI],
    reading: file => `call read_file ${JSON.stringify({ file_path: file })}`,
  },
  {
    name: 'opencode',
    package: 'opencode-ai',
    version: '1.18.33',
    program: 'opencode',
    models: [GPT, CLAUDE, GEMINI],
    reading: file => `call read ${JSON.stringify({ filePath: file })}`,
  },
  {
    name: 'Copilot CLI',
    package: '@github/copilot',
    version: '1.0.102',
    program: 'copilot',
    models: [GPT, CLAUDE, GEMINI],
    reading: file => `call view ${JSON.stringify({ path: file })}`,
  },
  {
    name: 'Cline',
    package: 'cline',
    version: '3.0.65',
    program: 'cline',
    models: [GPT, CLAUDE, GEMINI],
    reading: file => `call read_files ${JSON.stringify({ files: [{ path: file }] })}`,
  },
  {
    name: 'Continue',
    package: '@continuedev/cli',
    version: '1.5.47',
    program: 'cn',
    models: [CLAUDE, GEMINI],
    reading: file => `call Read ${JSON.stringify({ filepath: file })}`,
  },
];
