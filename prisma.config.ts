import { defineConfig } from 'prisma/config';

// `prisma generate` never runs the schema engine, but the CLI insists on downloading it first. Any existing file
// satisfies that check, so generation works offline. Bough applies its migrations itself, without the engine.
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= process.execPath;

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env['DATABASE_URL'] ?? 'postgresql://postgres:postgres@127.0.0.1:5999/postgres' },
});
