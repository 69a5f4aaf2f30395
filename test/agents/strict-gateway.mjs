// The built gateway with the strict provider behind it in place of its sandbox.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBuiltGateway } from '../support/built-gateway.mjs';
import { startStrictProvider } from './strict-provider.mjs';

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '.agents', 'strict');

/**
 * @returns {Promise<{variables: Record<string, string>, provider: object, stop(): Promise<void>}>} as `startBuiltGateway`
 *   with the strict provider
 */
export async function startStrictGateway() {
  const provider = await startStrictProvider(FOLDER);
  const gateway = await startBuiltGateway({ BOUGH_SANDBOX: 'off' }).catch(async error => {
    await provider.close();
    throw error;
  });
  const stop = async () => {
    await gateway.stop();
    await provider.close();
  };
  try {
    const { NEON_AI_GATEWAY_BASE_URL: url, NEON_API_KEY: key } = gateway.variables;
    for (const upstream of provider.upstreams) {
      const response = await fetch(`${url}/admin/upstreams`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify(upstream),
      });
      if (response.status !== 201) throw new Error(`the gateway took no upstream: ${await response.text()}`);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { variables: gateway.variables, provider, stop };
}
