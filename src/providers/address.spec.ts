import { pathFaultOf } from './address.js';
import { type StoredKind, storedKindOf } from './kinds.js';

const faultOf = (kind: StoredKind, url: string) => pathFaultOf(storedKindOf(kind).address.pathFault, url);

describe('the path of an upstream’s address', () => {
  it.each<[StoredKind, string]>([
    ['databricks', 'https://ws.cloud.databricks.com/'],
    ['openai', 'https://api.openai.com/v1'],
    ['openai-compatible', 'http://127.0.0.1:11434/any/path'],
    ['azure-openai', 'https://x.openai.azure.com/openai/v1/'],
    ['azure-openai', 'https://x.services.ai.azure.com/api/projects/p/openai/v1'],
    ['anthropic', 'https://api.anthropic.com'],
    ['anthropic', 'https://proxy.example.com/v1/anthropic'],
    ['gemini', 'https://generativelanguage.googleapis.com'],
    ['vertex', 'https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1'],
    ['vertex', 'https://aiplatform.googleapis.com/v1beta1/projects/p/locations/global/'],
    ['bedrock', 'https://bedrock-runtime.us-east-1.amazonaws.com'],
  ])('of %s may be %s', (kind, url) => {
    expect(faultOf(kind, url)).toBeNull();
  });

  it.each<[StoredKind, string, RegExp]>([
    ['databricks', 'https://ws.cloud.databricks.com/path', /no path/],
    ['azure-openai', 'https://x.openai.azure.com', /must end in \/openai\/v1/],
    ['azure-openai', 'https://x.openai.azure.com/openai/deployments/gpt', /names no deployment/],
    ['anthropic', 'https://api.anthropic.com/v1', /must end before \/v1/],
    ['anthropic', 'https://api.anthropic.com/v1/messages', /must end before \/v1/],
    ['gemini', 'https://generativelanguage.googleapis.com/v1beta', /must end before \/v1beta/],
    ['gemini', 'https://generativelanguage.googleapis.com/v1beta/models', /must end before \/v1beta/],
    ['vertex', 'https://us-central1-aiplatform.googleapis.com', /must end in \/v1\/projects/],
    ['vertex', 'https://aiplatform.googleapis.com/v1/projects/p', /must end in \/v1\/projects/],
    ['bedrock', 'https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1', /no path/],
  ])('of %s is not %s', (kind, url, fault) => {
    expect(faultOf(kind, url)).toMatch(fault);
  });
});
