// The floor: node:http in, body buffered, undici dispatch out, nothing looked at. What no gateway on Node can go below.
import { createServer } from 'node:http';
import { Pool } from 'undici';

const pool = new Pool(process.env.UPSTREAM, { connections: 1024, pipelining: 1 });

createServer((request, response) => {
  const chunks = [];
  request.on('data', chunk => chunks.push(chunk));
  request.on('end', () => {
    pool.dispatch(
      {
        path: '/v1/chat/completions',
        method: 'POST',
        headers: ['content-type', 'application/json'],
        body: Buffer.concat(chunks),
      },
      {
        onRequestStart() {},
        onResponseStart(_, status, headers) {
          response.writeHead(status, { 'content-type': headers['content-type'] });
        },
        onResponseData(controller, chunk) {
          if (!response.write(chunk)) {
            controller.pause();
            response.once('drain', () => controller.resume());
          }
        },
        onResponseEnd() {
          response.end();
        },
        onResponseError(_, error) {
          response.destroy(error);
        },
      },
    );
  });
}).listen(0, '127.0.0.1', function () {
  console.log(`listening ${this.address().port}`);
});
