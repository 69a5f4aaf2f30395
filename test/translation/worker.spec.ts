/** A large body is translated in a thread of its own. It must become exactly what a small one becomes on the event loop. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ChatDialect } from '../../src/dialects/neutral/neutral.types.js';
import { GatewayError } from '../../src/errors/gateway-error.js';
import type { TaskResult } from '../../src/inference/translating/task-result.js';
import {
  decodeRequest,
  encodeRequest,
  outlineOf,
  translateAnswer,
  type Translated,
  type TranslationTask,
} from '../../src/inference/translating/translate.js';
import { WorkerPool } from '../../src/platform/workers/worker-pool.js';
import { DIALECTS, FOLDERS, ROOT } from '../support/golden-translations.js';

const PAIRS = DIALECTS.flatMap(from => DIALECTS.filter(to => to !== from).map(to => [from, to] as const));
const TARGET = {
  model: 'target-model',
  defaultMaxTokens: 4_096,
  streamUsage: true,
  adaptiveThinking: false,
  thinkingLevels: false,
};
const asked = decodeRequest(
  Buffer.from('{"model":"asked-model","messages":[{"role":"user","content":"Hello"}]}'),
  'chat_completions',
  null,
).request;
const ANSWER = { model: 'asked-model', requestId: 'req_1', now: 1_790_000_000, streamUsage: false, request: asked };

describe('translation in a thread', () => {
  const pool = new WorkerPool<TranslationTask, TaskResult>(
    pathToFileURL(join(__dirname, '../../src/inference/translating/translate.task.js')),
    { size: 1, maxWaiting: 1_000, timeoutMs: 60_000, maxHeapMb: 256 },
  );
  afterAll(() => pool.close());

  const casesOf = (dialect: ChatDialect, kind: 'requests' | 'answers') => {
    const folder = join(ROOT, FOLDERS[dialect], kind);
    return readdirSync(folder)
      .filter(name => name.endsWith('.json'))
      .map(name => ({ name, body: readFileSync(join(folder, name)) }));
  };
  const inline = (translate: () => Translated) => {
    try {
      const { body, losses } = translate();
      return { body: body.toString(), losses };
    } catch (error) {
      if (!(error instanceof GatewayError)) return { failed: true };
      return { code: error.code, message: error.publicMessage, param: error.param };
    }
  };
  const inThread = async (task: TranslationTask) => {
    const result = await pool.run(task).catch(() => ({ failed: true as const }));
    if ('failed' in result) return { failed: true };
    if (!result.ok) return { code: result.code, message: result.publicMessage, param: result.param };
    return { body: Buffer.from(result.body).toString(), losses: result.losses };
  };
  const inPath = (from: ChatDialect) =>
    from === 'gemini_generate_content' ? { model: 'asked-model', stream: false } : null;

  it.each(PAIRS)('makes of every request in %s what the event loop makes of it, in %s', async (from, to) => {
    for (const { name, body } of casesOf(from, 'requests')) {
      const saidInPath = inPath(from);
      const here = inline(() => encodeRequest(decodeRequest(body, from, saidInPath), to, TARGET));
      const there = await inThread({ type: 'request', body, from, to, saidInPath, options: TARGET });
      expect([name, there]).toEqual([name, here]);
    }
  });

  it.each(PAIRS)('makes of every answer in %s what the event loop makes of it, in %s', async (from, to) => {
    for (const { name, body } of casesOf(from, 'answers')) {
      const here = inline(() => translateAnswer(body, from, to, ANSWER));
      expect([name, await inThread({ type: 'answer', body, from, to, options: ANSWER })]).toEqual([name, here]);
    }
  });

  it.each(DIALECTS)('knows enough of a request in %s to translate its answer', from => {
    for (const { name, body } of casesOf(from, 'requests')) {
      let request;
      try {
        ({ request } = decodeRequest(body, from, inPath(from)));
      } catch {
        continue;
      }
      const outline = outlineOf(request);
      for (const to of DIALECTS.filter(dialect => dialect !== from)) {
        for (const answer of casesOf(to, 'answers')) {
          const whole = inline(() => translateAnswer(answer.body, to, from, { ...ANSWER, request }));
          const outlined = inline(() => translateAnswer(answer.body, to, from, { ...ANSWER, request: outline }));
          expect([name, answer.name, outlined]).toEqual([name, answer.name, whole]);
        }
      }
    }
  });

  it('gives the event loop an outline that is small, however large the request', async () => {
    const tools = Array.from({ length: 50_000 }, (_, index) => ({
      type: 'function',
      function: { name: `tool number ${index}`, description: 'x'.repeat(50), parameters: { type: 'object' } },
    }));
    const body = Buffer.from(
      JSON.stringify({
        model: 'm',
        messages: [
          { role: 'system', content: 'y'.repeat(2_000_000) },
          { role: 'user', content: 'z' },
        ],
        tools,
        metadata: { a: 'w'.repeat(500_000) },
      }),
    );
    const task = { type: 'request', from: 'chat_completions', to: 'anthropic_messages', saidInPath: null } as const;
    const result = await pool.run({ ...task, body, options: TARGET });
    if (!result.ok) throw new Error(result.code);
    expect(JSON.stringify(result.outline).length).toBeLessThan(1_048_576);
    expect(result.outline?.tools[0]).toMatchObject({ name: 'tool number 0' });
  });
});
