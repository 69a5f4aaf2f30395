export async function startEmbeddedPostgres(_o: { dataDir: string; log: (line: string) => void }): Promise<{ url: string; stop(): Promise<void> }> { throw new Error('soon'); }
