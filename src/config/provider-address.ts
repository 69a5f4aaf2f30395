type Rule = (path: string) => string | null;

const unless =
  (allowed: RegExp, fault: string): Rule =>
  path =>
    allowed.test(path) ? null : fault;

/** What each kind of upstream expects of its base URL's path, because it adds the rest itself. */
const RULES: ReadonlyMap<string, Rule> = new Map([
  ['databricks', unless(/^$/, 'must have no path: it is the workspace’s address')],
  [
    'azure-openai',
    unless(/\/openai\/v1$/, 'must end in /openai/v1: of Azure’s APIs only v1 is spoken, which names no deployment'),
  ],
  ['anthropic', unless(/^(?!.*\/v1(\/messages)?$)/, 'must end before /v1, as https://api.anthropic.com does')],
  [
    'gemini',
    unless(
      /^(?!.*\/v1(beta)?(\/models)?$)/,
      'must end before /v1beta, as https://generativelanguage.googleapis.com does',
    ),
  ],
  [
    'vertex',
    unless(
      /^\/v1(beta1)?\/projects\/[^/]+\/locations\/[^/]+$/,
      'must end in /v1/projects/{project}/locations/{location}, which its host must serve',
    ),
  ],
  ['bedrock', unless(/^$/, 'must have no path, as in https://bedrock-runtime.us-east-1.amazonaws.com')],
]);

/** What is wrong with the path of a base URL, as a sentence without its subject; null when nothing is. */
export function findPathFault(kind: string, baseUrl: string): string | null {
  const path = new URL(baseUrl).pathname.replace(/(?<!\/)\/+$/, '');
  return RULES.get(kind)?.(path) ?? null;
}
