import type { DemoProject } from './demo-project.js';

export interface BannerFacts {
  readonly baseUrl: string;
  /** where the control plane answers */
  readonly managementUrl: string;
  readonly database: string;
  readonly upstreams: readonly string[];
  readonly modelCount: number;
  readonly demo: DemoProject | null;
  readonly connectionFile: string;
  readonly startedInMs: number;
}

/**
 * What the start prints. On a terminal it ends with a command that works when pasted; elsewhere, where logs go, it names the
 * file that holds the token.
 */
export function renderBanner(facts: BannerFacts, onTerminal: boolean): string {
  const { baseUrl, demo } = facts;
  const lines = [
    '',
    `  Bough is serving ${facts.modelCount} models at ${baseUrl}   (started in ${(facts.startedInMs / 1000).toFixed(1)} s)`,
    '',
    `  database    ${facts.database}`,
    `  upstreams   ${facts.upstreams.length === 0 ? 'none yet: add one through /admin/upstreams' : facts.upstreams.join(', ')}`,
    `  API docs    ${facts.managementUrl}/docs`,
  ];
  if (demo !== null) lines.push(...demoLines(facts, demo, onTerminal));
  return [...lines, ''].join('\n');
}

function demoLines({ baseUrl, connectionFile }: BannerFacts, demo: DemoProject, onTerminal: boolean): string[] {
  const known = [
    `  demo        project ${demo.projectId}: main → preview/feature-x → preview/sub-branch, and staging`,
    '',
  ];
  const paste = [
    `  curl -X POST "$NEON_AI_GATEWAY_BASE_URL/ai-gateway/mlflow/v1/chat/completions" \\`,
    `    -H "Authorization: Bearer $NEON_AI_GATEWAY_TOKEN" -H "Content-Type: application/json" \\`,
    `    -d '{"model": "claude-sonnet-4-6", "messages": [{"role": "user", "content": "What is Neon?"}]}'`,
  ];
  if (!onTerminal)
    return [...known, `  set -a; . ${connectionFile}; set +a   # token and management key`, '', ...paste];
  return [
    ...known,
    `  export NEON_AI_GATEWAY_BASE_URL=${baseUrl}`,
    `  export NEON_AI_GATEWAY_TOKEN=${demo.token}`,
    '',
    ...paste,
    '',
    `  The same and the management key in one line:  set -a; . ${connectionFile}; set +a`,
  ];
}
