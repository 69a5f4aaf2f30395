import type { Content, FunctionCall, FunctionResponse, Part } from 'genai3';
import { RequestRefusal } from '#sandbox';
import { callText } from '../../../packages/sandbox/src/dialects/gemini-signatures.js';
import { isReasoningSignature } from '../../../packages/sandbox/src/reasoning-signature.js';

const DATA_FIELDS = [
  'text',
  'inlineData',
  'fileData',
  'functionCall',
  'functionResponse',
  'executableCode',
  'codeExecutionResult',
] as const;

/** Neighbours of the same side count as one: streams come back in as many contents as they had chunks. */
interface Turn {
  isModel: boolean;
  /** Where it begins in the request. */
  path: string;
  parts: Part[];
}

/** Checks what no single part shows: who says what, which response answers which call, and whose signatures these are. */
export function checkConversation(contents: readonly Content[], demandsSignatures: boolean): void {
  for (const [index, { role = 'user', parts = [] }] of contents.entries()) {
    for (const [place, part] of parts.entries()) checkPart(part, role, `contents[${index}].parts[${place}]`);
  }
  const turns = turnsOf(contents);
  checkResponses(turns);
  if (demandsSignatures) checkSignatures(turns);
}

/** What Google accepts in place of a signature, for calls that its models have not made. */
const SUBSTITUTES = ['skip_thought_signature_validator', 'context_engineering_is_the_way_to_go'];

/** True for a signature of this sandbox at its place, and for a word that Google lets pass. */
function isSignatureOf(signature: string, call: FunctionCall | undefined): boolean {
  const decoded = Buffer.from(signature, 'base64').toString();
  if (SUBSTITUTES.includes(signature) || SUBSTITUTES.includes(decoded)) return true;
  if (call === undefined) return isReasoningSignature(signature, 'gemini text', '');
  const { name = '', args = {} } = call;
  return isReasoningSignature(signature, 'gemini function call', callText({ name, args }));
}

function refuse(param: string, message: string): never {
  throw new RequestRefusal(400, `${param}: ${message}`, { param, code: 'invalid_value' });
}

function checkPart(part: Part, role: string, path: string): void {
  const kinds = DATA_FIELDS.filter(field => part[field] !== undefined);
  if (kinds.length !== 1) refuse(path, `a part holds one of ${DATA_FIELDS.join(', ')}; this one has ${kinds.length}.`);
  if (part.functionCall !== undefined && role !== 'model') refuse(path, 'only the model calls functions.');
  if (part.functionResponse !== undefined && role === 'model') refuse(path, 'the model does not answer its own calls.');
  if (part.thoughtSignature !== undefined && !isSignatureOf(part.thoughtSignature, part.functionCall)) {
    refuse(`${path}.thoughtSignature`, 'the signature was not made for this part.');
  }
}

function turnsOf(contents: readonly Content[]): Turn[] {
  const turns: Turn[] = [];
  for (const [index, { role, parts = [] }] of contents.entries()) {
    const isModel = role === 'model';
    const last = turns.at(-1);
    if (last?.isModel === isModel) last.parts.push(...parts);
    else turns.push({ isModel, path: `contents[${index}]`, parts: [...parts] });
  }
  return turns;
}

function callsIn(parts: readonly Part[]): FunctionCall[] {
  return parts.flatMap(part => part.functionCall ?? []);
}

function responsesIn(parts: readonly Part[]): FunctionResponse[] {
  return parts.flatMap(part => part.functionResponse ?? []);
}

/** Right after its calls come their responses: as many, by the same ids where there are any, else by the same names. */
function checkResponses(turns: readonly Turn[]): void {
  let calls: FunctionCall[] = [];
  const end: Turn = { isModel: false, path: 'contents', parts: [] };
  for (const { path, parts } of [...turns, end]) {
    const responses = responsesIn(parts);
    if (responses.length !== calls.length) {
      refuse(
        path,
        `${calls.length} function responses must stand here, one for each call before; there are ${responses.length}.`,
      );
    }
    for (const response of responses) {
      if (!takeCall(calls, response)) refuse(path, `no open call fits the function response '${response.name}'.`);
    }
    calls = callsIn(parts);
  }
}

/** Takes the call that the response answers out of the list. */
function takeCall(calls: FunctionCall[], { id, name }: FunctionResponse): boolean {
  const place = calls.findIndex(call => call.name === name && (!id || !call.id || call.id === id));
  return place >= 0 && calls.splice(place, 1).length > 0;
}

/** Since the user last spoke, the first call of every step must be signed. */
function checkSignatures(turns: readonly Turn[]): void {
  const spoken = turns.findLastIndex(
    turn => !turn.isModel && turn.parts.some(part => part.functionResponse === undefined),
  );
  for (const { path, parts } of turns.slice(spoken + 1)) {
    const first = parts.find(part => part.functionCall !== undefined);
    if (first !== undefined && first.thoughtSignature === undefined) {
      refuse(path, `the function call '${first.functionCall?.name}' has no thoughtSignature.`);
    }
  }
}
