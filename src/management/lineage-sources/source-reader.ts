import { Injectable } from '@nestjs/common';
import { Agent } from 'undici';
import { AppConfig } from '../../config/app-config.js';
import { AnswerBrokeOff, AnswerTooLong, fetchBounded } from '../../platform/network/bounded-body.js';
import { checkLiteral, guardedLookup } from '../../platform/network/guarded-lookup.js';
import { MAX_BRANCHES, type SourceBranch, SourceFailure, SourceTree } from './source-tree.js';

/** Shorter than a claim on a source lasts, so that no two replicas read for the same one. */
const READ_MS = 45_000;
const PAGE = 1_000;
/** A thousand branches have a megabyte and a half. */
const MAX_PAGE_BYTES = 4_194_304;
const MAX_PAGES = MAX_BRANCHES / PAGE + 1;
const CURSOR = /^[\x21-\x7e]{1,4000}$/;
const PROJECT_NAME = /^[^\u0000-\u001f\u007f\p{Cs}]{1,256}$/u;
const REGION = /^[a-z0-9-]{1,60}$/;

export interface SourceAddress {
  readonly projectId: string;
  readonly baseUrl: string;
  readonly apiKey: string;
}

export interface SourceProject {
  readonly name: string;
  readonly regionId: string;
}

/** Reads a project and its tree from wherever the published management API is spoken: Neon, or another Bough. */
@Injectable()
export class SourceReader {
  private readonly agent: Agent;

  constructor(private readonly config: AppConfig) {
    // An address is checked again at every connection: what was public when it was stored may lead inside later.
    this.agent = new Agent({ connect: { lookup: guardedLookup(config.privatePlaces) } });
  }

  /** Whatever is being read fails. */
  async stop(): Promise<void> {
    await this.agent.destroy();
  }

  /** @throws {SourceFailure} */
  async readProject(address: SourceAddress): Promise<SourceProject> {
    const { project } = await this.ask(address, '', AbortSignal.timeout(READ_MS));
    const fields = typeof project === 'object' && project !== null ? (project as Record<string, unknown>) : {};
    const { id, name, region_id: regionId } = fields;
    const right = id === address.projectId && typeof name === 'string' && PROJECT_NAME.test(name);
    if (!right || typeof regionId !== 'string' || !REGION.test(regionId)) {
      throw new SourceFailure('the source describes the project as no project is described');
    }
    return { name, regionId };
  }

  /**
   * The whole tree. In the order of creation, which nothing changes while the pages are read. Of a page nothing is kept
   * but its branches, and no page is asked for once there are too many of them.
   * @throws {SourceFailure} also when the list does not end
   */
  async readTree(address: SourceAddress): Promise<SourceBranch[]> {
    const signal = AbortSignal.timeout(READ_MS);
    const tree = new SourceTree(address.projectId);
    let cursor: string | null = null;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const query = new URLSearchParams({ limit: String(PAGE), sort_by: 'created_at', sort_order: 'asc' });
      if (cursor !== null) query.set('cursor', cursor);
      const body = await this.ask(address, `/branches?${query.toString()}`, signal);
      const { branches } = body;
      if (!Array.isArray(branches)) throw new SourceFailure('the source answers without a list of branches');
      tree.add(branches);
      const next = nextOf(body);
      if (next === null || next === cursor || branches.length === 0) return tree.finish();
      cursor = next;
    }
    throw new SourceFailure('the source’s list of branches does not end');
  }

  private async ask(address: SourceAddress, suffix: string, signal: AbortSignal): Promise<Record<string, unknown>> {
    const { baseUrl, projectId, apiKey } = address;
    const headers = { authorization: `Bearer ${apiKey}`, accept: 'application/json' };
    const options = { headers, signal, maxBytes: MAX_PAGE_BYTES, dispatcher: this.agent };
    const url = `${baseUrl}/projects/${encodeURIComponent(projectId)}${suffix}`;
    const { status, body } = await this.get(url, options).catch((cause: unknown) => {
      throw new SourceFailure(sentenceOfFailure(cause), { cause });
    });
    if (status < 200 || status > 299) throw new SourceFailure(sentenceOf(status));
    return parseObject(body.toString('utf8'));
  }

  private async get(url: string, options: Parameters<typeof fetchBounded>[1]): ReturnType<typeof fetchBounded> {
    checkLiteral(new URL(url).origin, this.config.privatePlaces);
    return fetchBounded(url, options);
  }
}

function sentenceOfFailure(cause: unknown): string {
  if (cause instanceof AnswerTooLong) return 'the source answers at too great length';
  return cause instanceof AnswerBrokeOff ? 'the source broke off its answer' : 'the source cannot be reached';
}

function sentenceOf(status: number): string {
  if (status === 401 || status === 403) return `the source refuses the key (${status})`;
  if (status === 404) return 'the source has no such project, or not for this key (404)';
  return `the source answers with the status ${status}`;
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below: what it was instead is nobody's concern.
  }
  throw new SourceFailure('the source answers with something that is no JSON object');
}

function nextOf(body: Record<string, unknown>): string | null {
  const { pagination } = body;
  const next = typeof pagination === 'object' && pagination !== null ? (pagination as { next?: unknown }).next : null;
  return typeof next === 'string' && CURSOR.test(next) ? next : null;
}
