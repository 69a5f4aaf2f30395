import { createCipheriv, randomBytes } from 'node:crypto';
import { MasterKey, sameDigest, SecretBox, sha256 } from './secrets.js';

describe('an encrypted secret', () => {
  const key = new MasterKey(randomBytes(32));
  const box = new SecretBox(key);

  it('opens with the same key in the same place, and is different each time', () => {
    const [one, other] = [box.encrypt('sk-fake ü', 'upstream:1'), box.encrypt('sk-fake ü', 'upstream:1')];
    expect(box.decrypt(one, 'upstream:1')).toBe('sk-fake ü');
    expect(Buffer.from(one).equals(Buffer.from(other))).toBe(false);
    expect(Buffer.from(one).includes('sk-fake')).toBe(false);
    expect(box.decryptText(box.encryptText('', 'c'), 'c')).toBe('');
  });

  it('opens with no other key, nowhere else, and not when a bit of it was changed', () => {
    const encrypted = box.encrypt('sk-fake', 'upstream:1');
    expect(() => new SecretBox(new MasterKey(randomBytes(32))).decrypt(encrypted, 'upstream:1')).toThrow(/./);
    expect(() => box.decrypt(encrypted, 'upstream:2')).toThrow(/./);
    for (let at = 0; at < encrypted.length; at += 1) {
      const changed = Uint8Array.from(encrypted);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => box.decrypt(changed, 'upstream:1')).toThrow(/./);
    }
    expect(() => box.decrypt(encrypted.slice(0, 20), 'upstream:1')).toThrow('not an encrypted secret');
  });

  it('is told from another by a digest that needs the key, and says nothing elsewhere', () => {
    const digest = box.digest('sk-fake', 'here');
    expect(digest).toHaveLength(32);
    expect(box.digest('sk-fake', 'here')).toEqual(digest);
    const others = [
      box.digest('sk-fakf', 'here'),
      box.digest('sk-fake', 'there'),
      new SecretBox(new MasterKey(randomBytes(32))).digest('sk-fake', 'here'),
      sha256('sk-fake'),
    ];
    for (const other of others) expect(other).not.toEqual(digest);
  });

  it('opens with a further key, which encrypts nothing, and says under which it is', () => {
    const next = new MasterKey(randomBytes(32), [key.bytes]);
    const [former, changed] = [box, new SecretBox(next)];
    const old = former.encrypt('sk-fake', 'upstream:1');
    expect(changed.decrypt(old, 'upstream:1')).toBe('sk-fake');
    expect(() => changed.decrypt(old, 'upstream:2')).toThrow(/./);
    const encrypted = changed.encrypt('sk-fake', 'upstream:1');
    expect(() => former.decrypt(encrypted, 'upstream:1')).toThrow('encrypted with another master key');
    expect(new SecretBox(new MasterKey(key.bytes, [next.bytes])).decrypt(encrypted, 'upstream:1')).toBe('sk-fake');
    const states = [changed.stateOf(old, 'upstream:1'), changed.stateOf(encrypted, 'upstream:1')];
    expect([...states, former.stateOf(encrypted, 'upstream:1'), changed.stateOf(encrypted, 'upstream:2')]).toEqual([
      'older',
      'current',
      'unreadable',
      'unreadable',
    ]);
    expect(changed.stateOf(new Uint8Array(3), 'upstream:1')).toBe('unreadable');
  });

  it('opens in its former form, which named no key, under any of the keys', () => {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce).setAAD(Buffer.from('upstream:1'));
    const encrypted = Buffer.concat([
      Buffer.of(1),
      nonce,
      cipher.update('sk-fake'),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    for (const reader of [box, new SecretBox(new MasterKey(randomBytes(32), [key.bytes]))]) {
      expect([reader.decrypt(encrypted, 'upstream:1'), reader.stateOf(encrypted, 'upstream:1')]).toEqual([
        'sk-fake',
        'older',
      ]);
    }
    expect(() => new SecretBox(new MasterKey(randomBytes(32))).decrypt(encrypted, 'upstream:1')).toThrow(/./);
  });

  it('has its digest known again after the key was changed', () => {
    const changed = new SecretBox(new MasterKey(randomBytes(32), [key.bytes]));
    expect(changed.isDigestOf(box.digest('a', 'here'), 'a', 'here')).toBe(true);
    expect(changed.isDigestOf(changed.digest('a', 'here'), 'a', 'here')).toBe(true);
    expect(changed.isDigestOf(box.digest('a', 'here'), 'b', 'here')).toBe(false);
    expect(box.isDigestOf(changed.digest('a', 'here'), 'a', 'here')).toBe(false);
  });

  it('needs a key of 32 bytes', () => {
    expect(() => new MasterKey(randomBytes(31))).toThrow('32 bytes');
  });
});

describe('digests', () => {
  it('are the same only when every byte is', () => {
    expect(sameDigest(sha256('a'), sha256('a'))).toBe(true);
    expect(sameDigest(sha256('a'), sha256('b'))).toBe(false);
    expect(sameDigest(sha256('a'), sha256('a').subarray(1))).toBe(false);
  });
});
