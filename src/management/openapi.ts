export function mountOpenApi(_app: unknown): void {}
