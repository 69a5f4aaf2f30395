import { IdSource } from '../platform/id-source.js';
import { issueToken, readShortId, reissueToken } from './token.js';

const ids = new IdSource();

describe('a token', () => {
  it('has the published form, and its short id is the beginning of its id', () => {
    const { tokenId, shortId, apiToken } = issueToken(ids);
    expect(tokenId).toMatch(/^nak_live_[0-9a-f]{32}$/);
    expect(shortId).toBe(tokenId.slice(9, 21));
    expect(apiToken).toMatch(new RegExp(`^nt_live_${shortId}_[0-9A-Za-z]{32}$`));
    expect(readShortId(apiToken)).toBe(shortId);
  });

  it('that differs in any one character is no token of ours', () => {
    const { apiToken } = issueToken(ids);
    for (let at = 'nt_live_'.length; at < apiToken.length; at += 1) {
      if (apiToken[at] === '_') continue;
      const changed = apiToken.slice(0, at) + (apiToken[at] === 'a' ? 'b' : 'a') + apiToken.slice(at + 1);
      expect(readShortId(changed)).toBeNull();
    }
  });

  it.each([
    [''],
    ['nt_live_'],
    ['nt_live_0123456789ab_'],
    [`napi_${'a'.repeat(64)}`],
    [`nt_live_0123456789AB_${'a'.repeat(32)}`],
    [`nt_live_0123456789ab_${'a'.repeat(33)}`],
    [`nt_live_0123456789ab_${"' OR '1'='1".padEnd(32, 'x')}`],
    [`\u0000nt_live_0123456789ab_${'a'.repeat(32)}`],
  ])('is not %j', text => {
    expect(readShortId(text)).toBeNull();
  });

  it('that is issued again has the same ids and another secret', () => {
    const first = issueToken(ids);
    const second = reissueToken(ids, first.tokenId);
    expect(second).toEqual({ ...first, apiToken: expect.any(String) });
    expect(second.apiToken).not.toBe(first.apiToken);
    expect(readShortId(second.apiToken)).toBe(first.shortId);
  });

  it('is never issued twice', () => {
    const issued = new Set(Array.from({ length: 500 }, () => issueToken(ids).apiToken));
    expect(issued.size).toBe(500);
  });
});
