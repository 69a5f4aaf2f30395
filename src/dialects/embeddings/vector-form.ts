/**
 * How a caller reads vectors where that is not how every provider writes them: base64 within OpenAI's answer, or the answers
 * of Google's two actions.
 */
export type VectorForm = 'base64' | 'embedContent' | 'batchEmbedContents';
