import { PrivatePlaces } from '../../config/private-places.js';
import { findAddressFault as find } from './outbound-address.js';

const DEVELOPMENT = ['127.0.0.0/8', '::1', 'localhost'];

const findAddressFault = (address: string, plainHttp: string[] = [], places = [...DEVELOPMENT, ...plainHttp]) =>
  find(address, plainHttp, new PrivatePlaces(places));

describe('the address of an upstream', () => {
  it.each([
    'https://api.openai.com/v1',
    'https://my-workspace.cloud.databricks.com',
    'https://8.8.8.8:8443/v1',
    'http://127.0.0.1:8000/v1',
    'http://localhost:11434/v1',
    'http://[::1]:8000',
    'http://127.1:8000',
  ])('may be %s', address => {
    expect(findAddressFault(address)).toBeNull();
  });

  it.each([
    ['file:///etc/passwd', /https/],
    ['unix:/var/run/docker.sock', /https/],
    ['ftp://example.com', /https/],
    ['gopher://example.com', /https/],
    ['api.example.com', /must be a URL/],
    ['', /must be a URL/],
    ['https://user@example.com', /no user/],
    ['https://user:secret@example.com', /no user/],
    ['https://@example.com', /no user/],
    ['https://example.com/?key=1', /no user.*query/],
    ['https://example.com/?', /query/],
    ['https://example.com/#x', /fragment/],
    ['https://example.com/#', /fragment/],
    [String.raw`https:\\example.com`, /no user/],
    ['https://exam\tple.com', /space/],
    ['http://example.com', /BOUGH_ALLOWED_HTTP_UPSTREAMS/],
    ['http://10.0.0.1', /BOUGH_ALLOWED_HTTP_UPSTREAMS/],
    ['http://localhost.example.com', /BOUGH_ALLOWED_HTTP_UPSTREAMS/],
    ['http://127.0.0.1.example.com', /BOUGH_ALLOWED_HTTP_UPSTREAMS/],
  ])('is not %s', (address, fault) => {
    expect(findAddressFault(address)).toMatch(fault);
  });

  it.each([
    'https://169.254.169.254/latest/meta-data',
    'http://169.254.169.254',
    'https://2852039166',
    'https://0xa9fea9fe',
    'https://0251.0376.0251.0376',
    'https://169.254.43518',
    'https://169.254.169.254.',
    'https://[fe80::1]',
    'https://[::ffff:169.254.169.254]',
    'https://[::ffff:a9fe:a9fe]',
    'https://[::169.254.169.254]',
    'https://[64:ff9b::a9fe:a9fe]',
    'https://[64:ff9b:1::a9fe:a9fe]',
    'https://[2002:a9fe:a9fe::1]',
    'https://[fd00:ec2::254]',
    'https://100.100.100.200',
    'https://metadata.google.internal',
    'https://METADATA.google.internal.',
    'https://metadata',
    'https://0.0.0.0',
    'https://0',
    'https://[::]',
    'https://255.255.255.255',
    'https://[ff02::1]',
  ])('is never where a machine keeps its own secrets: %s', address => {
    expect(findAddressFault(address)).toMatch(/metadata, link-local or multicast/);
  });

  it.each([
    ['http://ollama:11434/v1', ['ollama'], true],
    ['http://ollama:11434/v1', ['ollama:11434'], true],
    ['http://ollama:11435/v1', ['ollama:11434'], false],
    ['http://ollama/v1', ['ollama:80'], true],
    ['http://OLLAMA.:11434/v1', ['ollama'], true],
    ['http://10.1.2.3:8000', ['10.0.0.0/8'], true],
    ['http://11.1.2.3:8000', ['10.0.0.0/8'], false],
    ['http://10.1.2.3', ['10.1.2.3'], true],
    ['http://[fd00::1]:8000', ['fd00::/8'], true],
    ['http://10.1.2.3.example.com', ['10.0.0.0/8'], false],
    ['http://not-ollama', ['ollama'], false],
    ['http://169.254.169.254', ['169.254.0.0/16'], false],
  ])('%s with %j allowed over plain http: %s', (address, allowed, expected) => {
    expect(findAddressFault(address, allowed) === null).toBe(expected);
  });

  it.each([
    'https://10.1.2.3:8443/v1',
    'https://192.168.1.1',
    'https://172.31.255.255',
    'https://100.64.0.1',
    'https://[fd12::1]',
    'https://[::ffff:10.0.0.1]',
    'https://[64:ff9b::a00:1]',
    'https://[64:ff9b:1::a00:1]',
    'https://[fec0::1]',
    'https://127.1',
    'https://2130706433',
    'https://0177.0.0.1',
    'https://[::1]',
    'https://localhost',
    'https://x.localhost',
  ])('is inside only where the operator says so: %s', address => {
    expect(findAddressFault(address, [], [])).toMatch(/BOUGH_ALLOWED_PRIVATE_UPSTREAMS/);
    expect(findAddressFault(address, [], ['0.0.0.0/0', '::/0', 'localhost', 'x.localhost'])).toBeNull();
  });
});
