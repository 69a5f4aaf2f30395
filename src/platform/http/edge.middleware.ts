import { BlockList, isIP, type Socket } from 'node:net';
import type { ServerResponse } from 'node:http';
import { GatewayError } from '../../errors/gateway-error.js';
import type { IdSource } from '../id-source.js';
import type { EdgeRequest } from './gateway-request.js';

const PREFIX = '/branches/';
const CONTROL_PLANE = /^\/(api\/v2|admin)\//;
/** The paths that a branch serves, whichever dialect they speak. */
const INFERENCE = /^\/(v1|v1beta|ai-gateway|anthropic|openai|gemini)(\/|\?|$)/;
const ANTHROPIC = /^(?:https?:\/\/[^/?#]*)?(?:\/branches\/[^/]*)?\/(?:ai-gateway\/)?anthropic(?:[/?]|$)/;
const SUPPLIED_ID = /^[\w.:-]{1,128}$/;
/** Several times what any client or chain of proxies sends. */
const MAX_HEADERS = 256;

/**
 * The first step of the request pipeline: names the request, notes when it came, finds the client's address, and takes a
 * `/branches/<branch>` prefix off the path so that every route answers below it too.
 */
export function edgeMiddleware(ids: IdSource, trustedProxies: readonly string[]) {
  const proxies = trustedProxies.length === 0 ? null : blockList(trustedProxies);
  const refused = new WeakSet<Socket>();
  return (request: EdgeRequest, response: ServerResponse, next: (error?: unknown) => void): void => {
    // Node reads on although the answer says that the connection ends; what was sent behind is not served.
    if (refused.has(request.socket)) return;
    request.requestId = suppliedId(request) ?? ids.requestId();
    request.arrivedAt = performance.now();
    request.clientAddress = proxies === null ? peerOf(request) : clientAddress(request, proxies);
    request.pathBranch = null;
    if (request.isUnnamed !== true) setIdHeaders(request, response);
    const fault = faultOf(request);
    if (fault !== null) {
      refused.add(request.socket);
      response.setHeader('connection', 'close');
      next(fault);
      return;
    }
    const { expect } = request.headers;
    if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
      next(new GatewayError('expectation_failed'));
      return;
    }
    if (!isText(request.url)) {
      next(new GatewayError('route_not_found'));
      return;
    }
    if (request.url.startsWith(PREFIX)) takeBranchPrefix(request);
    next();
  };
}

const REQUEST_ID = ['x-request-id'];
const ANTHROPIC_REQUEST_ID = ['x-request-id', 'request-id'];

/** Under which names an answer tells its request's id: Anthropic's SDKs read a name of their own. */
export function requestIdHeaders(url: string): readonly string[] {
  return ANTHROPIC.test(url) ? ANTHROPIC_REQUEST_ID : REQUEST_ID;
}

type Named = Pick<EdgeRequest, 'requestId' | 'originalUrl' | 'isUnnamed'>;

/** Sets the headers that tell an answer's request id, where nobody has. */
export function nameAnswer(request: Named, response: ServerResponse): void {
  if (request.isUnnamed !== true) return;
  request.isUnnamed = false;
  for (const name of requestIdHeaders(request.originalUrl)) response.setHeader(name, request.requestId);
}

/**
 * The same for a head that is written as a list, name and value: a header that was set before makes Node sort both into an
 * object first, for several microseconds. Nothing where they are set.
 */
export function idHeadersOf(request: Readonly<Named>): (readonly [string, string])[] {
  if (request.isUnnamed !== true) return [];
  return requestIdHeaders(request.originalUrl).map(name => [name, request.requestId]);
}

function setIdHeaders({ url, requestId }: EdgeRequest, response: ServerResponse): void {
  for (const name of requestIdHeaders(url)) response.setHeader(name, requestId);
}

/**
 * The control plane takes the caller's own id (docs/contract.md section 9). The data plane does not: there the id is the
 * key of the ledger, and two requests under one would be billed as one.
 */
function suppliedId(request: EdgeRequest): string | null {
  const given = request.headers['x-request-id'];
  if (typeof given !== 'string' || !CONTROL_PLANE.test(request.url)) return null;
  return SUPPLIED_ID.test(given) ? given : null;
}

function faultOf(request: EdgeRequest): GatewayError | null {
  if (request.rawHeaders.length > 2 * MAX_HEADERS) return new GatewayError('headers_too_large');
  const fault = ambiguity(request);
  return fault === null ? null : new GatewayError('invalid_request', { publicMessage: fault });
}

/** Whatever two parsers on the way might read differently is refused: the host decides which branch is meant. */
function ambiguity(request: EdgeRequest): string | null {
  if (request.httpVersion !== '1.1' && request.httpVersion !== '1.0') return 'the request is not valid HTTP/1.1';
  if (!request.url.startsWith('/')) return 'the request target must be a path';
  let hosts = 0;
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  if (hosts === 0 && request.httpVersion === '1.1') return 'the Host header is missing';
  if (hosts > 1) return 'the Host header was sent more than once';
  const { 'transfer-encoding': coding } = request.headers;
  if (coding === undefined) return null;
  // HTTP/1.0 has no chunks (RFC 9112 section 6.1), and what else was done to the body is undone by nobody here.
  if (request.httpVersion !== '1.1') return 'Transfer-Encoding needs HTTP/1.1';
  return coding.toLowerCase() === 'chunked' ? null : 'Transfer-Encoding may only be chunked';
}

/** What of a request's target is its path. */
export function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

/** Whether a path stands for text that can be stored and compared: no object's name is anything else. */
function isText(url: string): boolean {
  const path = pathOf(url);
  if (!path.includes('%')) return true;
  try {
    return !decodeURIComponent(path).includes('\0');
  } catch {
    return false;
  }
}

function takeBranchPrefix(request: EdgeRequest): void {
  const end = request.url.indexOf('/', PREFIX.length);
  const query = request.url.indexOf('?');
  if (end <= PREFIX.length || (query >= 0 && query < end)) return;
  const branch = decode(request.url.slice(PREFIX.length, end));
  const rest = request.url.slice(end);
  // The prefix addresses a branch for inference and nothing else: operations and the control plane have one address.
  if (branch === null || !INFERENCE.test(rest)) return;
  request.pathBranch = branch;
  request.url = rest;
}

function decode(segment: string): string | null {
  try {
    const text = decodeURIComponent(segment);
    return text.length <= 256 && !/[\x00-\x1f]/.test(text) ? text : null;
  } catch {
    return null;
  }
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

/**
 * The peer, unless it is a trusted proxy: then the nearest address of `X-Forwarded-For` that is not one. Where a hop cannot
 * be read, whatever stands before it may be the caller's own invention.
 */
function clientAddress(request: EdgeRequest, proxies: BlockList): string {
  const peer = peerOf(request);
  if (!isTrusted(peer, proxies)) return peer;
  const forwarded = request.headers['x-forwarded-for'];
  const hops = typeof forwarded === 'string' ? forwarded.split(',').map(hop => plain(hop.trim())) : [];
  const nearest = hops.reverse().find(hop => !isTrusted(hop, proxies));
  return nearest !== undefined && isIP(nearest) !== 0 ? nearest : peer;
}

function peerOf(request: EdgeRequest): string {
  const address = request.socket.remoteAddress ?? '';
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}

/** Without brackets and port, which some proxies write, and without the IPv6 form of an IPv4 address. */
function plain(address: string): string {
  const [, bracketed, dotted] = /^(?:\[(.*)\](?::\d+)?|([\d.]+):\d+)$/.exec(address) ?? [];
  return (bracketed ?? dotted ?? address).replace(/^::ffff:(?=[\d.]+$)/i, '');
}

function isTrusted(address: string, proxies: BlockList): boolean {
  const version = isIP(address);
  return version !== 0 && proxies.check(address, version === 6 ? 'ipv6' : 'ipv4');
}
