import { awsRegionOf } from './aws-region.js';

describe('the region of a Bedrock address', () => {
  it.each([
    ['https://bedrock-runtime.us-east-1.amazonaws.com', 'us-east-1'],
    ['https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
    ['https://bedrock-runtime.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
    ['https://bedrock-runtime.eu-central-1.api.aws', 'eu-central-1'],
    ['https://vpce-0a1b.bedrock-runtime.ap-southeast-1.vpce.amazonaws.com', 'ap-southeast-1'],
    ['https://bedrock-runtime.amazonaws.com', null],
    ['https://us-east-1.example.com', null],
    ['http://127.0.0.1:8000', null],
  ])('%s is %s', (url, region) => {
    expect(awsRegionOf(url)).toBe(region);
  });
});
