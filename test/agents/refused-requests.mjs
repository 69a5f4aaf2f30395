// Requests that no vendor takes. A strict provider that takes one of them is not strict, and a pass on it means nothing.

const ASK = [{ role: 'user', content: 'hello' }];
const TOOL = { type: 'object', properties: {} };
const CHAT = { model: 'gpt-5.4', messages: ASK };
const RESPONSES = { model: 'gpt-5.4', input: ASK };
const MESSAGES = { model: 'claude-sonnet-4-6', max_tokens: 100, messages: ASK };
const GEMINI = { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] };
const VERSION = { 'anthropic-version': '2023-06-01' };

/** A request of each API that is taken, and what makes it one that is not: in the words of the types, then of the rules. */
const APIS = [
  {
    path: '/v1/chat/completions',
    taken: CHAT,
    refused: {
      'an unknown field': { thinking: { type: 'enabled' } },
      'an unknown field in a message': { messages: [{ role: 'user', content: 'hello', cache_control: {} }] },
      'an unknown role': { messages: [{ role: 'model', content: 'hello' }] },
      'a part of another API': { messages: [{ role: 'user', content: [{ type: 'input_text', text: 'hello' }] }] },
      'a tool without its wrapper': { tools: [{ type: 'function', name: 'f', parameters: TOOL }] },
      'a result without a call': { messages: [...ASK, { role: 'tool', tool_call_id: 'a', content: 'x' }] },
      'more than the model can write': { max_completion_tokens: 10_000_000 },
    },
  },
  {
    path: '/v1/responses',
    taken: RESPONSES,
    refused: {
      'an unknown field': { messages: ASK },
      'a part of another API': { input: [{ role: 'user', content: [{ type: 'text', text: 'hello' }] }] },
      'a tool in its wrapper': { tools: [{ type: 'function', function: { name: 'f', parameters: TOOL } }] },
      'an unknown effort': { reasoning: { effort: 'utmost' } },
      'a result without a call': { input: [{ type: 'function_call_output', call_id: 'a', output: 'x' }] },
      'too low a bound': { max_output_tokens: 1 },
    },
  },
  {
    path: '/anthropic/v1/messages',
    headers: VERSION,
    taken: MESSAGES,
    refused: {
      'an unknown field': { max_completion_tokens: 5 },
      'no bound': { max_tokens: undefined },
      'an unknown role': { messages: [{ role: 'tool', content: 'x' }] },
      'a part of another API': { messages: [{ role: 'user', content: [{ type: 'input_text', text: 'hello' }] }] },
      'a tool in its wrapper': { tools: [{ type: 'function', function: { name: 'f', parameters: TOOL } }] },
      'a blank text': { messages: [{ role: 'user', content: [{ type: 'text', text: '' }] }] },
      'a thought that nobody signed': {
        messages: [
          ...ASK,
          { role: 'assistant', content: [{ type: 'thinking', thinking: 'hm', signature: 'x' }] },
          ...ASK,
        ],
      },
      'a result without a call': {
        messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'x' }] }],
      },
    },
  },
  {
    path: '/gemini/v1beta/models/gemini-3.1-pro:generateContent',
    taken: GEMINI,
    refused: {
      'an unknown field': { messages: ASK },
      'an unknown role': { contents: [{ role: 'assistant', parts: [{ text: 'hello' }] }] },
      'an unknown kind of part': { contents: [{ role: 'user', parts: [{ type: 'text', text: 'hello' }] }] },
      'a result without a call': {
        contents: [{ role: 'user', parts: [{ functionResponse: { name: 'f', response: {} } }] }],
      },
      'two schemas for one function': {
        tools: [{ functionDeclarations: [{ name: 'f', parameters: TOOL, parametersJsonSchema: TOOL }] }],
      },
    },
  },
];

/**
 * @param provider a strict provider
 * @returns how many requests it refused
 * @throws {Error} that names a request that it took, or a good one that it refused
 */
export async function checkRefusals({ url, apiKey }) {
  let count = 0;
  for (const { path, headers = {}, taken, refused } of APIS) {
    const send = async fields => {
      const response = await fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}`, ...headers },
        body: JSON.stringify({ ...taken, ...fields }),
      });
      return { status: response.status, text: await response.text() };
    };
    const good = await send({});
    if (good.status !== 200) throw new Error(`the strict provider refused a good request to ${path}: ${good.text}`);
    for (const [name, fields] of Object.entries(refused)) {
      const { status } = await send(fields);
      if (status !== 400) throw new Error(`the strict provider answered ${status} to ${name} on ${path}`);
      count += 1;
    }
  }
  return count;
}
