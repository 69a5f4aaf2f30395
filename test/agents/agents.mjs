// The coding agents of docs/agents.md: each has a section there, whose commands run as they stand.

const GPT = 'gpt-5-4';
const CLAUDE = 'claude-sonnet-4-6';
const GEMINI = 'gemini-3-1-pro';

/**
 * `name` is the heading of its section, `program` how the runner is told to try it alone, `packages` what npm installs: the
 * agent itself first, then a Node of its own where it needs a newer one than these tests.
 * `models`: that of the section's first line, which is its maker's where it has one, then foreign ones.
 * `reading(file)` asks the sandbox for a call of the tool with which the agent reads a file.
 */
export const AGENTS = [
  {
    name: 'Claude Code',
    packages: { '@anthropic-ai/claude-code': '2.1.332' },
    program: 'claude',
    models: [CLAUDE, GPT, GEMINI],
    reading: file => `call Read ${JSON.stringify({ file_path: file })}`,
  },
  {
    name: 'Codex',
    packages: { '@openai/codex': '0.171.0' },
    program: 'codex',
    models: [GPT, CLAUDE, GEMINI],
    reading: file => `call exec_command ${JSON.stringify({ cmd: `cat ${file}` })}`,
  },
  {
    name: 'Gemini CLI',
    packages: { '@google/gemini-cli': '0.61.0' },
    program: 'gemini',
    models: [GEMINI, CLAUDE, GPT],
    reading: file => `call read_file ${JSON.stringify({ file_path: file })}`,
  },
  {
    name: 'Qwen Code',
    packages: { '@qwen-code/qwen-code': '0.24.4' },
    program: 'qwen',
    models: ['qwen35-122b-a10b', CLAUDE, GPT, GEMINI],
    reading: file => `call read_file ${JSON.stringify({ file_path: file })}`,
  },
  {
    name: 'opencode',
    packages: { 'opencode-ai': '1.18.33' },
    program: 'opencode',
    models: [GPT, CLAUDE, GEMINI],
    reading: file => `call read ${JSON.stringify({ filePath: file })}`,
  },
  {
    name: 'Copilot CLI',
    packages: { '@github/copilot': '1.0.102' },
    program: 'copilot',
    models: [GPT, CLAUDE, GEMINI],
    reading: file => `call view ${JSON.stringify({ path: file })}`,
  },
  {
    name: 'Cline',
    packages: { cline: '3.0.65' },
    program: 'cline',
    models: [GPT, CLAUDE, GEMINI],
    reading: file => `call read_files ${JSON.stringify({ files: [{ path: file }] })}`,
  },
  {
    name: 'Continue',
    packages: { '@continuedev/cli': '1.5.47' },
    program: 'cn',
    models: [CLAUDE, GEMINI, GPT],
    reading: file => `call Read ${JSON.stringify({ filepath: file })}`,
  },
  {
    name: 'pi',
    packages: { '@earendil-works/pi-coding-agent': '1.6.0', node: '22.23.3' },
    program: 'pi',
    models: [CLAUDE, GPT, GEMINI],
    reading: file => `call read ${JSON.stringify({ path: file })}`,
  },
];
