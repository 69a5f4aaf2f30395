import { unplaced } from '../../../test/support/unplaced.js';
import type { JsonObject } from '../../json/value.js';
import { decodeChatRequest } from './decode-request.js';

const decode = (...messages: object[]) =>
  unplaced(decodeChatRequest({ model: 'm', messages } as unknown as JsonObject));
const text = (words: string) => ({ type: 'text', text: words });

describe('decodeCacheMark', () => {
  it('reads the marks of a prompt cache wherever they may stand', () => {
    const mark = { cache_control: { type: 'ephemeral' } };
    const { request, losses } = unplaced(
      decodeChatRequest({
        model: 'm',
        messages: [
          { role: 'system', content: [{ ...text('a'), cache_control: { type: 'ephemeral', ttl: '1h' } }] },
          { role: 'user', content: 'b', ...mark },
          { role: 'assistant', content: null, tool_calls: [{ id: 'c', function: { name: 'f' }, ...mark }] },
          { role: 'tool', tool_call_id: 'c', content: 'd', ...mark },
          { role: 'user', content: [{ ...text('e'), prompt_cache_breakpoint: { mode: 'explicit' } }] },
        ],
        tools: [
          { type: 'function', function: { name: 'f' }, ...mark },
          { type: 'function', function: { name: 'g', ...mark } },
        ],
      }),
    );
    const cache = { ttl: null };

    expect(request.instructions).toEqual([{ ...text('a'), cache: { ttl: '1h' } }]);
    expect(request.turns).toMatchObject([
      { parts: [{ text: 'b', cache }] },
      { parts: [{ name: 'f', cache }] },
      { parts: [{ callId: 'c', cache }] },
      { parts: [{ text: 'e', cache }] },
    ]);
    expect(request.tools).toMatchObject([
      { name: 'f', cache },
      { name: 'g', cache },
    ]);
    expect(losses).toEqual([]);
  });

  it('names what a mark cannot say elsewhere', () => {
    const { losses } = decode(
      { role: 'user', content: [{ ...text('a'), cache_control: { type: 'ephemeral', ttl: '7d' } }] },
      { role: 'user', content: [{ ...text('b'), prompt_cache_breakpoint: { mode: 'explicit', ttl: '12h' } }] },
      { role: 'assistant', content: '', cache_control: { type: 'ephemeral' } },
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'http://a/b', detail: 'original' } }] },
    );

    expect(losses.map(({ field }) => field)).toEqual([
      'messages[0].content[0].cache_control.ttl',
      'messages[1].content[0].prompt_cache_breakpoint.ttl',
      'messages[2].cache_control',
      'messages[3].content[0].image_url.detail',
    ]);
  });
});
