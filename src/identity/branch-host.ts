import type { BranchAddress } from '../platform/http/gateway-request.js';

export interface HostRules {
  /** lower case, each with its leading dot */
  readonly suffixes: readonly string[];
  readonly regions: readonly string[];
  /** whether a host that names no branch may mean the default branch */
  readonly hasDefaultBranch: boolean;
}

const BRANCH_LABEL = /^(br-[a-z0-9-]{1,57})-api$/;
const NAME_LABEL = /^([a-z0-9][a-z0-9-]{0,55})-api$/;
const CELL_LABEL = /^c-?\d+$/;
const REGION_LABEL = /^[a-z]{2}(-[a-z]+)+-\d$/;
const HOST = /^[a-z0-9.-]+$/;

const unresolved = (code: 'untrusted_host' | 'unparseable_host' | 'unknown_region'): BranchAddress => ({
  kind: 'unresolved',
  code,
});

/**
 * Reads the branch out of a Host header. Pure: nothing is looked up (docs/contract.md section 1). Accepts
 * `<branch>-api.ai.<cell>.<region>.…<suffix>`, the same without `ai` or cell, and `<branch>-api.localhost`, with `ai` or
 * without. A host that does not look like a branch's host means the default branch where there is one; a branch host under
 * a foreign suffix never does.
 */
export function parseBranchHost(hostHeader: string | undefined, rules: HostRules): BranchAddress {
  const host = canonicalHost(hostHeader ?? '');
  const suffix = rules.suffixes.find(candidate => host.endsWith(candidate) && host.length > candidate.length);
  if (suffix !== undefined && HOST.test(host)) return parseTrusted(host.slice(0, -suffix.length), suffix, rules);
  const firstLabel = host.slice(0, host.includes('.') ? host.indexOf('.') : undefined);
  if (rules.hasDefaultBranch && isPlainHost(host) && !BRANCH_LABEL.test(firstLabel)) return { kind: 'default' };
  return unresolved('untrusted_host');
}

/** Lower case, without port and without the dot that ends an absolute name. */
function canonicalHost(header: string): string {
  const withoutPort = header.startsWith('[') ? header.replace(/\]:\d+$/, ']') : header.replace(/:\d+$/, '');
  return withoutPort.toLowerCase().replace(/\.$/, '');
}

function isPlainHost(host: string): boolean {
  return (HOST.test(host) && !host.includes('..') && !host.startsWith('.')) || /^\[[0-9a-f:.]+\]$/.test(host);
}

function parseTrusted(name: string, suffix: string, rules: HostRules): BranchAddress {
  const [first = '', ...rest] = name.split('.');
  if (suffix === '.localhost') {
    // Published clients write the label `ai` whatever follows it.
    const alone = rest.length === 0 || (rest.length === 1 && rest[0] === 'ai');
    const ref = alone ? (BRANCH_LABEL.exec(first)?.[1] ?? NAME_LABEL.exec(first)?.[1]) : undefined;
    return ref === undefined ? unresolved('unparseable_host') : { kind: 'branch', ref };
  }
  const ref = BRANCH_LABEL.exec(first)?.[1];
  if (ref === undefined) return unresolved('unparseable_host');
  const labels = rest[0] === 'ai' ? rest.slice(1) : rest;
  const region = CELL_LABEL.test(labels[0] ?? '') ? labels[1] : labels[0];
  if (region === undefined || !REGION_LABEL.test(region)) return unresolved('unparseable_host');
  return rules.regions.includes(region) ? { kind: 'branch', ref } : unresolved('unknown_region');
}
