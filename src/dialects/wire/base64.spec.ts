import { DESCRIPTORS } from '../descriptors.js';
import type { ChatDialect } from '../neutral/neutral.types.js';
import { standardBase64 } from './base64.js';

const BYTES = Buffer.from([0xfb, 0xff, 0xbe, 0x01]);
const STANDARD = BYTES.toString('base64');
const FORMS = [STANDARD, STANDARD.replace(/=+$/, ''), BYTES.toString('base64url'), `${BYTES.toString('base64url')}==`];

it.each(FORMS)('%s is told in the standard form', form => {
  expect(standardBase64(form)).toBe(STANDARD);
});

const READ: Readonly<Record<ChatDialect, (data: string) => object>> = {
  chat_completions: data => ({
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } },
          { type: 'file', file: { filename: 'a.pdf', file_data: data } },
          { type: 'input_audio', input_audio: { data, format: 'wav' } },
        ],
      },
    ],
  }),
  anthropic_messages: data => ({
    max_tokens: 9,
    messages: [
      { role: 'user', content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data } }] },
    ],
  }),
  openai_responses: data => ({
    input: [
      {
        role: 'user',
        content: [
          { type: 'input_image', image_url: `data:image/png;base64,${data}` },
          { type: 'input_file', filename: 'a.pdf', file_data: data },
        ],
      },
    ],
  }),
  gemini_generate_content: data => ({
    contents: [{ role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data } }] }],
  }),
};

it.each((Object.keys(READ) as ChatDialect[]).flatMap(dialect => FORMS.map(form => [dialect, form] as const)))(
  '%s reads %s',
  (dialect, form) => {
    const wire = { model: 'm', stream: false, ...READ[dialect](form) };
    const decoded = DESCRIPTORS[dialect].codec?.decodeRequest(JSON.parse(JSON.stringify(wire)) as never);
    const parts = decoded?.request.turns.flatMap<object>(turn => turn.parts) ?? [];
    expect(parts.length).toBeGreaterThan(0);
    for (const part of parts) expect(part).toMatchObject({ type: 'media', source: { data: STANDARD } });
  },
);
