/** `bedrock-runtime.us-east-1.amazonaws.com`, and the forms for FIPS, China, dual stack and private endpoints. */
const BEDROCK_HOST = /(?:^|\.)bedrock-runtime(?:-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d)\./;

/** The region that stands in the host of a Bedrock address; null where none does. */
export function awsRegionOf(baseUrl: string): string | null {
  return BEDROCK_HOST.exec(new URL(baseUrl).hostname)?.[1] ?? null;
}
