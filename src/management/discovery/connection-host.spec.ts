import { connectionHost } from './connection-host.js';

const BRANCH = 'br-quiet-oak-a1b2c3d4';
const SUFFIXES = ['.example.com', '.localhost'];

describe('the host that a branch’s own is derived from', () => {
  it('keeps all that stands behind the branch, a cell too', () => {
    const baseUrl = `https://${BRANCH}-api.ai.c-2.us-east-2.example.com:8443`;
    expect(connectionHost(BRANCH, { baseUrl, entrance: 'https://gateway.example.com', suffixes: SUFFIXES })).toBe(
      'ep-quiet-oak-a1b2c3d4.c-2.us-east-2.example.com',
    );
  });

  it.each([['http://127.0.0.1:8787'], ['http://localhost:8787'], ['http://[::1]:8787']])(
    'is this machine where %s is the way in',
    entrance => {
      const baseUrl = `${entrance}/branches/${BRANCH}`;
      const host = connectionHost(BRANCH, { baseUrl, entrance, suffixes: SUFFIXES });
      expect(host).toBe('ep-quiet-oak-a1b2c3d4.localhost');
    },
  );

  it.each([
    ['https://ai.internal', SUFFIXES],
    ['http://127.0.0.1:8787', ['.example.com']],
  ])('does not exist for %s under %j', (entrance, suffixes) => {
    const baseUrl = `${entrance}/branches/${BRANCH}`;
    expect(connectionHost(BRANCH, { baseUrl, entrance, suffixes })).toBeNull();
  });
});
