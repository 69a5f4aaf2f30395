import { mayHoldMedia } from './media-words.js';

const holds = (text: string) => mayHoldMedia(Buffer.from(text));

describe('whether a request may hold what is no text', () => {
  it.each([
    ['{"type":"image","source":{"type":"url","url":"https://x"}}'],
    ['{"type" :\n "image_url", "image_url":{"url":"https://x"}}'],
    ['{"type":"input_image","file_id":"f"}'],
    ['{"type":"input_audio","input_audio":{"data":"AA"}}'],
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
    ['{"type":"text"},{"type":"tool"},{"type":"image"}'],
  ])('yes: %s', text => expect(holds(text)).toBe(true));

  it.each([
    ['{"type":"text","text":"an image, a file and a document"}'],
    ['{"properties":{"file":{"type":"string"},"image":{"type":"object"},"document":{"type":"string"}}}'],
    ['{"text":"{\\"type\\":\\"image\\"}"}'],
    ['{"name":"type","image":1}'],
    ['{"type":{"image":1}}'],
    ['{"type":"image_search"}'],
    ['{"fileDataset":1,"inlined":2,"file":"x"}'],
    ['{"text":"caf\\u00e9 \\u003cb\\u003e \\u0026 \\u001b \\u2028"}'],
    ['{"type"'],
    ['{"type":'],
    ['{"type":"ima'],
    [''],
  ])('no: %s', text => expect(holds(text)).toBe(false));
});
