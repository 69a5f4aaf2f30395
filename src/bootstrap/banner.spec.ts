import { renderBanner } from './banner.js';

const TOKEN = 'nt_live_0123456789ab_secret';
const facts = {
  ...{ baseUrl: 'http://127.0.0.1:1', managementUrl: 'http://127.0.0.1:1', database: 'embedded', modelCount: 1 },
  ...{ connectionFile: '/data/demo.env', startedInMs: 1, upstreams: [] },
  demo: { projectId: 'p', token: TOKEN, managementKey: 'napi_secret' } as never,
};

describe('the banner', () => {
  it('shows the token of the demo on a terminal, and where logs go only the file that holds it', () => {
    expect(renderBanner(facts, true)).toContain(TOKEN);
    expect(renderBanner(facts, false)).not.toMatch(/secret/);
    expect(renderBanner(facts, false)).toContain('/data/demo.env');
  });

  it('says that there is no upstream only where there is none', () => {
    expect(renderBanner(facts, false)).toContain('none yet');
    expect(renderBanner({ ...facts, upstreams: ['stored'] }, false)).toMatch(/upstreams +stored/);
  });
});
