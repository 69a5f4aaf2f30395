import { skipSpace } from '../../json/space.js';

const KEY = Buffer.from('"embedding"');
const COLON = 0x3a;

/** How many vectors a whole answer of OpenAI's holds. Inside text a key's quotes are escaped, so none of it is parsed. */
export function countVectors(body: Buffer): number {
  let count = 0;
  for (let at = body.indexOf(KEY); at !== -1; at = body.indexOf(KEY, at + KEY.length)) {
    if (body[skipSpace(body, at + KEY.length)] === COLON) count += 1;
  }
  return count;
}
