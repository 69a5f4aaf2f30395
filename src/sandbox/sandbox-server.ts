export interface SandboxServer {
  url: string;
  close(): Promise<void>;
}
export async function startSandboxServer(_o: unknown): Promise<SandboxServer> {
  return { url: 'http://127.0.0.1:1', close: async () => undefined };
}
