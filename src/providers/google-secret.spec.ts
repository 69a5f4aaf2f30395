import { generateKeyPairSync } from 'node:crypto';
import { serviceAccountKey } from '../../test/support/provider-calls.js';
import { readGoogleSecret } from './google-secret.js';

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('what authenticates against Google Cloud', () => {
  it.each([
    ['as it is', (key: string) => key],
    ['in base64', base64],
    ['in base64 for URLs', (key: string) => Buffer.from(key).toString('base64url')],
    ['with lines around it', (key: string) => `\n${key}\n`],
  ])('is a service account’s key %s', (_, write) => {
    expect(readGoogleSecret(write(serviceAccountKey()), false)).toEqual({
      type: 'service-account',
      email: 'gateway@test-project.iam.gserviceaccount.com',
      privateKey: expect.stringContaining('BEGIN PRIVATE KEY'),
      tokenUri: 'https://oauth2.googleapis.com/token',
    });
  });

  it.each(['ya29.test-token', 'test-token', 'eyJhbGciOiJub25lIn0.e30.x', 'dGVzdA=='])(
    'is otherwise an access token: %s',
    token => {
      expect(readGoogleSecret(token, false)).toEqual({ type: 'token', token });
    },
  );

  it.each([
    ['of a user', { type: 'authorized_user' }, /must be the JSON key of a service account/],
    ['that names where to get one', { type: 'external_account' }, /must be the JSON key of a service account/],
    ['without an address', { client_email: undefined }, /client_email/],
    ['without a private key', { private_key: undefined }, /private_key/],
    ['with a private key that is none', { private_key: 'canary-key' }, /must hold a private_key that is a PEM key/],
    ['that is traded elsewhere', { token_uri: 'https://tokens.example.com/token' }, /token_uri https:\/\/oauth2/],
    ['that is traded in the clear', { token_uri: 'http://oauth2.googleapis.com/token' }, /token_uri https:\/\/oauth2/],
    ['with a list for an address', { token_uri: ['https://oauth2.googleapis.com/token'] }, /token_uri/],
  ])('is no key %s', (_, extra, fault) => {
    for (const mayBeLocal of [true, false]) {
      const read = readGoogleSecret(serviceAccountKey(extra), mayBeLocal);
      expect(read).toEqual({ type: 'faulty', fault: expect.stringMatching(fault) });
      expect(JSON.stringify(read)).not.toMatch(/canary|example\.com/);
    }
  });

  it('is no key of another algorithm than Google’s', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(readGoogleSecret(serviceAccountKey({ private_key: pem }), false).type).toBe('faulty');
  });

  it('is no key that is cut off', () => {
    expect(readGoogleSecret(serviceAccountKey().slice(0, -40), false).type).toBe('faulty');
    expect(readGoogleSecret(base64(serviceAccountKey().slice(0, -40)), false).type).toBe('faulty');
  });

  it.each(['http://127.0.0.1:9/token', 'http://localhost:9/token', 'https://[::1]:9/token'])(
    'may be traded on this machine in development only: %s',
    tokenUri => {
      const key = serviceAccountKey({ token_uri: tokenUri });
      expect(readGoogleSecret(key, true)).toMatchObject({ type: 'service-account', tokenUri });
      expect(readGoogleSecret(key, false).type).toBe('faulty');
    },
  );
});
