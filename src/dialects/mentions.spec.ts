import { scanObject } from '../json/scan.js';
import { MENTIONS } from './mentions.js';

const told = (text: string) => [...scanObject(Buffer.from(text), new Set(), { words: MENTIONS }).told].toSorted();
const escaped = (text: string) =>
  [...text].map(letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

describe('what the strings of a request tell of what it may cost', () => {
  it.each([
    ['{"type":"image","source":{"type":"url","url":"https://x"}}'],
    ['{"type" :\n "image_url", "image_url":{"url":"https://x"}}'],
    ['{"type":"input_image","file_id":"f"}'],
    ['{"type":"file","file":{"file_id":"f"}}'],
    ['{"type":"input_file"}'],
    ['{"type":"document"}'],
    ['{"type":"video_url"}'],
    ['{"inlineData":{"mimeType":"image/png","data":"AA"}}'],
    ['{"inline_data":{}}'],
    ['{"fileData":{"fileUri":"gs://x"}}'],
    ['{"file_data":"AA"}'],
    ['{"type":"im\\u0061ge"}'],
    ['{"t\\u0079pe":"image"}'],
    [`{"${escaped('type')}" : "${escaped('image_generation_call')}"}`],
    [`{"${escaped('inline_data')}":{}}`],
    ['{"parts":[{"type":"text"},{"type":"tool"},{"type":"image"}]}'],
  ])('%s: what is no text', text => expect(told(text)).toEqual(['media']));

  it.each([
    ['{"modalities":["text"]}', ['speech']],
    ['{"audio":{"voice":"a"}}', ['speech']],
    ['{"generationConfig":{"responseModalities":["AUDIO"]}}', ['speech']],
    ['{"generation_config":{"response_modalities":["AUDIO"]}}', ['speech']],
    ['{"type":"audio"}', ['media', 'speech']],
    ['{"tools":[]}', ['tools']],
    ['{"service_tier":1,"speed":1,"inference_geo":1}', ['inference_geo', 'service_tier', 'speed']],
    ['{"t\\u006fols":[],"sp\\u0065ed":1}', ['speed', 'tools']],
  ])('%s: %j', (text, all) => expect(told(text)).toEqual(all));

  it.each([
    ['{"type":"text","text":"an image, a file and a document"}'],
    ['{"properties":{"file":{"type":"string"},"image":{"type":"object"},"document":{"type":"string"}}}'],
    ['{"text":"{\\"type\\":\\"image\\"}"}'],
    ['{"text":"\\"tools\\", \\"speed\\" and \\"modalities\\""}'],
    ['{"name":"type","image":1}'],
    ['{"type":{"image":1}}'],
    ['{"type":["image"]}'],
    ['{"t\\u0079pes":"image"}'],
    ['{"type":"image_search"}'],
    ['{"fileDataset":1,"inlined":2,"file":"x"}'],
    ['{"Type":"Image","TOOLS":1}'],
    ['{"text":"caf\\u00e9 \\u003cb\\u003e \\u0026 \\u001b \\u2028 \\u0061"}'],
    ['{"":""}'],
    ['{}'],
  ])('nothing: %s', text => expect(told(text)).toEqual([]));

  it('reads no word across the ends of strings', () => {
    expect(told('{"a":"b\\"","tool":"s"}')).toEqual([]);
  });
});
