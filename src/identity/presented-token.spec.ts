import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { GatewayError } from '../errors/gateway-error.js';
import { readPresentedToken } from './presented-token.js';

const TOKEN = `nt_live_0123456789ab_${'a'.repeat(32)}`;
const OTHER = `nt_live_0123456789ab_${'b'.repeat(32)}`;
const REFUSED = 'invalid_credential';

describe('a presented token', () => {
  let server: Server;
  let apiKeyHeaders: boolean;
  beforeAll(async () => {
    server = createServer((request, response) => {
      try {
        response.end(readPresentedToken(request, apiKeyHeaders));
      } catch (error) {
        response.end(error instanceof GatewayError ? error.code : `thrown: ${String(error)}`);
      }
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(() => {
    apiKeyHeaders = true;
  });
  afterAll(async () => {
    await new Promise(resolve => server.close(resolve));
  });

  /** Header lines as bytes, as a rude client sends them. */
  const present = (...lines: string[]) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
      const chunks: Buffer[] = [];
      socket.on('data', chunk => chunks.push(chunk));
      socket.on('error', reject);
      socket.on('end', () => resolve(Buffer.concat(chunks).toString().split('\r\n\r\n')[1] ?? ''));
      socket.write(['GET / HTTP/1.1', 'Host: x', 'Connection: close', ...lines, '', ''].join('\r\n'), 'latin1');
    });

  it.each([
    ['Authorization: Bearer %'],
    ['authorization: bearer %'],
    ['AUTHORIZATION: BEARER %'],
    ['Authorization:    Bearer     %   '],
    ['x-api-key: %'],
    ['X-Goog-Api-Key:%'],
  ])('may stand in: %s', async line => {
    expect(await present(line.replace('%', TOKEN))).toBe(TOKEN);
  });

  it('may be said in all places, as long as they agree', async () => {
    const all = [`Authorization: Bearer ${TOKEN}`, `x-api-key: ${TOKEN}`, `x-goog-api-key: ${TOKEN}`];
    expect(await present(...all)).toBe(TOKEN);
    expect(await present(...all.slice(1))).toBe(TOKEN);
    expect(await present(...all.slice(0, 2), `x-goog-api-key: ${OTHER}`)).toBe(REFUSED);
    expect(await present(all[0] ?? '', `x-api-key: ${OTHER}`)).toBe(REFUSED);
    expect(await present(all[1] ?? '', `x-goog-api-key: ${OTHER}`)).toBe(REFUSED);
  });

  it.each([
    ['nothing'],
    ['an empty line', 'Authorization: '],
    ['a scheme alone', 'Authorization: Bearer'],
    ['a scheme and spaces', 'Authorization: Bearer    '],
    ['a token without a scheme', `Authorization: ${TOKEN}`],
    ['another scheme', `Authorization: Basic ${Buffer.from(`user:${TOKEN}`).toString('base64')}`],
    ['a longer scheme', `Authorization: Bearerx ${TOKEN}`],
    ['two tokens', `Authorization: Bearer ${TOKEN} ${TOKEN}`],
    ['a tab for the space', `Authorization: Bearer\t${TOKEN}`],
    ['8 kB', `Authorization: Bearer ${'a'.repeat(8_192)}`],
    ['8 kB elsewhere', `x-api-key: ${'a'.repeat(8_192)}`],
    ['8 kB of spaces', `Authorization: Bearer ${' '.repeat(8_192)}\x01`],
    ['letters outside ASCII', 'Authorization: Bearer nt_live_é'],
    ['an empty key', 'x-api-key: '],
    ['the same line twice', `Authorization: Bearer ${TOKEN}`, `Authorization: Bearer ${TOKEN}`],
    ['a second line in another case', `Authorization: Bearer ${TOKEN}`, `aUTHORIZATION: Bearer ${OTHER}`],
    ['a malformed line beside a good key', 'Authorization: Basic eDp5', `x-api-key: ${TOKEN}`],
  ])('is refused, and nothing worse: %s', async (_, ...lines) => {
    const answer = await present(...lines);
    // What is no HTTP at all never reaches the reading.
    expect([REFUSED, '']).toContain(answer);
  });

  it('stands beside any placeholder in a key header, which SDKs demand and nobody reads', async () => {
    expect(await present(`Authorization: Bearer ${TOKEN}`, 'x-goog-api-key: placeholder', 'x-api-key: unused')).toBe(
      TOKEN,
    );
  });

  it('sent twice in a key header is no token of ours', async () => {
    expect(await present(`x-api-key: ${TOKEN}`, `x-api-key: ${TOKEN}`)).toBe(`${TOKEN}, ${TOKEN}`);
  });

  it('stands in Authorization only when the key headers are switched off, and they are then not even compared', async () => {
    apiKeyHeaders = false;
    expect(await present(`x-api-key: ${TOKEN}`)).toBe(REFUSED);
    expect(await present(`x-goog-api-key: ${TOKEN}`)).toBe(REFUSED);
    expect(await present(`Authorization: Bearer ${TOKEN}`, `x-api-key: ${OTHER}`)).toBe(TOKEN);
  });
});
