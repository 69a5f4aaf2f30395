// A provider that costs as little as possible: fixed answers, JSON or a stream of `CHUNKS` chunks every `GAP_MS`. The words
// `[no gap]` in a question bring the chunks as fast as they go, `[50 ms]` an answer after so long.
import { createServer } from 'node:http';

const CHUNKS = Number(process.env.CHUNKS ?? 50);
const GAP_MS = Number(process.env.GAP_MS ?? 20);
const usage = { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 };
const message = { role: 'assistant', content: 'x'.repeat(400) };
const answer = Buffer.from(
  JSON.stringify({
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage,
  }),
);
const chunk = (delta, finish = null) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const piece = Buffer.from(chunk({ content: ' word' }));
const end = Buffer.from(`${chunk({}, 'stop')}data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`);

createServer((request, response) => {
  let [stream, gapless, later] = [false, false, false];
  let head = true;
  request.on('data', bytes => {
    // What it looks for stands at the beginning of a question.
    if (head) {
      stream = bytes.includes('"stream":true');
      gapless = bytes.includes('[no gap]');
      later = bytes.includes('[50 ms]');
    }
    head = false;
  });
  request.on('end', () => {
    if (later) setTimeout(() => reply(response, stream, gapless), 50);
    else reply(response, stream, gapless);
  });
}).listen(0, '127.0.0.1', function () {
  console.log(`listening ${this.address().port}`);
});

function reply(response, stream, gapless) {
  if (!stream) {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length });
    response.end(answer);
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let sent = 0;
  if (gapless) {
    const more = () => {
      if (response.destroyed) return;
      if ((sent += 1) > CHUNKS) response.end(end);
      else if (response.write(piece)) setImmediate(more);
      else response.once('drain', more);
    };
    more();
    return;
  }
  const timer = setInterval(() => {
    if ((sent += 1) <= CHUNKS) response.write(piece);
    else {
      clearInterval(timer);
      response.end(end);
    }
  }, GAP_MS);
  response.on('close', () => clearInterval(timer));
}
