import { gaxios, JWT } from 'google-auth-library';
import type { Dispatcher } from 'undici';
import type { GoogleSecret } from '../config/google-secret.js';
import { postForm } from './access-token.js';

type ServiceAccount = Extract<GoogleSecret, { readonly type: 'service-account' }>;

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/**
 * Trades a service account's key for an access token. Google's library makes the signed question; asking it is ours, so that
 * nothing but the key's own token endpoint is called, past no proxy of the environment, once and within the time.
 */
export async function fetchGoogleToken(
  account: ServiceAccount,
  dispatcherFor: (origin: string) => Dispatcher,
): Promise<unknown> {
  const { origin, pathname } = new URL(account.tokenUri);
  const transporter = new TokenEndpoint(form => postForm(dispatcherFor(origin), pathname, form));
  const { email, privateKey: key } = account;
  await new JWT({ email, key, scopes: [SCOPE], transporter }).authorize();
  return transporter.answer;
}

/** In the place of the library's own HTTP client. */
class TokenEndpoint extends gaxios.Gaxios {
  /** the last one, whole: the library keeps of its lifetime only a moment on a clock of its own */
  answer: unknown = null;

  constructor(private readonly post: (form: string) => Promise<unknown>) {
    super();
  }

  override async request<Data = unknown>(options: gaxios.GaxiosOptions): Promise<gaxios.GaxiosResponse<Data>> {
    const { data } = options;
    if (!(data instanceof URLSearchParams)) throw new Error('the library asks for a token in another form');
    this.answer = await this.post(data.toString());
    return { data: this.answer } as gaxios.GaxiosResponse<Data>;
  }
}
