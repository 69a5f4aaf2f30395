import { encodeMediaPart } from './media.js';

describe('encodeMediaPart', () => {
  it.each([
    [
      { kind: 'audio', source: { type: 'base64', mediaType: 'audio/x-wav', data: 'UklG' } },
      { type: 'input_audio', input_audio: { data: 'UklG', format: 'wav' } },
    ],
    [
      { kind: 'audio', source: { type: 'base64', mediaType: 'audio/flac', data: 'ZkxhQw==' } },
      { type: 'input_audio', input_audio: { data: 'ZkxhQw==', format: 'flac' } },
    ],
    [
      { kind: 'audio', source: { type: 'url', url: 'http://a/b', mediaType: null } },
      { type: 'audio_url', audio_url: { url: 'http://a/b' } },
    ],
    [
      { kind: 'video', source: { type: 'base64', mediaType: 'video/mp4', data: 'AAAA' } },
      { type: 'video_url', video_url: { url: 'data:video/mp4;base64,AAAA' } },
    ],
    [
      { kind: 'document', source: { type: 'base64', mediaType: 'application/pdf', data: 'JVBE' } },
      { type: 'file', file: { file_data: 'data:application/pdf;base64,JVBE', filename: 'document.pdf' } },
    ],
    [
      { kind: 'document', source: { type: 'file', origin: 'openai', id: 'file-1' }, name: 'a.pdf' },
      { type: 'file', file: { file_id: 'file-1', filename: 'a.pdf' } },
    ],
  ] as const)('writes the medium %j', (media, part) => {
    expect(encodeMediaPart({ type: 'media', ...media })).toEqual(part);
  });
});
